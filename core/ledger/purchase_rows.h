// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "ledger/purchase.h"
#include "ledger/table_work.h"

// Purchases and payees as rows of their tables. The caller holds the Database and the transaction.
namespace gr::ledger {

// SQL: conditions over `purchases` that say the same as isCounted and isOutstanding.
std::string countedSql();
std::string outstandingSql();
// SQL: the id of a row of `requests`, as `purchases.request` holds it.
std::string requestIdSql(Dialect dialect);

// The row of the first that fits `condition`, written behind WHERE.
Result<std::optional<Purchase>> findPurchase(Database& database, std::string_view condition,
                                             const std::vector<Value>& values);
// All that fit.
Result<std::vector<Purchase>> selectPurchases(Database& database, std::string_view condition,
                                              const std::vector<Value>& values);

// At most so many.
Result<std::vector<Purchase>> pageOfPurchases(Database& database, const PurchaseFilter& filter,
                                              PageOrder order, std::int64_t cursor, int most);

// A new row, which gets its sequence here.
Result<void> insertPurchase(Database& database, Purchase& purchase);
// Writes what a change of state changes.
Result<void> updatePurchase(Database& database, const Purchase& purchase);

// What is counted of a day and a seller goes up or down.
Result<void> bookSpent(Database& database, const Purchase& purchase, std::int64_t pico);
// The sums at the time `now`, for a purchase from `origin` with this key; both may be empty.
Result<SpendingSums> readSums(Database& database, UnixMs now, std::string_view origin,
                              std::string_view key);

Result<std::optional<Payee>> findPayee(Database& database, std::string_view origin);
Result<std::vector<Payee>> allPayees(Database& database);  // by origin
// Puts the row in the place of an older one.
Result<void> putPayee(Database& database, const Payee& payee);

// A single fact about this ledger's payments; empty: not known.
Result<std::string> fact(Database& database, std::string_view name);
Result<void> setFact(Database& database, std::string_view name, std::string_view value);

}  // namespace gr::ledger
