// SPDX-License-Identifier: MIT
// What is looked up on a chain, when, and what is booked of it: with real books and a made-up node.
#include <QtTest>

#include "gateway/purchase_watch.h"
#include "payment/contracts.h"
#include "support/fake_node.h"
#include "support/purchase_world.h"

using namespace gr;
using gr::test::FakeNode;
using gr::test::hexWord;
using gr::test::Loopback;
using gr::test::usd;
using gr::test::World;
using ledger::PurchaseState;

namespace {

// The desk's clock, and timers that go with it.
class WatchClock final : public Clock {
  public:
    explicit WatchClock(const Clock& wall) : m_wall(wall) {}
    UnixMs now() const override { return m_wall.now(); }
    SteadyTime steady() const override { return SystemClock().steady() + passed; }
    Milliseconds passed{0};

  private:
    const Clock& m_wall;
};

std::string log(const std::string& token, const std::string& topics, const std::string& data) {
    return R"({"address":")" + token + R"(","topics":[)" + topics + R"(],"data":")" + data +
           R"(","transactionHash":")" + hexWord("aa") + R"(","blockNumber":"0x10"})";
}

struct Watched {
    Watched() {
        world.wallet->chains.front().rpc = {net.url("/")};
        world.apply();
        step(0);
        net.loop().start(watch.run());
    }
    ~Watched() {
        watch.stop();
        net.loop().runUntil([this] { return done(); });
    }
    bool done() {
        // The watch leaves its place at the desk when it ends.
        net.loop().io().poll();
        return true;
    }

    // So much time goes by, and the chain goes on.
    void step(std::int64_t seconds) {
        world.clock.pass(std::chrono::seconds(seconds));
        clock.passed += std::chrono::seconds(seconds);
        node.latest = node.finalized = world.clock.now().value / 1'000;
    }

    // Somebody gives the watch a push, and it looks until the books say so.
    ledger::Purchase lookUntil(PurchaseState state) {
        world.apply();
        net.loop().runUntil([&] {
            net.loop().io().poll();
            return world.rows().front().state == state;
        });
        return world.rows().front();
    }
    // What the watch does when it has nothing to ask: it comes to rest.
    int questionsOfAPush() {
        const int before = node.asked;
        world.apply();
        const auto until = SystemClock().steady() + Milliseconds(700);
        net.loop().runUntil([&] {
            net.loop().io().poll();
            return SystemClock().steady() > until;
        });
        return node.asked - before;
    }

    // The payment was taken in a transaction after all.
    void take(const ledger::Purchase& row) {
        const std::string payer = hexWord(world.wallet->payer->toHex().substr(2));
        const std::string use = log(row.token,
                                    "\"" + payment::authorizationUsedTopic().toHex() + "\",\"" +
                                        payer + "\",\"" + row.nonce + "\"",
                                    "0x");
        const std::string transfer = log(row.token,
                                         "\"" + payment::transferTopic().toHex() + "\",\"" + payer +
                                             "\",\"" + hexWord(row.payee.substr(2)) + "\"",
                                         hexWord("2710"));
        node.used = true;
        node.logs = "[" + use + "]";
        node.receipt = R"({"status":"0x1","transactionHash":")" + hexWord("aa") +
                       R"(","blockNumber":"0x10","blockHash":")" + hexWord("bb") + R"(","logs":[)" +
                       use + "," + transfer + "]}";
    }

    World world;
    FakeNode node;
    Loopback net{node.handler()};
    WatchClock clock{world.clock};
    gateway::PurchaseWatch watch{world.desk(), net.client(), net.deadlines(), clock,
                                 net.loop().executor()};
};

}  // namespace

class TestPurchaseWatch final : public QObject {
    Q_OBJECT

  private slots:
    // A chain may take back what it called final, and a server may tell lies.
    void whatWasReleasedIsLookedAtAgain() {
        Watched watched;
        World& world = watched.world;
        const auto paid = world.pay();
        QVERIFY(gr::test::went(paid));
        watched.step(61);
        const ledger::Purchase released = watched.lookUntil(PurchaseState::Released);
        auto book = ledger::PurchaseBook::open(world.folder.location());
        QCOMPARE((*book)->sums()->day.pico(), 0);
        // Not at once: the chain has just told it.
        watched.take(released);
        QCOMPARE(watched.questionsOfAPush(), 0);
        QVERIFY(world.rows().front().state == PurchaseState::Released);
        watched.step(601);
        const ledger::Purchase taken = watched.lookUntil(PurchaseState::Settled);
        QCOMPARE(taken.transaction, hexWord("aa"));
        QVERIFY(!taken.open && !taken.delivered);
        book = ledger::PurchaseBook::open(world.folder.location());
        QCOMPARE((*book)->sums()->day.pico(), usd("0.01").pico());
    }

    // Not each time that something else is looked up.
    void looksLessAndLessOften() {
        Watched watched;
        World& world = watched.world;
        QVERIFY(gr::test::went(world.pay()));
        watched.step(61);
        watched.lookUntil(PurchaseState::Released);
        // Ten minutes later, and then whenever it is twice as old as the last time.
        const std::pair<int, bool> steps[] = {{5, false}, {10, true},  {10, false},
                                              {10, true}, {20, false}, {20, true}};
        for (const auto& [minutes, looks] : steps) {
            watched.step(minutes * 60);
            QCOMPARE(watched.questionsOfAPush() > 0, looks);
        }
    }

    // The same look tells whether our clock is the chain's.
    void theClockIsComparedByTheWay() {
        Watched watched;
        World& world = watched.world;
        QVERIFY(gr::test::went(world.pay()));
        watched.node.latest += 86'400;
        watched.questionsOfAPush();
        QVERIFY(world.desk().checks().clockProblem().find("behind Base Sepolia") !=
                std::string::npos);
        watched.node.latest -= 86'400;
        watched.questionsOfAPush();
        QVERIFY(world.desk().checks().clockProblem().empty());
    }
};

QTEST_APPLESS_MAIN(TestPurchaseWatch)
#include "test_purchase_watch.moc"
