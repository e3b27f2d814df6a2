// SPDX-License-Identifier: MIT
#include "payment/evm_types.h"

#include <algorithm>

#include "base/text.h"

namespace gr::payment {

std::optional<std::string> bytesFromHex(std::string_view hex, std::size_t most) {
    if (!hex.starts_with("0x") || hex.size() % 2 != 0 || (hex.size() - 2) / 2 > most)
        return std::nullopt;
    return fromHex(hex.substr(2));
}

std::string hexOf(std::string_view bytes) {
    const auto* data = reinterpret_cast<const unsigned char*>(bytes.data());
    return "0x" + gr::toHex(std::span(data, bytes.size()));
}

template <std::size_t Size, class Tag>
std::optional<FixedBytes<Size, Tag>> FixedBytes<Size, Tag>::parse(std::string_view hex) {
    const auto raw = bytesFromHex(hex, Size);
    if (!raw || raw->size() != Size)
        return std::nullopt;
    FixedBytes value;
    std::copy(raw->begin(), raw->end(), value.bytes.begin());
    return value;
}

template <std::size_t Size, class Tag>
std::string FixedBytes<Size, Tag>::toHex() const {
    return hexOf(view());
}

template struct FixedBytes<20, AddressTag>;
template struct FixedBytes<32, Bytes32Tag>;

}  // namespace gr::payment
