// SPDX-License-Identifier: MIT
// Who comes again: with the same payment, with a new one for what he paid already, or for an answer
// that he is owed.
#include <limits>

#include "base/log.h"
#include "gateway/checkout.h"
#include "payment/token_amount.h"

namespace gr::gateway {
namespace {

using http::Awaitable;
using ledger::SaleReserved;
using ledger::SaleState;

constexpr std::string_view kUsed = "This payment was used already. Sign a new one.";
constexpr std::string_view kInWork =
    "The request with this payment is being worked on; wait for its answer.";

constexpr Money kEverything = Money::fromPico(std::numeric_limits<std::int64_t>::max());
constexpr ledger::CreditBounds kNoBounds{
    .perPayer = std::numeric_limits<int>::max(), .payerUsd = kEverything, .totalUsd = kEverything};

}  // namespace

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
        if (taken || isNamed(reserved)) {
            const bool given = co_await giveAgain();
            if (given)
                co_return false;
        }
        if (!taken)
            co_await refuseCredit();
        co_return taken;
    }
    if (sale.state == SaleState::Unknown && reserved.kind == SameNonce && !byUse()) {
        const bool paid = co_await resume(sale);
        co_return paid;
    }
    if (sale.state == SaleState::Unknown) {
        const bool served = co_await reclaim(sale);
        co_return served;
    }
    if (isNamed(reserved)) {
        const bool given = co_await giveAgain();
        if (given)
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

// The payment itself came again, by its own name: what everybody can read on the chain is not
// enough for its answer.
bool Checkout::isNamed(const SaleReserved& reserved) const {
    return reserved.kind == SaleReserved::Kind::SameNonce && !m_payment->paymentId.empty() &&
           m_payment->paymentId == reserved.sale.paymentIdentifier;
}

// The answer that was paid for, if it is kept. True: the client has it, and nothing is to be done.
Awaitable<bool> Checkout::giveAgain() {
    SaleDesk& desk = m_state.services.sales;
    const KeptAnswerPtr answer = desk.keptAnswer(m_id, m_state.services.clock.steady());
    if (!answer)
        co_return false;
    if (!m_credit)  // which is spent with it
        m_service = Service::Over;
    if (m_receipt.empty()) {
        const std::string id = m_id;
        const std::function<Result<std::optional<ledger::Sale>>(ledger::SaleBook&)> find =
            [id](ledger::SaleBook& book) { return book.find(id); };
        const SaleDesk::Caller caller = this->caller();
        const auto sale = co_await desk.ask(find, caller);
        if (sale && *sale && (*sale)->paidAt)
            showReceiptOf(**sale);
    }
    if (m_ownRow != m_id)  // of a new signature, which comes again by its own name
        desk.keepAnswer(m_ownRow, answer, m_state.services.clock.steady());
    ledger::RequestRecord& record = m_state.record;
    record.provider = answer->provider;
    record.model = answer->model;
    record.reused = true;
    m_state.lane->reason = "paid: answered before";
    m_state.lane->dropped = answer->dropped;
    m_state.paidWork = this;
    if (answer->stream) {
        co_await m_out.piece(answer->body);
        co_await m_out.finish();
    } else {
        co_await m_out.whole(200, answer->body, {});
    }
    m_paid = false;  // not by this request
    co_return true;
}

// From now on; `body`: as the client gets it.
void Checkout::keepAnswer(std::string body, bool stream) {
    const ledger::RequestRecord& record = m_state.record;
    if (body.size() > m_state.services.sales.longestKept())
        return;
    const auto answer = std::make_shared<KeptAnswer>();
    answer->provider = record.provider;
    answer->model = record.model;
    answer->body = std::move(body);
    answer->stream = stream;
    answer->dropped = m_state.lane->dropped;
    const SteadyTime now = m_state.services.clock.steady();
    m_state.services.sales.keepAnswer(m_id, answer, now);
    if (m_ownRow != m_id)  // a credit's: the payment that came for it is the one that comes again
        m_state.services.sales.keepAnswer(m_ownRow, answer, now);
}

// What became of a sale of this payer that nobody could say anything of; what was paid by it is a
// credit now. False: still nobody can.
Awaitable<bool> Checkout::clearUp(const ledger::Sale& sale) {
    const auto fate = co_await m_state.services.cashier.lookUp(m_sale, sale, abort());
    if (!fate)
        co_return false;
    const auto address = payment::Address::parse(sale.token);
    const payment::Token* const token =
        address ? m_sale.networks.token(static_cast<payment::ChainId>(sale.chainId), *address)
                : nullptr;
    const bool settled = fate->kind == payment::SaleFate::Kind::Settled;
    ledger::SaleChange change;
    if (settled) {
        change.transaction = fate->transaction;
        change.block = fate->block;
        change.charged = fate->charged.toDecimal();
        change.chargedUsd = dollarsOf(fate->charged, token != nullptr ? token->decimals : 6,
                                      payment::Rounding::Down);
        change.note = ledger::kFoundLater;
    }
    const UnixMs end = creditEnd(m_state.services.clock.now());
    std::function<Result<bool>(ledger::SaleBook&)> work =
        [id = sale.id, settled, change, end](ledger::SaleBook& book) -> Result<bool> {
        const SaleState to = settled ? SaleState::Settled : SaleState::Failed;
        const auto done = book.advance(id, {SaleState::Unknown}, to, change);
        if (!done)
            return fail(done.error());
        if (!done->done || !settled)
            return done->done || done->sale.state != SaleState::Unknown;
        // However much is owed: whoever asks takes it at once.
        const auto given = book.giveCredit(id, {SaleState::Settled}, end, kNoBounds);
        return given ? Result<bool>(given->done) : fail(given.error());
    };
    const SaleDesk::Caller caller = this->caller();
    const auto cleared = co_await m_state.services.sales.ask(std::move(work), caller);
    const bool clear = cleared && *cleared;
    co_return clear;
}

// The same payment by use, of which nobody knew whether it was charged. Its work was done.
Awaitable<bool> Checkout::reclaim(const ledger::Sale& sale) {
    const bool clear = co_await clearUp(sale);
    if (!clear) {
        co_await refuseUnconfirmed(false);
        co_return false;
    }
    const bool owed = co_await takeCredit(true);
    if (!owed) {
        co_await conflict(std::string(kUsed));
        co_return false;
    }
    const bool given = co_await giveAgain();
    co_return !given;
}

// The payment that nobody could say anything of came again, as it should: the chain may know by
// now, and to have it settled once more takes its money once.
Awaitable<bool> Checkout::resume(const ledger::Sale& sale) {
    Cashier& cashier = m_state.services.cashier;
    http::AbortSlot& abort = this->abort();
    m_mayBeOut = true;
    m_state.services.sales.noLongerLeft(m_id);
    const auto fate = co_await cashier.lookUp(m_sale, sale, abort);
    if (!fate) {
        const auto checked = co_await cashier.check(paying(), abort);
        const bool free = checked && !checked->problem && !checked->alreadySettled;
        if (free)
            m_paid = co_await bring(SaleState::Unknown);
        else
            co_await refuseUnconfirmed(false);
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
        co_await refuseUnconfirmed(false);
    }
    co_return m_paid;
}

// `another`: not of this payment, of which nothing is taken.
Awaitable<void> Checkout::refuseUnconfirmed(bool another) {
    m_state.services.sales.wakeWatch();
    co_await refuse(
        ErrorCode::PaymentUnconfirmed,
        another ? "Whether an earlier payment of yours for this very request was settled is not "
                  "known yet. Nothing was taken of this one. Send either of them again in a "
                  "moment; do not sign another."
                : "Whether this payment was settled is not known yet. Send the same payment again "
                  "in a moment; do not sign another.");
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
        showReceiptOf(**sale);
    co_return true;
}

}  // namespace gr::gateway
