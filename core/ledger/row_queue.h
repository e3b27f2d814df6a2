// SPDX-License-Identifier: MIT
#pragma once

#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "ledger/entry.h"
#include "ledger/health.h"
#include "ledger/history.h"

namespace gr::ledger {

// Where rows wait for the ledger thread, and what it tells of its work: any number of threads push
// and ask, one takes. Holds no file and no thread.
class RowQueue final {
  public:
    // So many rows wait at most in the queue, and as many again that were handed back.
    static constexpr std::size_t kMaxWaiting = 10'000;

    // --- Any thread.
    void push(RequestRecord record) noexcept;  // drops the oldest when full
    // Waits until a whole round of work that began after this call is over.
    void waitForRound();
    void wake();  // ends the sleep of `take` although there is nothing to do
    void stop();
    Health health() const;
    // The row with this id while it is not on disk yet: it is found here from `push` until it is
    // found there. Looks at every row that waits.
    std::optional<RequestRecord> find(std::string_view id) const;

    // --- The thread that takes.
    struct Work {
        // Oldest first, those handed back before the new ones. They stay the queue's, unchanged
        // until `finish`.
        std::span<const RequestRecord> rows;
        std::optional<Gap> lost;  // dropped and not booked yet
        bool stopping = false;    // nothing more is pushed; this round is the last
    };
    // Sleeps until there is something to do, or until `until`: then there may be nothing. Rows wait
    // a little more, to be written with others; after a failure the next try comes with a pause.
    Work take(SteadyTime until);
    struct Round {
        std::size_t written = 0;  // of the first rows, so many are on disk …
        std::size_t refused = 0;  // … and so many can never be, which counts them as lost
        std::optional<Error> error;
    };
    // Ends the round. What is neither written nor refused, and what is still lost and not booked,
    // comes again with the next `take`.
    void finish(const std::optional<Gap>& stillLost, Round round);
    // Rows that can never be written count as lost.
    void lose(std::span<const RequestRecord> rows);

  private:
    // These with the mutex held.
    void lose(const RequestRecord& row);
    void loseBeyondBound(std::vector<RequestRecord>& rows);
    void keepGap(const Gap& gap);
    const RequestRecord* oldest() const;

    mutable std::mutex m_mutex;
    std::condition_variable m_wake;       // the thread that takes
    std::condition_variable m_roundOver;  // those in `waitForRound`
    std::vector<RequestRecord> m_incoming;
    std::size_t m_oldest = 0;  // in m_incoming: it is a ring once it is full
    std::vector<RequestRecord> m_returned;
    std::vector<RequestRecord> m_taken;  // what the thread works on
    std::vector<RequestRecord> m_spare;  // empty; its memory is for the next rows
    std::optional<Gap> m_lost;
    std::uint64_t m_roundsBegun = 0;
    std::uint64_t m_roundsOver = 0;
    std::uint64_t m_roundWanted = 0;
    bool m_sleeping = false;
    bool m_stopping = false;
    std::uint64_t m_written = 0;
    std::uint64_t m_lostCount = 0;
    std::uint64_t m_failures = 0;
    std::optional<Error> m_error;
};

}  // namespace gr::ledger
