// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "payment/chain_client.h"
#include "payment/network.h"

// What an address holds on a chain: its tokens, and the coin that fees are paid in.
namespace gr::payment {

struct TokenBalance {
    Token token;
    // Absent: the contract gave no answer that makes sense.
    std::optional<Uint256> units;
    std::optional<Uint256> allowance{};  // what Permit2 may move; absent, too, where nobody asked
};

struct ChainBalance {
    ChainId chain = 0;
    std::vector<TokenBalance> tokens;  // in the order that was asked
    std::optional<Uint256> wei;        // of the coin
    std::string problem;               // a sentence: nothing is known; the rest is empty then
};

// The questions, in one batch, and how their answers are read. Pure; any thread.
enum class AskFor : std::uint8_t { Balances, BalancesAndAllowances };
std::vector<rpc::Call> balanceCalls(const Address& owner, const std::vector<Token>& tokens,
                                    AskFor what = AskFor::Balances);
ChainBalance readBalances(ChainId chain, const std::vector<Token>& tokens,
                          const std::vector<rpc::Answer>& answers, AskFor what = AskFor::Balances);

// Asks a chain's servers; what they say counts once they named the right chain. Never fails: why
// nothing is known stands in `problem`.
http::Awaitable<ChainBalance> lookUpBalances(ChainClient& chain, const Address& owner,
                                             const std::vector<Token>& tokens, AskFor what,
                                             http::AbortSlot& abort);

}  // namespace gr::payment
