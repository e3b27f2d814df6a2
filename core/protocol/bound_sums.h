// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cstdint>

// Sums of token counts that stop at the most instead of overflowing.
namespace gr::protocol {

// More than any price makes affordable and little enough to be multiplied by prices in 128 bits.
constexpr std::int64_t kMostTokens = 1'000'000'000'000;

constexpr std::int64_t plus(std::int64_t a, std::int64_t b) {
    return std::min(kMostTokens, a + b);
}

constexpr std::int64_t times(std::int64_t a, std::int64_t b) {
    return a != 0 && b > kMostTokens / a ? kMostTokens : a * b;
}

}  // namespace gr::protocol
