// SPDX-License-Identifier: MIT
#include "gateway/event_feed.h"

#include <utility>

namespace gr::gateway {

EventFeed::EventFeed(const Clock& clock, std::function<void(bool)> listen)
    : m_clock(clock), m_listen(std::move(listen)) {}

void EventFeed::ask(std::uint64_t since, Answer answer) {
    m_lastAsked = m_clock.steady();
    if (!std::exchange(m_listening, true))
        m_listen(true);
    if (hasNewer(since)) {
        answer(toLine(newerThan(since)));
        return;
    }
    if (m_waiting.size() >= kMostWaiting) {
        FeedBatch nothing;
        nothing.next = m_waiting.front().since;
        m_waiting.front().answer(toLine(nothing));
        m_waiting.erase(m_waiting.begin());
    }
    m_waiting.push_back({since, std::move(answer)});
}

void EventFeed::add(std::vector<ExchangeEvent> events) {
    for (ExchangeEvent& event : events) {
        if (event.finished)
            m_running.erase(event.finished->id);
        else
            m_running[event.running.id] = event.running;
        m_events.push_back({m_next++, std::move(event)});
    }
    while (m_events.size() > kMostEvents) {
        m_lost = m_events.front().number;
        m_events.pop_front();
    }
    answerWaiting();
}

void EventFeed::setProviders(std::vector<ProviderStatus> providers) {
    m_providers = std::move(providers);
    m_providersAt = m_next++;
    answerWaiting();
}

void EventFeed::setServers(std::vector<FoundServer> servers) {
    m_servers = std::move(servers);
    m_serversAt = m_next++;
    answerWaiting();
}

bool EventFeed::hasNewer(std::uint64_t since) const {
    return since <= m_lost || since != m_next;  // beyond `m_next`: it asked another gateway before
}

FeedBatch EventFeed::newerThan(std::uint64_t since) const {
    FeedBatch batch;
    batch.next = m_next;
    batch.fresh = since <= m_lost || since > m_next;
    if (batch.fresh) {
        for (const auto& [id, running] : m_running) {
            if (batch.events.size() < kMostEvents)
                batch.events.push_back({ExchangeEvent::Kind::Changed, running, {}});
        }
    } else {
        for (const Numbered& one : m_events) {
            if (one.number >= since)
                batch.events.push_back(one.event);
        }
    }
    if (batch.fresh || m_providersAt >= since)
        batch.providers = m_providers;
    if (batch.fresh || m_serversAt >= since)
        batch.servers = m_servers;
    return batch;
}

void EventFeed::answerWaiting() {
    for (Waiting& one : std::exchange(m_waiting, {}))
        one.answer(toLine(newerThan(one.since)));
    // Who waited may be gone by now: only a new question proves that somebody watches.
    if (!m_listening || m_clock.steady() - m_lastAsked < kForgotten)
        return;
    m_listening = false;
    m_events.clear();
    m_running.clear();
    m_lost = m_next++;  // what happens now has no other number
    m_listen(false);
}

}  // namespace gr::gateway
