// SPDX-License-Identifier: MIT
#pragma once

#include <vector>

#include "settings/json_tree.h"
#include "settings/settings.h"

namespace gr::settings {

// `wallet.networks`: which chains are used and over which servers, and what the user adds to the
// program's list of networks and tokens. Fills `out.known` and `out.networks`. What contradicts
// what the program knows, what belongs to the sandbox, and real beside test money are problems;
// such an entry is left out.
void readNetworks(const JsonNode& wallet, Wallet& out, std::vector<Problem>& problems);

}  // namespace gr::settings
