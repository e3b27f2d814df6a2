// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "base/result.h"
#include "settings/json_tree.h"

// Changes to a JSON text that leave every other byte where it is: comments, order, blanks and
// members nobody knows. New parts are written in the manner of their neighbours. Pure; any thread.
namespace gr::settings {

// The way to a value: names of members and places in lists.
using JsonPath = std::vector<std::variant<std::string, std::size_t>>;

// The value at `path`; null when there is none.
const JsonNode* nodeAt(const JsonNode& root, const JsonPath& path);

// `text` with `value` at `path`. Replaces what is there; otherwise inserts it at the end of its
// object or list (the place one behind the last item), with the objects on the way that are
// missing. ConfigInvalid when `text` is not JSON, InvalidField when the path leads through
// something that is no object or list, or beyond the end of a list.
Result<std::string> withValue(std::string_view text, const JsonPath& path, const JsonNode& value);

// `text` without the value at `path`, with its name and comma. An absent one is no error.
Result<std::string> withoutValue(std::string_view text, const JsonPath& path);

// `text` with the item of the list at `path` that stands at `from` standing at `to`; what lies
// between the items stays there. Fails as withValue does, with InvalidField for a place there is
// not.
Result<std::string> withItemMoved(std::string_view text, const JsonPath& path, std::size_t from,
                                  std::size_t to);

// Values to write.
JsonNode jsonText(std::string text);
JsonNode jsonNumber(std::int64_t number);
JsonNode jsonBool(bool value);
JsonNode jsonArray(std::vector<JsonNode> items);
JsonNode jsonObject(std::vector<std::pair<std::string, JsonNode>> members);

}  // namespace gr::settings
