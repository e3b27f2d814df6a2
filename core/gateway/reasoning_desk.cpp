// SPDX-License-Identifier: MIT
#include "gateway/reasoning_desk.h"

namespace gr::gateway {
namespace {

// A mark behind the vendor in a seal: the proof is all there is of the thought (see adapter.h).
constexpr std::string_view kRedacted = ":redacted";

// What is sealed as its vendor wrote it; empty when the seal is not good.
protocol::Sealer::Opened open(const protocol::Sealer& sealer, std::string_view client,
                              std::string_view sealed) {
    return sealer.open(client, sealed).value_or(protocol::Sealer::Opened());
}

void openReasoning(const protocol::Sealer& sealer, std::string_view client,
                   protocol::TextArena& arena, protocol::Reasoning& reasoning) {
    if (!protocol::Sealer::looksSealed(reasoning.signature))
        return;
    protocol::Sealer::Opened opened = open(sealer, client, reasoning.signature);
    reasoning.redacted = opened.vendor.ends_with(kRedacted);
    if (reasoning.redacted)
        opened.vendor.resize(opened.vendor.size() - kRedacted.size());
    reasoning.signature = arena.keep(std::move(opened.signature));
    reasoning.vendor = arena.keep(std::move(opened.vendor));
}

}  // namespace

void ReasoningDesk::prepare(protocol::ChatRequest& request, const protocol::ReasoningOwner& owner) {
    using protocol::Part;
    for (protocol::Turn& turn : request.turns) {
        for (Part& part : turn.parts) {
            std::string_view& signature = part.call.signature;
            if (part.kind == Part::Kind::Reasoning)
                openReasoning(m_sealer, owner.client, request.arena, part.reasoning);
            else if (protocol::Sealer::looksSealed(signature))
                signature = request.arena.keep(open(m_sealer, owner.client, signature).signature);
        }
    }
    m_cache.restore(owner, request, m_clock.steady());
}

}  // namespace gr::gateway
