// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/money.h"
#include "base/result.h"
#include "gateway/sale_entry.h"
#include "gateway/snapshot.h"
#include "protocol/bound.h"
#include "tokens/rule.h"

namespace gr::gateway {

// What one request costs a payer, and who may do the work for it.
struct SalePrice {
    Money price;                 // what is asked
    Money cost;                  // what the work may cost here, at most
    std::int64_t outputCap = 0;  // tokens of one choice, where the request names no maximum
    // Tokens that it reads at most, by the vocabulary of all `places`; absent: each byte is one.
    std::optional<std::int64_t> counted;
    bool simulated = false;  // by models of the sandbox

    struct Place {
        std::string provider;
        std::string model;
    };
    std::vector<Place> places;  // in the order of trying; none costs more than `cost`
};

// The first candidate whose cost has a bound makes the price: its worst case with the markup, at
// least the minimum, rounded up to a pico-dollar. Those behind it that cost no more may stand in.
// Errors: CostUnbounded, where none has a bound; the sentence is for the payer. Pure.
Result<SalePrice> priceSale(const Snapshot& snapshot, const settings::Sell& terms,
                            const protocol::Bound& bound,
                            const std::vector<routing::Candidate>& candidates, UnixMs when);

// By what this candidate's tokens are counted.
tokens::Rule countRuleOf(const Snapshot& snapshot, const routing::Candidate& candidate);
// Those whose vocabulary is the first's own.
std::vector<routing::Candidate> ofOneVocabulary(const Snapshot& snapshot,
                                                const std::vector<routing::Candidate>& candidates);

// What is asked for work that costs so much; nothing where no number holds it.
std::optional<Money> withMarkup(Money cost, std::int64_t permyriad);

// What is charged by use for work that cost so much: with the markup, at least the minimum, at most
// the price; all of it where nobody knows what it cost. Pure.
Money chargeFor(const settings::Sell& terms, std::optional<Money> cost, const SalePrice& price);

// The candidates that `price` names, as far as this snapshot has them.
std::vector<routing::Candidate> pinnedBy(const SalePrice& price, const Snapshot& snapshot);

// Whether work of this kind is sold for money of that kind: play and test money buy nothing that
// costs real money, unless the user said so, and nobody pays for a simulation.
bool isSoldFor(bool simulated, payment::MoneyKind money, bool acceptTestMoney);

}  // namespace gr::gateway
