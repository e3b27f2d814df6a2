// SPDX-License-Identifier: MIT
#pragma once

#include <vector>

#include "ledger/limit.h"
#include "settings/json_tree.h"
#include "settings/settings.h"

namespace gr::settings {

// What a configuration without `limits` has: 5 dollars a day over everything, as an estimate: it
// changes no request and refuses nothing that only has no bound.
ledger::Limit standardLimit();

// The limits of the document and of its clients, a unit each. Adds problems that only the meaning
// of a value shows (a time zone that this machine does not know). Any thread.
std::vector<ledger::Limit> limitsOf(const JsonNode& root, std::vector<Problem>& problems);

}  // namespace gr::settings
