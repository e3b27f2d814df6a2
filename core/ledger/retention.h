// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "ledger/history.h"
#include "ledger/removals.h"
#include "ledger/store.h"

// The end of old rows: they go after some days, their hourly sums stay, and what went is booked.
namespace gr::ledger {

// When rows are removed, and which. Pure: times come in. Ledger thread.
class CutSchedule final {
  public:
    static constexpr Milliseconds kPeriod{3'600'000};  // from the end of a cut to the next
    static constexpr Milliseconds kPause{20};          // between two batches: others may write

    // 0 keeps everything. A change makes a cut due at once.
    void setKeepDays(unsigned days);
    // The moment before which rows go, when a batch is due: a whole hour, the same until the cut
    // is over. When the clock was set forward by more than an hour, the next cut waits for an
    // hour: what a wrong clock removes does not come back.
    std::optional<UnixMs> due(UnixMs wall, SteadyTime steady);
    // After a batch: whether more rows have to go.
    void did(bool more, SteadyTime steady);
    SteadyTime next() const { return m_next; }  // to ask again

  private:
    struct Moment {
        UnixMs wall;
        SteadyTime steady;
    };
    unsigned m_days = 0;
    SteadyTime m_next;
    std::optional<UnixMs> m_before;  // of the cut that is under way
    std::optional<Moment> m_last;    // when a cut was last to begin
};

// Removes rows a few at a time. Ledger thread; dies before its Database.
class Retention final {
  public:
    static constexpr std::int64_t kBatch = 500;

    // `receipts` seals what is removed, and outlives this.
    static Result<Retention> create(Database& database, Receipts& receipts);

    // Removes up to `kBatch` rows that began before `before` (a whole hour), the oldest first, and
    // books their sums in the table of cuts, in one transaction. True when there may be more. The
    // newest row always stays: its number must not be given to another. Rows of other gateways stay
    // a day longer: their own gateway removes them, whose seal they can check there.
    Result<bool> cutSome(UnixMs before, UnixMs now);

  private:
    Retention(Database& database, Receipts& receipts)
        : m_database(&database), m_receipts(&receipts) {}
    Result<std::int64_t> removeRows(UnixMs before, Cut& cut, std::vector<Gone>& gone);
    Result<std::int64_t> book(const Cut& cut, UnixMs now);  // the row of `cuts`
    Result<std::int64_t> note(const Cut& cut, UnixMs now, std::int64_t extended);

    Database* m_database;
    Receipts* m_receipts;
    Statement m_delete;
    Statement m_deleteFeatures;
    Statement m_add;
    Statement m_extend;
    std::int64_t m_cutId = 0;  // the row of `cuts` that belongs to m_before
    UnixMs m_before;
};

// All that was ever removed, as one; nothing when that is nothing.
Result<std::optional<Cut>> cutsSoFar(Database& database);

}  // namespace gr::ledger
