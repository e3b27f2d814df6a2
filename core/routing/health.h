// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"

namespace gr::routing {

// What the last answers said of each provider and each of its keys: who rests, until when and why.
// Shared by the io threads under one short lock.
class Health final {
  public:
    enum class State : std::uint8_t { Untried, Ready, KeyRejected, Cooling, Down };
    struct Snapshot {
        std::string provider;
        State state = State::Untried;
        std::optional<SteadyTime> until;
        std::string lastError;
    };

    // The key to use next: those that rest are skipped, the others take turns only after a failure
    // (prompt caches live per account). Nothing when all rest; `wait` then tells until when.
    std::optional<std::size_t> pickKey(const std::string& provider, std::size_t keys,
                                       SteadyTime now, SteadyTime& wait);
    bool resting(const std::string& provider, std::size_t keys, SteadyTime now);

    void succeeded(const std::string& provider, std::size_t key);
    // The key rests for `pause`; `rejected` marks one that the provider refused.
    void keyFailed(const std::string& provider, std::size_t key, Milliseconds pause, bool rejected,
                   SteadyTime now, std::string why);
    // The provider itself failed: it is put last after a few failures in a row.
    void providerFailed(const std::string& provider, SteadyTime now, std::string why);

    std::vector<Snapshot> snapshot(SteadyTime now) const;
    unsigned revision() const;  // changes with what snapshot() gives

  private:
    struct Key {
        SteadyTime restsUntil{};
        bool rejected = false;
    };
    struct Provider {
        std::vector<Key> keys;
        std::size_t current = 0;
        unsigned failures = 0;  // in a row
        SteadyTime restsUntil{};
        bool tried = false;
        std::string lastError;
    };
    Provider& at(const std::string& provider, std::size_t keys);

    mutable std::mutex m_mutex;
    std::map<std::string, Provider> m_providers;
    unsigned m_revision = 0;
};

}  // namespace gr::routing
