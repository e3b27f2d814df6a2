// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "ledger/sale.h"
#include "ledger/table_work.h"

// Sales and credits as rows of their tables. The caller holds the Database and the transaction.
namespace gr::ledger {

// Those that fit `condition`, written behind WHERE.
Result<std::vector<Sale>> selectSales(Database& database, std::string_view condition,
                                      const std::vector<Value>& values);
Result<std::vector<Sale>> pageOfSales(Database& database, const SaleFilter& filter, PageOrder order,
                                      std::int64_t cursor, int most);
// A new row, which gets its sequence here.
Result<void> insertSale(Database& database, Sale& sale);
// Writes what a change of state changes.
Result<void> updateSale(Database& database, const Sale& sale);
// What may be paid and can still go, in the worst case.
Result<Money> unfinalIncome(Database& database);
// Income by the time of payment, `to` exclusive; the rest as of `now`.
Result<IncomeSums> incomeSums(Database& database, UnixMs from, UnixMs to, UnixMs now);

Result<std::vector<Credit>> selectCredits(Database& database, std::string_view condition,
                                          const std::vector<Value>& values);
// In the place of one of the same sale that was void.
Result<void> putCredit(Database& database, const Credit& credit);
// What is owed at the time `now`, to all or to one payer, and in how many credits.
struct Owed {
    std::int64_t credits = 0;
    Money usd;
};
Result<Owed> owed(Database& database, UnixMs now, std::string_view payer = {});

}  // namespace gr::ledger
