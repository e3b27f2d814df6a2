// SPDX-License-Identifier: MIT
#pragma once

#include "base/clock.h"
#include "protocol/opaque.h"
#include "protocol/reasoning_cache.h"

namespace gr::gateway {

// What the gateway keeps so that a model's reasoning survives a tool turn: seals for clients that
// carry it themselves, a cache for those that cannot. Shared by the io threads; outlives them.
class ReasoningDesk final {
  public:
    ReasoningDesk(Secret key, const Clock& clock) : m_sealer(std::move(key)), m_clock(clock) {}

    const protocol::Sealer& sealer() const { return m_sealer; }

    // Opens the seals in a request of `owner.client`, and restores what the cache knows. Seals that
    // are not ours, or another client's, are dropped.
    void prepare(protocol::ChatRequest& request, const protocol::ReasoningOwner& owner);

    // Files what an answer to `owner` thought.
    void file(protocol::ReasoningGatherer& gathered, const protocol::ReasoningOwner& owner) {
        gathered.file(m_cache, owner, m_clock.steady());
    }

  private:
    protocol::Sealer m_sealer;
    protocol::ReasoningCache m_cache;
    const Clock& m_clock;
};

}  // namespace gr::gateway
