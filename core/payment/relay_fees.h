// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <optional>

#include "base/money.h"
#include "payment/rpc.h"

// What a transaction of ours pays for its gas. Integers only; pure; any thread.
namespace gr::payment {

struct RelayFees {
    Uint256 most;  // wei a gas, all together: maxFeePerGas
    Uint256 tip;   // of it, to who makes the block: maxPriorityFeePerGas

    friend bool operator==(const RelayFees&, const RelayFees&) = default;
};

// Twice the block's base fee and the tip: enough for six full blocks in a row. Nothing beyond
// 2^256.
std::optional<RelayFees> feesFor(const Uint256& baseFee, const Uint256& tip);

// For another transaction with the same nonce: both at least an eighth higher, as nodes want it,
// and not below what is asked by now.
std::optional<RelayFees> raisedFees(const RelayFees& old, const RelayFees& now);

// A fifth more than a node's estimate: the chain goes on until it is mined.
std::uint64_t gasLimitFor(std::uint64_t estimate);

// What so much gas can cost at most, rounded up; `coinUsd`: what 10^18 wei cost. Nothing beyond the
// range of Money.
std::optional<Money> gasCost(std::uint64_t gas, const Uint256& feePerGas, Money coinUsd);

}  // namespace gr::payment
