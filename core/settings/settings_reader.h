// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "settings/json_tree.h"
#include "settings/settings.h"

namespace gr::settings {

// Takes the values out of a document. Members of a wrong type keep their default: the schema has
// named them already. Adds what only the meaning of a value can show (dates). Pure; any thread.
Settings extractSettings(const JsonNode& root, std::vector<Problem>& problems);

// "2027-01-31" (00:00 UTC), or a full RFC 3339 time such as "2027-01-31T12:00:00+01:00".
std::optional<UnixMs> parseTime(std::string_view text);

}  // namespace gr::settings
