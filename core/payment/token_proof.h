// SPDX-License-Identifier: MIT
#pragma once

#include <vector>

#include "base/result.h"
#include "payment/rpc.h"
#include "payment/token.h"

// A token as we know it, compared with what its contract says. Pure; any thread.
namespace gr::payment {

// What has to be asked, all of one server: the decimals, and the domain where it is signed under.
std::vector<rpc::Call> askProof(const Token& token);

// True: the contract agrees. False: the answers do not tell. PaymentRefused: it disagrees; a
// signature would be worthless, or the sum another one.
Result<bool> readProof(const Token& token, const std::vector<rpc::Answer>& answers);

}  // namespace gr::payment
