// SPDX-License-Identifier: MIT
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "base/clock.h"
#include "gateway/feed_line.h"

namespace gr::gateway {

// Gathers what a gateway tells and gives it to programs that watch it: each asks with the number
// it got last and is answered as soon as there is something newer, at most as often as the gateway
// hands events up (10 times a second). Holds at most kMostEvents events: who comes later than that
// begins anew. One thread: the main thread of the program that runs the gateway.
class EventFeed final {
  public:
    using Answer = std::function<void(std::string line)>;

    // `listen` is called with true when somebody begins to watch, with false when nobody has asked
    // for a while: the gateway need not make events for nobody. `clock` outlives the feed.
    EventFeed(const Clock& clock, std::function<void(bool)> listen);

    // `answer` is called once, perhaps at once. 0 begins. At most kMostWaiting wait; the first of
    // more is sent away with an empty batch.
    void ask(std::uint64_t since, Answer answer);

    void add(std::vector<ExchangeEvent> events);
    void setProviders(std::vector<ProviderStatus> providers);
    void setServers(std::vector<FoundServer> servers);

    static constexpr std::size_t kMostWaiting = 8;
    static constexpr Milliseconds kForgotten{10'000};  // without a question: nobody watches

  private:
    struct Waiting {
        std::uint64_t since = 0;
        Answer answer;
    };

    struct Numbered {
        std::uint64_t number = 0;
        ExchangeEvent event;
    };

    FeedBatch newerThan(std::uint64_t since) const;
    bool hasNewer(std::uint64_t since) const;
    void answerWaiting();

    const Clock& m_clock;
    std::function<void(bool)> m_listen;
    bool m_listening = false;
    SteadyTime m_lastAsked{};
    // Everything that is told has a number; `m_next` is that of the next, `m_lost` the last one
    // that is not kept any more.
    std::uint64_t m_next = 1;
    std::uint64_t m_lost = 0;
    std::uint64_t m_providersAt = 0;
    std::uint64_t m_serversAt = 0;
    std::deque<Numbered> m_events;
    std::map<std::string, RunningExchange> m_running;
    std::vector<ProviderStatus> m_providers;
    std::vector<FoundServer> m_servers;
    std::vector<Waiting> m_waiting;
};

}  // namespace gr::gateway
