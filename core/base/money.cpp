// SPDX-License-Identifier: MIT
#include "base/money.h"

#include <algorithm>

namespace gr {

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
