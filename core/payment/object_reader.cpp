// SPDX-License-Identifier: MIT
#include "payment/object_reader.h"

namespace gr::payment {

void ObjectReader::complain(std::string_view name, std::string_view what) {
    if (!m_problem.empty())
        return;
    m_problem = m_place;
    if (!m_place.empty())
        m_problem += '.';
    m_problem.append(name).append(" ").append(what);
}

const json::Member* ObjectReader::find(std::string_view name) const {
    const json::Member* const member = m_object.find(name);
    return member != nullptr && member->type != json::Type::Null ? member : nullptr;
}

const json::Member* ObjectReader::need(std::string_view name) {
    const json::Member* const member = find(name);
    if (member == nullptr)
        complain(name, "is missing");
    return member;
}

std::string ObjectReader::optionalText(std::string_view name, std::size_t most) {
    const json::Member* const member = find(name);
    if (member == nullptr)
        return {};
    if (member->type != json::Type::String) {
        complain(name, "is not a text");
        return {};
    }
    std::string text = json::unescape(m_object.raw(*member));
    if (text.size() > most) {
        complain(name, "is too long");
        return {};
    }
    return text;
}

std::string ObjectReader::text(std::string_view name, std::size_t most) {
    need(name);
    return optionalText(name, most);
}

Uint256 ObjectReader::amount(std::string_view name) {
    constexpr std::size_t kMostDigits = 78;
    const auto value = Uint256::parse(text(name, kMostDigits));
    if (!value)
        complain(name, "is not a whole decimal number in a text, below 2^256");
    return value.value_or(Uint256());
}

std::optional<Address> ObjectReader::optionalAddress(std::string_view name) {
    if (!has(name))
        return std::nullopt;
    return address(name);
}

Address ObjectReader::address(std::string_view name) {
    constexpr std::size_t kDigits = 42;
    const auto value = Address::parse(text(name, kDigits));
    if (!value)
        complain(name, "is not an address (0x and 40 hexadecimal digits)");
    return value.value_or(Address());
}

Bytes32 ObjectReader::bytes32(std::string_view name) {
    constexpr std::size_t kDigits = 66;
    const auto value = Bytes32::parse(text(name, kDigits));
    if (!value)
        complain(name, "is not 0x and 64 hexadecimal digits");
    return value.value_or(Bytes32());
}

std::string ObjectReader::bytes(std::string_view name, std::size_t most) {
    auto value = bytesFromHex(text(name, 2 + 2 * most), most);
    if (!value)
        complain(name, "is not 0x and pairs of hexadecimal digits");
    return std::move(value).value_or(std::string());
}

bool ObjectReader::flag(std::string_view name) {
    const json::Member* const member = need(name);
    const bool set = member != nullptr && member->type == json::Type::True;
    if (member != nullptr && !set && member->type != json::Type::False)
        complain(name, "is not true or false");
    return set;
}

std::uint64_t ObjectReader::count(std::string_view name) {
    const json::Member* const member = need(name);
    if (member == nullptr)
        return 0;
    const auto value =
        member->type == json::Type::Number ? json::integerIn(m_object.raw(*member)) : std::nullopt;
    if (!value || *value < 0) {
        complain(name, "is not a whole number");
        return 0;
    }
    return static_cast<std::uint64_t>(*value);
}

std::string_view ObjectReader::span(std::string_view name, json::Type type, std::string_view what) {
    const json::Member* const member = find(name);
    if (member == nullptr)
        return {};
    if (member->type == type)
        return m_object.raw(*member);
    complain(name, what);
    return {};
}

std::string_view ObjectReader::object(std::string_view name) {
    need(name);
    return optionalObject(name);
}

std::string_view ObjectReader::array(std::string_view name) {
    need(name);
    return span(name, json::Type::Array, "is not an array");
}

std::string_view ObjectReader::optionalObject(std::string_view name) {
    return span(name, json::Type::Object, "is not an object");
}

}  // namespace gr::payment
