// SPDX-License-Identifier: MIT
#include "gateway/answer_desk.h"

#include <algorithm>
#include <utility>

#include "base/text.h"

namespace gr::gateway {
namespace {

constexpr std::size_t kMegabyte = 1024 * 1024;
constexpr std::size_t kMostOfOne = 8 * kMegabyte;

// What an answer takes, about.
std::size_t sizeOf(const std::string& key, const KeptAnswer& answer) {
    constexpr std::size_t kAround = 512;
    return key.size() + answer.body.size() + kAround;
}

}  // namespace

struct AnswerDesk::Waiting {
    std::function<void()> wake;
    std::optional<Turn> turn;
};

struct AnswerDesk::Flight {
    std::list<std::shared_ptr<Waiting>> waiting;  // in the order in which they came
};

AnswerDesk::AnswerDesk() : m_secret(randomBytes(32)) {}

void AnswerDesk::apply(const settings::AnswerCache& settings) {
    std::list<Entry> gone;
    const std::lock_guard lock(m_mutex);
    m_settings = settings;
    m_on = settings.exact || settings.singleFlight;
    ++m_round;
    m_index.clear();
    gone.swap(m_entries);
    m_bytes = 0;
}

AnswerDesk::Turn AnswerDesk::begin(const std::string& key, bool fresh, SteadyTime now,
                                   std::function<void()> wake) {
    const std::lock_guard lock(m_mutex);
    if (!m_settings.exact && !m_settings.singleFlight)
        return Alone();
    dropOld(now);
    const auto known = m_index.find(key);
    if (known != m_index.end() && !fresh)
        return known->second->answer;
    if (!m_settings.singleFlight || fresh)
        return Lead(*this, key, m_round, nullptr);
    auto& flight = m_flights[key];
    if (!flight) {
        flight = std::make_shared<Flight>();
        return Lead(*this, key, m_round, flight);
    }
    auto waiting = std::make_shared<Waiting>();
    waiting->wake = std::move(wake);
    flight->waiting.push_back(waiting);
    return Ticket(*this, flight, std::move(waiting));
}

void AnswerDesk::forget(const std::string& key) {
    const std::lock_guard lock(m_mutex);
    if (const auto known = m_index.find(key); known != m_index.end())
        drop(known->second);
}

std::size_t AnswerDesk::mostBytes() const {
    const std::lock_guard lock(m_mutex);
    const std::size_t all = std::size_t{m_settings.maxMegabytes} * kMegabyte;
    return m_settings.singleFlight ? kMostOfOne : std::min(kMostOfOne, all);
}

AnswerDesk::Held AnswerDesk::held() const {
    const std::lock_guard lock(m_mutex);
    return {m_entries.size(), m_bytes};
}

void AnswerDesk::keep(const std::string& key, KeptAnswerPtr answer, SteadyTime now) {
    const std::size_t size = sizeOf(key, *answer);
    const std::size_t most = std::size_t{m_settings.maxMegabytes} * kMegabyte;
    if (const auto known = m_index.find(key); known != m_index.end())
        drop(known->second);
    if (!m_settings.exact || m_settings.maxCount == 0 || size > most)
        return;
    while (m_entries.size() >= m_settings.maxCount || m_bytes + size > most)
        drop(m_entries.begin());
    m_entries.push_back({key, std::move(answer), now});
    m_index.emplace(m_entries.back().key, std::prev(m_entries.end()));
    m_bytes += size;
}

void AnswerDesk::drop(std::list<Entry>::iterator entry) {
    m_bytes -= sizeOf(entry->key, *entry->answer);
    m_index.erase(entry->key);
    m_entries.erase(entry);
}

void AnswerDesk::dropOld(SteadyTime now) {
    const std::chrono::seconds life(m_settings.keepSeconds);
    while (!m_entries.empty() && m_entries.front().at + life <= now)
        drop(m_entries.begin());
}

AnswerDesk::Lead::Lead(AnswerDesk& desk, std::string key, std::uint64_t round,
                       std::shared_ptr<Flight> flight)
    : m_desk(&desk), m_key(std::move(key)), m_round(round), m_flight(std::move(flight)) {}

AnswerDesk::Lead::Lead(Lead&& other) noexcept
    : m_desk(std::exchange(other.m_desk, nullptr)),
      m_key(std::move(other.m_key)),
      m_round(other.m_round),
      m_flight(std::move(other.m_flight)) {}

AnswerDesk::Lead::~Lead() {
    if (m_desk == nullptr || !m_flight)
        return;
    std::shared_ptr<Waiting> next;
    {
        const std::lock_guard lock(m_desk->m_mutex);
        next = m_desk->handOver(*this);
    }
    if (next)
        next->wake();
}

// With the lock held. The one to wake; null: nobody waits.
std::shared_ptr<AnswerDesk::Waiting> AnswerDesk::handOver(Lead& lead) {
    Flight& flight = *lead.m_flight;
    if (flight.waiting.empty()) {
        m_flights.erase(lead.m_key);
        return nullptr;
    }
    std::shared_ptr<Waiting> next = std::move(flight.waiting.front());
    flight.waiting.pop_front();
    next->turn.emplace(Lead(std::move(lead)));
    return next;
}

void AnswerDesk::Lead::land(KeptAnswerPtr answer, SteadyTime now, bool keep) {
    {
        const std::lock_guard lock(m_desk->m_mutex);
        if (keep && m_round == m_desk->m_round)
            m_desk->keep(m_key, answer, now);
    }
    if (m_flight)
        end(Turn(std::move(answer)));
}

void AnswerDesk::Lead::fail() {
    if (m_flight)
        end(Turn(Alone()));
}

// For all that wait; nobody waits for this flight from now on.
void AnswerDesk::Lead::end(const Turn& turn) {
    std::list<std::shared_ptr<Waiting>> served;
    {
        const std::lock_guard lock(m_desk->m_mutex);
        served.swap(m_flight->waiting);
        m_desk->m_flights.erase(m_key);
        for (const std::shared_ptr<Waiting>& waiting : served) {
            if (const auto* answer = std::get_if<KeptAnswerPtr>(&turn))
                waiting->turn.emplace(*answer);
            else
                waiting->turn.emplace(Alone());
        }
    }
    m_flight.reset();
    for (const std::shared_ptr<Waiting>& waiting : served)
        waiting->wake();
}

AnswerDesk::Ticket::Ticket(AnswerDesk& desk, std::shared_ptr<Flight> flight,
                           std::shared_ptr<Waiting> waiting)
    : m_desk(&desk), m_flight(std::move(flight)), m_waiting(std::move(waiting)) {}

AnswerDesk::Ticket::~Ticket() {
    if (!m_waiting)
        return;
    // A lead that nobody took goes on to the next, without the lock.
    std::optional<Turn> untaken;
    const std::lock_guard lock(m_desk->m_mutex);
    m_flight->waiting.remove(m_waiting);
    if (m_waiting->turn) {
        untaken.emplace(std::move(*m_waiting->turn));
        m_waiting->turn.reset();
    }
}

std::optional<AnswerDesk::Turn> AnswerDesk::Ticket::take() {
    std::optional<Turn> turn;
    const std::lock_guard lock(m_desk->m_mutex);
    if (m_waiting->turn) {
        turn.emplace(std::move(*m_waiting->turn));
        m_waiting->turn.reset();
    }
    return turn;
}

}  // namespace gr::gateway
