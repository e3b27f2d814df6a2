// SPDX-License-Identifier: MIT
#pragma once

#include <span>

#include "base/result.h"
#include "ledger/entry.h"
#include "ledger/limit.h"

namespace gr::ledger {

// A row that says later what a request of unknown cost took: told by a person, from the provider's
// bill. It stands in the books beside that request, at its time and under its names, counts as no
// request and as one unknown cost less, and takes from limits the difference to what they were
// charged, which is less than nothing as a rule. `told`: of those attempts whose cost is unknown,
// together; they must be of one provider and model where a limit in USD was charged that does not
// count them all. `limits`: those that hold now; others keep what was charged. `id`: the row's.
// Pure. Errors: InvalidField, its cost is known, or cannot be told apart.
Result<RequestRecord> settlementOf(const RequestRecord& request, Money told,
                                   std::span<const Limit> limits, std::string id);

}  // namespace gr::ledger
