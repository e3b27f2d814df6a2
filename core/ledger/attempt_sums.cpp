// SPDX-License-Identifier: MIT
#include "ledger/attempt_sums.h"

#include <algorithm>
#include <array>
#include <limits>

namespace gr::ledger {
namespace {

using Count = std::optional<std::int64_t>;

constexpr std::array kClasses{&TokenUsage::input,        &TokenUsage::cacheRead,
                              &TokenUsage::cacheWrite5m, &TokenUsage::cacheWrite1h,
                              &TokenUsage::audioInput,   &TokenUsage::output,
                              &TokenUsage::reasoning,    &TokenUsage::audioOutput};

}  // namespace

TokenUsage tokensOf(const std::vector<Attempt>& attempts) {
    TokenUsage sum;
    for (const Attempt& attempt : attempts) {
        for (const auto tokens : kClasses) {
            if (const Count count = plausible(attempt.tokens.*tokens))
                sum.*tokens = addCapped((sum.*tokens).value_or(0), *count);
        }
    }
    return sum;
}

std::optional<Money> costOf(const std::vector<Attempt>& attempts) {
    std::optional<Money> sum = Money();
    for (const Attempt& attempt : attempts) {
        if (!attempt.cost || !sum)
            return std::nullopt;
        sum = sum->plus(*attempt.cost);
    }
    return sum;
}

Money knownCostOf(const std::vector<Attempt>& attempts) {
    Money sum;
    for (const Attempt& attempt : attempts) {
        sum = sum.plus(attempt.cost.value_or(Money()))
                  .value_or(Money::fromPico(std::numeric_limits<std::int64_t>::max()));
    }
    return sum;
}

bool agreesWithAttempts(const RequestRecord& record) {
    const bool told = std::ranges::any_of(record.attempts, [](const Attempt& attempt) {
        return attempt.basis != CostBasis::Unknown || attempt.tokens.total();
    });
    if (!told)
        return true;
    const TokenUsage sum = tokensOf(record.attempts);
    return costOf(record.attempts) == record.cost &&
           sum.inputTotal() == record.tokens.inputTotal() &&
           sum.outputTotal() == record.tokens.outputTotal();
}

}  // namespace gr::ledger
