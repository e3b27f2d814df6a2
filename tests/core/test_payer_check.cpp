// SPDX-License-Identifier: MIT
// What a chain is asked before anything is signed on it: the token, the balance and the time.
#include <QtTest>

#include "gateway/payer_check.h"
#include "payment/chain_clock.h"
#include "payment/eip712.h"
#include "support/fake_node.h"
#include "support/purchase_world.h"

using namespace gr;
using gateway::PayerCheck;
using gr::test::FakeNode;
using gr::test::Loopback;
using payment::Uint256;

namespace {

constexpr std::int64_t kNow = 1'795'003'200;  // seconds

class MovedClock final : public Clock {
  public:
    UnixMs now() const override { return {kNow * 1'000 + wrong.count()}; }
    SteadyTime steady() const override { return SteadyTime(passed); }
    Milliseconds passed{0};
    Milliseconds wrong{0};
};

// A wallet with a cent's offer, and one or two servers of its chain.
struct Case {
    explicit Case(int servers = 1, bool real = false) {
        list = payment::NetworkList::embedded();
        const payment::ChainId chain = real ? 8453 : 84532;
        const char* address = real ? "0x833589fcd6edb6e08f4c7c32d4f71b54bda02913"
                                   : "0x036cbd53842c5426634e7929541ec2318f3dcf7e";
        chosen.token = *list.token(chain, *payment::Address::parse(address));
        chosen.offer.chain = chain;
        chosen.offer.asset = chosen.token.address;
        chosen.offer.amount = 10'000;
        const auto separator = payment::domainSeparator(
            {chosen.token.domain->name, chosen.token.domain->version, chain, chosen.token.address});
        for (FakeNode* node : {&first, &second}) {
            node->chain = chain;
            node->latest = kNow - 5;
            node->units = 25'000;
            node->separator = separator.toHex();
        }
        auto entry = std::make_shared<gateway::WalletEntry>();
        entry->networks = list;
        entry->payer = payment::Address::parse("0x2c7536e3605d9c16a7a3d7b1898e529396a65c23");
        entry->chains.push_back({chain, {net.url("/first")}});
        if (servers == 2)
            entry->chains.back().rpc.push_back(net.url("/second"));
        wallet = entry;
    }

    // "known N", "not known", or why it is refused.
    std::string ask() {
        http::AbortSlot abort;
        const auto told =
            net.loop().get(check.lookUp(wallet, chosen, net.client(), net.deadlines(), abort));
        if (!told)
            return told.error().message.text;
        return *told ? "known " + (*told)->toDecimal() : "not known";
    }

    FakeNode first;
    FakeNode second;
    Loopback net{[this](const http::RequestHead& head, std::string_view body) {
        return (head.target == "/first" ? first : second).handler()(head, body);
    }};
    MovedClock clock;
    PayerCheck check{clock};
    payment::NetworkList list;
    gateway::WalletPtr wallet;
    payment::ChosenOffer chosen;
};

bool has(const std::string& text, const std::string& part) {
    if (text.find(part) != std::string::npos)
        return true;
    qWarning("\"%s\" does not say \"%s\"", text.c_str(), part.c_str());
    return false;
}

}  // namespace

class TestPayerCheck final : public QObject {
    Q_OBJECT

  private slots:
    void theClockIsComparedWithTheLatestBlock() {
        const auto gap = [](std::int64_t seconds, bool idles = false) {
            payment::rpc::Block block;
            block.time = static_cast<std::uint64_t>(kNow - seconds);
            const auto found = payment::clockGap({kNow * 1'000}, block, idles);
            return found ? found->count() / 1'000 : 0;
        };
        QCOMPARE(gap(0), 0);
        QCOMPARE(gap(600), 0);
        QCOMPARE(gap(601), 601);
        QCOMPARE(gap(-600), 0);
        QCOMPARE(gap(-601), -601);
        // A chain of one's own may stand still, but is never ahead of a clock that is right.
        QCOMPARE(gap(100'000, true), 0);
        QCOMPARE(gap(-601, true), -601);
        payment::rpc::Block absurd;
        absurd.time = UINT64_MAX;
        QVERIFY(payment::clockGap({kNow * 1'000}, absurd, false) < Milliseconds(0));
        const std::string ahead =
            payment::clockWords("Base", Milliseconds(7'500'000), {kNow * 1'000});
        QVERIFY(has(ahead, "clock is 2 h 5 min ahead of Base: it is 2026-11-18T"));
        QVERIFY(
            has(payment::clockWords("Base", -std::chrono::hours(72), {0}), "3 days behind Base"));
    }

    void oneQuestionTellsAll() {
        Case one;
        QCOMPARE(one.ask(), std::string("known 25000"));
        QCOMPARE(one.first.asked, 1);
        // And no other is asked while that counts.
        QCOMPARE(one.ask(), std::string("known 25000"));
        one.clock.passed = PayerCheck::kFresh - Milliseconds(1);
        QCOMPARE(one.ask(), std::string("known 25000"));
        QCOMPARE(one.first.asked, 1);
        one.clock.passed = PayerCheck::kFresh;
        QCOMPARE(one.ask(), std::string("known 25000"));
        QCOMPARE(one.first.asked, 2);
    }

    void whatIsSignedForIsLessToSpend() {
        Case one;
        one.ask();
        one.check.promised(*one.wallet, one.chosen);
        QCOMPARE(one.ask(), std::string("known 15000"));
        one.check.promised(*one.wallet, one.chosen);
        QCOMPARE(one.first.asked, 1);
        // What is too little by our own reckoning is asked of the chain.
        one.first.units = 5'000;
        QCOMPARE(one.ask(), std::string("known 5000"));
        QCOMPARE(one.first.asked, 2);
        // And again: somebody may have sent some.
        one.first.units = 7'000'000;
        QCOMPARE(one.ask(), std::string("known 7000000"));
    }

    void aTokenThatIsAnotherIsRefused() {
        Case one;
        one.first.separator = gr::test::hexWord("1");
        QVERIFY(has(one.ask(), "another EIP-712 domain"));
        QVERIFY(has(one.ask(), "another EIP-712 domain"));  // though its balance is known
    }

    void whoIsAwayHoldsUpNobody() {
        Case one;
        one.first.silent = true;
        QCOMPARE(one.ask(), std::string("not known"));
        QCOMPARE(one.ask(), std::string("not known"));
        QCOMPARE(one.first.asked, 1);
        one.first.silent = false;
        one.clock.passed = PayerCheck::kPause;
        QCOMPARE(one.ask(), std::string("known 25000"));
    }

    void aClockThatIsWrongSignsNothing() {
        Case one(1, true);
        for (const std::chrono::hours wrong : {std::chrono::hours(30), std::chrono::hours(-30)}) {
            one.clock.wrong = wrong;
            const std::string why = one.ask();
            QVERIFY(has(why, "Nothing was paid. This machine's clock is "));
            QVERIFY(has(why, wrong.count() > 0 ? "min ahead of Base: " : "min behind Base: "));
            QCOMPARE(one.check.clockProblem(), one.check.clockProblem(8453));
            QVERIFY(!one.check.clockProblem().empty());
            QVERIFY(one.check.clockProblem(1).empty());
            // Silence does not clear it.
            one.first.silent = true;
            QVERIFY(has(one.ask(), "Nothing was paid."));
            one.first.silent = false;
            one.clock.wrong = Milliseconds(0);
            QCOMPARE(one.ask(), std::string("known 25000"));
            QVERIFY(one.check.clockProblem().empty());
            one.clock.passed += PayerCheck::kFresh;
        }
    }

    void aServerThatStandsStillIsNoClock() {
        Case one(2, true);
        one.first.latest = kNow - 86'400;
        QCOMPARE(one.ask(), std::string("known 25000"));
        QVERIFY(one.check.clockProblem().empty());
        one.second.latest = kNow - 86'400;
        one.clock.passed = PayerCheck::kFresh;
        QVERIFY(has(one.ask(), "Nothing was paid."));
    }

    void blocksSeenElsewhereTellToo() {
        Case one(1, true);
        payment::rpc::Block block;
        block.time = kNow + 86'400;
        one.check.sawBlock(*one.wallet, 8453, block);
        QVERIFY(has(one.check.clockProblem(8453), "24 h 0 min behind Base"));
        block.time = kNow;
        one.check.sawBlock(*one.wallet, 8453, block);
        QVERIFY(one.check.clockProblem(8453).empty());
        // A chain that is named no more has no say.
        block.time = 0;
        one.check.sawBlock(*one.wallet, 8453, block);
        one.check.applied(*one.wallet);
        QVERIFY(!one.check.clockProblem().empty());
        one.check.applied({});
        QVERIFY(one.check.clockProblem().empty());
    }

    // However the desk came to be asked, it signs nothing then.
    void theDeskSignsNothingThen() {
        gr::test::World world;
        payment::rpc::Block block;
        block.time = static_cast<std::uint64_t>(world.clock.now().value / 1'000 + 86'400);
        world.desk().checks().sawBlock(*world.wallet, gr::test::kBaseSepolia, block);
        const std::string why = world.why();
        QVERIFY(has(why, "payment_refused: Nothing was paid. This machine's clock is "));
        QVERIFY(has(why, "min behind Base Sepolia"));
        QVERIFY(world.rows().empty());
        block.time -= 86'400;
        world.desk().checks().sawBlock(*world.wallet, gr::test::kBaseSepolia, block);
        QCOMPARE(world.why(), std::string("paid"));
    }

    void whatIsTooLittleIsToldByItsName() {
        gr::test::World world;
        const payment::Holding little{gr::test::kBaseSepolia,
                                      gr::test::terms().offers.front().asset, Uint256(100)};
        gateway::KnownUnits known;
        known.holdings = {&little, 1};
        const auto refused =
            world.desk().choose("seller.example", gr::test::terms(), gr::test::usd("0.02"), known);
        QVERIFY(!refused);
        QVERIFY(has(refused.error().message.text,
                    "costs 0.01 USDC, and the wallet has 0.0001 on Base Sepolia"));
    }
};

QTEST_APPLESS_MAIN(TestPayerCheck)
#include "test_payer_check.moc"
