// SPDX-License-Identifier: MIT
#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "protocol/opaque.h"
#include "protocol/reasoning_cache.h"

namespace gr::gateway {

// What the gateway keeps so that a model's reasoning survives a tool turn: seals for clients that
// carry it themselves, a cache for those that cannot. Shared by the io threads; outlives them. All
// functions: any thread.
class ReasoningDesk final {
  public:
    // `runKey` (32 bytes) seals while there is no other: such seals open until this goes.
    ReasoningDesk(Secret runKey, const Clock& clock)
        : m_runSealer(std::make_shared<const protocol::Sealer>(std::move(runKey))),
          m_clock(clock) {}

    // Seals are made with a key of `stateKey` (see Policy) from now on, so that they open after a
    // restart, too; those of this run's own key still open. Null changes nothing.
    void use(const std::shared_ptr<const Secret>& stateKey);

    std::string seal(std::string_view client, std::string_view vendor,
                     std::string_view signature) const;

    // Opens the seals in a request of `owner.client`, and restores what the cache knows. Seals that
    // are not ours, or another client's, are dropped. Gives how many bytes that adds.
    std::size_t prepare(protocol::ChatRequest& request, const protocol::ReasoningOwner& owner);

    // Files what an answer to `owner` thought.
    void file(protocol::ReasoningGatherer& gathered, const protocol::ReasoningOwner& owner) {
        gathered.file(m_cache, owner, m_clock.steady());
    }

  private:
    using SealerPtr = std::shared_ptr<const protocol::Sealer>;
    SealerPtr sealer() const;
    protocol::Sealer::Opened open(std::string_view client, std::string_view sealed) const;
    void openReasoning(std::string_view client, protocol::TextArena& arena,
                       protocol::Reasoning& reasoning) const;

    const SealerPtr m_runSealer;
    mutable std::mutex m_mutex;  // of m_sealer
    SealerPtr m_sealer;          // of the vault's key; may be null
    protocol::ReasoningCache m_cache;
    const Clock& m_clock;
};

}  // namespace gr::gateway
