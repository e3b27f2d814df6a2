// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "ledger/entry.h"
#include "ledger/history.h"
#include "ledger/location.h"

namespace gr::ledger {

class PaymentReader;

// The reading side: own read-only connection, so that pages never wait for the writer.
// One thread at a time; may be created and used away from the main thread.
class Reader final {
  public:
    // FileUnreadable when there is no ledger yet; LedgerCorrupt and LedgerTooNew as for `Ledger`.
    static Result<Reader> open(const Location& location);
    Reader(Reader&&) noexcept;
    Reader& operator=(Reader&&) noexcept;
    ~Reader();

    // Newest first; rows before `before` (a sequence), at most `limit`.
    Result<std::vector<StoredRecord>> page(const Filter& filter, std::optional<std::int64_t> before,
                                           int limit);
    // Rows written after `after`, oldest first, at most `limit`: what a live table adds.
    Result<std::vector<StoredRecord>> newerThan(std::int64_t after, int limit,
                                                const Filter& filter = {});
    // Rows whose features were kept, with them, written after `after`, which began at `from` or
    // later; oldest first, at most `limit`.
    Result<std::vector<StoredRecord>> traced(UnixMs from, std::int64_t after, int limit);
    // Fills in the features of rows of page(), newerThan() or find(), where they were kept.
    Result<void> addFeatures(std::vector<StoredRecord>& rows);
    // Fast for ids of `newRequestId`, whose time has to be that of the start; looks at every row
    // for others.
    Result<std::optional<StoredRecord>> find(const std::string& requestId);
    Result<Totals> totals(const Filter& filter);
    // Bars that hold something, oldest first. The range is widened to whole hours; days are 24
    // hours each, counted from its beginning, so that a day may begin at midnight of any zone.
    Result<std::vector<Bucket>> series(UnixMs from, UnixMs to, Step step, GroupBy by);
    // Those that touch the range, oldest first.
    Result<std::vector<Gap>> gaps(UnixMs from, UnixMs to);
    // What was removed because of its age; nothing when all is there.
    Result<std::optional<Cut>> cut();

    // Purchases and sales, on the same connection; goes with this.
    PaymentReader& payments();

  private:
    class Impl;
    explicit Reader(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> m_impl;
};

}  // namespace gr::ledger
