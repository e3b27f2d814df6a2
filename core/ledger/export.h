// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <iosfwd>

#include "base/result.h"
#include "ledger/history.h"

namespace gr::ledger {

enum class ExportFormat : std::uint8_t { Csv, Json };

// Rows done and rows in all (about, while a gateway writes); false ends the export.
using ExportProgress = std::function<bool(std::int64_t done, std::int64_t all)>;

// Writes the requests that match `filter` to `out`, oldest first, and gives their number.
// CSV: a line of titles, then one line a request; unknown is an empty cell; texts that a
// spreadsheet would take for a formula begin with an apostrophe. JSON: one array, an object a
// request, one a line; unknown is null. Times are RFC 3339 in UTC, money decimal dollars, to the
// last digit. Fails with Cancelled when `progress` says so, FileUnwritable when `out` does not take
// it, else as Reader does. Any thread.
Result<std::int64_t> exportRequests(const std::filesystem::path& ledgerFile, ExportFormat format,
                                    const Filter& filter, std::ostream& out,
                                    const ExportProgress& progress = {});

}  // namespace gr::ledger
