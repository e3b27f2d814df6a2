// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "settings/json_tree.h"
#include "settings/settings.h"

// How readers of the configuration take values out of an object. A member that is absent or of a
// wrong type leaves `out` as it is: the schema has named it already. Pure; any thread.
namespace gr::settings {

void take(const JsonNode& object, std::string_view name, std::string& out);
void take(const JsonNode& object, std::string_view name, bool& out);
void take(const JsonNode& object, std::string_view name, double& out);
void take(const JsonNode& object, std::string_view name, std::optional<std::uint64_t>& out);
void take(const JsonNode& object, std::string_view name, std::vector<std::string>& out);
void take(const JsonNode& object, std::string_view name, std::optional<Money>& out);
void take(const JsonNode& object, std::string_view name, Money& out);

template <class Number>
void takeNumber(const JsonNode& object, std::string_view name, Number& out) {
    const JsonNode* const node = object.find(name);
    const auto value = node != nullptr ? node->integer() : std::nullopt;
    if (value && *value >= 0 &&
        static_cast<std::uint64_t>(*value) <= std::numeric_limits<Number>::max())
        out = static_cast<Number>(*value);
}

// A text, or the texts of a list.
std::vector<std::string> textsOf(const JsonNode& node);

// Where a secret lies; nothing for what is no reference.
std::optional<SecretRef> secretOf(const JsonNode& node);

// The member, or an empty node.
const JsonNode& section(const JsonNode& parent, std::string_view name);

}  // namespace gr::settings
