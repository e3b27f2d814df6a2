// SPDX-License-Identifier: MIT
#pragma once

#include "base/result.h"
#include "ledger/history.h"
#include "ledger/query.h"
#include "ledger/store.h"

namespace gr::ledger {

// The sums over a filter: whole hours from the table of hours where that can tell, the hours that
// the range cuts and all other questions from the rows. Thread of `database`.
Result<Totals> totalsOf(Database& database, TextSearch& search, const Filter& filter);

}  // namespace gr::ledger
