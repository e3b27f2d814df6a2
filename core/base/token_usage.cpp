// SPDX-License-Identifier: MIT
#include "base/token_usage.h"

#include <algorithm>
#include <initializer_list>
#include <limits>

namespace gr {
namespace {

using Count = std::optional<std::int64_t>;

Count sum(std::initializer_list<Count> counts) {
    Count total;
    for (const Count& count : counts) {
        if (plausible(count))
            total = addCapped(total.value_or(0), *count);
    }
    return total;
}

// Takes each part out of the total, in this order, as far as it lasts.
void takeOut(Count& total, std::initializer_list<Count*> parts) {
    for (Count* part : parts) {
        if (!total || !*part)
            continue;
        **part = std::min(**part, *total);
        *total -= **part;
    }
}

}  // namespace

Count TokenUsage::inputTotal() const {
    return sum({input, cacheRead, cacheWrite5m, cacheWrite1h, audioInput});
}

Count TokenUsage::outputTotal() const {
    return sum({output, reasoning, audioOutput});
}

Count TokenUsage::cacheWriteTotal() const {
    return sum({cacheWrite5m, cacheWrite1h});
}

Count TokenUsage::total() const {
    return sum({inputTotal(), outputTotal()});
}

ServiceTier serviceTierNamed(std::string_view word) {
    if (word.empty())
        return ServiceTier::Untold;
    if (word == "default" || word == "standard" || word == "auto" || word == "on_demand")
        return ServiceTier::Usual;
    if (word == "priority")
        return ServiceTier::Priority;
    if (word == "fast")
        return ServiceTier::Fast;
    if (word == "flex")
        return ServiceTier::Flex;
    return word == "batch" ? ServiceTier::Batch : ServiceTier::Other;
}

TokenUsage disjoint(const ReportedTokens& reported) {
    TokenUsage usage;
    usage.input = plausible(reported.input);
    usage.cacheRead = plausible(reported.cacheRead);
    usage.cacheWrite5m = plausible(reported.cacheWrite5m);
    usage.cacheWrite1h = plausible(reported.cacheWrite1h);
    usage.audioInput = plausible(reported.audioInput);
    usage.output = plausible(reported.output);
    usage.reasoning = plausible(reported.reasoning);
    usage.audioOutput = plausible(reported.audioOutput);
    takeOut(usage.input,
            {&usage.cacheWrite1h, &usage.cacheWrite5m, &usage.audioInput, &usage.cacheRead});
    takeOut(usage.output, {&usage.audioOutput});
    if (!reported.reasoningOutside)
        takeOut(usage.output, {&usage.reasoning});
    return usage;
}

Count plausible(Count count) {
    return count && *count < 0 ? std::nullopt : count;
}

std::int64_t addCapped(std::int64_t a, std::int64_t b) {
    std::int64_t total = 0;
    return __builtin_add_overflow(a, b, &total) ? std::numeric_limits<std::int64_t>::max() : total;
}

}  // namespace gr
