// SPDX-License-Identifier: MIT
#include "gateway/worst_cost.h"

#include <algorithm>

namespace gr::gateway {

std::optional<Money> worstCost(const Snapshot& snapshot, const protocol::Bound& bound,
                               std::size_t provider, std::string_view model, UnixMs when,
                               std::uint64_t mostOutput) {
    const Quote quote = snapshot.quoteFor(provider, model);
    if (quote.free)
        return Money();
    if (!quote.price || !bound.unbounded.empty())
        return std::nullopt;
    const upstream::Provider& place = snapshot.providers[provider];
    protocol::Target target;
    target.model = model;
    target.dialect = place.dialect;
    target.rules = snapshot.dialects.rulesOf(*place.dialect, model);
    if (quote.maxOutput)
        target.maxOutput = static_cast<std::int64_t>(*quote.maxOutput);
    target.reasons = quote.reasons;
    std::optional<std::int64_t> context;
    if (quote.context)
        context = static_cast<std::int64_t>(*quote.context);
    std::optional<std::int64_t> cap;
    if (!bound.outputTokens)
        cap = static_cast<std::int64_t>(std::min(quote.maxOutput.value_or(mostOutput), mostOutput));
    const auto input = protocol::inputFor(bound, target.rules, context);
    const auto output = protocol::outputFor(bound, target, cap);
    if (!input || !output)
        return std::nullopt;
    catalog::Bounds bounds;
    bounds.inputTokens = *input;
    bounds.outputTokens = *output;
    bounds.webSearches = bound.webSearches;
    bounds.cacheWrite5m = bound.cacheWrite5m;
    bounds.cacheWrite1h = bound.cacheWrite1h;
    bounds.audioInput = bound.audioInput;
    bounds.audioOutput = bound.audioOutput;
    bounds.anyMode = !bound.modes.empty();
    return catalog::worstCase(*quote.price, bounds, when);
}

}  // namespace gr::gateway
