// SPDX-License-Identifier: MIT
#include "gateway/bill.h"

#include <string_view>

namespace gr::gateway {
namespace {

using ledger::CostBasis;

// What tokens × rates have to give. Absent: no price was used.
std::optional<Money> reckoned(const ledger::Attempt& attempt) {
    switch (attempt.basis) {
        case CostBasis::Computed:
        case CostBasis::Estimated:
            return attempt.cost;
        case CostBasis::Reported:
            return attempt.computed;
        case CostBasis::Unknown:
        case CostBasis::Free:
            break;
    }
    return std::nullopt;
}

// The mode in which these tokens cost just that; the usual one before others.
std::optional<std::string_view> modeThatGives(const catalog::Price& price, const TokenUsage& tokens,
                                              UnixMs sentAt, Money cost) {
    if (catalog::costOf(price, tokens, sentAt) == cost)
        return std::string_view();
    for (const catalog::Mode& mode : price.modes) {
        if (catalog::costOf(price, tokens, sentAt, mode.name) == cost)
            return mode.name;
    }
    return std::nullopt;
}

std::optional<Money> savedBy(const catalog::Price& price, TokenUsage tokens, UnixMs sentAt,
                             std::string_view mode, Money cost) {
    tokens.input = addCapped(tokens.input.value_or(0), tokens.cacheRead.value_or(0));
    tokens.cacheRead.reset();
    const auto fresh = catalog::costOf(price, tokens, sentAt, mode);
    return fresh ? fresh->minus(cost) : std::nullopt;
}

Quote quoteFor(const ledger::Attempt& attempt, const Repricer::Prices& prices) {
    const auto found = prices.find(attempt.provider);
    return found == prices.end() ? Quote() : found->second->find(attempt.model);
}

}  // namespace

AttemptBill billOf(const ledger::Attempt& attempt, UnixMs sentAt, const Quote& quote) {
    AttemptBill bill;
    bill.priced = quote.price != nullptr;
    const TokenUsage& tokens = attempt.tokens;
    if (attempt.basis == CostBasis::Free || tokens.cacheRead.value_or(0) == 0)
        bill.savedByCache = Money();
    const auto cost = reckoned(attempt);
    const auto mode =
        cost && quote.price ? modeThatGives(*quote.price, tokens, sentAt, *cost) : std::nullopt;
    if (!mode) {
        bill.lines = catalog::linesOf(catalog::Price(), catalog::PriceRow(), tokens);
        return bill;
    }
    const std::int64_t prompt = tokens.inputTotal().value_or(0);
    bill.row = *quote.price->rowFor(prompt, sentAt, *mode);
    bill.lines = catalog::linesOf(*quote.price, *bill.row, tokens);
    bill.sum = cost;
    bill.savedByCache = savedBy(*quote.price, tokens, sentAt, *mode, *cost);
    return bill;
}

std::vector<AttemptBill> billsOf(const ledger::RequestRecord& record,
                                 const Repricer::Prices& prices) {
    std::vector<AttemptBill> bills;
    for (const ledger::Attempt& attempt : record.attempts) {
        const UnixMs sentAt{record.startedAt.value + attempt.startedMs};
        bills.push_back(billOf(attempt, sentAt, quoteFor(attempt, prices)));
    }
    return bills;
}

void CacheSavings::take(const ledger::RequestRecord& record, const Repricer::Prices& prices) {
    std::optional<Money> all = Money();
    bool read = false;
    for (const ledger::Attempt& attempt : record.attempts) {
        if (attempt.basis == CostBasis::Free || attempt.tokens.cacheRead.value_or(0) == 0)
            continue;
        read = true;
        const UnixMs sentAt{record.startedAt.value + attempt.startedMs};
        const auto one = billOf(attempt, sentAt, quoteFor(attempt, prices)).savedByCache;
        all = all && one ? all->plus(*one) : std::nullopt;
        estimated = estimated || (one && attempt.basis != CostBasis::Computed);
    }
    if (!read)
        return;
    ++requests;
    const auto sum = all ? saved.plus(*all) : std::nullopt;
    if (sum)
        saved = *sum;
    else
        ++unknown;
}

}  // namespace gr::gateway
