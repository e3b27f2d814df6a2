// SPDX-License-Identifier: MIT
#include "ledger/row_queue.h"

#include <algorithm>
#include <chrono>
#include <iterator>
#include <new>
#include <utility>

namespace gr::ledger {
namespace {

using namespace std::chrono_literals;

// Half of the 100 ms that are promised; the rest is for writing.
constexpr auto kLinger = 50ms;
constexpr auto kRetryPause = 500ms;
// So many rows are worth a round at once.
constexpr std::size_t kHurry = 2'000;
constexpr std::size_t kKeepCapacity = 4'096;

}  // namespace

void RowQueue::push(RequestRecord record) noexcept {
    bool wake = false;
    {
        const std::lock_guard lock(m_mutex);
        if (m_incoming.size() < kMaxWaiting) {
            try {
                m_incoming.push_back(std::move(record));
            } catch (const std::bad_alloc&) {
                lose(record);
                return;
            }
            wake = m_sleeping || m_incoming.size() == kHurry;
            m_sleeping = false;
        } else {
            RequestRecord& oldest = m_incoming[m_oldest];
            lose(oldest);
            oldest = std::move(record);
            m_oldest = (m_oldest + 1) % kMaxWaiting;
        }
    }
    if (wake)
        m_wake.notify_one();
}

void RowQueue::waitForRound() {
    std::unique_lock lock(m_mutex);
    const std::uint64_t wanted = m_roundsBegun + 1;
    m_roundWanted = std::max(m_roundWanted, wanted);
    m_sleeping = false;
    m_wake.notify_one();
    m_roundOver.wait(lock, [&] { return m_roundsOver >= wanted; });
}

void RowQueue::wake() {
    {
        const std::lock_guard lock(m_mutex);
        m_roundWanted = std::max(m_roundWanted, m_roundsBegun + 1);
        m_sleeping = false;
    }
    m_wake.notify_one();
}

void RowQueue::stop() {
    {
        const std::lock_guard lock(m_mutex);
        m_stopping = true;
        m_sleeping = false;
    }
    m_wake.notify_one();
}

Health RowQueue::health() const {
    const std::lock_guard lock(m_mutex);
    Health health{.queued = m_incoming.size() + m_returned.size() + m_taken.size(),
                  .written = m_written,
                  .lost = m_lostCount,
                  .error = m_error,
                  .failures = m_failures};
    if (const RequestRecord* const row = oldest())
        health.oldest = UnixMs{row->startedAt.value + row->totalMs};
    return health;
}

const RequestRecord* RowQueue::oldest() const {
    if (!m_taken.empty())
        return &m_taken.front();
    if (!m_returned.empty())
        return &m_returned.front();
    return m_incoming.empty() ? nullptr : &m_incoming[m_oldest];
}

std::optional<RequestRecord> RowQueue::find(std::string_view id) const {
    const std::lock_guard lock(m_mutex);
    for (const auto* rows : {&m_incoming, &m_taken, &m_returned}) {
        const auto row = std::find_if(rows->begin(), rows->end(),
                                      [id](const RequestRecord& r) { return r.id == id; });
        if (row != rows->end())
            return *row;
    }
    return std::nullopt;
}

RowQueue::Work RowQueue::take(SteadyTime until) {
    std::unique_lock lock(m_mutex);
    const auto urgent = [this] { return m_stopping || m_roundWanted > m_roundsBegun; };
    if (m_error) {
        m_wake.wait_for(lock, kRetryPause, urgent);
    } else {
        m_sleeping = m_incoming.empty() && !m_lost;
        const bool work = m_wake.wait_until(
            lock, until, [&] { return urgent() || !m_incoming.empty() || m_lost; });
        m_sleeping = false;
        if (work)
            m_wake.wait_for(lock, kLinger, [&] { return urgent() || m_incoming.size() >= kHurry; });
    }

    m_taken = std::exchange(m_incoming, std::move(m_spare));
    m_spare = {};
    std::rotate(m_taken.begin(), m_taken.begin() + static_cast<std::ptrdiff_t>(m_oldest),
                m_taken.end());
    m_oldest = 0;
    if (!m_returned.empty()) {
        m_taken.insert(m_taken.begin(), std::make_move_iterator(m_returned.begin()),
                       std::make_move_iterator(m_returned.end()));
        m_returned.clear();
    }
    Work work;
    work.rows = m_taken;
    work.lost = std::exchange(m_lost, std::nullopt);
    work.stopping = m_stopping;
    ++m_roundsBegun;
    return work;
}

void RowQueue::finish(const std::optional<Gap>& stillLost, Round round) {
    {
        const std::lock_guard lock(m_mutex);
        const auto done = static_cast<std::ptrdiff_t>(round.written + round.refused);
        m_taken.erase(m_taken.begin(), m_taken.begin() + done);
        loseBeyondBound(m_taken);
        if (stillLost)
            keepGap(*stillLost);
        if (m_taken.empty() && m_taken.capacity() <= kKeepCapacity)
            m_spare = std::move(m_taken);
        else
            m_returned = std::move(m_taken);
        m_taken.clear();
        m_written += round.written;
        m_failures += round.error ? 1 : 0;
        m_error = std::move(round.error);
        m_roundsOver = m_roundsBegun;
    }
    m_roundOver.notify_all();
}

void RowQueue::lose(std::span<const RequestRecord> rows) {
    const std::lock_guard lock(m_mutex);
    for (const RequestRecord& row : rows)
        lose(row);
}

void RowQueue::lose(const RequestRecord& row) {
    ++m_lostCount;
    keepGap({row.startedAt, row.startedAt, 1});
}

void RowQueue::loseBeyondBound(std::vector<RequestRecord>& rows) {
    if (rows.size() <= kMaxWaiting)
        return;
    const auto kept = rows.end() - static_cast<std::ptrdiff_t>(kMaxWaiting);
    for (auto row = rows.begin(); row != kept; ++row)
        lose(*row);
    rows.erase(rows.begin(), kept);
}

void RowQueue::keepGap(const Gap& gap) {
    if (!m_lost) {
        m_lost = gap;
        return;
    }
    m_lost->from = std::min(m_lost->from, gap.from);
    m_lost->to = std::max(m_lost->to, gap.to);
    m_lost->requests += gap.requests;
}

}  // namespace gr::ledger
