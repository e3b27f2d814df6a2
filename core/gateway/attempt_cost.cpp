// SPDX-License-Identifier: MIT
#include "gateway/attempt_cost.h"

#include <cstdlib>

namespace gr::gateway {
namespace {

using ledger::CostBasis;

bool enoughToPrice(const AttemptFacts& facts) {
    const bool output = facts.inputOnly || facts.usage.outputTotal();
    return facts.complete && facts.usage.inputTotal() && output;
}

}  // namespace

bool isRefusal(int status) {
    return status >= 300 && status != 502 && status != 504 && (status < 520 || status > 527);
}

void settle(ledger::Attempt& attempt, const AttemptFacts& facts, const Quote& quote) {
    attempt.tokens = facts.usage;
    attempt.cost.reset();
    attempt.computed.reset();
    attempt.basis = CostBasis::Unknown;
    const bool nothingTaken = facts.refused || facts.gratis || quote.free;
    if (!facts.dispatched || (nothingTaken && !facts.paid)) {
        attempt.cost = Money();
        attempt.basis = CostBasis::Free;
        return;
    }
    const bool priced = quote.price != nullptr && enoughToPrice(facts);
    std::optional<Money> computed;
    bool known = true;  // how it was served has a price
    if (priced) {
        const catalog::Mode* const mode = catalog::modeFor(*quote.price, facts.usage.tier);
        known = mode != nullptr || catalog::isUsual(facts.usage.tier);
        const std::string_view name = mode != nullptr ? std::string_view(mode->name) : "";
        computed = catalog::costOf(*quote.price, facts.usage, facts.sentAt, name);
    }
    if (facts.paid) {
        if (!facts.complete)
            return;
        attempt.cost = facts.paid;
        attempt.computed = computed;
        attempt.basis = CostBasis::Reported;
    } else if (facts.reportsCost && facts.usage.reportedCost) {
        attempt.cost = facts.usage.reportedCost;
        attempt.computed = computed;
        attempt.basis = CostBasis::Reported;
    } else if (computed) {
        attempt.cost = computed;
        attempt.basis =
            known && quote.certain && !facts.estimated ? CostBasis::Computed : CostBasis::Estimated;
    }
}

bool disagrees(const ledger::Attempt& attempt) {
    if (attempt.basis != CostBasis::Reported || !attempt.cost || !attempt.computed)
        return false;
    const auto difference = attempt.cost->minus(*attempt.computed);
    return !difference || std::abs(difference->pico()) > attempt.cost->pico() / 100;
}

}  // namespace gr::gateway
