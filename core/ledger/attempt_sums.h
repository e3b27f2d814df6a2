// SPDX-License-Identifier: MIT
#pragma once

#include <optional>

#include "ledger/entry.h"

// A request is the sum of its attempts. Pure; any thread.
namespace gr::ledger {

// Class by class; a class that no attempt reports is absent.
TokenUsage tokensOf(const std::vector<Attempt>& attempts);

// Nothing when the cost of any of them is unknown or the sum does not fit. No attempt costs
// nothing: nothing was sent.
std::optional<Money> costOf(const std::vector<Attempt>& attempts);

// What is known of it: attempts of unknown cost count as nothing. For "at least so much".
Money knownCostOf(const std::vector<Attempt>& attempts);

// False when the books say of the request what its attempts do not. Records of before attempts had
// costs of their own always agree.
bool agreesWithAttempts(const RequestRecord& record);

}  // namespace gr::ledger
