// SPDX-License-Identifier: MIT
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace gr {

// An amount of US dollars as a checked 64-bit count of pico-dollars (1e-12 USD).
// Pico, because $0.0375 per million tokens is then a whole number (37,500) for one token; the range
// is about ±9.2 million dollars. Arithmetic that would leave it gives nothing instead of wrapping.
class Money final {
  public:
    static constexpr std::int64_t kPicoPerDollar = 1'000'000'000'000;

    constexpr Money() = default;
    static constexpr Money fromPico(std::int64_t pico) { return Money(pico); }

    // Takes a plain decimal ("5", "0.0375", "-1.50"); exact or nothing: more than 12 decimals,
    // exponents, blanks and signs of currency are refused.
    static std::optional<Money> parse(std::string_view text);

    // A number as JSON writes it, with an exponent perhaps ("1.45e-05"), never by way of a
    // floating-point number. What lies behind the twelfth decimal is rounded half up. Nothing for
    // what is no such number, negative or too large.
    static std::optional<Money> nearest(std::string_view number);

    constexpr std::int64_t pico() const { return m_pico; }
    constexpr bool isZero() const { return m_pico == 0; }

    // The shortest exact decimal, with at least `minDecimals` places: "0.0375", "5.00".
    std::string toDecimal(int minDecimals = 2) const;

    std::optional<Money> plus(Money other) const;
    std::optional<Money> minus(Money other) const;
    std::optional<Money> times(std::int64_t factor) const;

    friend constexpr auto operator<=>(Money, Money) = default;

  private:
    explicit constexpr Money(std::int64_t pico) : m_pico(pico) {}
    std::int64_t m_pico = 0;
};

}  // namespace gr
