// SPDX-License-Identifier: MIT
#include "gateway/reasoning_desk.h"

namespace gr::gateway {
namespace {

// `signature` as its vendor wrote it; empty when the seal is not good.
void open(const protocol::Sealer& sealer, std::string_view client, protocol::TextArena& arena,
          std::string_view& signature, std::string_view* vendor) {
    if (!protocol::Sealer::looksSealed(signature))
        return;
    const auto opened = sealer.open(client, signature);
    signature = opened ? arena.keep(opened->signature) : std::string_view();
    if (vendor != nullptr)
        *vendor = opened ? arena.keep(opened->vendor) : std::string_view();
}

}  // namespace

void ReasoningDesk::prepare(protocol::ChatRequest& request, const protocol::ReasoningOwner& owner) {
    using protocol::Part;
    for (protocol::Turn& turn : request.turns) {
        for (Part& part : turn.parts) {
            if (part.kind == Part::Kind::Reasoning)
                open(m_sealer, owner.client, request.arena, part.reasoning.signature,
                     &part.reasoning.vendor);
            else if (part.kind == Part::Kind::ToolCall)
                open(m_sealer, owner.client, request.arena, part.call.signature, nullptr);
        }
    }
    m_cache.restore(owner, request, m_clock.steady());
}

}  // namespace gr::gateway
