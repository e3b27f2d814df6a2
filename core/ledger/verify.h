// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "ledger/history.h"
#include "ledger/location.h"

namespace gr::ledger {

struct BooksReport {
    std::int64_t requests = 0;          // rows looked at
    std::int64_t gaps = 0;              // known holes: rows that a full disk cost, say
    std::int64_t missing = 0;           // requests in those holes
    std::optional<Cut> cut;             // removed because of their age
    std::vector<std::string> findings;  // sentences; none when the books are sound
};

// Checks the books: the database itself, that every row can be read, and that the hourly sums are
// those of the rows. Where rows were removed because of their age, the sums together are those of
// the rows that are left and of what was booked as removed. Reads everything, from one snapshot: a
// gateway may go on writing. Fails only when the file cannot be opened as a ledger. Any thread.
Result<BooksReport> verifyBooks(const Location& location);

}  // namespace gr::ledger
