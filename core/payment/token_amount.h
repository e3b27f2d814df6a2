// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/money.h"
#include "payment/uint256.h"

// Dollars and the units that token contracts count in. One whole token counts as one dollar: only
// tokens that promise it are in the list of networks. `decimals` is the token's own, 0 to
// kMostDecimals; beyond it everything gives nothing. Integers only; pure; any thread.
namespace gr::payment {

constexpr unsigned kMostDecimals = 36;

// What to ask for a price: the smallest number of units worth at least that much, so that a price
// above nothing never becomes 0. Nothing for negative prices.
std::optional<Uint256> unitsFor(Money price, unsigned decimals);

// The dollars of so many units: at least (Up: what a payment costs us) or at most (Down: what one
// brings). Nothing beyond the range of Money.
enum class Rounding { Down, Up };
std::optional<Money> dollarsOf(const Uint256& units, unsigned decimals, Rounding rounding);

// The dearest that something may be whose cost is at most `bound`: that many thousandths of it,
// rounded down, and the largest Money where that is more. Negative ones count as 0.
Money fairPrice(Money bound, std::int64_t permille);

// A decimal text ("0.01") as units, exactly. Nothing for more decimals than the token has, signs,
// exponents, blanks, commas, and a missing digit on either side of the point.
std::optional<Uint256> unitsOfDecimal(std::string_view decimal, unsigned decimals);

// The shortest exact decimal: "0.01", "1", "0.000001".
std::string decimalOf(const Uint256& units, unsigned decimals);

}  // namespace gr::payment
