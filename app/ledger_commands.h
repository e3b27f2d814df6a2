// SPDX-License-Identifier: MIT
#pragma once

#include <string>

#include "catalog/catalog.h"
#include "ledger/location.h"
#include "ledger/receipt_keys.h"
#include "settings/settings.h"

namespace gr::app {

// `ledger verify`: checks the books, with `keys` their receipts as well, and tells what it found.
// Exit code: 0 sound, 1 not.
int verifyLedger(const ledger::Location& location, const ledger::ReceiptKeys& keys);

// `ledger reconcile`: which sales and payments do not agree with their requests or with the chain,
// as the books have it. `from`, `to` as for the export. Exit code 1 if there is any.
int reconcileLedger(const ledger::Location& location, const std::string& from,
                    const std::string& to);

// `ledger export`: the history on standard output. `what` is requests, purchases (what this gateway
// paid) or sales (what others paid it); `format` is csv or json; `from` (inclusive) and
// `to` (exclusive) are UTC dates such as 2026-11-22, or times such as 2026-11-22T18:00:00Z or
// 2026-11-22T19:00:00+01:00; empty does not restrict. Tells its progress on standard error while
// that is a terminal and standard output is none. Exit code: 0, 1, or 2 for a date that is none.
int exportLedger(const ledger::Location& location, const std::string& what,
                 const std::string& format, const std::string& from, const std::string& to);

// What `reprice` works with.
struct RepriceParts {
    ledger::Location books;
    const settings::Settings& settings;
    const catalog::Catalog& catalog;
};

// `ledger reprice`: what the requests of that time would have cost at the prices that are known to
// have been valid then, beside what was booked. Changes nothing. Dates and exit codes as above.
int repriceLedger(const RepriceParts& parts, const std::string& from, const std::string& to);

}  // namespace gr::app
