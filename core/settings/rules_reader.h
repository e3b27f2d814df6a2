// SPDX-License-Identifier: MIT
#pragma once

#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "catalog/catalog.h"
#include "ledger/window.h"
#include "routing/rules.h"
#include "settings/json_tree.h"
#include "settings/settings.h"

namespace gr::settings {

// `routing.rules` of the document. Adds problems that the schema cannot say: names of languages and
// kinds of work, hours, rules without an action, a `not` too deep inside others. Any thread.
std::vector<routing::Rule> rulesOf(const JsonNode& root, std::vector<Problem>& problems);

// The hours of a day in words, as bits: "22-6" (from 22:00 until 06:00), "9" (one hour), also
// "22:00-06:00". Nothing when it is not understood or begins where it ends.
std::optional<std::uint32_t> hoursIn(std::string_view text);

// What `hours` are counted in (the document's `time_zone`); null for UTC and for a zone that this
// machine does not know, which is a problem when rules ask for hours.
std::shared_ptr<const ledger::ZoneTable> rulesZone(const JsonNode& root,
                                                   const std::vector<routing::Rule>& rules,
                                                   std::vector<Problem>& problems);

// What the linter says of the rules, as warnings (routing/rule_lint.h).
std::vector<Problem> ruleNotices(const Settings& settings, const catalog::Catalog& catalog);

}  // namespace gr::settings
