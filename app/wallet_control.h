// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "gateway/wallet_facts.h"

// The wallet over the control socket. Pure; any thread.
namespace gr::app {

// The answer to `wallet`: "state" (none, locked, ready, watch_only, broken), "address" (with its
// checksum; empty: not known), "backed_up", "words" (it has words; else a private key alone),
// "in_vault", "problem" (a sentence, or empty).
std::string walletLine(const gateway::WalletFacts& facts);

// Such an answer. BadRequest: a state that this version does not know.
Result<gateway::WalletFacts> readWalletLine(std::string_view line);

}  // namespace gr::app
