// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "payment/spending_policy.h"

namespace gr::settings {

// The entry of the vault that holds the policy which a person approved with its passphrase. What
// seals the vault seals it.
inline constexpr std::string_view kApprovedPolicy = "wallet_policy";

// As that entry keeps it: JSON, every member, null for no cap. Pure; any thread.
std::string policyText(const payment::SpendingPolicy& policy);
// InvalidField: it is no such text, or one of another version.
Result<payment::SpendingPolicy> readPolicyText(std::string_view text);

}  // namespace gr::settings
