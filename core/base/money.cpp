// SPDX-License-Identifier: MIT
#include "base/money.h"

#include <algorithm>
#include <charconv>
#include <cstdlib>

namespace gr {
namespace {

constexpr int kDecimals = 12;
constexpr int kLongestExponent = 400;  // those of double, and more than any price needs

bool isDigit(char c) {
    return c >= '0' && c <= '9';
}

// Takes the exponent off the end of `text`; nothing when there is a senseless one.
std::optional<int> takeExponent(std::string_view& text) {
    const std::size_t mark = text.find_first_of("eE");
    if (mark == std::string_view::npos)
        return 0;
    std::string_view digits = text.substr(mark + 1);
    text = text.substr(0, mark);
    if (digits.starts_with('+'))
        digits.remove_prefix(1);
    int exponent = 0;
    const char* const end = digits.data() + digits.size();
    const auto parsed = std::from_chars(digits.data(), end, exponent);
    if (parsed.ec != std::errc() || parsed.ptr != end || std::abs(exponent) > kLongestExponent)
        return std::nullopt;
    return exponent;
}

}  // namespace

std::optional<Money> Money::parse(std::string_view text) {
    const bool negative = text.starts_with('-');
    if (negative)
        text.remove_prefix(1);
    if (text.empty() || text.front() == '.' || text.back() == '.')
        return std::nullopt;

    std::int64_t pico = 0;
    int decimals = -1;  // -1 until the point is seen
    const auto pushDigit = [&pico](int digit) {
        return !__builtin_mul_overflow(pico, 10, &pico) &&
               !__builtin_add_overflow(pico, digit, &pico);
    };
    for (const char c : text) {
        if (c == '.') {
            if (decimals >= 0)
                return std::nullopt;
            decimals = 0;
            continue;
        }
        if (c < '0' || c > '9' || decimals == 12)
            return std::nullopt;
        if (decimals >= 0)
            ++decimals;
        if (!pushDigit(c - '0'))
            return std::nullopt;
    }
    for (int place = decimals < 0 ? 0 : decimals; place < 12; ++place) {
        if (!pushDigit(0))
            return std::nullopt;
    }
    return Money(negative ? -pico : pico);
}

std::optional<Money> Money::nearest(std::string_view text) {
    const auto exponent = takeExponent(text);
    if (!exponent || text.empty() || text.front() == '.' || text.back() == '.')
        return std::nullopt;
    const std::size_t point = std::min(text.find('.'), text.size());
    // How many of the digits stand before the point, once it is moved to count pico-dollars.
    const int whole = static_cast<int>(std::min<std::size_t>(point, 1'000)) + *exponent + kDecimals;
    std::int64_t pico = 0;
    const auto push = [&pico](int digit) {
        return !__builtin_mul_overflow(pico, 10, &pico) &&
               !__builtin_add_overflow(pico, digit, &pico);
    };
    int place = 0;
    bool up = false;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (i == point)
            continue;
        if (!isDigit(text[i]))
            return std::nullopt;
        if (place < whole && !push(text[i] - '0'))
            return std::nullopt;
        if (place == whole)
            up = text[i] >= '5';
        ++place;
    }
    for (; place < whole && pico != 0; ++place) {
        if (!push(0))
            return std::nullopt;
    }
    if (up && __builtin_add_overflow(pico, 1, &pico))
        return std::nullopt;
    return Money(pico);
}

std::string Money::toDecimal(int minDecimals) const {
    const bool negative = m_pico < 0;
    // The magnitude as unsigned, so that the smallest number has one too.
    const std::uint64_t magnitude =
        negative ? 0 - static_cast<std::uint64_t>(m_pico) : static_cast<std::uint64_t>(m_pico);
    const auto unit = static_cast<std::uint64_t>(kPicoPerDollar);
    std::string fraction = std::to_string(magnitude % unit);
    fraction.insert(0, 12 - fraction.size(), '0');
    std::size_t places = fraction.find_last_not_of('0') + 1;  // npos + 1 is 0
    places = std::max(places, static_cast<std::size_t>(minDecimals));
    std::string text = (negative ? "-" : "") + std::to_string(magnitude / unit);
    if (places > 0)
        text += "." + fraction.substr(0, places);
    return text;
}

std::optional<Money> Money::plus(Money other) const {
    std::int64_t sum = 0;
    if (__builtin_add_overflow(m_pico, other.m_pico, &sum))
        return std::nullopt;
    return Money(sum);
}

std::optional<Money> Money::minus(Money other) const {
    std::int64_t difference = 0;
    if (__builtin_sub_overflow(m_pico, other.m_pico, &difference))
        return std::nullopt;
    return Money(difference);
}

std::optional<Money> Money::times(std::int64_t factor) const {
    std::int64_t product = 0;
    if (__builtin_mul_overflow(m_pico, factor, &product))
        return std::nullopt;
    return Money(product);
}

}  // namespace gr
