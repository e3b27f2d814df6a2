// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "settings/json_tree.h"
#include "settings/settings.h"

namespace gr::settings {

// Checks `value` against `schema` (JSON Schema 2020-12) and gives every finding in the order of the
// file. Understood: type, properties, additionalProperties, required, items, enum, pattern,
// minimum, maximum, minLength, maxLength, minItems, oneOf and $ref to #/$defs; a keyword
// `errorMessage` beside them is the sentence for people. Unknown members are warnings, or errors
// where a keyword `unknownMessage` has the sentence for them; everything else is an error. No
// message quotes a value: it may be a secret. Pure; any thread.
std::vector<Problem> validateSchema(const JsonNode& schema, const JsonNode& value);

// Paths of findings: `$`, then `.name` or `["odd name"]` and `[3]`. Names longer than a schema's
// are cut: a secret pasted in the place of a name must not be printed.
std::string memberPath(const std::string& parent, std::string_view name);
std::string itemPath(const std::string& parent, std::size_t index);

// The one of `known` that `name` is probably meant to be, or empty.
std::string closestName(std::string_view name, const std::vector<std::string>& known);

}  // namespace gr::settings
