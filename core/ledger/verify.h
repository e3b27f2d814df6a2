// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "ledger/chain_check.h"
#include "ledger/history.h"
#include "ledger/location.h"
#include "ledger/payment_check.h"

namespace gr::ledger {

struct BooksReport {
    std::int64_t requests = 0;  // rows looked at
    std::int64_t gaps = 0;      // known holes: rows that a full disk cost, say
    std::int64_t missing = 0;   // requests in those holes
    std::optional<Cut> cut;     // removed because of their age
    ReceiptCounts receipts;
    PaymentCounts payments;
    std::vector<std::string> notes;     // sentences: what is right and should be known
    std::vector<std::string> findings;  // sentences; none when the books are sound
};

// Checks the books: the database itself, that every row can be read, and that the hourly sums are
// those of the rows. Where rows were removed because of their age, the sums together are those of
// the rows that are left and of what was booked as removed. Reads everything, from one snapshot: a
// gateway may go on writing. Payments are looked at by checkPayments. Fails only when the file
// cannot be opened as a ledger. Any thread.
//
// And the receipts (ledger/receipt.h), with the keys and the anchor file of `keys`: each row is as
// it was written, none is missing, put in or moved, and the ledger reaches as far as the anchor.
// Rows of gateways whose key is not there are only checked for gaps.
Result<BooksReport> verifyBooks(const Location& location, const ReceiptKeys& keys);
// With the key file beside the ledger's file, if there is one.
Result<BooksReport> verifyBooks(const Location& location);

}  // namespace gr::ledger
