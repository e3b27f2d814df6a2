// SPDX-License-Identifier: MIT
#include "gateway/purchase_words.h"

#include <algorithm>
#include <utility>

#include "payment/token_amount.h"

namespace gr::gateway {

Failure refused(std::string why) {
    return fail(ErrorCode::PaymentRefused, "Nothing was paid. " + std::move(why));
}

Failure unconfirmed(const WalletEntry& wallet, const ledger::Purchase& purchase) {
    const auto chain =
        std::find_if(wallet.chains.begin(), wallet.chains.end(), [&](const WalletChain& place) {
            return static_cast<std::int64_t>(place.id) == purchase.chainId;
        });
    const bool seen = chain != wallet.chains.end() && !chain->rpc.empty();
    return fail(
        ErrorCode::PaymentUnconfirmed,
        "An earlier payment of $" + purchase.usd.toDecimal() + " to " + purchase.origin +
            " for this request may have been taken, so there is no second one. " +
            (seen ? "It is resolved when the chain shows it, or after its end; try again "
                    "then."
                  : "Nobody can tell what became of it: no RPC server is named for "
                    "eip155:" +
                        std::to_string(purchase.chainId) + ". Name one (wallet.networks, rpc)."));
}

payment::OfferChoice choiceOf(const WalletEntry& wallet, const payment::Terms& terms,
                              std::optional<Money> bound, const KnownUnits& known) {
    payment::ChoiceWishes wishes;
    for (const payment::Token* token : wallet.tokens()) {
        payment::PayableToken& payable = wishes.tokens.emplace_back();
        payable.token = *token;
        if (const payment::Network* const network = wallet.networks.find(token->chain))
            payable.place = network->name;
        const auto isOf = [token](const auto& one) {
            return one.chain == token->chain && one.token == token->address;
        };
        for (const payment::Permit2Allowance& one : known.allowances) {
            if (isOf(one))
                payable.permit2Allowance = one.units;
        }
        for (const payment::Holding& one : known.holdings) {
            if (isOf(one))
                payable.balance = one.units;
        }
    }
    wishes.bound = bound;
    wishes.fairPermille = wallet.policy.fairPricePermille;
    return payment::chooseOffer(terms, wishes);
}

std::optional<ledger::TakenPart> takenPart(const WalletEntry& wallet,
                                           const ledger::Purchase& purchase,
                                           const payment::Fate& fate) {
    const auto address = payment::Address::parse(purchase.token);
    const payment::Token* const token =
        address ? wallet.networks.token(static_cast<payment::ChainId>(purchase.chainId), *address)
                : nullptr;
    if (!fate.taken || token == nullptr)
        return std::nullopt;
    const auto usd = payment::dollarsOf(*fate.taken, token->decimals, payment::Rounding::Up);
    if (!usd)
        return std::nullopt;
    return ledger::TakenPart{fate.taken->toDecimal(), *usd};
}

bool mayGoOn(const WalletEntry& now, const WalletEntry& before, const payment::Token& token) {
    const std::vector<const payment::Token*> tokens = now.tokens();
    return now.key->address() == before.key->address() &&
           std::any_of(tokens.begin(), tokens.end(), [&](const payment::Token* known) {
               return known->chain == token.chain && known->address == token.address;
           });
}

payment::PaymentAsk paymentAsk(std::string_view host, const payment::ChosenOffer& chosen,
                               std::optional<Money> bound, bool paused) {
    return {host, chosen.offer.payTo, chosen.usd, bound, paused};
}

ledger::SpendDecision decisionOf(payment::SpendingVerdict verdict) {
    using Kind = payment::SpendingVerdict::Kind;
    switch (verdict.kind) {
        case Kind::Allow:
            return ledger::SpendDecision::allow();
        case Kind::Hold:
            return ledger::SpendDecision::hold(std::move(verdict.words));
        case Kind::Refuse:
            break;
    }
    return ledger::SpendDecision::refuse(std::move(verdict.words));
}

}  // namespace gr::gateway
