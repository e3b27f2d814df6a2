// SPDX-License-Identifier: MIT
// How the money for one request is taken, before the work.
#include "base/log.h"
#include "gateway/checkout.h"
#include "payment/token_amount.h"

namespace gr::gateway {
namespace {

using http::Awaitable;
using ledger::SaleReserved;
using ledger::SaleState;
using payment::PaymentProblem;
using payment::Scheme;

// Clients wait for the head of an answer for half a minute or longer.
constexpr Milliseconds kPatience{25'000};

constexpr std::string_view kUsed = "This payment was used already. Sign a new one.";
constexpr std::string_view kInWork =
    "The request with this payment is being worked on; wait for its answer.";

std::string addressText(const payment::Address& address) {
    return address.toHex();
}

std::string nonceText(const payment::Authorization& authorization) {
    if (const auto* const transfer = std::get_if<payment::TransferAuthorization>(&authorization))
        return transfer->nonce.toHex();
    return std::get<payment::Permit2Authorization>(authorization).nonce.toDecimal();
}

std::string schemeText(const payment::SaleOffer& offer) {
    if (offer.scheme == Scheme::Upto)
        return std::string(nameOf(offer.scheme));
    return std::string(nameOf(offer.scheme)) + "-" + std::string(nameOf(offer.method));
}

}  // namespace

Cashier::Paying Checkout::paying() const {
    return {m_sale, *m_payment, offer(), m_quote, m_charge, m_id};
}

ledger::SaleIntent Checkout::intent() const {
    const payment::SaleOffer& offer = this->offer();
    const payment::Authorization& authorization = m_payment->paid.authorization;
    ledger::SaleIntent intent;
    intent.chainId = static_cast<std::int64_t>(offer.network.id);
    intent.token = addressText(offer.token.address);
    intent.payer = addressText(payerOf(authorization));
    intent.nonce = nonceText(authorization);
    intent.payTo = addressText(offer.payTo);
    intent.amount = offer.amount.toDecimal();
    intent.usd =
        dollarsOf(offer.amount, offer.token.decimals, payment::Rounding::Down).value_or(Money());
    intent.scheme = schemeText(offer);
    intent.order = byUse() ? ledger::SaleOrder::ServedFirst : ledger::SaleOrder::PaidFirst;
    intent.validBefore =
        static_cast<std::int64_t>(endOf(authorization).toUint64().value_or(INT64_MAX));
    intent.requestDigest = m_digest;
    intent.paymentIdentifier = m_payment->paymentId;
    intent.model = m_price->places.front().provider + "/" + m_price->places.front().model;
    intent.requestId = m_state.record.id;
    return intent;
}

Awaitable<bool> Checkout::takeMoney() {
    const SaleDesk::Turn turn = m_state.services.sales.turn();
    if (!turn) {
        co_await refuse(ErrorCode::Overloaded,
                        "Too many payments come at once. Nothing was taken; send the same payment "
                        "again in a moment.");
        co_return false;
    }
    // A row is written for signatures alone, so that nobody fills the book with noise.
    if (!m_ownSignature) {
        const auto wrong = co_await m_state.services.cashier.checkContractSignature(
            paying(), m_state.responder.abort());
        if (!wrong) {
            co_await closed(wrong.error());
            co_return false;
        }
        if (*wrong) {
            co_await demand(**wrong);
            co_return false;
        }
    }
    const SaleDesk::Caller caller = this->caller();
    std::function<Result<SaleReserved>(ledger::SaleBook&)> work =
        [intent = intent(), most = m_sale.terms.unfinal,
         byUse = byUse()](ledger::SaleBook& book) -> Result<SaleReserved> {
        // The work is done before the money comes: what is there for one does not buy twenty.
        const auto inUse = byUse ? book.hasOtherByUse(intent) : Result<bool>(false);
        if (!inUse)
            return fail(inUse.error());
        if (*inUse)
            return fail(ErrorCode::PaymentConflict,
                        "Another request of yours that is charged by use is being worked on. Wait "
                        "for it, or pay the fixed price. Nothing was taken; the same payment can "
                        "be sent again.");
        return book.reserve(intent, most);
    };
    auto reserved = co_await m_state.services.sales.ask(std::move(work), caller);
    if (!reserved) {
        co_await m_out.refuse(reserved.error(), std::nullopt);
        co_return false;
    }
    m_state.record.client = "x402:" + reserved->sale.payer;
    if (reserved->kind == SaleReserved::Kind::New) {
        m_id = reserved->sale.id;
    } else {
        const bool mine = co_await claimAgain(std::move(*reserved));
        if (!mine || m_paid)
            co_return mine;
    }
    // Somebody who is owed an answer signs for it once more: that signature is not used. One that
    // failed before never was either.
    const bool owed = co_await takeCredit(true);
    if (owed)
        co_return true;
    const bool settled = co_await settle();
    co_return settled;
}

// Somebody came with this nonce, or with this identifier, before. True: it may go on; it is paid
// already where a credit was taken.
Awaitable<bool> Checkout::claimAgain(SaleReserved reserved) {
    using enum SaleReserved::Kind;
    const ledger::Sale& sale = reserved.sale;
    if (reserved.kind == TooMuchUnfinal || reserved.kind == OtherPayTo) {
        if (reserved.kind == OtherPayTo)
            log::write(LogLevel::Error, "sale.other_pay_to", {{"known", reserved.payTo}});
        co_await refuse(ErrorCode::Overloaded,
                        reserved.kind == OtherPayTo
                            ? "Payments are not taken just now: the address that they go to was "
                              "changed, and its owner has not confirmed it."
                            : "Payments are not taken just now: too much money waits for its "
                              "blocks. Try again in a few minutes; nothing was taken.");
        co_return false;
    }
    if (!reserved.sameRequest) {
        co_await conflict(reserved.elsewhere
                              ? "Another gateway of this seller has this payment. Send it there, "
                                "or wait until it is over; do not sign another."
                          : reserved.kind == SameNonce
                              ? "This payment was sent with another request before. Sign a new "
                                "one for this request."
                              : "Another payment was sent with this payment identifier. Sign one "
                                "with a new identifier.");
        co_return false;
    }
    m_id = sale.id;
    if (sale.state == SaleState::Credit) {
        // Who was told that nobody knows, and to come again with the same, has no answer yet.
        const bool signedAnew = reserved.kind == SameIdentifier || sale.note == ledger::kFoundLater;
        const bool taken = co_await takeCredit(signedAnew);
        if (!taken)
            co_await refuseCredit();
        co_return taken;
    }
    if (sale.state == SaleState::Unknown && reserved.kind == SameNonce && !byUse()) {
        const bool paid = co_await resume(sale);
        co_return paid;
    }
    if (sale.state == SaleState::Unknown) {  // what was charged by use has lost its work
        co_await refuseUnconfirmed();
        co_return false;
    }
    if (sale.state == SaleState::Failed && !sale.paidAt && reserved.kind == SameNonce) {
        m_state.services.sales.noLongerLeft(m_id);
        const auto again = co_await advance(SaleState::Failed, SaleState::Reserved);
        if (again && *again)
            co_return true;
    }
    const bool over = sale.state == SaleState::Served || sale.state == SaleState::Failed ||
                      sale.state == SaleState::Reorged;
    co_await conflict(std::string(over ? kUsed : kInWork));
    co_return false;
}

// The payment that nobody could say anything of came again, as it should: the chain may know by
// now, and to have it settled once more takes its money once.
Awaitable<bool> Checkout::resume(const ledger::Sale& sale) {
    Cashier& cashier = m_state.services.cashier;
    http::AbortSlot& abort = m_state.responder.abort();
    m_mayBeOut = true;
    m_state.services.sales.noLongerLeft(m_id);
    const auto fate = co_await cashier.lookUp(m_sale, sale, abort);
    if (!fate) {
        const auto checked = co_await cashier.check(paying(), abort);
        const bool free = checked && !checked->problem && !checked->alreadySettled;
        if (free)
            m_paid = co_await bring(SaleState::Unknown);
        else
            co_await refuseUnconfirmed();
        co_return m_paid;
    }
    ledger::SaleChange change;
    change.transaction = fate->transaction;
    change.block = fate->block;
    change.charged = fate->charged.toDecimal();
    change.chargedUsd = dollarsOf(fate->charged, offer().token.decimals, payment::Rounding::Down);
    if (fate->kind == payment::SaleFate::Kind::Settled) {
        showReceipt(fate->transaction);
        change.receipt = m_receipt;
        const auto done = co_await advance(SaleState::Unknown, SaleState::Settled, change);
        m_paid = done && *done;
    }
    if (!m_paid) {
        m_receipt.clear();
        co_await refuseUnconfirmed();
    }
    co_return m_paid;
}

Awaitable<void> Checkout::refuseUnconfirmed() {
    m_state.services.sales.wakeWatch();
    co_await refuse(ErrorCode::PaymentUnconfirmed,
                    "Whether this payment was settled is not known yet. Send the same payment "
                    "again in a moment; do not sign another.");
}

// The sale is a credit that was not to be had: a new signature gets it only while it is open.
Awaitable<void> Checkout::refuseCredit() {
    const SaleDesk::Caller caller = this->caller();
    using Found = std::optional<ledger::Credit>;
    std::function<Result<Found>(ledger::SaleBook&)> work = [id = m_id](ledger::SaleBook& book) {
        return book.findCredit(id);
    };
    const auto found = co_await m_state.services.sales.ask(std::move(work), caller);
    if (!found) {
        co_await m_out.refuse(found.error(), std::nullopt);
        co_return;
    }
    const bool alive = *found && (*found)->expiresAt > m_state.services.clock.now();
    std::string why(kUsed);
    if (alive && (*found)->state == ledger::CreditState::Taken)
        why = kInWork;
    else if (alive && (*found)->state == ledger::CreditState::Open)
        why =
            "This payment was taken, and its answer is owed: send the request with a new "
            "signature, of which no money is taken.";
    co_await conflict(std::move(why));
}

// `signedAnew`: the payment that came is the payer's own word for it.
Awaitable<bool> Checkout::takeCredit(bool signedAnew) {
    const SaleDesk::Caller caller = this->caller();
    const ledger::SaleIntent asked = intent();
    using Taken = std::optional<ledger::Credit>;
    ledger::CreditClaim claim{asked.payer, m_digest, asked.paymentIdentifier, signedAnew,
                              asked.requestId};
    std::function<Result<Taken>(ledger::SaleBook&)> work =
        [claim = std::move(claim)](ledger::SaleBook& book) { return book.takeCredit(claim); };
    auto taken = co_await m_state.services.sales.ask(std::move(work), caller);
    if (!taken || !*taken)
        co_return false;
    const std::string mine = std::exchange(m_id, (*taken)->id);
    if (mine != m_id) {
        m_state.services.sales.tell([mine](ledger::SaleBook& book) -> Result<void> {
            ledger::SaleChange change;
            change.note = "served for a credit; not settled";
            const auto done = book.advance(mine, {SaleState::Reserved}, SaleState::Failed, change);
            return done ? Result<void>() : fail(done.error());
        });
    }
    m_credit = m_paid = true;
    const std::function<Result<std::optional<ledger::Sale>>(ledger::SaleBook&)> owed =
        [id = m_id](ledger::SaleBook& book) { return book.find(id); };
    const auto sale = co_await m_state.services.sales.ask(owed, caller);
    if (sale && *sale)
        showReceipt((*sale)->transaction);
    co_return true;
}

Awaitable<Result<bool>> Checkout::advance(SaleState from, SaleState to, ledger::SaleChange change) {
    const SaleDesk::Caller caller = this->caller();
    std::function<Result<bool>(ledger::SaleBook&)> work =
        [id = m_id, from, to, change = std::move(change)](ledger::SaleBook& book) -> Result<bool> {
        const auto done = book.advance(id, {from}, to, change);
        return done ? Result<bool>(done->done) : fail(done.error());
    };
    auto done = co_await m_state.services.sales.ask(std::move(work), caller);
    co_return done;
}

Awaitable<Result<bool>> Checkout::advance(SaleState from, SaleState to) {
    ledger::SaleChange none;
    auto done = co_await advance(from, to, std::move(none));
    co_return done;
}

void Checkout::note(SaleState from, SaleState to, std::string why) {
    ledger::SaleChange change;
    change.note = std::move(why);
    note(from, to, std::move(change));
}

void Checkout::note(SaleState from, SaleState to, ledger::SaleChange change) {
    m_state.services.sales.tell(
        [id = m_id, from, to, change](ledger::SaleBook& book) -> Result<void> {
            const auto done = book.advance(id, {from}, to, change);
            return done ? Result<void>() : fail(done.error());
        });
}

// The nonce is ours; nothing has left this machine.
Awaitable<bool> Checkout::settle() {
    Cashier& cashier = m_state.services.cashier;
    http::AbortSlot& abort = m_state.responder.abort();
    const auto checked = co_await cashier.check(paying(), abort);
    if (!checked) {
        note(SaleState::Reserved, SaleState::Failed, checked.error().message.text);
        co_await closed(checked.error());
        co_return false;
    }
    // A signature that is used lies open on the chain: whoever shows it need not be the payer.
    std::optional<PaymentProblem> problem = checked->problem;
    if (checked->alreadySettled)
        problem = PaymentProblem{402, "invalid_exact_evm_nonce_already_used",
                                 "This payment was brought to the chain by somebody else, so "
                                 "nothing is served for it. Sign a new one."};
    if (problem) {
        note(SaleState::Reserved, SaleState::Failed, problem->reason);
        co_await demand(*problem);
        co_return false;
    }
    if (!byUse()) {
        m_paid = co_await bring(SaleState::Reserved);
        co_return m_paid;
    }
    const auto served = co_await advance(SaleState::Reserved, SaleState::Serving);
    m_paid = served && *served;
    if (!m_paid)
        co_await conflict("The payment is in use.");
    co_return m_paid;
}

// The work is done, and its answer waits for the money.
Awaitable<bool> Checkout::chargeUse() {
    const Money usd = chargeFor(m_sale.terms, m_state.record.cost, *m_price);
    const auto units = payment::unitsFor(usd, offer().token.decimals);
    m_charge = std::min(units.value_or(offer().amount), offer().amount);
    const bool paid = co_await bring(SaleState::Serving);
    co_return paid;
}

// Has it settled; that it may be out is durable before. False: the client was told.
Awaitable<bool> Checkout::bring(SaleState from) {
    const auto sent = co_await advance(from, SaleState::Settling);
    if (m_mayBeOut && (!sent || !*sent)) {
        co_await refuseUnconfirmed();
        co_return false;
    }
    if (!sent || !*sent) {
        note(from, SaleState::Failed, "not sent");
        const Error why =
            sent ? Error(ErrorCode::PaymentConflict, "The payment is in use.") : sent.error();
        co_await m_out.refuse(why, std::nullopt);
        co_return false;
    }
    m_tried = true;
    http::AbortSlot& abort = m_state.responder.abort();
    const Cashier::Settlement settlement =
        co_await m_state.services.cashier.settle(paying(), kPatience, abort);
    const bool paid = co_await booked(settlement);
    co_return paid;
}

Awaitable<bool> Checkout::booked(const Cashier::Settlement& settlement) {
    using Kind = Cashier::Settlement::Kind;
    ledger::SaleChange change;
    if (!settlement.transaction.empty())
        change.transaction = settlement.transaction;
    if (settlement.problem)
        change.note = settlement.problem->reason;
    if (settlement.kind == Kind::Refused) {
        const PaymentProblem problem = settlement.problem.value_or(PaymentProblem());
        const bool tried = problem.status == 402 || problem.status == 412;
        // Who refused it could still bring it to the chain: it is watched until its end.
        note(SaleState::Settling, tried || m_mayBeOut ? SaleState::Unknown : SaleState::Failed,
             change.note.value_or("refused"));
        const Error unavailable(ErrorCode::Overloaded, problem.message);
        if (m_mayBeOut)  // whoever had it before may still bring it
            co_await refuseUnconfirmed();
        else if (tried)
            co_await demand(problem);
        else
            co_await closed(unavailable);
        m_state.services.sales.wakeWatch();
        co_return false;
    }
    if (settlement.kind == Kind::Settled) {
        change.block = settlement.block;
        change.charged = settlement.charged.toDecimal();
        change.chargedUsd =
            dollarsOf(settlement.charged, offer().token.decimals, payment::Rounding::Down);
        showReceipt(settlement.transaction);
        change.receipt = m_receipt;
        const auto done = co_await advance(SaleState::Settling, SaleState::Settled, change);
        if (done && *done)
            co_return true;
    }
    // The money may have come: only the chain can say, and the watch asks it.
    m_receipt.clear();
    const UnixMs end = creditEnd(m_state.services.clock.now());
    m_state.services.sales.tell([id = m_id, change, end](ledger::SaleBook& book) -> Result<void> {
        ledger::SaleChange known = change;
        known.receipt.reset();
        const auto done = book.advance(id, {SaleState::Settling}, SaleState::Unknown, known);
        if (!done || done->done || done->sale.state != SaleState::Settled)
            return done ? Result<void>() : fail(done.error());
        // It was booked as settled, and nobody waited for that: no work was done for it yet.
        const auto owed = book.giveCredit(id, {SaleState::Settled}, end, creditBounds());
        return owed ? Result<void>() : fail(owed.error());
    });
    co_await refuseUnconfirmed();
    co_return false;
}

}  // namespace gr::gateway
