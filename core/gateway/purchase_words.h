// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"
#include "gateway/wallet_entry.h"
#include "ledger/purchase.h"
#include "payment/offer_choice.h"
#include "payment/purchase_fate.h"

// What PurchaseDesk asks the policy, and what it says. Pure; any thread.
namespace gr::gateway {

// PaymentRefused: "Nothing was paid. " and why, a sentence.
Failure refused(std::string why);

// PaymentUnconfirmed: this one may have been taken, and whether anybody can find out.
Failure unconfirmed(const WalletEntry& wallet, const ledger::Purchase& purchase);

// What of a seller's terms the wallet would take. `bound`: our own estimate of the most that the
// request may cost.
struct KnownUnits {
    // Permit2 is paid through only where its allowance is known to be enough …
    std::span<const payment::Permit2Allowance> allowances = {};
    std::span<const payment::Holding> holdings =
        {};  // … and no token that is known to be too little
};
payment::OfferChoice choiceOf(const WalletEntry& wallet, const payment::Terms& terms,
                              std::optional<Money> bound, const KnownUnits& known);

// What the chain shows of an upto payment, for the books. Nothing: it took its whole amount, or
// the token is known no more, so that its dollars cannot be told.
std::optional<ledger::TakenPart> takenPart(const WalletEntry& wallet,
                                           const ledger::Purchase& purchase,
                                           const payment::Fate& fate);

// Whether what was asked for under the wallet `before` may be paid by the one of `now`: the same
// key, which still pays with this token.
bool mayGoOn(const WalletEntry& now, const WalletEntry& before, const payment::Token& token);

// `host` must outlive it.
payment::PaymentAsk paymentAsk(std::string_view host, const payment::ChosenOffer& chosen,
                               std::optional<Money> bound, bool paused);
ledger::SpendDecision decisionOf(payment::SpendingVerdict verdict);

}  // namespace gr::gateway
