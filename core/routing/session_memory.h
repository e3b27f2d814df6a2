// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <list>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/clock.h"
#include "base/money.h"

namespace gr::routing {

// Who served each session lately: where its prompt cache is warm, what it should stay with, and
// what it has spent. In memory alone; keys are digests (RequestFacts::session). Bounded: the
// sessions that were silent longest go first, and all go a day after their last answer. Shared by
// the io threads under one short lock.
class SessionMemory final {
  public:
    struct Served {
        std::string provider;
        std::string model;
        SteadyTime at{};
        std::int64_t promptTokens = 0;  // of its last request there: as much may lie in the cache
    };
    struct Session {
        std::vector<Served> served;  // the latest first; few
        std::int64_t answers = 0;
        Money spent;
        bool failed = false;  // the latest attempt went wrong: nothing to stay with
    };

    explicit SessionMemory(std::size_t most = 10'000) : m_most(most) {}

    std::optional<Session> find(std::string_view session, SteadyTime now) const;
    // An answer came, and cost this, as far as it is known.
    void answered(std::string_view session, Served served, Money cost);
    // Who was asked did not answer.
    void failed(std::string_view session, SteadyTime now);
    std::size_t size() const;

  private:
    struct Entry {
        std::string key;
        SteadyTime at{};
        Session session;
    };
    Entry& touch(std::string_view session, SteadyTime now);

    const std::size_t m_most;
    mutable std::mutex m_mutex;
    std::list<Entry> m_entries;  // the latest first
    std::unordered_map<std::string_view, std::list<Entry>::iterator> m_index;
};

}  // namespace gr::routing
