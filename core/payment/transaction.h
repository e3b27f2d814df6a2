// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "payment/evm_key.h"

// Transactions of type 2 (EIP-1559), without an access list. Pure; any thread.
namespace gr::payment {

struct Transaction {
    ChainId chainId = 0;
    std::uint64_t nonce = 0;
    Uint256 maxPriorityFeePerGas;  // wei
    Uint256 maxFeePerGas;          // wei
    std::uint64_t gasLimit = 0;
    Address to;
    Uint256 value;     // wei
    std::string data;  // of the call: payment/contracts.h

    friend bool operator==(const Transaction&, const Transaction&) = default;
};

struct SignedTransaction {
    std::string raw;  // for eth_sendRawTransaction; sending it twice does no harm
    Bytes32 hash;     // by which the chain knows it
};

Bytes32 signingHash(const Transaction& transaction);
SignedTransaction sign(const Transaction& transaction, const EvmKey& key);

// What was signed, from its raw bytes: for a second one in its place. Nothing for anything but what
// sign() makes. The signature is not looked at.
std::optional<Transaction> readTransaction(std::string_view raw);

}  // namespace gr::payment
