// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "base/money.h"

// What an answer took. Plain values; any thread.
namespace gr {

// How a provider says that it served a request, as far as it can have a price of its own.
enum class ServiceTier : std::uint8_t { Untold, Usual, Priority, Fast, Flex, Batch, Other };

// "default", "standard", "auto", "on_demand", "priority", "fast", "flex", "batch"; empty is Untold.
ServiceTier serviceTierNamed(std::string_view word);

// Disjoint classes, each with a price of its own: no token is counted twice. Absent: not reported.
struct TokenUsage {
    std::optional<std::int64_t> input{};  // fresh: not of a cache, and no sound
    std::optional<std::int64_t> cacheRead{};
    std::optional<std::int64_t> cacheWrite5m{};  // and writes whose duration is not told
    std::optional<std::int64_t> cacheWrite1h{};
    std::optional<std::int64_t> audioInput{};
    std::optional<std::int64_t> output{};  // what the client sees: text and calls of tools
    std::optional<std::int64_t> reasoning{};
    std::optional<std::int64_t> audioOutput{};
    // No tokens, and in no sum of them: searches on the web that the provider made and counts.
    std::optional<std::int64_t> webSearches{};
    // What providers tell beside the counts.
    std::optional<Money> reportedCost{};
    ServiceTier tier = ServiceTier::Untold;

    bool known() const { return input || output; }
    // Sums of their classes; absent when none of them was reported.
    std::optional<std::int64_t> inputTotal() const;
    std::optional<std::int64_t> outputTotal() const;
    std::optional<std::int64_t> cacheWriteTotal() const;
    std::optional<std::int64_t> total() const;

    friend bool operator==(const TokenUsage&, const TokenUsage&) = default;
};

// What providers report as totals, with some classes inside them. Negative counts count as absent.
struct ReportedTokens {
    std::optional<std::int64_t> input{};         // a total: everything below is inside
    std::optional<std::int64_t> cacheRead{};     // inside
    std::optional<std::int64_t> cacheWrite5m{};  // inside
    std::optional<std::int64_t> cacheWrite1h{};  // inside
    std::optional<std::int64_t> audioInput{};    // inside
    std::optional<std::int64_t> output{};        // a total
    std::optional<std::int64_t> reasoning{};     // inside, unless it stands beside
    bool reasoningOutside = false;
    std::optional<std::int64_t> audioOutput{};  // inside
};

// Parts never exceed their total: what is too much of one is cut off, the cheapest class first.
TokenUsage disjoint(const ReportedTokens& reported);

// Counts below zero make no sense and are booked as unknown.
std::optional<std::int64_t> plausible(std::optional<std::int64_t> count);

// Sums of what providers report must not wrap, however absurd the report. a, b >= 0.
std::int64_t addCapped(std::int64_t a, std::int64_t b);

}  // namespace gr
