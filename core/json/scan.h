// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

// One reading of a JSON text: a single pass that validates all of it and gives the members of the
// outermost object as spans of the source. Nothing is converted, so key order, number text and
// escapes survive in whatever is spliced from the spans.
namespace gr::json {

enum class Type : std::uint8_t { Object, Array, String, Number, True, False, Null };

struct Member {
    std::string_view key;          // unescaped; lies in the source or in the object
    std::uint32_t keyBegin = 0;    // offset of the key's opening quote
    std::uint32_t valueBegin = 0;  // offset of the value's first byte
    std::uint32_t valueEnd = 0;    // offset behind the value's last byte
    Type type = Type::Null;
};

struct Object {
    std::string_view text;  // the whole source; not owned
    std::vector<Member> members;
    std::vector<std::unique_ptr<const std::string>> unescapedKeys;  // those with escapes

    const Member* find(std::string_view key) const;
    std::string_view raw(const Member& member) const {
        return text.substr(member.valueBegin, member.valueEnd - member.valueBegin);
    }
};

constexpr std::size_t kMaxText = 1024 * 1024 * 1024;  // bytes
constexpr std::size_t kMaxDepth = 64;                 // arrays and objects inside each other

// Reads `text` as one JSON object (RFC 8259, UTF-8, nothing behind it). Refuses, with the offset in
// the message: anything malformed, longer than kMaxText, nested deeper than kMaxDepth, and a key
// that stands twice in one object, compared after unescaping, at any level (two readers could pick
// different ones). InvalidJson, or DuplicateKey. Pure; any thread.
Result<Object> scanObject(std::string_view text);

// The same for a span that was validated before, as the value of a member. Gives nothing when it is
// not an object.
std::optional<Object> objectIn(std::string_view validated);

// The elements of a validated array, as spans of it. Empty when it is not an array.
std::vector<std::string_view> elementsIn(std::string_view validated);

// The text of a validated string span, quotes included in the span. Lone surrogates become U+FFFD.
std::string unescape(std::string_view rawString);

// A validated number span as an integer; nothing when it has a fraction, an exponent or no room.
std::optional<std::int64_t> integerIn(std::string_view rawNumber);

}  // namespace gr::json
