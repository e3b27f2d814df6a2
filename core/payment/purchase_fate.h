// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "ledger/purchase.h"
#include "payment/authorization.h"
#include "payment/rpc.h"

// What the chain says of a payment that was signed. Pure; any thread.
namespace gr::payment {

// What has to be asked; all to one server, in this order.
struct FateQuestion {
    std::vector<rpc::Call> calls;
    bool hasReceipt = false;  // a transaction's hash is known and asked for
};

// `payer`: whose tokens they are. Nothing where the row cannot be read.
std::optional<FateQuestion> askFate(const ledger::Purchase& purchase, const Address& payer);

struct Fate {
    ledger::PurchaseState state = ledger::PurchaseState::Unknown;
    std::string transaction;  // where it is settled and known
    // What an upto payment took, in units; absent for others, which take their whole amount.
    std::optional<Uint256> taken{};
};

// Settled only with the nonce used and the very Transfer in a transaction that was mined: a used
// nonce may as well be a cancelled one, and an equal transfer may have been of another payment. So
// the token of EIP-3009 must name the nonce beside it. Permit2 names none: there the transaction
// must carry our permit. Where one transaction carries several to the same payee, nothing tells
// which permit moved which sum; of those that fit, the largest counts. Released only when `now`
// is past the end and a final block at or past it shows the nonce unused; else Expired then.
// Nothing where there is nothing new, or the answers cannot be read.
std::optional<Fate> readFate(const ledger::Purchase& purchase, const Address& payer,
                             const FateQuestion& question, const std::vector<rpc::Answer>& answers,
                             UnixMs now);

// The nonce is used. Where readFate() then tells nothing, only the transaction that used it can.
bool isUsed(const ledger::Purchase& purchase, const std::vector<rpc::Answer>& answers);

}  // namespace gr::payment
