// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <vector>

#include "payment/spending_policy.h"

// A policy that somebody approved, and what the configuration asks for now. Pure; any thread.
namespace gr::payment {

// Of each rule the stricter one. The configuration may tighten what was approved at once; what it
// loosens waits for a person with the passphrase.
struct EffectivePolicy {
    SpendingPolicy policy;
    std::vector<std::string> loosened;  // fields of config.json, "per_day", "payees[api.x.com]"
};
// The same for a person to say yes to.
struct PolicyChange {
    SpendingPolicy approved;
    SpendingPolicy asked;
    std::vector<std::string> loosened;
};
EffectivePolicy tightest(const SpendingPolicy& approved, const SpendingPolicy& asked);

}  // namespace gr::payment
