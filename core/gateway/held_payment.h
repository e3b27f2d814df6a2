// SPDX-License-Identifier: MIT
#pragma once

#include "ledger/purchase.h"

namespace gr::gateway {

// A payment that waits for a person.
struct HeldPayment {
    ledger::Purchase purchase;  // its note says why
    UnixMs until;               // the client waits so long
};

}  // namespace gr::gateway
