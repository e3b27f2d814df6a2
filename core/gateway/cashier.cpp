// SPDX-License-Identifier: MIT
#include "gateway/cashier.h"

#include <algorithm>
#include <utility>

#include "base/log.h"
#include "gateway/wakeup.h"
#include "payment/sale_calls.h"
#include "payment/token_amount.h"

namespace gr::gateway {
namespace {

using http::Awaitable;
using payment::PaymentProblem;
using payment::SaleCheck;
using payment::SaleFate;

constexpr std::uint64_t kEarlier = 900;  // seconds before now that a used nonce is looked for
constexpr std::uint64_t kSlack = 60;     // seconds that clocks may differ by

Error notSoldOn(payment::ChainId chain) {
    return {ErrorCode::Unreachable,
            "Nothing is sold on chain " + std::to_string(chain) + " any more."};
}

bool isLarge(const SaleEntry& sale, const payment::SaleOffer& offer,
             const payment::Uint256& amount) {
    const auto usd = payment::dollarsOf(amount, offer.token.decimals, payment::Rounding::Up);
    return !usd || *usd >= sale.terms.large;
}

PaymentProblem usedNonce(const payment::SaleOffer& offer) {
    const bool permit2 = offer.method == payment::TransferMethod::Permit2;
    return {402, permit2 ? "permit2_invalid_nonce" : "invalid_exact_evm_nonce_already_used",
            "The authorization was used or cancelled."};
}

PaymentProblem denied(const SettleWord& word) {
    if (word.kind == SettleWord::Kind::NotDone)
        return {503, "settlement_unavailable", word.why};
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
};

Cashier::Cashier(http::Client& client, http::Deadlines& deadlines, const Clock& clock,
                 http::Executor io, CashierPace pace)
    : m_clock(clock),
      m_io(std::move(io)),
      m_pace(pace),
      m_view(client, deadlines),
      m_facilitator(client, deadlines, clock) {}

std::uint64_t Cashier::seconds() const {
    return static_cast<std::uint64_t>(m_clock.now().value / 1'000);
}

Awaitable<Result<std::optional<PaymentProblem>>> Cashier::checkContractSignature(
    const Paying& paying, http::AbortSlot& abort) {
    const ChainPtr chain = m_view.chain(paying.sale, paying.offer.network.id);
    if (!chain)
        co_return fail(notSoldOn(paying.offer.network.id));
    const payment::SignedAuthorization& paid = paying.payment.paid;
    const ReadAnswers<SaleCheck> read =
        [&paid](const ChainAnswers& answers) -> std::optional<SaleCheck> {
        SaleCheck check = payment::readWallet(paid, answers);
        if (check.kind == SaleCheck::Kind::Unclear)
            return std::nullopt;
        return check;
    };
    auto check =
        co_await askFirst<SaleCheck>(chain, payment::askWallet(paid, paying.offer), read, abort);
    if (!check)
        co_return fail(std::move(check.error()));
    if (check->kind == SaleCheck::Kind::Good)
        co_return std::nullopt;
    co_return std::move(check->problem);
}

Awaitable<Result<Cashier::Checked>> Cashier::check(const Paying& paying, http::AbortSlot& abort) {
    const ChainPtr chain = m_view.chain(paying.sale, paying.offer.network.id);
    if (!chain)
        co_return fail(notSoldOn(paying.offer.network.id));
    const payment::SignedAuthorization& paid = paying.payment.paid;
    std::optional<payment::Address> sender;
    if (paying.sale.relayer)
        sender = paying.sale.relayer->address();
    const ReadAnswers<SaleCheck> read =
        [&](const ChainAnswers& answers) -> std::optional<SaleCheck> {
        SaleCheck check = payment::readSettleable(paid, paying.offer, paying.amount, answers);
        if (check.kind == SaleCheck::Kind::Unclear)
            return std::nullopt;
        return check;
    };
    auto check = co_await askFirst<SaleCheck>(
        chain, payment::askSettleable(paid, paying.offer, paying.amount, sender), read, abort);
    if (!check)
        co_return fail(std::move(check.error()));
    if (check->kind == SaleCheck::Kind::Used) {
        auto used = co_await checkUsed(paying, chain, abort);
        co_return used;
    }
    Checked checked;
    if (check->kind == SaleCheck::Kind::Refused)
        checked.problem = std::move(check->problem);
    co_return checked;
}

Awaitable<Result<Cashier::Checked>> Cashier::checkUsed(const Paying& paying, ChainPtr chain,
                                                       http::AbortSlot& abort) {
    payment::SaleMoney money = payment::moneyOf(paying.payment.paid, paying.offer, paying.amount);
    money.atMost = paying.offer.scheme == payment::Scheme::Upto;
    const auto sight = co_await m_view.look(chain, money, std::nullopt, abort);
    if (!sight)
        co_return fail(sight.error());
    const ChainView::Found found =
        co_await m_view.search(chain, money, *sight, seconds() - kEarlier, abort);
    Checked checked;
    if (!found.sight) {
        checked.problem = usedNonce(paying.offer);
        co_return checked;
    }
    const payment::SeenMoney& seen = *found.sight->seen;
    bool sure = true;
    if (isLarge(paying.sale, paying.offer, seen.units))
        sure = co_await m_view.isSure(chain, money, seen.transaction, abort);
    if (!sure) {
        co_return fail(ErrorCode::Unreachable,
                       "The payment is on the chain, but not deep enough yet; send the same "
                       "request again in a moment.");
    }
    checked.alreadySettled = true;
    checked.transaction = seen.transaction.toHex();
    checked.block = static_cast<std::int64_t>(seen.block);
    co_return checked;
}

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
        waiting.large = isLarge(paying.sale, paying.offer, paying.amount);
        waiting.until = m_clock.steady() + patience;
        waiting.since = seconds() - kSlack;
        co_await askFacilitator(paying, waiting, settlement, abort);
        co_await waitForMoney(waiting, settlement, abort);
    } else {
        settlement.kind = Settlement::Kind::Refused;
        settlement.problem = PaymentProblem{503, "settlement_unavailable",
                                            notSoldOn(paying.offer.network.id).message.text};
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

Awaitable<void> Cashier::waitForMoney(Waiting& waiting, Settlement& settlement,
                                      http::AbortSlot& abort) {
    for (;;) {
        auto sight = co_await m_view.look(waiting.chain, waiting.money, waiting.transaction, abort);
        if (sight && sight->used && !sight->seen) {
            const ChainView::Found found =
                co_await m_view.search(waiting.chain, waiting.money, *sight, waiting.since, abort);
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
        } else if (sight && !sight->used && waiting.refusal) {
            settlement.kind = Settlement::Kind::Refused;
            settlement.problem = std::move(waiting.refusal);
            co_return;
        }
        if (abort.fired() || m_clock.steady() >= waiting.until)
            break;
        Wakeup wakeup(m_io);
        co_await wakeup.pause(abort, m_pace.poll);
    }
    if (settlement.transaction.empty() && waiting.transaction)
        settlement.transaction = waiting.transaction->toHex();
    if (!settlement.problem) {
        settlement.problem =
            PaymentProblem{503, "settlement_pending", "The chain does not show the payment yet."};
    }
}

Awaitable<std::optional<SaleFate>> Cashier::lookUp(const SaleEntry& sale, const ledger::Sale& row,
                                                   http::AbortSlot& abort) {
    const ChainPtr chain = m_view.chain(sale, static_cast<payment::ChainId>(row.chainId));
    const auto money = payment::moneyOf(row);
    if (!chain || !money)
        co_return std::nullopt;
    const auto transaction = payment::Bytes32::parse(row.transaction);
    auto sight = co_await m_view.look(chain, *money, transaction, abort);
    if (!sight) {
        log::write(LogLevel::Debug, "sale.not_looked_up",
                   {{"id", row.id}, {"why", sight.error().message.text}});
        co_return std::nullopt;
    }
    if (sight->used && !sight->seen) {
        const auto made = static_cast<std::uint64_t>(row.createdAt.value / 1'000);
        const std::uint64_t since = made - std::min(made, kSlack);
        const ChainView::Found found = co_await m_view.search(chain, *money, *sight, since, abort);
        if (found.sight)
            sight = *found.sight;
        else if (found.cancelledIn && sight->final && sight->final->number >= *found.cancelledIn)
            co_return SaleFate{row.paidAt ? SaleFate::Kind::Reorged : SaleFate::Kind::NotTaken};
    }
    const auto fate = payment::fateOf(row, *money, *sight);
    const bool news = fate && fate->kind == SaleFate::Kind::Settled && !row.paidAt;
    bool sure = true;
    if (news && row.usd >= sale.terms.large)
        sure = co_await m_view.isSure(chain, *money, sight->seen->transaction, abort);
    if (fate && fate->kind == SaleFate::Kind::Reorged && transaction) {
        // One server may be behind the others.
        const std::size_t others =
            co_await m_view.witnesses(chain, *money, *transaction, 1, false, abort);
        sure = others == 0;
    }
    co_return sure ? fate : std::nullopt;
}

Awaitable<std::optional<payment::Supported>> Cashier::supported(const SaleEntry& sale,
                                                                http::AbortSlot& abort) {
    if (!sale.facilitator)
        co_return std::nullopt;
    auto said = co_await m_facilitator.supported(sale, abort);
    co_return said;
}

}  // namespace gr::gateway
