// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "json/scan.h"
#include "protocol/chat.h"

// Members of what a provider sent, where anything unexpected counts as absent. Pure.
namespace gr::protocol {

// The raw value; empty when absent or null.
inline JsonText rawOf(const json::Object& object, std::string_view key) {
    const json::Member* member = object.find(key);
    return member != nullptr && member->type != json::Type::Null ? object.raw(*member) : JsonText();
}

// The raw string; empty for anything else.
inline JsonString stringOf(const json::Object& object, std::string_view key) {
    const JsonText raw = rawOf(object, key);
    return raw.starts_with('"') ? raw : JsonString();
}

inline std::string plainOf(const json::Object& object, std::string_view key) {
    const JsonString raw = stringOf(object, key);
    return raw.empty() ? std::string() : json::unescape(raw);
}

inline std::optional<std::int64_t> integerOf(const json::Object& object, std::string_view key) {
    return json::integerIn(rawOf(object, key));
}

inline std::optional<json::Object> childOf(const json::Object& object, std::string_view key) {
    const JsonText raw = rawOf(object, key);
    return raw.starts_with('{') ? json::objectIn(raw) : std::nullopt;
}

inline std::vector<std::string_view> listOf(const json::Object& object, std::string_view key) {
    return json::elementsIn(rawOf(object, key));
}

}  // namespace gr::protocol
