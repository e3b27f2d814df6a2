// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>

#include "sandbox/play_chain.h"

namespace gr::sandbox {

// Answers the body of a request to a node (JSON-RPC 2.0, one call or several), as far as payments
// ask for it. Reads the chain and never changes a balance. Any thread.
std::string answerRpc(PlayChain& chain, std::string_view body);

}  // namespace gr::sandbox
