// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "base/result.h"
#include "payment/network.h"
#include "payment/relay_fees.h"
#include "payment/rpc.h"
#include "payment/token.h"
#include "payment/transaction.h"

// Letting Permit2 move some of a token: what is asked of the chain, and the transaction that the
// wallet sends. Pure; any thread.
namespace gr::payment {

struct ApprovalWish {
    Network network;
    Token token;
    Address owner;
    Uint256 units;  // at most so many from now on, whatever was allowed before; 0: none any more
};

// All to one server.
std::vector<rpc::Call> askApproval(const ApprovalWish& wish);

// What the chain says before anything is signed.
struct ApprovalSight {
    std::uint64_t block = 0;  // the newest
    Uint256 allowance;
    Uint256 balance;  // of the token
    Uint256 coins;    // wei
    RelayFees fees;
    std::uint64_t mined = 0;    // transactions of the owner in blocks
    std::uint64_t counted = 0;  // with those that wait
    // Gas of approve() for the wish, and for 0; absent: the contract would not take it.
    std::optional<std::uint64_t> gas;
    std::optional<std::uint64_t> gasToNone;
};
// PaymentRefused: the token's contract is not what we take it for, or Permit2 is not on this chain.
// Unreachable: an answer cannot be read.
Result<ApprovalSight> readApproval(const ApprovalWish& wish,
                                   const std::vector<rpc::Answer>& answers);

// The next transaction of one wish.
struct ApprovalStep {
    Transaction transaction;  // without its nonce
    bool toNone = false;      // first approve(0): this token changes an allowance through 0 alone
    Uint256 most;             // wei that all that is still to be sent can cost
};

// PaymentRefused: the contract takes no approval, wants absurdly much gas, or the owner has too
// little coin for it; the sentence says how much is missing where.
Result<ApprovalStep> nextApproval(const ApprovalWish& wish, const ApprovalSight& sight);

// The units that such a transaction lets Permit2 move; nothing: it is another one.
std::optional<Uint256> approvedBy(const Transaction& transaction);

}  // namespace gr::payment
