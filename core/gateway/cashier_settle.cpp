// SPDX-License-Identifier: MIT
#include <chrono>
#include <utility>

#include "gateway/cashier.h"
#include "gateway/wakeup.h"

namespace gr::gateway {
namespace {

using http::Awaitable;
using payment::PaymentProblem;

constexpr std::uint64_t kSlack = 60;  // seconds that clocks may differ by

PaymentProblem unavailable(std::string why) {
    return {503, "settlement_unavailable", std::move(why)};
}

PaymentProblem denied(const SettleWord& word) {
    if (word.kind == SettleWord::Kind::NotDone)
        return unavailable(word.why);
    const std::string& said = word.answer.errorMessage;
    return {402, word.answer.errorReason,
            said.empty() ? "The facilitator does not settle this payment." : said};
}

}  // namespace

// A payment that is on its way.
struct Cashier::Waiting {
    ChainPtr chain;
    payment::SaleMoney money;
    bool large = false;
    SteadyTime until;
    std::uint64_t since = 0;                  // seconds; it cannot have been settled before
    ChainView::Transaction transaction{};     // that is said to be it
    std::optional<PaymentProblem> refusal{};  // the settler says that it sent nothing
    bool ours = false;                        // to bring: there is no facilitator
    bool relayed = false;                     // `transaction` is our own
    bool trusted = false;                     // the facilitator says that it settled
    bool cancelled = false;                   // the nonce, by the payer

    // Why the payment is refused, by what the chain shows: nothing while it may still come.
    std::optional<PaymentProblem> refusalBy(const Result<payment::MoneySight>& sight) const {
        if (cancelled)
            return PaymentProblem{402, "invalid_transaction_state",
                                  "The payer cancelled the payment."};
        if (sight && sight->used)
            return std::nullopt;
        // Where nobody but us would have brought it, and we did not, no look is needed.
        if (refusal && (sight || ours))
            return refusal;
        if (sight && sight->failed && !trusted)
            return PaymentProblem{402, "invalid_transaction_state",
                                  "The payment failed on the chain."};
        return std::nullopt;
    }
};

Awaitable<Cashier::Settlement> Cashier::settle(const Paying& paying, Milliseconds patience,
                                               http::AbortSlot& abort) {
    Settlement settlement;
    settlement.answer.network = paying.payment.network;
    settlement.answer.payer = payment::payerOf(paying.payment.paid.authorization);
    if (paying.amount.isZero()) {  // nothing was used: nothing is sent to the chain
        settlement.kind = Settlement::Kind::Settled;
    } else if (const ChainPtr chain = m_view.chain(paying.sale, paying.offer.network.id)) {
        Waiting waiting;
        waiting.chain = chain;
        waiting.money = payment::moneyOf(paying.payment.paid, paying.offer, paying.amount);
        waiting.large = isLarge(paying, paying.amount);
        waiting.until = m_clock.steady() + patience;
        waiting.since = seconds() - kSlack;
        waiting.ours = paying.sale.relayer != nullptr;
        if (paying.sale.relayer)
            co_await askRelayer(paying, waiting, abort);
        else
            co_await askFacilitator(paying, waiting, settlement, abort);
        co_await waitForMoney(paying, waiting, settlement, abort);
    } else {
        settlement.kind = Settlement::Kind::Refused;
        settlement.problem = unavailable(notSoldOn(paying.offer.network.id).message.text);
    }
    const bool settled = settlement.kind == Settlement::Kind::Settled;
    settlement.answer.success = settled;
    settlement.answer.transaction = settlement.transaction;
    if (settled && paying.offer.scheme == payment::Scheme::Upto)
        settlement.answer.amount = settlement.charged;
    if (settlement.problem && !settled)
        settlement.answer.errorReason = settlement.problem->reason;
    co_return settlement;
}

Awaitable<void> Cashier::askFacilitator(const Paying& paying, Waiting& waiting,
                                        Settlement& settlement, http::AbortSlot& abort) {
    const std::string body =
        payment::facilitatorRequest(paying.payment, paying.offer, paying.quote, paying.amount);
    SettleWord word;
    for (int i = 0; i < 2; ++i) {
        const auto left =
            std::chrono::duration_cast<Milliseconds>(waiting.until - m_clock.steady());
        if (i > 0 && (left.count() <= 0 || abort.fired()))
            break;
        word = co_await m_facilitator.settle(paying.sale, body, left, abort);
        // It looks at what it sent before, when it gets the same bytes again.
        if (word.kind != SettleWord::Kind::Pending)
            break;
        Wakeup wakeup(m_io);
        co_await wakeup.pause(abort, m_pace.poll);
    }
    waiting.transaction = word.answer.transactionHash();
    settlement.answer.extensionsJson = word.answer.extensionsJson;
    switch (word.kind) {
        case SettleWord::Kind::Yes:
            waiting.trusted = true;
            break;
        case SettleWord::Kind::No:
        case SettleWord::Kind::NotDone:
            waiting.refusal = denied(word);
            break;
        case SettleWord::Kind::Pending:
            settlement.problem =
                PaymentProblem{503, "settlement_pending", "The settlement is under way."};
            break;
        case SettleWord::Kind::Unknown:
            settlement.problem = PaymentProblem{503, "unexpected_settle_error", word.why};
            break;
    }
}

Awaitable<void> Cashier::askRelayer(const Paying& paying, Waiting& waiting,
                                    http::AbortSlot& abort) {
    const auto refuse = [&waiting](PaymentProblem why) { waiting.refusal = std::move(why); };
    const auto before = co_await m_relayer.last(paying.saleId, abort);
    if (!before) {
        refuse(unavailable(before.error().message.text));
        co_return;
    }
    const bool isOut = *before && ((*before)->state == ledger::RelayState::Prepared ||
                                   (*before)->state == ledger::RelayState::Broadcast);
    if (isOut) {
        waiting.transaction = payment::Bytes32::parse((*before)->hash);
        waiting.relayed = true;
        co_return;
    }
    payment::SaleCall call =
        payment::settlementCall(paying.payment.paid, paying.offer, paying.amount);
    auto plan = co_await m_relayer.plan(paying.sale, waiting.chain, std::move(call), abort);
    if (!plan) {
        refuse(std::move(plan.error()));
        co_return;
    }
    auto sent =
        co_await m_relayer.send(paying.sale, waiting.chain, std::move(*plan), paying.saleId, abort);
    if (!sent) {
        refuse(std::move(sent.error()));
        co_return;
    }
    waiting.transaction = payment::Bytes32::parse(sent->hash);
    waiting.relayed = true;
}

// One that another took the place of is not the one to wait for.
Awaitable<void> Cashier::tendWaiting(const Paying& paying, Waiting& waiting,
                                     http::AbortSlot& abort) {
    SteadyTime& again = m_tendAgain[waiting.chain->chain()];
    if (m_clock.steady() < again)
        co_return;
    again = m_clock.steady() + m_pace.tend;
    co_await m_relayer.tend(paying.sale, waiting.chain, abort);
    const auto last = co_await m_relayer.last(paying.saleId, abort);
    if (last && *last)
        waiting.transaction = payment::Bytes32::parse((*last)->hash);
}

Awaitable<void> Cashier::waitForMoney(const Paying& paying, Waiting& waiting,
                                      Settlement& settlement, http::AbortSlot& abort) {
    for (;;) {
        auto sight = co_await m_view.look(waiting.chain, waiting.money, waiting.transaction, abort);
        if (sight && sight->used && !sight->seen) {
            const ChainView::Found found =
                co_await m_view.search(waiting.chain, waiting.money, *sight, waiting.since, abort);
            waiting.cancelled = found.cancelledIn.has_value();
            if (found.sight)
                sight = *found.sight;
        }
        if (sight && sight->seen) {
            const payment::SeenMoney seen = *sight->seen;
            waiting.transaction = seen.transaction;
            settlement.transaction = seen.transaction.toHex();
            settlement.block = static_cast<std::int64_t>(seen.block);
            settlement.charged = seen.units;
            bool sure = true;
            if (waiting.large)
                sure =
                    co_await m_view.isSure(waiting.chain, waiting.money, seen.transaction, abort);
            if (sure) {
                settlement.kind = Settlement::Kind::Settled;
                settlement.problem.reset();
                co_return;
            }
        } else if (auto refusal = waiting.refusalBy(sight)) {
            settlement.kind = Settlement::Kind::Refused;
            settlement.problem = std::move(refusal);
            co_return;
        }
        if (abort.fired() || m_clock.steady() >= waiting.until)
            break;
        Wakeup wakeup(m_io);
        co_await wakeup.pause(abort, m_pace.poll);
        if (waiting.relayed)
            co_await tendWaiting(paying, waiting, abort);
    }
    if (settlement.transaction.empty() && waiting.transaction)
        settlement.transaction = waiting.transaction->toHex();
    if (!settlement.problem) {
        settlement.problem =
            PaymentProblem{503, "settlement_pending", "The chain does not show the payment yet."};
    }
}

}  // namespace gr::gateway
