// SPDX-License-Identifier: MIT
#include "payment/uint256.h"

#include <algorithm>
#include <boost/multiprecision/cpp_int.hpp>
#include <type_traits>

namespace gr::payment {
namespace {

namespace mp = boost::multiprecision;
using Wide = mp::uint512_t;  // holds the product of two

Wide wide(const Uint256& number) {
    Wide value;
    mp::import_bits(value, number.word().begin(), number.word().end());
    return value;
}

// Limb by limb: Boost 1.74 shifts by whole bytes with memcpy between ranges that overlap.
std::optional<Uint256> narrow(const Wide& value) {
    using Limb = std::remove_cvref_t<decltype(*value.backend().limbs())>;
    if (value != 0 && mp::msb(value) >= 256)
        return std::nullopt;
    Uint256::Word bytes{};
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        const std::size_t limb = i / sizeof(Limb);
        if (limb < value.backend().size()) {
            bytes[bytes.size() - 1 - i] = static_cast<std::uint8_t>(
                value.backend().limbs()[limb] >> (8 * (i % sizeof(Limb))) & 0xff);
        }
    }
    return Uint256::fromWord(bytes);
}

int digitOf(char c) {
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

}  // namespace

std::optional<Uint256> Uint256::parse(std::string_view decimal) {
    constexpr std::size_t kMostDigits = 78;  // of 2^256 - 1
    if (decimal.empty() || decimal.size() > kMostDigits)
        return std::nullopt;
    if (decimal.size() > 1 && decimal.front() == '0')
        return std::nullopt;
    Wide value = 0;
    for (const char c : decimal) {
        if (c < '0' || c > '9')
            return std::nullopt;
        value = value * 10 + (c - '0');
    }
    return narrow(value);
}

std::optional<Uint256> Uint256::parseHex(std::string_view quantity) {
    constexpr std::size_t kMostDigits = 2 * kBytes;
    if (!quantity.starts_with("0x") || quantity.size() < 3 || quantity.size() > 2 + kMostDigits)
        return std::nullopt;
    Word word{};
    std::size_t place = 0;  // of the digit, from the right
    for (std::size_t i = quantity.size(); i-- > 2; ++place) {
        const int digit = digitOf(quantity[i]);
        if (digit < 0)
            return std::nullopt;
        word[kBytes - 1 - place / 2] |= static_cast<std::uint8_t>(digit << (4 * (place % 2)));
    }
    return fromWord(word);
}

std::string Uint256::toDecimal() const {
    return wide(*this).str();
}

std::string Uint256::toHex() const {
    constexpr std::string_view kDigits = "0123456789abcdef";
    std::string digits;
    for (const std::uint8_t byte : m_word)
        digits.append({kDigits[byte >> 4], kDigits[byte & 15]});
    const std::size_t first = std::min(digits.find_first_not_of('0'), digits.size() - 1);
    return "0x" + digits.substr(first);
}

std::optional<std::uint64_t> Uint256::toUint64() const {
    constexpr std::size_t kHead = kBytes - 8;
    if (std::any_of(m_word.begin(), m_word.begin() + kHead, [](std::uint8_t b) { return b != 0; }))
        return std::nullopt;
    std::uint64_t value = 0;
    for (std::size_t i = kHead; i < kBytes; ++i)
        value = value << 8 | m_word[i];
    return value;
}

std::optional<Uint256> Uint256::plus(const Uint256& other) const {
    return narrow(wide(*this) + wide(other));
}

std::optional<Uint256> Uint256::minus(const Uint256& other) const {
    if (other > *this)
        return std::nullopt;
    return narrow(wide(*this) - wide(other));
}

std::optional<Uint256> Uint256::times(const Uint256& other) const {
    return narrow(wide(*this) * wide(other));
}

std::optional<Uint256::Division> Uint256::dividedBy(const Uint256& other) const {
    if (other.isZero())
        return std::nullopt;
    Wide quotient;
    Wide remainder;
    mp::divide_qr(wide(*this), wide(other), quotient, remainder);
    return Division{*narrow(quotient), *narrow(remainder)};
}

}  // namespace gr::payment
