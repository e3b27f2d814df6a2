// SPDX-License-Identifier: MIT
#include "catalog/rates.h"

#include <algorithm>
#include <charconv>
#include <limits>

#include "base/money.h"

namespace gr::catalog {
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

std::optional<Rate> Rate::parse(std::string_view text) {
    const auto exponent = takeExponent(text);
    if (!exponent || text.empty() || text.front() == '.' || text.back() == '.')
        return std::nullopt;
    const std::size_t point = std::min(text.find('.'), text.size());
    // How many of the digits stand before the point, once it is moved to count pico-dollars.
    const int whole = static_cast<int>(std::min<std::size_t>(point, 1'000)) + *exponent + kDecimals;
    Rate rate;
    const auto push = [&rate](int digit) {
        return !__builtin_mul_overflow(rate.picoPerMillion, 10, &rate.picoPerMillion) &&
               !__builtin_add_overflow(rate.picoPerMillion, digit, &rate.picoPerMillion);
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
    for (; place < whole && rate.picoPerMillion != 0; ++place) {
        if (!push(0))
            return std::nullopt;
    }
    if (up && __builtin_add_overflow(rate.picoPerMillion, 1, &rate.picoPerMillion))
        return std::nullopt;
    return rate;
}

std::string Rate::toDecimal() const {
    return Money::fromPico(picoPerMillion).toDecimal();
}

std::optional<Rate> Rates::told(TokenClass tokens) const {
    const std::int64_t pico = m_pico[at(tokens)];
    return pico == kUntold ? std::nullopt : std::optional(Rate{pico});
}

std::optional<Rate> Rates::of(TokenClass tokens) const {
    if (const auto rate = told(tokens))
        return rate;
    switch (tokens) {
        case TokenClass::Input:
        case TokenClass::Output:
            return std::nullopt;
        case TokenClass::CacheRead:
        case TokenClass::CacheWrite5m:
        case TokenClass::AudioInput:
            return told(TokenClass::Input);
        case TokenClass::Reasoning:
        case TokenClass::AudioOutput:
            return told(TokenClass::Output);
        case TokenClass::CacheWrite1h:
            break;
    }
    const auto input = told(TokenClass::Input);
    std::int64_t twice = 0;
    if (!input || __builtin_mul_overflow(input->picoPerMillion, 2, &twice))
        return std::nullopt;
    return std::max(Rate{twice}, *of(TokenClass::CacheWrite5m));
}

void Rates::set(TokenClass tokens, std::optional<Rate> rate) {
    m_pico[at(tokens)] = rate ? rate->picoPerMillion : kUntold;
}

}  // namespace gr::catalog
