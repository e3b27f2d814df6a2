// SPDX-License-Identifier: MIT
#pragma once

#include <iosfwd>

#include "base/result.h"
#include "ledger/exported.h"
#include "ledger/history.h"
#include "ledger/location.h"

namespace gr::ledger {

// Writes the requests that match `filter` to `out`, oldest first, and tells the range of them.
// CSV: a line of titles, then one line a request; unknown is an empty cell; texts that a
// spreadsheet would take for a formula begin with an apostrophe. JSON: one array, an object a
// request, one a line; unknown is null. Times are RFC 3339 in UTC, money decimal dollars, to the
// last digit. Fails with Cancelled when `progress` says so, FileUnwritable when `out` does not take
// it, else as Reader does. Any thread.
Result<Exported> exportRequests(const Location& location, ExportFormat format, const Filter& filter,
                                std::ostream& out, const ExportProgress& progress = {});

}  // namespace gr::ledger
