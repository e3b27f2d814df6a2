// SPDX-License-Identifier: MIT
#include "routing/expected_cost.h"

#include <algorithm>

namespace gr::routing {
namespace {

using catalog::TokenClass;

constexpr std::int64_t kLeastCached = 1'024;  // shorter beginnings nobody keeps

std::optional<double> once(const catalog::Rates& rates, CacheHabit habit, const Turn& turn,
                           std::int64_t warm) {
    const auto input = rates.of(TokenClass::Input);
    const auto output = rates.of(TokenClass::Output);
    const auto read = rates.of(TokenClass::CacheRead);
    if (!input || !output || !read)
        return std::nullopt;
    const bool keeps = habit == CacheHabit::Automatic || turn.marks != CacheMarks::None;
    const std::int64_t overlap = std::min({warm, turn.prefix, turn.prompt});
    const std::int64_t cached = keeps && overlap >= kLeastCached ? overlap : 0;
    const auto kind =
        turn.marks == CacheMarks::OneHour ? TokenClass::CacheWrite1h : TokenClass::CacheWrite5m;
    // Who caches unasked writes for nothing, unless the price list says otherwise.
    const bool pays = keeps && turn.prompt >= kLeastCached &&
                      (habit == CacheHabit::Marked || rates.told(TokenClass::CacheWrite5m));
    const auto fresh = pays ? rates.of(kind) : input;
    if (!fresh)
        return std::nullopt;
    const auto cost = [](std::int64_t tokens, catalog::Rate rate) {
        return static_cast<double>(tokens) * static_cast<double>(rate.picoPerMillion) * 1e-18;
    };
    return cost(cached, *read) + cost(turn.prompt - cached, *fresh) + cost(turn.output, *output);
}

}  // namespace

std::optional<double> expectedCost(const catalog::Price& price, CacheHabit habit, const Turn& turn,
                                   std::int64_t warm, UnixMs when) {
    const catalog::PriceRow* const row = price.rowFor(turn.prompt, when);
    if (row == nullptr)
        return std::nullopt;
    const auto now = once(row->rates, habit, turn, warm);
    const auto later = once(row->rates, habit, turn, turn.prompt);
    if (!now || !later)
        return std::nullopt;
    const auto more = static_cast<double>(std::max<std::int64_t>(turn.more, 0));
    return (*now + more * *later) / (1 + more);
}

}  // namespace gr::routing
