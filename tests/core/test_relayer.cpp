// SPDX-License-Identifier: MIT
// Payments that this gateway brings to the chain itself.
#include <QtTest>

#include "support/mempool.h"

using namespace gr;
using namespace gr::test;
using Settlement = gateway::Cashier::Settlement;
using Kind = Settlement::Kind;
using ledger::RelayState;

namespace {

struct Rig : CashierWorld {
    Mempool node{*this};

    Rig() {
        sale.facilitator.reset();
        sale.relayer = std::make_shared<payment::SigningKey>(payment::EvmKey::random());
        sale.chains[0].network.coin = "PLAY";
        sale.terms.settlement.coinUsd = *Money::parse("100");
        for (const char* server : {"/rpc/a", "/rpc/b"})
            servers[server] = [this](std::string_view body) { return node.answer(body); };
    }
    std::vector<gateway::RelayDesk::Row> rows(const std::string& purpose = "sale_1") {
        const auto all = road.loop().get(relays.of(purpose, {road.loop().executor(), abort}));
        return all ? *all : std::vector<gateway::RelayDesk::Row>();
    }
    bool tend(gateway::Cashier& by) { return road.loop().get(by.tendRelays(sale, abort)); }
    bool tend() { return tend(cashier); }
};

http::Awaitable<void> settleInto(Rig& rig, const CashierWorld::Payment& made, std::string id,
                                 std::vector<Settlement>& into) {
    const auto asked = rig.paying(made, std::move(id));
    into.push_back(co_await rig.cashier.settle(asked, Milliseconds(5'000), rig.abort));
}

}  // namespace

class TestRelayer final : public QObject {
    Q_OBJECT

  private slots:
    void aPaymentIsBroughtToTheChain() {
        Rig rig;
        const auto made = rig.pay();
        const auto checked = rig.check(made);
        QVERIFY(checked && !checked->problem);
        QVERIFY(rig.rows().empty());  // a check signs nothing
        const auto settlement = rig.settle(made, Milliseconds(5'000));
        QVERIFY(settlement.kind == Kind::Settled);
        QCOMPARE(rig.income(), std::string("10000"));
        const auto& sent = rig.node.mined.at(0);
        QVERIFY(sent.to == rig.chain->token().address && sent.value.isZero());
        QVERIFY(sent.data == payment::settlementCall(made.received.paid, made.offer, 10'000).data);
        QCOMPARE(sent.maxFeePerGas.toDecimal(), std::string("2001000000"));
        QCOMPARE(sent.maxPriorityFeePerGas.toDecimal(), std::string("1000000"));
        QCOMPARE(sent.gasLimit, std::uint64_t(123'394));  // a fifth more than the estimate
        rig.tend();
        const auto rows = rig.rows();
        QCOMPARE(rows.size(), std::size_t(1));
        QVERIFY(rows[0].state == RelayState::Mined);
        QCOMPARE(rows[0].hash, settlement.transaction);
        QCOMPARE(rows[0].cost.toDecimal(), std::string("0.0246911394"));
        QVERIFY(!rig.tend());
    }

    void manyAtOnceHaveOneNonceEach() {
        Rig rig;
        std::vector<CashierWorld::Payment> payments;
        for (int i = 0; i < 6; ++i)
            payments.push_back(rig.pay(100));
        std::vector<Settlement> settled;
        for (std::size_t i = 0; i < payments.size(); ++i) {
            rig.road.loop().start(
                settleInto(rig, payments[i], "sale_" + std::to_string(i), settled));
        }
        rig.road.loop().runUntil([&settled] { return settled.size() == 6; });
        for (const Settlement& one : settled)
            QVERIFY(one.kind == Kind::Settled);
        QCOMPARE(rig.node.mined.size(), std::size_t(6));
        for (std::size_t i = 0; i < 6; ++i)
            QCOMPARE(rig.node.mined[i].nonce, i);
        QCOMPARE(rig.income(), std::string("600"));
    }

    // Fees rose: others with its nonce take its place until one is taken.
    void whatIsStuckIsReplaced() {
        Rig rig;
        rig.node.least = 2'700'000'000;
        const auto made = rig.pay();
        const auto settlement = rig.settle(made);
        QVERIFY(settlement.kind == Kind::Unknown);
        QCOMPARE(settlement.problem->status, 503);
        QCOMPARE(rig.rows().at(0).hash, settlement.transaction);
        QVERIFY(rig.tend());
        QCOMPARE(rig.rows().size(), std::size_t(1));  // it is given time
        std::size_t looks = 0;
        while (rig.node.mined.empty() && ++looks < 10) {
            rig.clock.ahead += Milliseconds(16'000);
            QVERIFY(rig.tend());
        }
        const auto rows = rig.rows();
        QCOMPARE(rows.size(), std::size_t(4));
        for (std::size_t i = 1; i < rows.size(); ++i) {
            QCOMPARE(rows[i].nonce, 0);
            QVERIFY(std::stoull(rows[i].maxFee) * 8 >= std::stoull(rows[i - 1].maxFee) * 9);
            QVERIFY(rows[i - 1].state == RelayState::Replaced);
        }
        rig.tend();
        QVERIFY(rig.rows().back().state == RelayState::Mined);
        const auto fate = rig.lookUp(rig.row(made));
        QVERIFY(fate && fate->kind == payment::SaleFate::Kind::Settled);
        QCOMPARE(fate->transaction, rows.back().hash);
        QCOMPARE(rig.income(), std::string("10000"));
    }

    // The one before was mined while another had taken its place in the book.
    void theOneThatWasMinedCounts() {
        Rig rig;
        rig.node.least = 2'700'000'000;
        rig.settle(rig.pay());
        rig.node.refuses = true;
        rig.clock.ahead += Milliseconds(31'000);
        QVERIFY(rig.tend());
        QCOMPARE(rig.rows().size(), std::size_t(2));
        rig.node.least = 0;
        rig.node.mine();
        rig.tend();
        const auto rows = rig.rows();
        QVERIFY(rows[0].state == RelayState::Mined && rows[1].state == RelayState::Replaced);
        QVERIFY(!rig.tend());
    }

    // Nothing of it is kept in memory: the next process goes on.
    void whatWasSignedLeavesAfterARestart() {
        Rig rig;
        rig.node.refuses = true;
        const auto made = rig.pay();
        QVERIFY(rig.settle(made).kind == Kind::Unknown);
        QVERIFY(rig.rows().at(0).state == RelayState::Prepared);
        QVERIFY(rig.node.sent.empty());
        rig.node.refuses = false;
        gateway::RelayDesk desk(rig.folder.location(), rig.clock);
        gateway::Cashier next = rig.newCashier(desk);
        QVERIFY(rig.tend(next));
        QCOMPARE(rig.node.sent.size(), std::size_t(1));
        QCOMPARE(*rig.node.sent.begin(), rig.rows().at(0).raw);
        QCOMPARE(rig.income(), std::string("10000"));
    }

    void oneTransactionOfASaleIsOnItsWay() {
        Rig rig;
        rig.node.least = 2'700'000'000;
        const auto made = rig.pay();
        QVERIFY(rig.settle(made).kind == Kind::Unknown);
        QVERIFY(rig.settle(made).kind == Kind::Unknown);
        QCOMPARE(rig.rows().size(), std::size_t(1));
        rig.node.least = 0;
        rig.node.mine();
        QVERIFY(rig.settle(made).kind == Kind::Settled);
        QCOMPARE(rig.rows().size(), std::size_t(1));
    }

    void whatCannotBePaidForIsNotBegun_data() {
        QTest::addColumn<QString>("words");
        QTest::newRow("dear") << "gas_per_settlement_usd";
        QTest::newRow("poor") << "has too little PLAY on Play to pay for gas";
        QTest::newRow("silent") << "gave no answer";
    }
    void whatCannotBePaidForIsNotBegun() {
        QFETCH(QString, words);
        Rig rig;
        const std::string_view name = QTest::currentDataTag();
        if (name == "dear")
            rig.node.baseFee *= 10;
        if (name == "poor")
            rig.node.balance = 1'000'000;
        if (name == "silent") {
            for (auto& [path, server] : rig.servers)
                server = [](std::string_view) { return CashierWorld::json("", 500); };
        }
        const auto made = rig.pay();
        const auto checked = rig.check(made);
        QVERIFY(!checked && checked.error().code == ErrorCode::Unreachable);
        QVERIFY(checked.error().message.text.find(words.toStdString()) != std::string::npos);
        const auto settlement = rig.settle(made);
        QVERIFY(settlement.kind == Kind::Refused);
        QCOMPARE(settlement.problem->status, 503);
        QVERIFY(rig.rows().empty() && rig.node.sent.empty());
    }

    // Its key may be the wallet's, which a person locked.
    void withoutItsKeyNothingIsBegun() {
        Rig rig;
        rig.sale.relayer->drop();
        const auto settlement = rig.settle(rig.pay());
        QVERIFY(settlement.kind == Kind::Refused);
        QCOMPARE(settlement.problem->status, 503);
        QVERIFY(rig.rows().empty() && rig.node.sent.empty());
    }

    void theGasOfADayIsBounded() {
        Rig rig;
        rig.sale.terms.settlement.gasPerDay = *Money::parse("0.03");
        QVERIFY(rig.settle(rig.pay(), Milliseconds(5'000), "sale_1").kind == Kind::Settled);
        const auto second = rig.settle(rig.pay(), Milliseconds(5'000), "sale_2");
        QVERIFY(second.kind == Kind::Refused && second.problem->status == 503);
        QVERIFY(second.problem->message.find("gas_per_day_usd") != std::string::npos);
        QVERIFY(rig.rows("sale_2").empty());
        rig.clock.ahead = Milliseconds(25 * 3'600'000);
        QVERIFY(rig.settle(rig.pay(), Milliseconds(5'000), "sale_3").kind == Kind::Settled);
    }

    // The payer empties the account in between.
    void whatFailsOnTheChainIsRefused() {
        Rig rig;
        rig.node.least = 2'700'000'000;
        const auto made = rig.pay(6'000'000);
        const auto other = rig.pay(6'000'000);
        QVERIFY(rig.settle(made).kind == Kind::Unknown);
        rig.bring(other);
        rig.node.least = 0;
        rig.node.mine();
        const auto settlement = rig.settle(made);
        QVERIFY(settlement.kind == Kind::Refused);
        QCOMPARE(settlement.problem->status, 402);
        rig.tend();
        QVERIFY(rig.rows().at(0).state == RelayState::Mined);  // it did nothing, but is over
        // What would fail is not sent at all.
        const auto late = rig.settle(made, Milliseconds(400), "sale_2");
        QVERIFY(late.kind == Kind::Refused && late.problem->status == 402);
        QVERIFY(rig.rows("sale_2").empty());
    }

    void aNonceThatOthersUsedIsGivenUp() {
        Rig rig;
        rig.node.refuses = true;
        QVERIFY(rig.settle(rig.pay()).kind == Kind::Unknown);
        rig.node.useNonce();
        rig.clock.ahead = Milliseconds(60'000);
        QVERIFY(rig.tend());
        rig.clock.ahead += Milliseconds(601'000);
        QVERIFY(rig.tend());
        QVERIFY(!rig.tend());
        rig.node.refuses = false;
        QVERIFY(rig.settle(rig.pay(), Milliseconds(5'000), "sale_2").kind == Kind::Settled);
    }

    // Its block is gone: it waits again, and is sent again.
    void whatTheChainLostIsSentAgain() {
        Rig rig;
        const auto made = rig.pay();
        const auto settlement = rig.settle(made, Milliseconds(5'000));
        QVERIFY(settlement.kind == Kind::Settled);
        rig.tend();
        QVERIFY(rig.rows().at(0).state == RelayState::Mined);
        ledger::Sale row = rig.row(made);
        row.transaction = settlement.transaction;
        row.block = settlement.block;
        row.state = ledger::SaleState::Served;
        row.paidAt = rig.clock.now();
        // Another chain of that height, where nothing was paid.
        rig.chain = std::make_unique<sandbox::PlayChain>(rig.clock);
        QVERIFY(rig.chain->fill(rig.payer.address()));
        while (static_cast<std::int64_t>(rig.chain->head().number) < row.block)
            rig.clock.ahead += Milliseconds(2'000);
        rig.node = Mempool(rig);
        const auto fate = rig.lookUp(row);
        QVERIFY(fate && fate->kind == payment::SaleFate::Kind::Reorged);
        QVERIFY(rig.rows().at(0).state == RelayState::Broadcast);
        rig.clock.ahead += Milliseconds(6'000);
        QVERIFY(rig.tend());
        QCOMPARE(rig.income(), std::string("10000"));
        rig.tend();
        QVERIFY(rig.rows().at(0).state == RelayState::Mined);
    }
};

QTEST_GUILESS_MAIN(TestRelayer)
#include "test_relayer.moc"
