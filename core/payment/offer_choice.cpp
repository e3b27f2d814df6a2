// SPDX-License-Identifier: MIT
#include "payment/offer_choice.h"

#include <algorithm>
#include <tuple>

#include "payment/token_amount.h"

namespace gr::payment {
namespace {

constexpr std::uint64_t kLeastSeconds = 10;  // less cannot be settled before it ends

const PayableToken* find(const ChoiceWishes& wishes, const Offer& offer) {
    const auto found =
        std::find_if(wishes.tokens.begin(), wishes.tokens.end(), [&](const PayableToken& payable) {
            return payable.token.chain == offer.chain && payable.token.address == offer.asset;
        });
    return found == wishes.tokens.end() ? nullptr : &*found;
}

// What is wrong with the offer's words about the token; empty: nothing.
std::string domainProblem(const Offer& offer, const Token& token, int version) {
    if (offer.method == TransferMethod::Permit2)
        return offer.domain && token.domain && *offer.domain != *token.domain
                   ? "names another EIP-712 domain than the token has"
                   : "";
    if (token.method() != TransferMethod::Eip3009)
        return "wants EIP-3009 of a token that is not known to have it";
    if (!offer.domain)
        return version == 1 ? "" : "does not name the token's EIP-712 domain";
    return *offer.domain == *token.domain ? ""
                                          : "names another EIP-712 domain than the token has: the "
                                            "signature would be worthless";
}

// Why it cannot be paid, whatever its price; empty: it can.
std::string problemOf(const Offer& offer, const PayableToken* payable, const ChoiceWishes& wishes,
                      int version) {
    if (payable == nullptr)
        return "is for the token " + offer.asset.toHex() + " on " + offer.network +
               ", which this wallet does not pay with";
    if (offer.scheme == Scheme::Upto && !wishes.upto)
        return "is of the scheme upto, which is switched off";
    if (auto problem = domainProblem(offer, payable->token, version); !problem.empty())
        return problem;
    if (offer.amount.isZero())
        return "asks for nothing";
    if (offer.payTo.isZero() || offer.payTo == offer.asset)
        return "would pay into nothing: its payTo is no account";
    if (offer.facilitator && offer.facilitator->isZero())
        return "names no facilitator";
    if (offer.maxTimeoutSeconds < kLeastSeconds)
        return "leaves no time to settle it";
    if (payable->balance && *payable->balance < offer.amount)
        return "costs " + decimalOf(offer.amount, payable->token.decimals) + " " +
               payable->token.symbol + ", and the wallet has " +
               decimalOf(*payable->balance, payable->token.decimals) +
               (payable->place.empty() ? "" : " on " + payable->place);
    return {};
}

bool betterThan(const ChosenOffer& a, const ChosenOffer& b) {
    const auto rank = [](const ChosenOffer& c) {
        constexpr std::int64_t kMicro = 1'000'000;  // pico-dollars
        const std::int64_t pico = c.usd.pico();
        return std::tuple(c.offer.scheme, c.offer.flow, pico / kMicro + (pico % kMicro != 0),
                          c.offer.method, c.offer.index);
    };
    return rank(a) < rank(b);
}

void keepBetter(std::optional<ChosenOffer>& best, ChosenOffer candidate) {
    if (!best || betterThan(candidate, *best))
        best = std::move(candidate);
}

std::string amountOf(const ChosenOffer& one) {
    return decimalOf(one.offer.amount, one.token.decimals) + " " + one.token.symbol;
}

std::string lackOf(const ChosenOffer& lacking, bool known) {
    const std::string wants = "The provider takes " + amountOf(lacking) +
                              (lacking.offer.scheme == Scheme::Upto ? " at most" : "") +
                              " by Permit2 alone, ";
    return known ? wants +
                       "which may not move so much of this wallet. Allow it once, on a terminal: " +
                       allowCommand(lacking)
                 : wants +
                       "and no RPC server (wallet.networks, rpc) tells whether this wallet "
                       "allows that.";
}

// Letters and digits, which mean nothing to a shell.
bool isPlainName(std::string_view name) {
    return !name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    });
}

}  // namespace

std::string allowCommand(const ChosenOffer& lacking) {
    const Token& token = lacking.token;
    const auto usual = unitsOfDecimal(std::to_string(kUsualAllowance), token.decimals);
    const bool more = !usual || lacking.offer.amount > *usual;
    return "gaterouterd wallet allow eip155:" + std::to_string(token.chain) + " " +
           (isPlainName(token.symbol) ? token.symbol : token.address.toHex()) +
           (more ? " --up-to " + decimalOf(lacking.offer.amount, token.decimals) : "");
}

OfferChoice chooseOffer(const Terms& terms, const ChoiceWishes& wishes) {
    OfferChoice choice;
    choice.refused = terms.skipped;
    const auto most =
        wishes.bound ? std::optional(fairPrice(*wishes.bound, wishes.fairPermille)) : std::nullopt;
    for (const Offer& offer : terms.offers) {
        const PayableToken* const payable = find(wishes, offer);
        if (auto problem = problemOf(offer, payable, wishes, terms.version); !problem.empty()) {
            choice.refused.push_back({offer.index, std::move(problem)});
            continue;
        }
        const auto usd = dollarsOf(offer.amount, payable->token.decimals, Rounding::Up);
        if (!usd || (most && *usd > *most)) {
            choice.tooDear = true;
            choice.refused.push_back(
                {offer.index, "costs " + decimalOf(offer.amount, payable->token.decimals) + " " +
                                  payable->token.symbol + ", more than the fair price" +
                                  (most ? " of $" + most->toDecimal() : std::string())});
            continue;
        }
        ChosenOffer candidate{offer, payable->token, *usd,
                              std::min(offer.maxTimeoutSeconds, wishes.mostSeconds)};
        const bool lacks =
            offer.method == TransferMethod::Permit2 &&
            (!payable->permit2Allowance || *payable->permit2Allowance < offer.amount);
        keepBetter(lacks ? choice.needsApproval : choice.chosen, std::move(candidate));
    }
    if (choice.chosen && choice.needsApproval && betterThan(*choice.chosen, *choice.needsApproval))
        choice.needsApproval.reset();
    if (choice.needsApproval) {
        const PayableToken* const payable = find(wishes, choice.needsApproval->offer);
        choice.allowanceKnown = payable->permit2Allowance.has_value();
    }
    std::sort(choice.refused.begin(), choice.refused.end(),
              [](const SkippedOffer& a, const SkippedOffer& b) { return a.index < b.index; });
    return choice;
}

std::string OfferChoice::reason() const {
    if (chosen)
        return {};
    if (needsApproval)
        return lackOf(*needsApproval, allowanceKnown);
    if (refused.empty())
        return "The provider asks for payment and names no way to pay.";
    std::string out = "None of the provider's offers can be paid:";
    constexpr std::size_t kMostNamed = 4;
    for (std::size_t i = 0; i < refused.size() && i < kMostNamed; ++i)
        out += (i == 0 ? " offer " : "; offer ") + std::to_string(refused[i].index + 1) + " " +
               refused[i].reason;
    if (refused.size() > kMostNamed)
        out += "; and " + std::to_string(refused.size() - kMostNamed) + " more";
    return out + ".";
}

}  // namespace gr::payment
