// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "catalog/catalog.h"
#include "settings/json_tree.h"
#include "settings/settings.h"

namespace gr::settings {

// What the schema cannot say because it looks at more than one place of the document: repeated
// names and ids, addresses, rules between amounts, what this version refuses. `root` is the
// document that `settings` was taken from. Pure; any thread.
std::vector<Problem> checkSettings(const JsonNode& root, const Settings& settings,
                                   const catalog::Catalog& catalog);

// Why the endpoint must not listen there, as a sentence that begins with what is wrong; nothing
// when it may. For addresses that come from elsewhere than the file (the command line).
std::optional<std::string> listenProblem(const Listen& listen);

// The address a provider without `base_url` has: the catalog's for its id, or the usual port of a
// local model server for its dialect; empty when neither knows.
std::string defaultBaseUrl(const Provider& provider, const catalog::Catalog& catalog);

}  // namespace gr::settings
