// SPDX-License-Identifier: MIT
#pragma once

#include "settings/json_tree.h"
#include "settings/settings.h"

namespace gr::settings {

// The section `wallet` without its key and networks: what may be paid, and to whom. `payees` and
// `approve_new` may stand in the policy or beside it; the policy's count.
payment::SpendingPolicy spendingPolicyOf(const JsonNode& wallet);

// Where the wallet's key lies, and the address of one that has none here.
void takeWalletKey(const JsonNode& wallet, Wallet& out);

// The section `sell`.
Sell sellOf(const JsonNode& sell);

}  // namespace gr::settings
