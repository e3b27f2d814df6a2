// SPDX-License-Identifier: MIT
#include "gateway/purchase_watch.h"

#include <algorithm>

#include "base/log.h"
#include "payment/settlement_search.h"

namespace gr::gateway {
namespace {

using http::Awaitable;

constexpr Milliseconds kBetween{15'000};
constexpr Milliseconds kBetweenSearches{300'000};
constexpr Milliseconds kAgain{600'000};  // what was released is final by then anywhere
constexpr Milliseconds kSettle{300};     // what was noted is on the disk by then

void keepOnly(std::map<std::string, SteadyTime>& times, std::span<const ledger::Purchase> rows) {
    std::erase_if(times, [rows](const auto& entry) {
        return std::none_of(rows.begin(), rows.end(), [&entry](const ledger::Purchase& row) {
            return row.id == entry.first;
        });
    });
}

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
    std::optional<Milliseconds> wait = kBetween;  // for what is left from before the start
    while (!m_abort.fired()) {
        if (!m_desk.takeNews()) {
            const SteadyTime next = wait ? m_clock.steady() + *wait : SteadyTime::max();
            co_await m_wakeup.wait(m_abort, next);
        }
        if (!m_abort.fired())
            co_await m_wakeup.pause(m_abort, kSettle);
        if (!m_abort.fired())
            wait = co_await lookUpAll();
    }
    m_desk.onNews({});
}

Awaitable<std::optional<Milliseconds>> PurchaseWatch::lookUpAll() {
    const WalletPtr wallet = m_desk.wallet();
    const bool sees = wallet && wallet->payer &&
                      std::any_of(wallet->chains.begin(), wallet->chains.end(),
                                  [](const WalletChain& place) { return !place.rpc.empty(); });
    if (!sees)  // another wallet is news
        co_return std::nullopt;
    const PurchaseDesk::Caller caller{m_io, m_abort};
    auto rows = co_await m_desk.unresolved(caller);
    if (!rows)
        co_return kBetween;
    keepOnly(m_searchNext, *rows);
    keepOnly(m_againNext, *rows);
    const bool any = !rows->empty();
    std::erase_if(*rows, [this](const ledger::Purchase& row) { return !isDue(row); });
    const bool open = std::any_of(rows->begin(), rows->end(), [](const ledger::Purchase& row) {
        return row.state != ledger::PurchaseState::Released;
    });
    for (const WalletChain& place : wallet->chains) {
        if (!place.rpc.empty())
            co_await lookUpOn(place, *wallet->payer, *rows);
    }
    co_return any ? std::optional(open ? kBetween : kAgain) : std::nullopt;
}

// Released ones when they are kAgain old, and then whenever they are twice as old as the last time.
bool PurchaseWatch::isDue(const ledger::Purchase& purchase) {
    if (purchase.state != ledger::PurchaseState::Released)
        return true;
    const Milliseconds age(
        std::max<std::int64_t>(m_clock.now().value - purchase.updatedAt.value, 0));
    const auto [next, first] =
        m_againNext.try_emplace(purchase.id, m_clock.steady() + std::max(kAgain - age, {}));
    if (m_clock.steady() < next->second)
        return false;
    next->second = m_clock.steady() + std::max(kAgain, age);
    return true;
}

Awaitable<void> PurchaseWatch::lookUpOn(const WalletChain& place, const payment::Address& payer,
                                        std::span<const ledger::Purchase> rows) {
    payment::ChainClient chain(m_client, m_deadlines, place.id, place.rpc);
    for (const ledger::Purchase& purchase : rows) {
        if (purchase.chainId != static_cast<std::int64_t>(place.id) || m_abort.fired())
            continue;
        const auto fate = co_await lookUp(chain, purchase, payer);
        if (fate)
            m_desk.learn(purchase, *fate);
    }
}

Awaitable<std::optional<payment::Fate>> PurchaseWatch::lookUp(payment::ChainClient& chain,
                                                              const ledger::Purchase& purchase,
                                                              const payment::Address& payer) {
    const auto question = payment::askFate(purchase, payer);
    if (!question)
        co_return std::nullopt;
    std::vector<payment::rpc::Call> calls = question->calls;
    calls.push_back(payment::rpc::blockByTag("latest"));  // our clock beside the chain's
    auto answers = co_await chain.ask(calls, m_abort);
    if (!answers) {
        log::write(LogLevel::Debug, "payment.not_looked_up",
                   {{"id", purchase.id}, {"why", answers.error().message.text}});
        co_return std::nullopt;
    }
    const WalletPtr wallet = m_desk.wallet();
    const auto latest = payment::rpc::blockIn(answers->back());
    if (wallet && latest)
        m_desk.checks().sawBlock(*wallet, chain.chain(), *latest);
    answers->pop_back();
    auto fate = payment::readFate(purchase, payer, *question, *answers, m_clock.now());
    if (fate || purchase.state == ledger::PurchaseState::Settled ||
        !payment::isUsed(purchase, *answers))
        co_return fate;
    ledger::Purchase found = purchase;
    found.transaction = co_await search(chain, purchase, payer);
    const auto again = payment::askFate(found, payer);
    if (found.transaction.empty() || !again)
        co_return std::nullopt;
    const auto proof = co_await chain.ask(again->calls, m_abort);
    if (!proof)
        co_return std::nullopt;
    co_return payment::readFate(found, payer, *again, *proof, m_clock.now());
}

// The transaction that took the payment; empty: none was found.
Awaitable<std::string> PurchaseWatch::search(payment::ChainClient& chain,
                                             const ledger::Purchase& purchase,
                                             const payment::Address& payer) {
    SteadyTime& next = m_searchNext[purchase.id];
    if (m_clock.steady() < next)
        co_return std::string();
    next = m_clock.steady() + kBetweenSearches;
    auto search = payment::SettlementSearch::forPurchase(purchase, payer);
    while (search && !m_abort.fired()) {
        const std::vector<payment::rpc::Call> calls = search->ask();
        if (calls.empty())
            break;
        const auto answers = co_await chain.ask(calls, m_abort);
        if (!answers)
            break;
        search->take(*answers);
    }
    const bool found = search && search->transaction();
    log::write(LogLevel::Info, "payment.searched",
               {{"id", purchase.id}, {"found", found ? search->transaction()->toHex() : ""}});
    co_return found ? search->transaction()->toHex() : std::string();
}

}  // namespace gr::gateway
