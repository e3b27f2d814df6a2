// SPDX-License-Identifier: MIT
// How an exchange pays a seller that asks for it (docs/wallet.md).
#include "base/text.h"
#include "gateway/exchange.h"
#include "gateway/held_stream.h"
#include "gateway/paid_call.h"

namespace gr::gateway {
namespace {

using http::Awaitable;

std::string originOf(const http::Origin& origin) {
    return (origin.tls ? "https://" : "http://") + origin.hostAndPort();
}

std::string digestOf(const upstream::Provider& provider, const Errand& errand) {
    std::string body = provider.basePath;
    body.append(errand.path()).append("\n");
    for (const std::string_view piece : errand.pieces())
        body.append(piece);
    return sha256(body);
}

// What Permit2 may take when this is paid; nothing: it is not asked.
std::optional<payment::Permit2Allowance> permit2PartOf(const payment::ChosenOffer& chosen) {
    if (chosen.offer.method != payment::TransferMethod::Permit2)
        return std::nullopt;
    return payment::Permit2Allowance{chosen.token.chain, chosen.token.address, chosen.offer.amount};
}

}  // namespace

PurchaseAsk Exchange::purchaseOf(const Errand& errand) const {
    const http::Origin& origin = m_state.own.provider->origin;
    const auto key = m_state.request.head.fields.find("Idempotency-Key");
    return {m_client.id,
            m_state.record.id,
            originOf(origin),
            origin.host,
            digestOf(*m_state.own.provider, errand),
            key ? std::string(*key) : std::string()};
}

// A payment for this very request that may have been taken goes along from the beginning.
Awaitable<Result<void>> Exchange::takeOpenPayment(const Errand& errand) {
    Lane& lane = m_state.own;
    lane.payment.reset();
    const PurchaseAsk ask = purchaseOf(errand);
    const PurchaseDesk::Caller caller = payer();
    auto open = co_await m_state.services.purchases.openPayment(ask, caller);
    if (!open)
        co_return fail(std::move(open.error()));
    lane.payment = std::move(*open);
    co_return Result<void>();
}

PurchaseDesk::Caller Exchange::payer() {
    return {m_state.services.io.get_executor(), m_state.responder.abort()};
}

// The seller asks for payment, and is paid once: then `result` is that of the paid call. False: it
// is not paid, and why is left behind. The reservation of the call that was not paid is replaced by
// one for the payment.
Awaitable<bool> Exchange::payAsAsked(const Errand& errand, routing::Tries::Call& call,
                                     AttemptResult& result, ledger::Reservation& money) {
    const bool again = m_state.own.payment.has_value();
    if (!again) {
        auto ready = co_await makePayment(errand, std::move(*result.terms), money);
        if (!ready) {
            leave(ready.error());
            co_return false;
        }
        m_state.own.payment = std::move(*ready);
        result = co_await callPaid(errand, call);
    }
    if (!result.terms)
        co_return true;
    m_purse.settle(money);
    notePayment(result);
    const std::string& says = result.terms->error;
    leave({ErrorCode::PaymentUnconfirmed,
           m_state.own.provider->id +
               " asks for payment again although a payment was sent. It is not paid twice; what "
               "became of the payment is looked up on the chain." +
               (says.empty() ? "" : " It says: " + says)});
    co_return false;
}

// Payers of ours are served by their own payment's rules.
Awaitable<AttemptResult> Exchange::callPaid(const Errand& errand, routing::Tries::Call& call) {
    m_paidSeller = m_state.own.provider->id;
    std::optional<PaidCall> goesOn;
    if (!m_checkout)
        goesOn.emplace(m_state, m_state.own);
    if (!m_checkout)
        m_out.sumUp();
    Attempt attempt(m_state, m_state.own, m_out, errand, call.permit, std::nullopt);
    auto result = co_await attempt.run();
    co_return result;
}

Awaitable<Result<ReadyPayment>> Exchange::makePayment(const Errand& errand, payment::Terms terms,
                                                      ledger::Reservation& money) {
    PurchaseDesk& desk = m_state.services.purchases;
    const http::Origin& origin = m_state.own.provider->origin;
    m_purse.settle(money);  // the call that asked for payment took none
    if (!m_paidSeller.empty())
        co_return fail(ErrorCode::PaymentUnconfirmed,
                       "A payment for this request went to " + m_paidSeller +
                           " already, and brought no answer; there is no second one for it.");
    if (errand.dispensable())
        co_return fail(ErrorCode::PaymentRefused,
                       "Nothing was paid. What the gateway can answer itself is not paid for.");
    if (!origin.tls && !origin.isLoopback())
        co_return fail(ErrorCode::PaymentRefused,
                       "Nothing was paid. " + origin.host +
                           " is asked without TLS, so anybody on the way could change who is "
                           "paid; use its https address.");
    const std::optional<Money> bound = m_purse.fairBound();
    auto chosen = co_await chooseOffer(terms, bound);
    if (!chosen)
        co_return fail(std::move(chosen.error()));
    auto reserved = co_await m_purse.reservePayment(chosen->usd);
    if (!reserved)
        co_return fail(std::move(reserved.error()));
    money = std::move(*reserved);
    const WalletPtr wallet = desk.wallet();
    const payment::ChosenOffer promised = *chosen;
    const std::optional<payment::Permit2Allowance> permit2 = permit2PartOf(*chosen);
    PurchaseDesk::Deal deal;
    deal.terms = std::move(terms);
    deal.chosen = std::move(*chosen);
    deal.bound = bound;
    HeldStream held(m_state);
    std::optional<SilenceScope> silence;
    silence.emplace(m_out, m_state.ask.stream ? &held : nullptr);
    const PurchaseAsk ask = purchaseOf(errand);
    const PurchaseDesk::Caller caller = payer();
    auto ready = co_await desk.pay(ask, std::move(deal), caller);
    silence.reset();
    if (!ready)
        m_purse.giveBack(money);
    if (ready && permit2)
        desk.allowances().promised(*permit2);
    if (ready && wallet && !ready->again)
        desk.checks().promised(*wallet, promised);
    co_return ready;
}

// The best offer whose chain lets it be paid: the token is what we take it for, the clocks agree,
// and the wallet holds enough of it.
Awaitable<Result<payment::ChosenOffer>> Exchange::chooseOffer(const payment::Terms& terms,
                                                              std::optional<Money> bound) {
    constexpr std::size_t kMostTokens = 4;  // a seller must not make us ask for long
    PurchaseDesk& desk = m_state.services.purchases;
    const WalletPtr wallet = desk.wallet();
    http::Client& client = m_state.services.client;
    http::Deadlines& deadlines = m_state.services.deadlines;
    http::AbortSlot& abort = m_state.responder.abort();
    std::vector<payment::Holding> holdings;
    while (holdings.size() < kMostTokens) {
        const auto allowances = co_await desk.allowances().lookUp(wallet, terms, bound, holdings,
                                                                  client, deadlines, abort);
        if (!allowances)
            co_return fail(allowances.error());
        KnownUnits known;
        known.allowances = *allowances;
        known.holdings = holdings;
        auto chosen = desk.choose(m_state.own.provider->origin.host, terms, bound, known);
        if (!chosen)
            co_return fail(std::move(chosen.error()));
        const auto holds = co_await desk.checks().lookUp(wallet, *chosen, client, deadlines, abort);
        if (!holds)
            co_return fail(holds.error());
        if (!*holds || **holds >= chosen->offer.amount)
            co_return std::move(*chosen);
        holdings.push_back({chosen->token.chain, chosen->token.address, **holds});
    }
    co_return fail(ErrorCode::PaymentRefused,
                   "Nothing was paid. The wallet holds too little of each of the first " +
                       std::to_string(kMostTokens) + " tokens that " + m_state.own.provider->id +
                       " takes.");
}

// What the seller made of the payment, for the books.
void Exchange::notePayment(const AttemptResult& result) {
    PaidOutcome outcome;
    outcome.answered = m_state.record.outcome == ledger::Outcome::Answered && result.answered &&
                       !m_state.responder.clientGone();
    outcome.refused = result.terms != nullptr;
    if (result.receipt) {
        outcome.settled = result.receipt->success;
        outcome.transaction = result.receipt->transaction;
        outcome.receipt = payment::writeReceipt(*result.receipt, 2);
    }
    if (const std::string sum = m_checkout ? std::string() : m_out.sum(); !sum.empty())
        outcome.answerDigest = m_state.services.sales.digestOf(sum);
    m_reuse.paid(m_state.own.payment->id);
    m_state.services.purchases.note(*m_state.own.payment, outcome);
    m_state.own.payment.reset();
}

}  // namespace gr::gateway
