// SPDX-License-Identifier: MIT
// How the money for one request is taken, before the work.
#include <set>

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

// One of these two.
struct Claim {
    std::optional<SaleReserved> reserved;
    std::vector<ledger::Sale> doubts;  // to be looked up before anything is taken
};

// `known`: sales in doubt that were looked up already.
Result<Claim> claim(ledger::SaleBook& book, const ledger::SaleIntent& intent,
                    std::optional<Money> unfinalAtMost, bool byUse,
                    const std::set<std::string>& known) {
    // The work is done before the money comes: what is there for one does not buy twenty.
    const auto inUse = byUse ? book.hasOtherByUse(intent) : Result<bool>(false);
    if (!inUse)
        return fail(inUse.error());
    if (*inUse)
        return fail(ErrorCode::PaymentConflict,
                    "Another request of yours that is charged by use is being worked on. Wait for "
                    "it, or pay the fixed price. Nothing was taken; the same payment can be sent "
                    "again.");
    Claim claim;
    auto doubts = book.inDoubt(intent);
    if (!doubts)
        return fail(doubts.error());
    claim.doubts = std::move(*doubts);
    std::erase_if(claim.doubts, [&](const ledger::Sale& sale) { return known.contains(sale.id); });
    if (!claim.doubts.empty())
        return claim;
    auto reserved = book.reserve(intent, unfinalAtMost);
    if (!reserved)
        return fail(reserved.error());
    claim.reserved = std::move(*reserved);
    return claim;
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
        const auto wrong =
            co_await m_state.services.cashier.checkContractSignature(paying(), abort());
        if (!wrong) {
            co_await closed(wrong.error());
            co_return false;
        }
        if (*wrong) {
            co_await demand(**wrong);
            co_return false;
        }
    }
    auto reserved = co_await reserve();
    if (!reserved)
        co_return false;
    m_state.record.client = "x402:" + reserved->sale.payer;
    m_ownRow = reserved->sale.id;
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
    if (owed) {
        const bool given = co_await giveAgain();
        co_return !given;
    }
    const bool settled = co_await settle();
    co_return settled;
}

// Takes the nonce; nothing where the client was told why not. What the payer may have paid for the
// very same before is looked up first: nobody is charged twice because he was told nothing.
Awaitable<std::optional<SaleReserved>> Checkout::reserve() {
    std::set<std::string> known;
    for (int round = 0; round < 3; ++round) {
        std::function<Result<Claim>(ledger::SaleBook&)> work =
            [intent = intent(), most = m_sale.terms.unfinal, byUse = byUse(),
             known](ledger::SaleBook& book) { return claim(book, intent, most, byUse, known); };
        const SaleDesk::Caller caller = this->caller();
        auto claimed = co_await m_state.services.sales.ask(std::move(work), caller);
        if (!claimed) {
            co_await m_out.refuse(claimed.error(), std::nullopt);
            co_return std::nullopt;
        }
        if (claimed->reserved)
            co_return std::move(claimed->reserved);
        for (const ledger::Sale& sale : claimed->doubts) {
            // Who was told that nothing was taken may pay once more.
            const bool turnedAway = sale.note.starts_with(ledger::kTurnedAway);
            const bool clear = co_await clearUp(sale);
            if (!clear && !turnedAway) {
                co_await refuseUnconfirmed(true);
                co_return std::nullopt;
            }
            known.insert(sale.id);
        }
    }
    co_await refuseUnconfirmed(true);
    co_return std::nullopt;
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
    http::AbortSlot& abort = this->abort();
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
    // Attempts that failed before it are the seller's own business.
    const ledger::Attempt& answered = m_state.record.attempts[m_state.lane->attempt];
    const Money usd = chargeFor(m_sale.terms, answered.cost, *m_price);
    const auto units = payment::unitsFor(usd, offer().token.decimals);
    m_charge = std::min(units.value_or(offer().amount), offer().amount);
    const bool paid = co_await bring(SaleState::Serving);
    co_return paid;
}

// Has it settled; that it may be out is durable before. False: the client was told.
Awaitable<bool> Checkout::bring(SaleState from) {
    const auto sent = co_await advance(from, SaleState::Settling);
    if (m_mayBeOut && (!sent || !*sent)) {
        co_await refuseUnconfirmed(false);
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
    http::AbortSlot& abort = this->abort();
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
        const bool mayCome = tried || m_mayBeOut;
        note(SaleState::Settling, mayCome ? SaleState::Unknown : SaleState::Failed,
             (tried && !m_mayBeOut ? ledger::kTurnedAway : "") + change.note.value_or("refused"));
        const Error unavailable(ErrorCode::Overloaded, problem.message);
        if (m_mayBeOut)  // whoever had it before may still bring it
            co_await refuseUnconfirmed(false);
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
    m_unconfirmed = true;
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
    co_await refuseUnconfirmed(false);
    co_return false;
}

}  // namespace gr::gateway
