// SPDX-License-Identifier: MIT
#pragma once

#include <QtTest>
#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "base/text.h"
#include "gateway/purchase_desk.h"
#include "support/io_loop.h"
#include "support/ledger_fixture.h"

// A wallet, its desk over real books, a client's questions, and a person.
namespace gr::test {

using gateway::PurchaseAsk;
using gateway::PurchaseDesk;
using gateway::ReadyPayment;

class SetClock final : public Clock {
  public:
    UnixMs now() const override { return UnixMs{m_ahead + SystemClock().now().value}; }
    SteadyTime steady() const override { return SystemClock().steady(); }
    void pass(std::chrono::seconds time) { m_ahead += Milliseconds(time).count(); }

  private:
    std::atomic<std::int64_t> m_ahead = 0;
};

inline constexpr payment::ChainId kBaseSepolia = 84532;

inline Money usd(const char* text) {
    return *Money::parse(text);
}

// A cent of USDC on Base Sepolia, unless said otherwise.
inline payment::Terms terms(const char* amount = "10000",
                            const char* payTo = "0x209693bc6afc0c5328ba36faf03c514ef312287c") {
    payment::Terms all;
    payment::Offer offer;
    offer.chain = kBaseSepolia;
    offer.network = "eip155:84532";
    offer.amount = *payment::Uint256::parse(amount);
    offer.asset = *payment::Address::parse("0x036cbd53842c5426634e7929541ec2318f3dcf7e");
    offer.payTo = *payment::Address::parse(payTo);
    offer.payToText = payTo;
    offer.maxTimeoutSeconds = 60;
    offer.domain = payment::TokenDomain{"USDC", "2"};
    offer.json = "{}";
    all.offers.push_back(offer);
    return all;
}

// A wallet, its desk over real books, and a client's questions.
class World final {
  public:
    World() {
        m_ledger = folder.ledger();
        wallet->key = std::make_shared<payment::SigningKey>(payment::EvmKey::random());
        wallet->payer = wallet->key->address();
        wallet->networks = payment::NetworkList::embedded();
        wallet->chains.push_back({kBaseSepolia, {}});
        wallet->policy.newPayee = payment::NewPayee::WithinLimits;
        ask = {"tools",          "req_1",        "https://seller.example:443",
               "seller.example", sha256("body"), {}};
        restart();
    }

    void restart() {
        m_desk.reset();
        m_desk = std::make_unique<PurchaseDesk>(folder.location(), folder.path() / "paused", clock,
                                                m_patience);
        apply();
    }
    void apply() { m_desk->apply(std::make_shared<gateway::WalletEntry>(*wallet)); }
    PurchaseDesk& desk() { return *m_desk; }
    IoLoop& loop() { return m_loop; }

    Result<ReadyPayment> pay(const payment::Terms& asked = terms(),
                             std::optional<Money> bound = usd("0.02")) {
        auto chosen = desk().choose(ask.host, asked, bound);
        if (!chosen)
            return fail(chosen.error());
        return m_loop.get(desk().pay(ask, {asked, *chosen, bound}, caller()));
    }
    std::optional<ReadyPayment> open() {
        auto found = m_loop.get(desk().openPayment(ask, caller()));
        return found ? *found : std::nullopt;
    }
    std::string why(const payment::Terms& asked = terms(),
                    std::optional<Money> bound = usd("0.02")) {
        const auto paid = pay(asked, bound);
        return paid ? "paid"
                    : std::string(errorInfo(paid.error().code).slug) + ": " +
                          paid.error().message.text;
    }
    PurchaseDesk::Deal deal() {
        const auto bound = usd("0.02");
        return {terms(), *desk().choose(ask.host, terms(), bound), bound};
    }
    PurchaseDesk::Caller caller() { return {m_loop.executor(), m_abort}; }
    void hangUp() { m_abort.fire(); }
    void wait(Milliseconds patience) {
        m_patience = patience;
        restart();
    }
    // Asks for a payment that a person has to answer.
    void startHeld(std::optional<Result<ReadyPayment>>& out) {
        m_loop.start(
            [](World& w, std::optional<Result<ReadyPayment>>& to) -> http::Awaitable<void> {
                auto deal = w.deal();
                const auto caller = w.caller();
                to = co_await w.desk().pay(w.ask, std::move(deal), caller);
            }(*this, out));
        m_loop.runUntil([this] { return !desk().held().empty(); });
    }

    std::vector<ledger::Purchase> rows() {
        m_desk->drain();
        const auto book = ledger::PurchaseBook::open(folder.location());
        return (*book)->page({}, 0, 100).value();
    }

    // What the client and the seller say of it, and what the chain does.
    void note(const ReadyPayment& paid, const char* transaction = "0x12") {
        gateway::PaidOutcome outcome;
        outcome.answered = outcome.settled = true;
        outcome.transaction = transaction;
        m_desk->note(paid, outcome);
    }
    ledger::Purchase learn(ledger::PurchaseState state, const char* transaction = "") {
        m_desk->learn(rows().front(), {state, transaction});
        return rows().front();
    }

    LedgerFolder folder;
    SetClock clock;
    std::shared_ptr<gateway::WalletEntry> wallet = std::make_shared<gateway::WalletEntry>();
    PurchaseAsk ask;

  private:
    std::unique_ptr<ledger::Ledger> m_ledger;
    IoLoop m_loop;
    http::AbortSlot m_abort;
    Milliseconds m_patience{0};
    std::unique_ptr<PurchaseDesk> m_desk;
};

// Answers the payment that waits, as soon as one does.
class Person final {
  public:
    Person(World& world, bool allows, Money alwaysUpTo = {})
        : m_thread([&world, allows, alwaysUpTo] {
              std::vector<gateway::HeldPayment> held;
              while (held.empty()) {
                  std::this_thread::yield();
                  held = world.desk().held();
              }
              const std::string& id = held.front().purchase.id;
              const auto said =
                  allows ? world.desk().approve(id, "window", alwaysUpTo) : world.desk().deny(id);
              if (!said)
                  qFatal("%s", said.error().message.text.c_str());
          }) {}

  private:
    std::jthread m_thread;
};

}  // namespace gr::test
