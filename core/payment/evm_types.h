// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "payment/uint256.h"

// The fixed-size values of the Ethereum virtual machine. Plain values, any thread.
namespace gr::payment {

using ChainId = std::uint64_t;  // EIP-155; 0 is none

// Bytes of a fixed number, written as "0x" and hexadecimal digits. `Tag` keeps two kinds of the
// same size apart.
template <std::size_t Size, class Tag>
struct FixedBytes {
    std::array<std::uint8_t, Size> bytes{};

    // Exactly that many digits, of either case. Nothing for anything else.
    static std::optional<FixedBytes> parse(std::string_view hex);
    std::string toHex() const;  // in small letters: the form for keys and comparisons
    std::string_view view() const {
        return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
    }
    bool isZero() const { return *this == FixedBytes(); }

    friend constexpr auto operator<=>(const FixedBytes&, const FixedBytes&) = default;
};

// An account or a contract. parse() takes either case of letters; checksums are for addresses that
// people enter (parseChecked in payment/address.h).
using Address = FixedBytes<20, struct AddressTag>;
// A digest, a transaction's hash, a nonce of EIP-3009.
using Bytes32 = FixedBytes<32, struct Bytes32Tag>;

extern template struct FixedBytes<20, AddressTag>;
extern template struct FixedBytes<32, Bytes32Tag>;

// "0x" and an even number of digits, at most `most` bytes; nothing for anything else.
std::optional<std::string> bytesFromHex(std::string_view hex, std::size_t most);
std::string hexOf(std::string_view bytes);  // with "0x", in small letters

}  // namespace gr::payment
