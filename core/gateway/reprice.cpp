// SPDX-License-Identifier: MIT
#include "gateway/reprice.h"

#include <limits>

namespace gr::gateway {
namespace {

using ledger::CostBasis;

void add(Money& sum, Money amount) {
    sum = sum.plus(amount).value_or(Money::fromPico(std::numeric_limits<std::int64_t>::max()));
}

}  // namespace

void Repricer::take(const ledger::RequestRecord& record) {
    for (const ledger::Attempt& attempt : record.attempts) {
        const bool last = &attempt == &record.attempts.back();
        const bool whole = last && record.outcome == ledger::Outcome::Answered;
        if (attempt.basis == CostBasis::Free || (!attempt.cost && !whole))
            continue;
        // Rows of before attempts had tokens: those of the request are the last attempt's.
        const bool told = attempt.tokens.total().has_value();
        const TokenUsage& tokens = told || !whole ? attempt.tokens : record.tokens;
        if (tokens.total())
            take(attempt, tokens, {record.startedAt.value + attempt.startedMs});
    }
}

void Repricer::take(const ledger::Attempt& attempt, const TokenUsage& tokens, UnixMs sentAt) {
    Repriced& sums = m_models[{attempt.provider, attempt.model}];
    ++sums.attempts;
    sums.unbooked += attempt.cost ? 0 : 1;
    const auto prices = m_prices.find(attempt.provider);
    const Quote quote = prices == m_prices.end() ? Quote() : prices->second->find(attempt.model);
    std::optional<Money> cost;
    if (quote.free)
        cost = Money();
    else if (quote.price)
        cost = catalog::costOf(*quote.price, tokens, sentAt);
    if (!cost) {
        ++sums.unpriced;
        return;
    }
    add(sums.booked, attempt.cost.value_or(Money()));
    add(sums.repriced, *cost);
}

}  // namespace gr::gateway
