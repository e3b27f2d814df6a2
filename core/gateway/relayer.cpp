// SPDX-License-Identifier: MIT
#include "gateway/relayer.h"

#include <array>
#include <utility>

#include "base/log.h"
#include "payment/relay_calls.h"

namespace gr::gateway {
namespace {

using http::Awaitable;
using payment::PaymentProblem;
using payment::Uint256;
namespace rpc = payment::rpc;
using Row = RelayDesk::Row;

PaymentProblem unavailable(std::string why) {
    return {503, "settlement_unavailable", std::move(why)};
}

// What nodes said of the moment.
struct Moment {
    rpc::Answer run;  // eth_estimateGas
    payment::RelayFees fees;
    Uint256 balance;
    std::uint64_t counted = 0;
};

std::optional<Moment> momentIn(const ChainAnswers& answers) {
    const auto fees = payment::feesIn(answers[1], answers[2]);
    const auto balance = rpc::quantityIn(answers[3]);
    const auto counted = rpc::countIn(answers[4]);
    const bool ran = rpc::countIn(answers[0]) || payment::isRevert(answers[0]);
    if (!fees || !balance || !counted || !ran)
        return std::nullopt;
    return Moment{answers[0], *fees, *balance, *counted};
}

std::string tooDear(Money cost, Money most) {
    return "Bringing a payment to the chain would cost up to $" + cost.toDecimal() +
           " of gas now, which is more than $" + most.toDecimal() +
           " (sell.settle.self.gas_per_settlement_usd).";
}

std::string noCoin(const SaleEntry& sale, payment::ChainId id) {
    const payment::Network& network = sale.find(id)->network;
    return "The relayer " + sale.relayer->address().toHex() + " has too little " +
           (network.coin.empty() ? std::string("coin") : network.coin) + " on " + network.name +
           " to pay for gas; send it some.";
}

}  // namespace

Awaitable<Relayer::Expected<Relayer::Plan>> Relayer::plan(const SaleEntry& sale, ChainPtr chain,
                                                          payment::SaleCall call,
                                                          http::AbortSlot& abort) {
    const payment::Address& from = sale.relayer->address();
    std::vector<rpc::Call> asked{rpc::estimateGas(from, call.to, call.data),
                                 rpc::blockByTag("latest"), rpc::priorityFee(),
                                 rpc::balanceOf(from), rpc::transactionCount(from)};
    const ReadAnswers<Moment> read = &momentIn;
    auto moment = co_await askFirst<Moment>(chain, std::move(asked), read, abort);
    if (!moment)
        co_return tl::unexpected(unavailable(moment.error().message.text));
    if (moment->run.problem) {
        co_return tl::unexpected(PaymentProblem{402,
                                                "invalid_exact_evm_transaction_simulation_failed",
                                                "The payment would fail on the chain."});
    }
    Plan plan;
    plan.transaction.chainId = chain->chain();
    plan.transaction.maxFeePerGas = moment->fees.most;
    plan.transaction.maxPriorityFeePerGas = moment->fees.tip;
    plan.transaction.gasLimit = payment::gasLimitFor(*rpc::countIn(moment->run));
    plan.transaction.to = call.to;
    plan.transaction.data = std::move(call.data);
    plan.counted = static_cast<std::int64_t>(moment->counted);
    const settings::Settlement& terms = sale.terms.settlement;
    const auto cost = payment::gasCost(plan.transaction.gasLimit, moment->fees.most, terms.coinUsd);
    if (!cost || *cost > terms.gasPerSettlement) {
        const Money most = Money::fromPico(INT64_MAX);
        co_return tl::unexpected(unavailable(tooDear(cost.value_or(most), terms.gasPerSettlement)));
    }
    plan.cost = *cost;
    // Others of ours may wait, and fees may have to rise: twice of it must be there.
    const auto need = moment->fees.most.times(2 * plan.transaction.gasLimit);
    if (!need || moment->balance < *need)
        co_return tl::unexpected(unavailable(noCoin(sale, chain->chain())));
    co_return plan;
}

Awaitable<Relayer::Expected<Row>> Relayer::send(const SaleEntry& sale, ChainPtr chain, Plan plan,
                                                std::string purpose, http::AbortSlot& abort) {
    RelayDesk::Order order;
    order.key = sale.relayer;
    order.transaction = std::move(plan.transaction);
    order.counted = plan.counted;
    order.purpose = std::move(purpose);
    order.cost = plan.cost;
    order.perDay = sale.terms.settlement.gasPerDay;
    const auto row = co_await m_desk.prepare(std::move(order), caller(abort));
    if (!row) {
        log::write(LogLevel::Error, "relay.not_signed", {{"why", row.error().message.text}});
        co_return tl::unexpected(unavailable(row.error().message.text));
    }
    co_await broadcast(chain, *row, abort);
    co_return *row;
}

// A node that does not take it is no end: the bytes are durable, and are sent again.
Awaitable<void> Relayer::broadcast(ChainPtr chain, Row row, http::AbortSlot& abort) {
    const auto hash = payment::Bytes32::parse(row.hash).value_or(payment::Bytes32());
    const ReadAnswers<bool> read = [&row,
                                    &hash](const ChainAnswers& answers) -> std::optional<bool> {
        if (payment::isTaken(answers[0], hash))
            return true;
        if (answers[0].problem) {
            log::write(LogLevel::Warning, "relay.not_taken",
                       {{"transaction", row.hash}, {"why", answers[0].problem->message}});
        }
        return std::nullopt;
    };
    std::vector<rpc::Call> asked{rpc::send(row.raw)};
    const auto taken = co_await askFirst<bool>(chain, std::move(asked), read, abort);
    if (taken && row.state == ledger::RelayState::Prepared)
        co_await m_desk.sent(row.sequence, caller(abort));
}

Awaitable<bool> Relayer::tend(const SaleEntry& sale, ChainPtr chain, http::AbortSlot& abort) {
    if (!sale.relayer)
        co_return false;
    const auto rows = co_await m_desk.pending(caller(abort));
    if (!rows) {
        log::write(LogLevel::Error, "relay.not_looked_up", {{"why", rows.error().message.text}});
        co_return true;
    }
    const std::string relayer = sale.relayer->address().toHex();
    bool waiting = false;
    for (const Row& row : *rows) {
        const bool here = row.chainId == static_cast<std::int64_t>(chain->chain());
        if (!here || row.relayer != relayer || abort.fired())
            continue;
        waiting = true;
        co_await tendOne(sale, chain, row, abort);
    }
    co_return waiting;
}

Awaitable<void> Relayer::tendOne(const SaleEntry& sale, ChainPtr chain, Row row,
                                 http::AbortSlot& abort) {
    const bool over = co_await bookMined(chain, row, abort);
    if (over || abort.fired())
        co_return;
    const Milliseconds age(m_clock.now().value - row.createdAt.value);
    if (age >= m_pace.stuck)
        co_await replace(sale, chain, row, abort);
    else if (row.state == ledger::RelayState::Prepared || age >= m_pace.resend)
        co_await broadcast(chain, row, abort);
}

// True when it waits no more. Of those that had its nonce any may have been mined.
Awaitable<bool> Relayer::bookMined(ChainPtr chain, const Row& row, http::AbortSlot& abort) {
    const auto all = co_await m_desk.of(row.purpose, caller(abort));
    if (!all)
        co_return false;
    std::vector<rpc::Call> asked;
    std::vector<std::string> hashes;
    for (const Row& one : *all) {
        const auto hash = payment::Bytes32::parse(one.hash);
        if (hash && one.chainId == row.chainId && one.relayer == row.relayer &&
            one.nonce == row.nonce) {
            hashes.push_back(one.hash);
            asked.push_back(rpc::receipt(*hash));
        }
    }
    const auto relayer = payment::Address::parse(row.relayer);
    asked.push_back(rpc::transactionCount(*relayer, "latest"));
    const auto answers = co_await chain->ask(asked, abort);
    if (!answers)
        co_return false;
    bool readable = true;
    for (std::size_t i = 0; i < hashes.size(); ++i) {
        const auto receipt = rpc::receiptIn((*answers)[i]);
        readable = readable && receipt;
        if (receipt && receipt->mined && receipt->receipt.transaction.toHex() == hashes[i]) {
            const auto block = static_cast<std::int64_t>(receipt->receipt.block);
            const auto booked =
                co_await m_desk.mined(chain->chain(), hashes[i], block, caller(abort));
            co_return booked.has_value();
        }
    }
    const auto count = rpc::countIn(answers->back());
    const Milliseconds age(m_clock.now().value - row.createdAt.value);
    if (readable && count && *count > static_cast<std::uint64_t>(row.nonce) && age >= m_pace.lost) {
        log::write(LogLevel::Error, "relay.nonce_used_by_others",
                   {{"relayer", row.relayer}, {"transaction", row.hash}});
        co_await m_desk.lost(row.sequence, caller(abort));
        co_return true;
    }
    co_return false;
}

Awaitable<void> Relayer::replace(const SaleEntry& sale, ChainPtr chain, Row row,
                                 http::AbortSlot& abort) {
    const auto transaction = payment::readTransaction(row.raw);
    if (!transaction)
        co_return;
    std::vector<rpc::Call> asked{rpc::blockByTag("latest"), rpc::priorityFee()};
    const ReadAnswers<payment::RelayFees> read = [](const ChainAnswers& answers) {
        return payment::feesIn(answers[0], answers[1]);
    };
    const auto now = co_await askFirst<payment::RelayFees>(chain, std::move(asked), read, abort);
    if (!now)
        co_return;
    const payment::RelayFees old{transaction->maxFeePerGas, transaction->maxPriorityFeePerGas};
    const auto fees = payment::raisedFees(old, *now);
    const settings::Settlement& terms = sale.terms.settlement;
    const auto cost =
        fees ? payment::gasCost(transaction->gasLimit, fees->most, terms.coinUsd) : std::nullopt;
    if (!cost || *cost > terms.gasPerSettlement) {
        log::write(LogLevel::Warning, "relay.stuck",
                   {{"transaction", row.hash}, {"why", "higher fees would be too dear"}});
        co_await broadcast(chain, std::move(row), abort);
        co_return;
    }
    RelayDesk::Order order;
    order.key = sale.relayer;
    order.transaction = *transaction;
    order.transaction.maxFeePerGas = fees->most;
    order.transaction.maxPriorityFeePerGas = fees->tip;
    order.cost = *cost;
    const auto made = co_await m_desk.replace(std::move(row), std::move(order), caller(abort));
    if (made && *made)
        co_await broadcast(chain, **made, abort);
}

Awaitable<Result<std::optional<Row>>> Relayer::last(std::string purpose, http::AbortSlot& abort) {
    auto all = co_await m_desk.of(std::move(purpose), caller(abort));
    if (!all)
        co_return fail(std::move(all.error()));
    std::optional<Row> last;
    if (!all->empty())
        last = std::move(all->back());
    co_return last;
}

Awaitable<void> Relayer::missed(payment::ChainId chain, std::string hash, http::AbortSlot& abort) {
    co_await m_desk.unmined(chain, std::move(hash), caller(abort));
}

}  // namespace gr::gateway
