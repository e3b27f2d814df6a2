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

#include "base/clock.h"
#include "routing/experience.h"
#include "routing/request_facts.h"

namespace gr::routing {

// How answers turned out, seen from what the next request of their session looks like, and from
// what people say of them. Every answer is judged once, and a person's word replaces nothing that
// was learnt before it. In memory alone, no text; bounded: the oldest answers go first. Any thread,
// under one short lock. `experience` outlives it.
class OutcomeWatch final {
  public:
    explicit OutcomeWatch(Experience& experience, std::size_t most = 10'000)
        : m_experience(experience), m_most(most) {}

    struct Answer {
        std::string request;  // its id
        std::string client;
        Served served;
        bool truncated = false;  // at the model's own limit, not at the client's
        bool misshapen = false;  // not JSON of the shape that was asked for
    };
    // A whole answer was given to this request.
    void answered(const RequestFacts& facts, Answer answer, UnixMs now);
    // A request came: its session may say something of the answer before.
    void arrived(const RequestFacts& facts, UnixMs now);
    // A person's thumb. False: this client has no such answer, or not any more.
    bool judged(std::string_view request, std::string_view client, bool good, UnixMs now);
    void forget();

  private:
    struct Entry {
        Answer answer;
        std::string session;  // empty: of none
        std::uint64_t question = 0;
        std::int64_t turns = 0;
        UnixMs at;
        bool judgedByNext = false;
        bool judgedByPerson = false;
    };
    using Entries = std::list<Entry>;
    void drop(Entries::iterator entry);

    Experience& m_experience;
    const std::size_t m_most;
    mutable std::mutex m_mutex;
    Entries m_entries;  // the latest first
    std::unordered_map<std::string_view, Entries::iterator> m_byRequest;
    std::unordered_map<std::string_view, Entries::iterator> m_bySession;  // the latest of each
};

}  // namespace gr::routing
