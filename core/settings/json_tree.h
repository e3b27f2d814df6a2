// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

// A small JSON tree for files that people write: `//` and `/* */` comments and trailing commas are
// accepted, every value knows where it stands in the text (so that it can be replaced without
// touching its neighbours), and a key that stands twice is remembered. Requests do not come here:
// they are read by core/json. Plain values; any thread.
namespace gr::settings {

struct JsonMember;

struct JsonNode {
    enum class Type : std::uint8_t { Null, Bool, Number, String, Array, Object };
    Type type = Type::Null;
    bool boolean = false;
    std::string text;                 // String: the unescaped text; Number: as written
    std::vector<JsonNode> items;      // Array
    std::vector<JsonMember> members;  // Object, in the order of the file
    std::size_t begin = 0;            // byte range in the source
    std::size_t end = 0;

    bool isObject() const { return type == Type::Object; }
    bool isArray() const { return type == Type::Array; }
    bool isString() const { return type == Type::String; }
    bool isNumber() const { return type == Type::Number; }
    bool isBool() const { return type == Type::Bool; }
    bool isNull() const { return type == Type::Null; }

    // The first member of that name, or null.
    const JsonNode* find(std::string_view name) const;
    // The number as a double; 0 for anything else.
    double number() const;
    // The number when it is whole (5, 5.0, 5e3) and fits.
    std::optional<std::int64_t> integer() const;
};

struct JsonMember {
    std::string name;
    std::size_t nameBegin = 0;  // of the opening quote
    JsonNode value;
    bool repeated = false;  // an earlier member has the same name
};

// Where `offset` lies, counted from 1; columns count characters, not bytes.
struct TextPosition {
    std::size_t line = 1;
    std::size_t column = 1;
};
TextPosition positionOf(std::string_view text, std::size_t offset);

// Parses the whole text. Empty text (or comments only) is an empty object. Fails with
// ConfigInvalid; the message ends with "at line L, column C" and never quotes a value.
// At most 64 levels deep.
Result<JsonNode> parseJson(std::string_view text);

// `text` as a JSON string with its quotes. Invalid UTF-8 is kept as it is.
std::string quoteJson(std::string_view text);

}  // namespace gr::settings
