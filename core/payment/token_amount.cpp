// SPDX-License-Identifier: MIT
#include "payment/token_amount.h"

#include <algorithm>
#include <cstdint>
#include <limits>

namespace gr::payment {
namespace {

constexpr unsigned kMoneyDecimals = 12;  // Money counts in 1e-12 dollars

Uint256 powerOfTen(unsigned exponent) {
    Uint256 power = 1;
    for (unsigned i = 0; i < exponent; ++i)
        power = *power.times(10);  // 10^36 fits by far
    return power;
}

std::optional<Uint256> divide(const Uint256& value, const Uint256& by, Rounding rounding) {
    const auto division = value.dividedBy(by);
    if (rounding == Rounding::Down || division->remainder.isZero())
        return division->quotient;
    return division->quotient.plus(1);
}

// `value` counted in 10^-from, as a count in 10^-to.
std::optional<Uint256> rescale(const Uint256& value, unsigned from, unsigned to,
                               Rounding rounding) {
    if (to >= from)
        return value.times(powerOfTen(to - from));
    return divide(value, powerOfTen(from - to), rounding);
}

bool isDigits(std::string_view text) {
    return !text.empty() &&
           std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

}  // namespace

std::optional<Uint256> unitsFor(Money price, unsigned decimals) {
    if (price < Money() || decimals > kMostDecimals)
        return std::nullopt;
    return rescale(Uint256(static_cast<std::uint64_t>(price.pico())), kMoneyDecimals, decimals,
                   Rounding::Up);
}

std::optional<Money> dollarsOf(const Uint256& units, unsigned decimals, Rounding rounding) {
    if (decimals > kMostDecimals)
        return std::nullopt;
    const auto pico = rescale(units, decimals, kMoneyDecimals, rounding);
    const auto count = pico ? pico->toUint64() : std::nullopt;
    if (!count || *count > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max()))
        return std::nullopt;
    return Money::fromPico(static_cast<std::int64_t>(*count));
}

Money fairPrice(Money bound, std::int64_t permille) {
    const auto count = [](std::int64_t number) {
        return static_cast<std::uint64_t>(std::max<std::int64_t>(number, 0));
    };
    constexpr std::int64_t kMost = std::numeric_limits<std::int64_t>::max();
    const auto product = Uint256(count(bound.pico())).times(count(permille));  // 126 bits
    const auto pico = product->dividedBy(1'000)->quotient.toUint64();
    return Money::fromPico(pico && *pico <= static_cast<std::uint64_t>(kMost)
                               ? static_cast<std::int64_t>(*pico)
                               : kMost);
}

std::optional<Uint256> unitsOfDecimal(std::string_view decimal, unsigned decimals) {
    const std::size_t point = decimal.find('.');
    const std::string_view whole = decimal.substr(0, point);
    const std::string_view fraction =
        point == decimal.npos ? std::string_view() : decimal.substr(point + 1);
    if (decimals > kMostDecimals || !isDigits(whole) || fraction.size() > decimals ||
        (point != decimal.npos && !isDigits(fraction)))
        return std::nullopt;
    std::string digits(whole);
    digits.append(fraction).append(decimals - fraction.size(), '0');
    return Uint256::parse(
        digits.substr(std::min(digits.find_first_not_of('0'), digits.size() - 1)));
}

std::string decimalOf(const Uint256& units, unsigned decimals) {
    std::string digits = units.toDecimal();
    if (digits.size() <= decimals)
        digits.insert(0, decimals + 1 - digits.size(), '0');
    std::string fraction = digits.substr(digits.size() - decimals);
    digits.resize(digits.size() - decimals);
    fraction.resize(fraction.find_last_not_of('0') + 1);  // npos + 1 is 0
    return fraction.empty() ? digits : digits + "." + fraction;
}

}  // namespace gr::payment
