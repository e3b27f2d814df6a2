// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "ledger/history.h"
#include "ledger/store.h"

// Bars of charts that only the tables of payments can tell. The caller holds the Database and the
// transaction.
namespace gr::ledger {

// One bar of what came in. Chains are told apart: the money of some is worth nothing.
struct IncomeBucket {
    UnixMs start;       // the beginning of the series and so many whole steps
    std::string group;  // model, or the address of the payer
    std::int64_t chainId = 0;
    std::int64_t sales = 0;  // that were paid
    Money income;
};
enum class IncomeBy : std::uint8_t { Model, Payer };

// Bars that hold something, oldest first; by the time of payment, `to` exclusive. Steps are counted
// from `from`.
Result<std::vector<IncomeBucket>> incomeSeries(Database& database, UnixMs from, UnixMs to,
                                               Step step, IncomeBy by);

// As Reader::series, by GroupBy::Rail. A request for which sellers were paid on several chains
// counts for the one with the smallest number.
Result<std::vector<Bucket>> railSeries(Database& database, UnixMs from, UnixMs to, Step step);

}  // namespace gr::ledger
