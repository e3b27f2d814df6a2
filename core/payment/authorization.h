// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string>
#include <variant>

#include "payment/evm_types.h"

// What a payer signs: the three fixed structures of the schemes "exact" and "upto" on EVM chains,
// and nothing else, ever. Plain values.
namespace gr::payment {

// EIP-3009, TransferWithAuthorization: anybody may bring it to the token's contract, once.
struct TransferAuthorization {
    Address from;
    Address to;
    Uint256 value;        // units of the token
    Uint256 validAfter;   // Unix seconds; valid strictly behind it
    Uint256 validBefore;  // and strictly before this
    Bytes32 nonce;        // random

    friend bool operator==(const TransferAuthorization&, const TransferAuthorization&) = default;
};

// Permit2, PermitWitnessTransferFrom for one of x402's proxies. The signature covers all but
// `from`, whose nonce it uses up.
struct Permit2Authorization {
    Address from;
    Address token;
    Uint256 amount;  // of the token's units; the maximum where `facilitator` is set
    Address spender;
    Uint256 nonce;
    Uint256 deadline;  // Unix seconds
    Address to;
    Uint256 validAfter;                  // Unix seconds
    std::optional<Address> facilitator;  // scheme "upto" alone: who may settle

    friend bool operator==(const Permit2Authorization&, const Permit2Authorization&) = default;
};

using Authorization = std::variant<TransferAuthorization, Permit2Authorization>;

struct SignedAuthorization {
    Authorization authorization;
    std::string signature;  // bytes: r, s, v; longer ones are for contracts (EIP-1271)
};

// Contracts that have the same address on every chain. Whether one lies there must be asked.
extern const Address kPermit2;
extern const Address kExactPermit2Proxy;
extern const Address kUptoPermit2Proxy;

const Address& payerOf(const Authorization& authorization);
// When nobody can settle it any more, in Unix seconds.
const Uint256& endOf(const Authorization& authorization);

}  // namespace gr::payment
