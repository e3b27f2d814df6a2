// SPDX-License-Identifier: MIT
#pragma once

#include <string>

#include "base/error.h"
#include "ledger/budget.h"

// What people read about limits. Pure; any thread.
namespace gr::gateway {

// "$5.00 a day for everything", "100 requests an hour for the client \"my-tools\"".
std::string describe(const ledger::Limit& limit);

// An amount in the limit's unit: "$0.83", "12000 tokens".
std::string amountText(ledger::LimitUnit unit, std::int64_t amount);

// How it stands: "$5.00 a day for everything: $1.20 spent, $0.30 reserved, anew at 2026-…".
std::string describe(const ledger::LimitState& state);

// The error of a request that a limit has no room for: which one, what is spent and reserved, and
// when it begins anew. LimitReached, or Overloaded where the ledger could not be asked.
Error refusalError(const ledger::Refusal& refusal);

}  // namespace gr::gateway
