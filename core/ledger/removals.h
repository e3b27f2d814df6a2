// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "ledger/receipts.h"
#include "ledger/store.h"

namespace gr::ledger {

// A row that was removed, in terms of its chain.
struct Gone {
    std::int64_t chain = 0;
    std::int64_t number = 0;
    std::string code;
};

// Books in the table `removals` which rows of which chains are gone, so that the rest can still be
// checked: runs of numbers with the code of their last row, sealed with the key of `receipts`,
// whose chain has begun in this write transaction. Runs that touch become one.
Result<void> bookRemovals(Database& database, Receipts& receipts, std::vector<Gone> gone);

}  // namespace gr::ledger
