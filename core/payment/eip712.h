// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "payment/evm_types.h"

// The only typed data (EIP-712) that this program signs or verifies. There is no general encoder
// on purpose: what has no structure here cannot be signed. Pure; any thread.
namespace gr::payment {

// Contracts that have one address on all chains.
inline constexpr Address kPermit2{{0x00, 0x00, 0x00, 0x00, 0x00, 0x22, 0xd4, 0x73, 0x03, 0x0f,
                                   0x11, 0x6d, 0xde, 0xe9, 0xf6, 0xb4, 0x3a, 0xc7, 0x8b, 0xa3}};
// x402's proxies: they pay nobody but the signed witness.
inline constexpr Address kExactProxy{{0x40, 0x20, 0x85, 0xc2, 0x48, 0xee, 0xa2, 0x7d, 0x92, 0xe8,
                                      0xb3, 0x0b, 0x2c, 0x58, 0xed, 0x07, 0xf9, 0xe2, 0x00, 0x01}};
inline constexpr Address kUptoProxy{{0x40, 0x20, 0xa4, 0xf3, 0xb7, 0xb9, 0x0c, 0xca, 0x42, 0x3b,
                                     0x9f, 0xab, 0xcc, 0x0c, 0xe5, 0x7c, 0x6c, 0x24, 0x00, 0x02}};

// Whose signatures these are: a contract on a chain. Without a version, as Permit2's, the field is
// left out of the type; an empty version is one.
struct Eip712Domain {
    std::string name;  // UTF-8, hashed byte for byte
    std::optional<std::string> version;
    ChainId chainId = 0;
    Address contract;
};

// EIP-3009: the tokens themselves move `value` when anybody brings this, once.
struct TransferAuthorization {
    Address from;
    Address to;
    Uint256 value;       // in the token's smallest units
    Uint256 validAfter;  // seconds since 1970; valid strictly between the two
    Uint256 validBefore;
    Bytes32 nonce;

    friend bool operator==(const TransferAuthorization&, const TransferAuthorization&) = default;
};

// Permit2's PermitWitnessTransferFrom with the witness of x402's proxies. With a facilitator it is
// the one of `upto` (amount is the most that may be taken), without it that of `exact`. Whose
// tokens they are is not among what is signed: the signature says it.
struct Permit2Transfer {
    Address token;
    Uint256 amount;
    Address spender;  // the proxy
    Uint256 nonce;
    Uint256 deadline;    // seconds since 1970
    Address to;          // the witness from here on
    Uint256 validAfter;  // seconds since 1970
    std::optional<Address> facilitator;

    friend bool operator==(const Permit2Transfer&, const Permit2Transfer&) = default;
};

// EIP-2612: lets `spender` take up to `value`, without gas from the owner.
struct TokenPermit {
    Address owner;
    Address spender;
    Uint256 value;
    Uint256 nonce;  // the token's count for this owner
    Uint256 deadline;

    friend bool operator==(const TokenPermit&, const TokenPermit&) = default;
};

Bytes32 domainSeparator(const Eip712Domain& domain);
// Of the Permit2 contract, which has one address on all chains.
Bytes32 permit2Separator(ChainId chain);

// What is signed: keccak256(0x1901, separator, hash of the structure).
Bytes32 digestOf(const Bytes32& separator, const TransferAuthorization& authorization);
Bytes32 digestOf(const Bytes32& separator, const Permit2Transfer& transfer);
Bytes32 digestOf(const Bytes32& separator, const TokenPermit& permit);

// The parts of it, for tests: the hash of a structure whose members are words, and the digest.
Bytes32 structHash(const Bytes32& typeHash, std::span<const Bytes32> members);
Bytes32 digestOf(const Bytes32& separator, const Bytes32& structHash);

}  // namespace gr::payment
