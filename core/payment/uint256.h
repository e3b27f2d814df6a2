// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace gr::payment {

// An unsigned 256-bit number, as contracts count: amounts in a token's smallest units, times in
// seconds, nonces of Permit2. Kept as its 32 bytes, the largest first, which is a word of the ABI.
// Arithmetic that would leave the range gives nothing instead of wrapping. Any thread.
class Uint256 final {
  public:
    static constexpr std::size_t kBytes = 32;
    using Word = std::array<std::uint8_t, kBytes>;

    constexpr Uint256() = default;
    constexpr Uint256(std::uint64_t value) {  // implicit: every count fits
        for (std::size_t i = 0; i < 8; ++i)
            m_word[kBytes - 1 - i] = static_cast<std::uint8_t>(value >> (8 * i));
    }
    static constexpr Uint256 fromWord(const Word& word) {
        Uint256 number;
        number.m_word = word;
        return number;
    }
    static constexpr Uint256 max() {
        Uint256 number;
        number.m_word.fill(0xff);
        return number;
    }

    // Decimal digits alone, as x402 writes amounts: "0" or digits without a leading zero. Nothing
    // for signs, blanks, points, exponents, "0x", and for what is too large.
    static std::optional<Uint256> parse(std::string_view decimal);

    // What JSON-RPC calls a quantity: "0x" and 1 to 64 hexadecimal digits. Leading zeros are read.
    static std::optional<Uint256> parseHex(std::string_view quantity);

    const Word& word() const { return m_word; }
    bool isZero() const { return *this == Uint256(); }
    std::string toDecimal() const;
    std::string toHex() const;  // a quantity: no leading zeros, "0x0" for nothing
    std::optional<std::uint64_t> toUint64() const;  // nothing when it is larger

    std::optional<Uint256> plus(const Uint256& other) const;
    std::optional<Uint256> minus(const Uint256& other) const;
    std::optional<Uint256> times(const Uint256& other) const;
    struct Division;
    std::optional<Division> dividedBy(const Uint256& other) const;  // nothing for zero

    friend constexpr auto operator<=>(const Uint256&, const Uint256&) = default;

  private:
    Word m_word{};
};

struct Uint256::Division {
    Uint256 quotient;
    Uint256 remainder;
};

}  // namespace gr::payment
