// SPDX-License-Identifier: MIT
#pragma once

#include <string>

#include "app/engine.h"
#include "gateway/gateway_host.h"

namespace gr::app {

// `ledger.settle`: a person says, from the provider's bill, what the attempts of unknown cost of a
// request took together. A row beside it says so (ledger/settlement.h); what was reserved and not
// taken is free again. `usd`: a decimal. Main thread; waits for the disk. Errors: InvalidField,
// RecordNotFound, those of the ledger.
Result<void> settleByHand(Engine& engine, const gateway::GatewayHost& host, const std::string& id,
                          const std::string& usd);

}  // namespace gr::app
