// SPDX-License-Identifier: MIT
#pragma once

#include <string>

#include "base/money.h"

namespace gr::gateway {

// A payment that goes with the next request to the seller.
struct ReadyPayment {
    std::string id;           // of the purchase
    std::string headerLines;  // "NAME: VALUE\r\n": as good as money until it is settled
    Money usd;                // the most that it can cost
    bool again = false;       // it went out before: an earlier attempt stands for its money
};

// How the request with a payment ended, as far as the seller says.
struct PaidOutcome {
    bool answered = false;  // the client has its answer
    bool settled = false;   // a receipt says that the money was taken
    bool refused = false;   // the seller asked for payment again
    std::string transaction;
    std::string receipt;       // as the header field had it
    std::string answerDigest;  // of what came for it, keyed; may be empty
};

}  // namespace gr::gateway
