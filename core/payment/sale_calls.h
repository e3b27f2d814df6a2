// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "payment/payment_reader.h"
#include "payment/quote.h"
#include "payment/rpc.h"

// What is asked of a chain before a payment is taken, and the call that takes it, for each way to
// pay (EIP-3009, Permit2, each with a key's signature or a contract wallet's). The payment matches
// the offer (payment_reader.h). Pure; any thread.
namespace gr::payment {

// What the payer signed, under the domain that our own offer names.
Bytes32 signedDigest(const Authorization& authorization, const SaleOffer& offer);

// Whose key made the signature, as the contracts would find it: 65 bytes, for Permit2 also the 64
// of EIP-2098. Nothing where it is none that a key makes: a contract wallet may still take it.
std::optional<Address> signerOf(const SignedAuthorization& paid, const SaleOffer& offer);

// The call that moves the money. `amount`: of the offer, or what an upto payment is charged.
struct SaleCall {
    Address to;
    std::string data;
};
SaleCall settlementCall(const SignedAuthorization& paid, const SaleOffer& offer,
                        const Uint256& amount);

// Whether a wallet that is a contract takes the signature (EIP-1271). One whose contract is not
// there yet (ERC-6492) is refused: its making would run code of a stranger on our account.
std::vector<rpc::Call> askWallet(const SignedAuthorization& paid, const SaleOffer& offer);

// Whether it would settle now. `sender`: who would bring it; absent: whoever the offer names.
std::vector<rpc::Call> askSettleable(const SignedAuthorization& paid, const SaleOffer& offer,
                                     const Uint256& amount, const std::optional<Address>& sender);

// That a contract reverted, as the words of nodes go; other objections are the node's own.
bool isRevert(const rpc::Answer& answer);

// What the answers to one of these say.
struct SaleCheck {
    enum class Kind : std::uint8_t {
        Good,
        Refused,  // `problem`
        Used,     // the nonce is: somebody settled or cancelled it
        Unclear,  // they cannot be read, or the server objects for reasons of its own
    };
    Kind kind = Kind::Unclear;
    PaymentProblem problem{};
    rpc::Block latest{};  // of Good and Used
};
SaleCheck readWallet(const SignedAuthorization& paid, const std::vector<rpc::Answer>& answers);
SaleCheck readSettleable(const SignedAuthorization& paid, const SaleOffer& offer,
                         const Uint256& amount, const std::vector<rpc::Answer>& answers);

}  // namespace gr::payment
