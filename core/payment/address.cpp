// SPDX-License-Identifier: MIT
#include "payment/address.h"

#include <algorithm>

#include "payment/keccak.h"

namespace gr::payment {
namespace {

bool isLower(char c) {
    return c >= 'a' && c <= 'f';
}
bool isUpper(char c) {
    return c >= 'A' && c <= 'F';
}

}  // namespace

std::string checksumText(const Address& address) {
    std::string text = address.toHex();
    const Bytes32 digest = keccak256(std::string_view(text).substr(2));
    for (std::size_t i = 0; i < text.size() - 2; ++i) {
        const int nibble = digest.bytes[i / 2] >> (i % 2 == 0 ? 4 : 0) & 15;
        char& c = text[i + 2];
        if (isLower(c) && nibble >= 8)
            c = static_cast<char>(c - 'a' + 'A');
    }
    return text;
}

std::optional<Address> parseChecked(std::string_view text) {
    const auto address = Address::parse(text);
    if (!address)
        return std::nullopt;
    const bool mixed = std::any_of(text.begin(), text.end(), isLower) &&
                       std::any_of(text.begin(), text.end(), isUpper);
    if (mixed && checksumText(*address) != text)
        return std::nullopt;
    return address;
}

}  // namespace gr::payment
