// SPDX-License-Identifier: MIT
// How an exchange pays a seller that asks for it (docs/wallet.md).
#include "base/text.h"
#include "gateway/exchange.h"
#include "gateway/held_stream.h"

namespace gr::gateway {
namespace {

using http::Awaitable;

// Tools give up on a silent answer after five to ten minutes.
constexpr Milliseconds kMostPatience{300'000};

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

// A payment for this very request that may have been taken goes along from the beginning. False:
// the client has left, or it cannot be asked.
Awaitable<Result<void>> Exchange::takeOpenPayment(const Errand& errand) {
    Lane& lane = m_state.own;
    lane.payment.reset();
    if (!lane.provider->paysX402)
        co_return Result<void>();
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

// The seller asks for payment: it is paid once, or the reason is given why not. The reservation of
// the call that was not paid is replaced by one for the payment.
Awaitable<Result<AttemptResult>> Exchange::payAndAskAgain(const Errand& errand,
                                                          routing::Tries::Call& call,
                                                          payment::Terms terms,
                                                          ledger::Reservation& money) {
    PurchaseDesk& desk = m_state.services.purchases;
    Lane& lane = m_state.own;
    const http::Origin& origin = lane.provider->origin;
    m_purse.settle(money);  // the call that asked for payment took none
    if (!origin.tls && !origin.isLoopback())
        co_return fail(ErrorCode::PaymentRefused,
                       "Nothing was paid. " + origin.host +
                           " is asked without TLS, so anybody on the way could change who is "
                           "paid; use its https address.");
    const std::optional<Money> bound = m_purse.fairBound();
    auto chosen = desk.choose(origin.host, terms, bound);
    if (!chosen)
        co_return fail(std::move(chosen.error()));
    auto reserved = co_await m_purse.reservePayment(chosen->usd);
    if (!reserved)
        co_return fail(std::move(reserved.error()));
    money = std::move(*reserved);
    PurchaseDesk::Deal deal;
    deal.terms = std::move(terms);
    deal.chosen = std::move(*chosen);
    deal.bound = bound;
    HeldStream held(m_state);
    std::optional<SilenceScope> silence;
    silence.emplace(m_out, m_state.ask.stream ? &held : nullptr);
    const PurchaseAsk ask = purchaseOf(errand);
    const PurchaseDesk::Caller caller = payer();
    auto ready = co_await desk.pay(ask, std::move(deal), kMostPatience, caller);
    silence.reset();
    if (!ready)
        m_purse.giveBack(money);
    if (!ready)
        co_return fail(std::move(ready.error()));
    lane.payment = std::move(*ready);
    Attempt attempt(m_state, lane, m_out, errand, call.permit, std::nullopt);
    auto result = co_await attempt.run();
    co_return result;
}

Error Exchange::askedAgain() const {
    return {ErrorCode::PaymentUnconfirmed,
            m_state.own.provider->id +
                " asks for payment again although a payment was sent. It is not paid twice; what "
                "became of the payment is looked up on the chain."};
}

// What the seller made of the payment, for the books.
void Exchange::notePayment(const AttemptResult& result) {
    PaidOutcome outcome;
    outcome.answered = m_state.record.outcome == ledger::Outcome::Answered && result.answered;
    outcome.refused = result.terms != nullptr;
    if (result.receipt) {
        outcome.settled = result.receipt->success;
        outcome.transaction = result.receipt->transaction;
        outcome.receipt = payment::writeReceipt(*result.receipt, 2);
    }
    m_state.services.purchases.note(*m_state.own.payment, outcome);
    m_state.own.payment.reset();
}

}  // namespace gr::gateway
