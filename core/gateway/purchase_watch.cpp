// SPDX-License-Identifier: MIT
#include "gateway/purchase_watch.h"

#include "base/log.h"
#include "payment/chain_client.h"

namespace gr::gateway {
namespace {

using http::Awaitable;

constexpr Milliseconds kBetween{15'000};
constexpr Milliseconds kSettle{300};  // what was noted is on the disk by then

}  // namespace

PurchaseWatch::PurchaseWatch(PurchaseDesk& desk, http::Client& client, http::Deadlines& deadlines,
                             const Clock& clock, http::Executor io)
    : m_desk(desk),
      m_client(client),
      m_deadlines(deadlines),
      m_clock(clock),
      m_io(io),
      m_wakeup(std::move(io)) {}

void PurchaseWatch::stop() {
    m_abort.fire();
}

Awaitable<void> PurchaseWatch::run() {
    m_desk.onNews(m_wakeup.caller());
    bool open = true;  // from before the start, perhaps
    while (!m_abort.fired()) {
        if (!m_desk.takeNews()) {
            const SteadyTime next = open ? m_clock.steady() + kBetween : SteadyTime::max();
            co_await m_wakeup.wait(m_abort, next);
        }
        if (!m_abort.fired())
            co_await m_wakeup.pause(m_abort, kSettle);
        if (!m_abort.fired())
            open = co_await lookUpAll();
    }
    m_desk.onNews({});
}

Awaitable<bool> PurchaseWatch::lookUpAll() {
    const WalletPtr wallet = m_desk.wallet();
    if (!wallet || !wallet->key)
        co_return false;
    const PurchaseDesk::Caller caller{m_io, m_abort};
    const auto rows = co_await m_desk.unresolved(caller);
    if (!rows)
        co_return true;
    for (const WalletChain& place : wallet->chains) {
        if (!place.rpc.empty())
            co_await lookUpOn(place, wallet->key->address(), *rows);
    }
    co_return !rows->empty();
}

Awaitable<void> PurchaseWatch::lookUpOn(const WalletChain& place, const payment::Address& payer,
                                        std::span<const ledger::Purchase> rows) {
    payment::ChainClient chain(m_client, m_deadlines, place.id, place.rpc);
    for (const ledger::Purchase& purchase : rows) {
        const bool here = purchase.chainId == static_cast<std::int64_t>(place.id);
        const auto question = here ? payment::askFate(purchase, payer) : std::nullopt;
        if (!question || m_abort.fired())
            continue;
        const auto answers = co_await chain.ask(question->calls, m_abort);
        if (!answers) {
            log::write(LogLevel::Debug, "payment.not_looked_up",
                       {{"id", purchase.id}, {"why", answers.error().message.text}});
            co_return;
        }
        const auto fate = payment::readFate(purchase, payer, *question, *answers, m_clock.now());
        if (fate)
            m_desk.learn(purchase, *fate);
    }
}

}  // namespace gr::gateway
