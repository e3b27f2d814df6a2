// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

// What one token of each class costs. Plain values and pure functions; any thread.
namespace gr::catalog {

// In the order of TokenUsage.
enum class TokenClass : std::uint8_t {
    Input,
    CacheRead,
    CacheWrite5m,
    CacheWrite1h,
    AudioInput,
    Output,
    Reasoning,
    AudioOutput,
};
inline constexpr std::size_t kTokenClasses = 8;

// Pico-dollars (1e-12 USD) for a million tokens; never negative. "0.0375" of a price list is
// 37'500'000'000, exactly: twelve decimals of a dollar, for a million tokens.
struct Rate {
    std::int64_t picoPerMillion = 0;

    // A number as JSON or people write it ("2.5", "0.0375", "2e-7"): plain decimals with an
    // optional exponent, never by way of a floating-point number. What lies behind the twelfth
    // decimal is rounded half up. Nothing for what is no such number, negative or too large.
    static std::optional<Rate> parse(std::string_view text);

    // The shortest exact decimal in USD for a million tokens: "2.50", "0.0375".
    std::string toDecimal() const;

    friend constexpr auto operator<=>(Rate, Rate) = default;
};

// A rate for each class of tokens. What a price list does not tell is taken from what it tells:
//   cache read          the input rate
//   cache write 5 min   the input rate
//   cache write 1 h     twice the input rate, and no less than the 5 minutes' (only Anthropic's
//                       protocol reports such writes, and that is Anthropic's price of them)
//   audio input         the input rate
//   reasoning           the output rate
//   audio output        the output rate
// Without an input or output rate what falls back on it is unknown, and unknown is never zero.
class Rates final {
  public:
    // As the price list has it; nothing where it is silent.
    std::optional<Rate> told(TokenClass tokens) const;
    // With the fallbacks.
    std::optional<Rate> of(TokenClass tokens) const;

    void set(TokenClass tokens, std::optional<Rate> rate);
    // Nothing is told.
    bool empty() const { return *this == Rates(); }

    friend bool operator==(const Rates&, const Rates&) = default;

  private:
    static constexpr std::int64_t kUntold = -1;
    static constexpr std::size_t at(TokenClass tokens) { return static_cast<std::size_t>(tokens); }
    std::array<std::int64_t, kTokenClasses> m_pico{kUntold, kUntold, kUntold, kUntold,
                                                   kUntold, kUntold, kUntold, kUntold};
};

}  // namespace gr::catalog
