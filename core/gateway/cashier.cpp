// SPDX-License-Identifier: MIT
#include "gateway/cashier.h"

#include <algorithm>
#include <utility>

#include "base/log.h"
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

PaymentProblem usedNonce(const payment::SaleOffer& offer) {
    const bool permit2 = offer.method == payment::TransferMethod::Permit2;
    return {402, permit2 ? "permit2_invalid_nonce" : "invalid_exact_evm_nonce_already_used",
            "The authorization was used or cancelled."};
}

}  // namespace

Cashier::Cashier(http::Client& client, http::Deadlines& deadlines, const Clock& clock,
                 http::Executor io, RelayDesk& relays, CashierPace pace)
    : m_clock(clock),
      m_io(std::move(io)),
      m_pace(pace),
      m_view(client, deadlines),
      m_facilitator(client, deadlines, clock, m_io),
      m_relayer(relays, clock, m_io, pace.relays) {}

std::uint64_t Cashier::seconds() const {
    return static_cast<std::uint64_t>(m_clock.now().value / 1'000);
}

Error Cashier::notSoldOn(payment::ChainId chain) {
    return {ErrorCode::Unreachable,
            "Nothing is sold on chain " + std::to_string(chain) + " any more."};
}

bool Cashier::isLarge(const Paying& paying, const payment::Uint256& units) {
    const unsigned decimals = paying.offer.token.decimals;
    const auto usd = payment::dollarsOf(units, decimals, payment::Rounding::Up);
    return !usd || *usd >= paying.sale.terms.large;
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
    if (paying.sale.relayer && !checked.problem) {
        payment::SaleCall call = payment::settlementCall(paid, paying.offer, paying.amount);
        const auto plan = co_await m_relayer.plan(paying.sale, chain, std::move(call), abort);
        if (!plan && plan.error().status == 503)
            co_return fail(ErrorCode::Unreachable, plan.error().message);
        if (!plan)
            checked.problem = plan.error();
    }
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
    if (isLarge(paying, seen.units))
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
    if (fate && sure && fate->kind == SaleFate::Kind::Reorged && sale.relayer)
        co_await m_relayer.missed(chain->chain(), row.transaction, abort);
    co_return sure ? fate : std::nullopt;
}

Awaitable<bool> Cashier::tendRelays(const SaleEntry& sale, http::AbortSlot& abort) {
    bool waiting = false;
    for (const SaleChain& place : sale.chains) {
        const ChainPtr chain = m_view.chain(sale, place.network.id);
        const bool some = co_await m_relayer.tend(sale, chain, abort);
        waiting = waiting || some;
    }
    co_return waiting;
}

Awaitable<std::optional<payment::Supported>> Cashier::supported(const SaleEntry& sale,
                                                                http::AbortSlot& abort) {
    if (!sale.facilitator)
        co_return std::nullopt;
    auto said = co_await m_facilitator.supported(sale, abort);
    co_return said;
}

}  // namespace gr::gateway
