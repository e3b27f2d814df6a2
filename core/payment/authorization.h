// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <variant>

#include "payment/eip712.h"

// What a payer signs: the three fixed structures of the schemes "exact" and "upto" on EVM chains
// (eip712.h), and nothing else, ever. Plain values.
namespace gr::payment {

// With whose tokens they are, which the signature covers only in that it is theirs.
struct Permit2Authorization : Permit2Transfer {
    Address from;

    friend bool operator==(const Permit2Authorization&, const Permit2Authorization&) = default;
};

using Authorization = std::variant<TransferAuthorization, Permit2Authorization>;

struct SignedAuthorization {
    Authorization authorization;
    std::string signature;  // bytes: r, s, v; longer ones are for contracts (EIP-1271)
};

const Address& payerOf(const Authorization& authorization);
// When nobody can settle it any more, in Unix seconds.
const Uint256& endOf(const Authorization& authorization);

}  // namespace gr::payment
