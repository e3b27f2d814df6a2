// SPDX-License-Identifier: MIT
#pragma once

#include <vector>

#include "gateway/price_list.h"
#include "gateway/reprice.h"
#include "ledger/entry.h"

// How a cost in the books came to be: reckoned once more, by the code that booked it. Pure; any
// thread.
namespace gr::gateway {

struct AttemptBill {
    bool priced = false;  // a price of the model is known today
    // One for each class that has tokens, and for searches; without rates where `row` is absent.
    std::vector<catalog::CostLine> lines;
    // The row of the price that gives what is booked. Absent: nothing was charged or is known, or
    // the prices have changed since. Of a provider that tells its bill: the row of our own figure.
    std::optional<catalog::PriceRow> row;
    // The lines together, rounded once: what the books hold (`computed` beside a reported cost).
    std::optional<Money> sum;
    // What the tokens that came from a cache would have cost on top as fresh input. Absent: not
    // known.
    std::optional<Money> savedByCache;
};

// `sentAt`: the start of the request and of the attempt in it. The books do not say in which mode
// an answer was served: it is the one whose price gives what is booked.
AttemptBill billOf(const ledger::Attempt& attempt, UnixMs sentAt, const Quote& quote);

// One for each attempt of the request.
std::vector<AttemptBill> billsOf(const ledger::RequestRecord& record,
                                 const Repricer::Prices& prices);

// What reading from the caches of providers saved, over many requests.
struct CacheSavings {
    Money saved;
    std::int64_t requests = 0;  // that read from a cache and were charged
    std::int64_t unknown = 0;   // of them: what it saved is not known, and not in `saved`
    bool estimated = false;     // a cost among them is no exact one

    void take(const ledger::RequestRecord& record, const Repricer::Prices& prices);
};

}  // namespace gr::gateway
