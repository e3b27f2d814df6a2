// SPDX-License-Identifier: MIT
#include "payment/abi.h"

#include <algorithm>

namespace gr::payment {
namespace {

constexpr std::size_t kWord = 32;

std::string_view viewOf(const Uint256& value) {
    return {reinterpret_cast<const char*>(value.word().data()), kWord};
}

std::size_t paddingOf(std::size_t size) {
    return (kWord - size % kWord) % kWord;
}

}  // namespace

AbiCall& AbiCall::word(const Uint256& value) {
    m_heads.append(viewOf(value));
    return *this;
}

AbiCall& AbiCall::word(const Bytes32& value) {
    m_heads.append(value.view());
    return *this;
}

AbiCall& AbiCall::address(const Address& value) {
    m_heads.append(kWord - value.bytes.size(), '\0').append(value.view());
    return *this;
}

AbiCall& AbiCall::bytes(std::string_view value) {
    m_tails.emplace_back(m_heads.size(), value);
    m_heads.append(kWord, '\0');
    return *this;
}

std::string AbiCall::data() const {
    std::string all;
    for (int shift = 24; shift >= 0; shift -= 8)
        all.push_back(static_cast<char>(m_selector >> shift & 0xff));
    const std::size_t begin = all.size();
    all += m_heads;
    for (const auto& [head, value] : m_tails) {
        const Uint256 offset(all.size() - begin);
        all.replace(begin + head, kWord, viewOf(offset));
        all.append(viewOf(Uint256(value.size()))).append(value);
        all.append(paddingOf(value.size()), '\0');
    }
    return all;
}

std::optional<std::string_view> AbiAnswer::wordAt(std::size_t offset) const {
    if (offset > m_data.size() || m_data.size() - offset < kWord)
        return std::nullopt;
    return m_data.substr(offset, kWord);
}

std::optional<Bytes32> AbiAnswer::bytes32(std::size_t index) const {
    if (index > m_data.size() / kWord)
        return std::nullopt;
    const auto found = wordAt(index * kWord);
    if (!found)
        return std::nullopt;
    Bytes32 value;
    std::copy(found->begin(), found->end(), value.bytes.begin());
    return value;
}

std::optional<Uint256> AbiAnswer::word(std::size_t index) const {
    const auto value = bytes32(index);
    return value ? std::optional(Uint256::fromWord(value->bytes)) : std::nullopt;
}

std::optional<Address> AbiAnswer::address(std::size_t index) const {
    const auto value = bytes32(index);
    Address address;
    if (!value)
        return std::nullopt;
    const auto begin = value->bytes.end() - static_cast<std::ptrdiff_t>(address.bytes.size());
    if (std::any_of(value->bytes.begin(), begin, [](std::uint8_t byte) { return byte != 0; }))
        return std::nullopt;
    std::copy(begin, value->bytes.end(), address.bytes.begin());
    return address;
}

std::optional<bool> AbiAnswer::flag(std::size_t index) const {
    const auto value = word(index);
    if (!value || *value > Uint256(1))
        return std::nullopt;
    return !value->isZero();
}

std::optional<std::string_view> AbiAnswer::bytes(std::size_t index) const {
    const auto offset = word(index);
    const auto begin = offset ? offset->toUint64() : std::nullopt;
    if (!begin || *begin > m_data.size())
        return std::nullopt;
    const AbiAnswer tail(m_data.substr(*begin));
    const auto length = tail.word(0);
    const auto size = length ? length->toUint64() : std::nullopt;
    if (!size || *size > tail.m_data.size() - kWord)
        return std::nullopt;
    return tail.m_data.substr(kWord, *size);
}

}  // namespace gr::payment
