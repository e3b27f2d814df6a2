// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <functional>
#include <iosfwd>
#include <optional>

#include "base/result.h"
#include "ledger/history.h"
#include "ledger/location.h"

namespace gr::ledger {

enum class ExportFormat : std::uint8_t { Csv, Json };

// Rows done and rows in all (about, while a gateway writes); false ends the export.
using ExportProgress = std::function<bool(std::int64_t done, std::int64_t all)>;

// What was written. Times are those of the first and the last start.
struct Exported {
    std::int64_t requests = 0;
    std::optional<UnixMs> first;
    std::optional<UnixMs> last;
    std::optional<Cut> cut;  // removed from the ledger because of their age
};

// Writes the requests that match `filter` to `out`, oldest first, and tells the range of them.
// CSV: a line of titles, then one line a request; unknown is an empty cell; texts that a
// spreadsheet would take for a formula begin with an apostrophe. JSON: one array, an object a
// request, one a line; unknown is null. Times are RFC 3339 in UTC, money decimal dollars, to the
// last digit. Fails with Cancelled when `progress` says so, FileUnwritable when `out` does not take
// it, else as Reader does. Any thread.
Result<Exported> exportRequests(const Location& location, ExportFormat format, const Filter& filter,
                                std::ostream& out, const ExportProgress& progress = {});

}  // namespace gr::ledger
