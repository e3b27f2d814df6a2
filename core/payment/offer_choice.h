// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/money.h"
#include "payment/terms.h"

// Which of a seller's offers a buyer takes. Pure; any thread.
namespace gr::payment {

// A token that the wallet may pay with.
struct PayableToken {
    Token token;
    std::optional<Uint256> balance;  // absent: not known, and then no hindrance
    // What the token's contract lets Permit2 move for the wallet; absent: not known, and then no
    // offer by Permit2 is taken.
    std::optional<Uint256> permit2Allowance;
    std::string place{};  // the chain's name, for people; may be empty
};

// What the contract of a token lets Permit2 move for the wallet.
struct Permit2Allowance {
    ChainId chain = 0;
    Address token;
    Uint256 units;
};

// What the wallet holds of a token.
struct Holding {
    ChainId chain = 0;
    Address token;
    Uint256 units;
};

struct ChoiceWishes {
    std::vector<PayableToken> tokens;
    std::optional<Money> bound;  // our own estimate of the most the request may cost; absent: none
    std::int64_t fairPermille = 1'500;  // of the bound: dearer offers are refused
    std::uint64_t mostSeconds = 600;    // how long a signature may be good
    bool upto = true;                   // offers whose whole maximum can be charged
};

// An offer that can be signed for as it stands.
struct ChosenOffer {
    Offer offer;
    Token token;                // ours: sign with its domain, never with the offer's
    Money usd;                  // what it can cost, rounded up
    std::uint64_t seconds = 0;  // how long the signature is to be good
};

// Everything that cannot be paid, with its reason, in the seller's order.
struct OfferChoice {
    std::optional<ChosenOffer> chosen;
    // The best of those that only lack an approval of Permit2; absent where what is chosen goes
    // before it.
    std::optional<ChosenOffer> needsApproval;
    bool allowanceKnown = false;  // of its token: it is too small
    std::vector<SkippedOffer> refused;
    bool tooDear = false;  // at least one failed at the fair price alone

    // A sentence for people that says why nothing could be paid; empty when something was chosen.
    std::string reason() const;
};

// The cheapest offer (compared in whole micro-dollars) of a token that we have pinned or the user
// added. Among equal prices EIP-3009 goes before Permit2, then the seller's order. `exact` goes
// before `upto`, whose maximum must fit too, and the flow authorization before upfront, whatever
// they cost.
OfferChoice chooseOffer(const Terms& terms, const ChoiceWishes& wishes);

// What `gaterouterd wallet allow` lets Permit2 move where nothing else is said: whole tokens.
constexpr std::uint64_t kUsualAllowance = 10;
// The command with which a person lets it move enough for this offer.
std::string allowCommand(const ChosenOffer& lacking);

}  // namespace gr::payment
