// SPDX-License-Identifier: MIT
#pragma once

#include <functional>
#include <iosfwd>

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

// The same for whatever `write` puts into the stream.
using ExportWriter = std::function<Result<ledger::Exported>(std::ostream& out)>;
Result<ledger::Exported> writeExportFile(const QString& path, const ExportWriter& write);

}  // namespace gr::app
