// SPDX-License-Identifier: MIT
#pragma once

#include <optional>

#include "payment/relay_fees.h"
#include "payment/rpc.h"

// What nodes say about transactions of our own. Pure; any thread.
namespace gr::payment {

// From the latest block and eth_maxPriorityFeePerGas: where a node names no tip, a usual one
// counts. Nothing where the block cannot be read.
std::optional<RelayFees> feesIn(const rpc::Answer& latest, const rpc::Answer& tip);

// That a node has the transaction: to eth_sendRawTransaction it says its hash, or that it knew it
// before.
bool isTaken(const rpc::Answer& answer, const Bytes32& hash);

}  // namespace gr::payment
