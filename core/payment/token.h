// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "payment/evm_types.h"

namespace gr::payment {

// How a token is moved on a payer's signature.
enum class TransferMethod : std::uint8_t {
    Eip3009,  // the token's own transferWithAuthorization
    Permit2,  // by Uniswap's Permit2, which the payer must have approved once
};
std::string_view nameOf(TransferMethod method);  // "eip3009", "permit2": as x402 writes it

// Name and version in the EIP-712 domain of a token's own signatures. Differs by chain for one and
// the same token: never guessed, never taken from an offer.
struct TokenDomain {
    std::string name;
    std::string version;

    friend bool operator==(const TokenDomain&, const TokenDomain&) = default;
};

// A token on one chain. Its key is (chain, address): the same address is something else elsewhere,
// and a symbol says nothing.
struct Token {
    ChainId chain = 0;
    Address address;
    std::string symbol;
    unsigned decimals = 6;
    std::optional<TokenDomain> domain;
    // Has transferWithAuthorization, as far as is known.
    bool eip3009 = false;
    // The domain was compared with the contract's DOMAIN_SEPARATOR(), by somebody at some time.
    // Before the first use it is compared again with the chain.
    bool verified = false;
    bool eip2612 = false;         // has permit(): its approval of Permit2 can be signed
    bool approveViaZero = false;  // approve() refuses to change one allowance into another
    bool pinned = false;          // from the program's list, not from the user

    // A domain that nobody has checked is not signed for.
    TransferMethod method() const {
        return eip3009 && verified && domain ? TransferMethod::Eip3009 : TransferMethod::Permit2;
    }
};

}  // namespace gr::payment
