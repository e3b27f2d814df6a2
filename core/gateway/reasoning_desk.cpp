// SPDX-License-Identifier: MIT
#include "gateway/reasoning_desk.h"

#include "base/cipher.h"

namespace gr::gateway {
namespace {

// A mark behind the vendor in a seal: the proof is all there is of the thought (see adapter.h).
constexpr std::string_view kRedacted = ":redacted";

}  // namespace

void ReasoningDesk::use(const std::shared_ptr<const Secret>& stateKey) {
    if (!stateKey)
        return;
    auto made = std::make_shared<const protocol::Sealer>(deriveKey(*stateKey, "reasoning seals"));
    const std::lock_guard lock(m_mutex);
    m_sealer = std::move(made);
}

ReasoningDesk::SealerPtr ReasoningDesk::sealer() const {
    const std::lock_guard lock(m_mutex);
    return m_sealer;
}

std::string ReasoningDesk::seal(std::string_view client, std::string_view vendor,
                                std::string_view signature) const {
    const SealerPtr kept = sealer();
    return (kept ? *kept : *m_runSealer).seal(client, vendor, signature);
}

// What is sealed as its vendor wrote it; empty when the seal is not good.
protocol::Sealer::Opened ReasoningDesk::open(std::string_view client,
                                             std::string_view sealed) const {
    for (const SealerPtr& one : {sealer(), m_runSealer}) {
        if (!one)
            continue;
        if (auto opened = one->open(client, sealed))
            return std::move(*opened);
    }
    return {};
}

void ReasoningDesk::openReasoning(std::string_view client, protocol::TextArena& arena,
                                  protocol::Reasoning& reasoning) const {
    if (!protocol::Sealer::looksSealed(reasoning.signature))
        return;
    protocol::Sealer::Opened opened = open(client, reasoning.signature);
    reasoning.redacted = opened.vendor.ends_with(kRedacted);
    if (reasoning.redacted)
        opened.vendor.resize(opened.vendor.size() - kRedacted.size());
    reasoning.signature = arena.keep(std::move(opened.signature));
    reasoning.vendor = arena.keep(std::move(opened.vendor));
}

std::size_t ReasoningDesk::prepare(protocol::ChatRequest& request,
                                   const protocol::ReasoningOwner& owner) {
    using protocol::Part;
    for (protocol::Turn& turn : request.turns) {
        for (Part& part : turn.parts) {
            std::string_view& signature = part.call.signature;
            if (part.kind == Part::Kind::Reasoning)
                openReasoning(owner.client, request.arena, part.reasoning);
            else if (protocol::Sealer::looksSealed(signature))
                signature = request.arena.keep(open(owner.client, signature).signature);
        }
    }
    return m_cache.restore(owner, request, m_clock.steady());
}

}  // namespace gr::gateway
