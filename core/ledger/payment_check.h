// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "base/result.h"
#include "ledger/store.h"

namespace gr::ledger {

struct PaymentCounts {
    std::int64_t purchases = 0;
    std::int64_t sales = 0;
};

// Looks at all rows of payments: each is in a state that there is, and holds what belongs to it;
// amounts are numbers; the sums of days are those of the rows; credits are those of their sales.
// Each finding is a sentence. Fails when rows cannot be read. The caller holds the snapshot.
Result<PaymentCounts> checkPayments(Database& database,
                                    const std::function<void(std::string)>& find);

}  // namespace gr::ledger
