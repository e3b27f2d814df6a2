// SPDX-License-Identifier: MIT
#include "gateway/sale_price.h"

#include <algorithm>

#include "gateway/worst_cost.h"

namespace gr::gateway {
namespace {

__extension__ using Wide = __int128;

constexpr std::int64_t kWhole = 10'000;  // hundredths of 1 %

Failure unbounded(const std::string& member) {
    if (!member.empty())
        return failField(ErrorCode::CostUnbounded, member,
                         "What \"" + member +
                             "\" costs cannot be told beforehand, so there is no price for this "
                             "request. Leave it out.");
    return fail(ErrorCode::CostUnbounded,
                "What this request may cost cannot be told beforehand, so there is no price for "
                "it. Name another model.");
}

// The first member that picks a price which this candidate has not, with its value.
std::string unpricedMode(const protocol::Bound& bound, const Snapshot& snapshot,
                         const routing::Candidate& candidate, UnixMs when) {
    const Quote quote = snapshot.quoteFor(candidate.offer, candidate.model);
    for (const auto& [field, value] : bound.modes) {
        if (quote.price && !quote.free && !catalog::isPriced(*quote.price, field, value, when))
            return field + " " + value.substr(0, 64);
    }
    return {};
}

}  // namespace

std::optional<Money> withMarkup(Money cost, std::int64_t permyriad) {
    const Wide pico = (Wide{cost.pico()} * (kWhole + permyriad) + kWhole - 1) / kWhole;
    if (pico > INT64_MAX)
        return std::nullopt;
    return Money::fromPico(static_cast<std::int64_t>(pico));
}

Result<SalePrice> priceSale(const Snapshot& snapshot, const settings::Sell& terms,
                            const protocol::Bound& bound,
                            const std::vector<routing::Candidate>& candidates, UnixMs when) {
    SalePrice sale;
    std::string member = bound.unbounded;
    for (const routing::Candidate& candidate : candidates) {
        const upstream::Provider& provider = snapshot.providers[candidate.offer];
        const bool first = sale.places.empty();
        if (provider.paysX402)  // what it will ask is not known yet
            continue;
        if (!first && provider.simulated != sale.simulated)
            continue;
        std::uint64_t most = std::min(terms.defaultOutput, kMostOutput);
        if (first) {
            const Quote quote = snapshot.quoteFor(candidate.offer, candidate.model);
            most = std::min(most, quote.maxOutput.value_or(most));
        } else {
            most = static_cast<std::uint64_t>(sale.outputCap);
        }
        if (std::string mode = unpricedMode(bound, snapshot, candidate, when); !mode.empty()) {
            member = std::move(mode);
            continue;
        }
        const auto cost = worstCost(snapshot, bound, candidate.offer, candidate.model, when, most);
        if (!cost || (!first && *cost > sale.cost))
            continue;
        if (first) {
            const auto price = withMarkup(*cost, terms.markupPermyriad);
            if (!price)
                continue;
            sale.price = std::max(*price, terms.minimum);
            sale.cost = *cost;
            sale.outputCap = static_cast<std::int64_t>(most);
            sale.simulated = provider.simulated;
        }
        sale.places.push_back({provider.id, candidate.model});
    }
    if (sale.places.empty())
        return unbounded(member);
    return sale;
}

tokens::Rule countRuleOf(const Snapshot& snapshot, const routing::Candidate& candidate) {
    const upstream::Provider& provider = snapshot.providers[candidate.offer];
    return tokens::ruleOf(candidate.model, provider.dialect->id);
}

std::vector<routing::Candidate> ofOneVocabulary(const Snapshot& snapshot,
                                                const std::vector<routing::Candidate>& candidates) {
    std::vector<routing::Candidate> same = candidates;
    if (candidates.empty())
        return same;
    const tokens::Rule first = countRuleOf(snapshot, candidates.front());
    std::erase_if(same, [&](const routing::Candidate& candidate) {
        const tokens::Rule rule = countRuleOf(snapshot, candidate);
        return !rule.own || rule.vocabulary != first.vocabulary;
    });
    return same;
}

Money chargeFor(const settings::Sell& terms, std::optional<Money> cost, const SalePrice& price) {
    const auto marked = cost ? withMarkup(*cost, terms.markupPermyriad) : std::nullopt;
    return std::min(std::max(marked.value_or(price.price), terms.minimum), price.price);
}

std::vector<routing::Candidate> pinnedBy(const SalePrice& price, const Snapshot& snapshot) {
    std::vector<routing::Candidate> pinned;
    for (const SalePrice::Place& place : price.places) {
        const auto it =
            std::find_if(snapshot.providers.begin(), snapshot.providers.end(),
                         [&](const auto& provider) { return provider.id == place.provider; });
        if (it != snapshot.providers.end())
            pinned.push_back(
                {static_cast<std::size_t>(it - snapshot.providers.begin()), place.model, "sold"});
    }
    return pinned;
}

bool isSoldFor(bool simulated, payment::MoneyKind money, bool acceptTestMoney) {
    if (simulated)
        return money != payment::MoneyKind::Real;
    return money == payment::MoneyKind::Real || acceptTestMoney;
}

}  // namespace gr::gateway
