// SPDX-License-Identifier: MIT
#include "protocol/field_reader.h"

#include "protocol/json_text.h"

namespace gr::protocol {

using json::Member;
using json::Type;

const Member* FieldReader::find(std::string_view key) const {
    const Member* member = m_object.find(key);
    return member != nullptr && member->type != Type::Null ? member : nullptr;
}

JsonString FieldReader::string(std::string_view key) const {
    const Member* member = find(key);
    if (member == nullptr)
        return {};
    if (member->type == Type::String)
        return m_object.raw(*member);
    wrong(key, "a string");
    return {};
}

std::string_view FieldReader::plain(std::string_view key) const {
    const JsonString text = string(key);
    return text.empty() ? std::string_view() : plainIn(m_arena, text);
}

std::optional<bool> FieldReader::flag(std::string_view key) const {
    const Member* member = find(key);
    if (member == nullptr)
        return std::nullopt;
    if (member->type != Type::True && member->type != Type::False)
        wrong(key, "true or false");
    return member->type == Type::True;
}

std::optional<std::int64_t> FieldReader::integer(std::string_view key) const {
    const Member* member = find(key);
    if (member == nullptr)
        return std::nullopt;
    const auto value = member->type == Type::Number ? json::integerIn(m_object.raw(*member))
                                                    : std::optional<std::int64_t>();
    if (!value)
        wrong(key, "a whole number");
    return value;
}

JsonText FieldReader::number(std::string_view key) const {
    const Member* member = find(key);
    if (member == nullptr)
        return {};
    if (member->type == Type::Number)
        return m_object.raw(*member);
    wrong(key, "a number");
    return {};
}

JsonText FieldReader::object(std::string_view key) const {
    const Member* member = find(key);
    if (member == nullptr)
        return {};
    if (member->type == Type::Object)
        return m_object.raw(*member);
    wrong(key, "an object");
    return {};
}

JsonText FieldReader::any(std::string_view key) const {
    const Member* member = find(key);
    return member == nullptr ? JsonText() : m_object.raw(*member);
}

std::vector<std::string_view> FieldReader::list(std::string_view key) const {
    const Member* member = find(key);
    if (member == nullptr)
        return {};
    if (member->type == Type::Array)
        return json::elementsIn(m_object.raw(*member));
    wrong(key, "a list");
    return {};
}

std::string_view FieldReader::neededPlain(std::string_view key) const {
    if (!has(key))
        missing(key);
    return plain(key);
}

std::vector<std::string_view> FieldReader::neededList(std::string_view key) const {
    if (!has(key))
        missing(key);
    return list(key);
}

std::string FieldReader::name(std::string_view key) const {
    if (m_path.empty())
        return std::string(key);
    return key.empty() ? m_path : m_path + "." + std::string(key);
}

void FieldReader::wrong(std::string_view key, std::string_view expected) const {
    fault(ErrorCode::InvalidField, key,
          "\"" + name(key) + "\" must be " + std::string(expected) + ".");
}

void FieldReader::missing(std::string_view key) const {
    fault(ErrorCode::MissingField, key, "\"" + name(key) + "\" is missing.");
}

void FieldReader::fault(ErrorCode code, std::string_view key, std::string message) const {
    if (m_problem)
        return;
    m_problem.emplace(code, std::move(message));
    m_problem->field = name(key);
}

}  // namespace gr::protocol
