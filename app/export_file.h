// SPDX-License-Identifier: MIT
#pragma once

#include "ledger/export.h"
#include "ledger/location.h"
#include "ui/backend.h"

namespace gr::app {

// Writes the requests that fit to `order.path`: under another name beside it, which takes its place
// when all is written. Whatever goes wrong, also a `progress` that says stop (Cancelled), no file
// is left, and one that was there stays as it was. FileUnwritable names the file and the reason;
// else fails as ledger::exportRequests does. Any thread; blocks.
Result<ledger::Exported> writeExport(const ledger::Location& books, const ui::ExportOrder& order,
                                     const ledger::ExportProgress& progress);

}  // namespace gr::app
