// SPDX-License-Identifier: MIT
#pragma once

#include <vector>

#include "settings/json_tree.h"
#include "settings/settings.h"

namespace gr::settings {

// Takes the values out of a document. Members of a wrong type keep their default: the schema has
// named them already. Adds what only the meaning of a value can show (dates). Pure; any thread.
Settings extractSettings(const JsonNode& root, std::vector<Problem>& problems);

}  // namespace gr::settings
