// SPDX-License-Identifier: MIT
// Who pays sellers, from the terms to the header, with real books.
#include <unistd.h>

#include <QTemporaryFile>
#include <QtTest>

#include "ledger/schema.h"
#include "payment/envelope.h"
#include "support/purchase_world.h"

using namespace gr;
using gr::test::PurchaseAsk;
using gr::test::terms;
using gr::test::usd;
using gr::test::went;
using gr::test::World;

namespace {

// What goes to standard error while it lives.
class Said final {
  public:
    Said() : m_before(::dup(STDERR_FILENO)) {
        if (!m_file.open() || ::dup2(m_file.handle(), STDERR_FILENO) < 0)
            qFatal("standard error cannot be kept");
    }
    ~Said() {
        ::dup2(m_before, STDERR_FILENO);
        ::close(m_before);
    }
    Said(const Said&) = delete;
    Said& operator=(const Said&) = delete;
    QByteArray text() const {
        QFile file(m_file.fileName());
        return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray("unreadable");
    }

  private:
    int m_before;
    QTemporaryFile m_file;
};

// As if the process had ended between the decision and the signature.
void unsign(World& world) {
    world.desk().drain();
    auto database = ledger::openForWriting(world.folder.location());
    if (!database->execute("UPDATE purchases SET state = 'intended', nonce = '', valid_before = 0, "
                           "header_name = '', header = x''"))
        qFatal("the books cannot be changed");
}

}  // namespace

class TestPurchaseDesk final : public QObject {
    Q_OBJECT

  private slots:
    void whatLeavesIsDurableAndSignedForOurToken() {
        World world;
        const auto paid = world.pay();
        QVERIFY(went(paid));
        QVERIFY(paid->headerLines.starts_with("PAYMENT-SIGNATURE: "));
        QVERIFY(paid->headerLines.ends_with("\r\n"));
        const auto rows = world.rows();
        QCOMPARE(rows.size(), std::size_t(1));
        const ledger::Purchase& row = rows.front();
        QVERIFY(row.state == ledger::PurchaseState::Sent);
        QCOMPARE(row.amount, std::string("10000"));
        QCOMPARE(row.usd.pico(), usd("0.01").pico());
        QCOMPARE(row.scheme, std::string("exact-eip3009"));
        QCOMPARE(row.nonce.size(), std::size_t(66));
        QVERIFY(row.validBefore <= world.clock.now().value / 1'000 + 60);
        // The books hold no header that somebody else could cash in.
        QVERIFY(row.sealedHeader.find(row.nonce.substr(2)) == std::string::npos);
        const std::string value = paid->headerLines.substr(19, paid->headerLines.size() - 21);
        const auto json = payment::decodeEnvelope(value);
        QVERIFY(json && json->find(row.nonce) != std::string::npos);
    }

    void theSameRequestIsTheSamePayment() {
        World world;
        QVERIFY(!world.open());
        const auto first = world.pay();
        QVERIFY(went(first));
        QCOMPARE(world.open()->headerLines, first->headerLines);
        QCOMPARE(world.pay()->headerLines, first->headerLines);
        // Other terms for the same do not make a second one.
        QCOMPARE(world.pay(terms("12000"))->headerLines, first->headerLines);
        world.ask.requestId = "req_2";
        QCOMPARE(world.open()->headerLines, first->headerLines);
        QCOMPARE(world.rows().size(), std::size_t(1));
    }

    // The process ended between the decision and the signature. What is asked for by now is decided
    // anew: it may be dearer, and payments may be paused.
    void whatWasNeverSignedIsDecidedAnew() {
        World world;
        QVERIFY(went(world.pay()));
        world.desk().drain();
        {
            auto database = ledger::openForWriting(world.folder.location());
            QVERIFY(
                database->execute("UPDATE purchases SET state = 'intended', nonce = '', "
                                  "valid_before = 0, header_name = '', header = x''"));
        }
        QVERIFY(!world.open());
        QVERIFY(world.desk().pause(true));
        const std::string why = world.why();
        QVERIFY2(why.find("paused") != std::string::npos, why.c_str());
        QVERIFY(world.desk().pause(false));
        QVERIFY(went(world.pay(terms("12000"))));
        const auto rows = world.rows();
        QCOMPARE(rows.size(), std::size_t(2));
        QVERIFY(rows.front().state == ledger::PurchaseState::Sent);
        QCOMPARE(rows.front().amount, std::string("12000"));
        QVERIFY(rows.back().state == ledger::PurchaseState::Released);
        const auto book = ledger::PurchaseBook::open(world.folder.location());
        QCOMPARE((*book)->sums()->total.pico(), usd("0.012").pico());
    }

    // … and by the next process it is given back, whether it is asked for or not.
    void whatWasNeverSignedCountsNoMore() {
        World world;
        QVERIFY(went(world.pay()));
        unsign(world);
        world.restart();
        world.ask.bodyDigest = sha256("another");
        QVERIFY(went(world.pay(terms("12000"))));
        QVERIFY(world.rows().back().state == ledger::PurchaseState::Released);
        const auto book = ledger::PurchaseBook::open(world.folder.location());
        QCOMPARE((*book)->sums()->total.pico(), usd("0.012").pico());
    }

    void anotherRequestIsAnotherPayment() {
        World world;
        const auto first = world.pay();
        for (std::string* part : {&world.ask.bodyDigest, &world.ask.client, &world.ask.origin,
                                  &world.ask.idempotencyKey}) {
            *part += "x";
            QVERIFY(!world.open());
            const auto other = world.pay();
            QVERIFY(went(other));
            QVERIFY(other->headerLines != first->headerLines);
        }
        QCOMPARE(world.rows().size(), std::size_t(5));
    }

    void aRestartForgetsNothing() {
        World world;
        const auto first = world.pay();
        world.restart();
        QCOMPARE(world.open()->headerLines, first->headerLines);
    }

    void manyAtOnceShareOneNonce() {
        World world;
        std::vector<std::string> headers;
        for (int i = 0; i < 16; ++i) {
            world.loop().start(
                [](World& w, std::vector<std::string>& out) -> http::Awaitable<void> {
                    const auto caller = w.caller();
                    auto deal = w.deal();
                    const auto paid = co_await w.desk().pay(w.ask, std::move(deal), caller);
                    out.push_back(paid ? paid->headerLines : paid.error().message.text);
                }(world, headers));
        }
        world.loop().runUntil([&headers] { return headers.size() == 16; });
        for (const std::string& header : headers)
            QCOMPARE(header, headers.front());
        QVERIFY(headers.front().starts_with("PAYMENT-SIGNATURE"));
        QCOMPARE(world.rows().size(), std::size_t(1));
    }

    void capsHoldForManyAtOnce() {
        World world;
        world.wallet->policy.caps.perHour = usd("0.05");
        world.apply();
        int paid = 0;
        int done = 0;
        for (int i = 0; i < 20; ++i) {
            world.loop().start(
                [](World& w, int number, int& good, int& all) -> http::Awaitable<void> {
                    PurchaseAsk ask = w.ask;
                    ask.bodyDigest = sha256(std::to_string(number));
                    auto deal = w.deal();
                    const auto caller = w.caller();
                    const auto ready = co_await w.desk().pay(ask, std::move(deal), caller);
                    good += ready ? 1 : 0;
                    ++all;
                }(world, i, paid, done));
        }
        world.loop().runUntil([&done] { return done == 20; });
        QCOMPARE(paid, 5);
    }

    void refusesWithTheReason_data() {
        QTest::addColumn<QByteArray>("words");
        m_changes.clear();
        const auto row = [this](const char* name, const char* words, auto change) {
            m_changes[name] = change;
            QTest::newRow(name) << QByteArray(words);
        };
        row("too dear", "should cost at most", [](World& w) { w.ask.host = "dear"; });
        row("no wallet key", "is locked", [](World& w) {
            w.wallet->key.reset();
            w.wallet->noKey = "The wallet is locked.";
        });
        row("locked in between", "gaterouterd wallet unlock",
            [](World& w) { w.wallet->key->drop(); });
        row("paused", "paused", [](World& w) { QVERIFY(w.desk().pause(true)); });
        row("unknown chain", "", [](World& w) { w.wallet->chains.clear(); });
        row("a cap", "$0.005", [](World& w) { w.wallet->policy.caps.perPayment = usd("0.005"); });
    }
    void refusesWithTheReason() {
        QFETCH(QByteArray, words);
        World world;
        m_changes[QTest::currentDataTag()](world);
        world.apply();
        const bool dear = world.ask.host == "dear";
        const std::string why = world.why(terms(), dear ? usd("0.001") : usd("0.02"));
        QVERIFY2(why.starts_with("payment_refused: Nothing was paid."), why.c_str());
        if (!dear)
            QVERIFY2(why.find(words.toStdString()) != std::string::npos, why.c_str());
        QVERIFY(world.rows().empty());
    }

    // A wallet that comes with the settings may be the one that can look up what is out.
    void anotherWalletIsNews() {
        World world;
        world.desk().takeNews();
        int told = 0;
        world.desk().onNews([&told] { ++told; });
        world.apply();
        QCOMPARE(told, 1);
        QVERIFY(world.desk().takeNews());
        world.desk().onNews({});
    }

    void aSellerThatMovesIsHeld() {
        World world;
        QVERIFY(went(world.pay()));
        world.ask.bodyDigest = sha256("another");
        world.wait(Milliseconds(1));
        const std::string why =
            world.why(terms("10000", "0x70997970c51812dc3a010c7d01b50e0d17dc79c8"));
        QVERIFY2(why.find("wants the money at 0x70997970") != std::string::npos, why.c_str());
    }

    // Two gateways on one ledger: the first that pays is the one that signs, until it ends.
    void oneProcessSigns() {
        World world;
        const auto first = world.pay();
        QVERIFY(went(first));
        PurchaseAsk ask = world.ask;
        ask.bodyDigest = sha256("another");
        {
            gateway::PurchaseDesk other(world.folder.location(), {}, world.clock);
            other.apply(std::make_shared<gateway::WalletEntry>(*world.wallet));
            const auto second = world.loop().get(other.pay(ask, world.deal(), world.caller()));
            QVERIFY(!second);
            QVERIFY(second.error().code == ErrorCode::PaymentRefused);
            QVERIFY(second.error().message.text.find("Another gateway pays from the ledger") !=
                    std::string::npos);
            // What is signed already may go out again from anywhere: it is the same payment.
            const auto again = world.loop().get(other.openPayment(world.ask, world.caller()));
            QCOMPARE((*again)->headerLines, first->headerLines);
            world.restart();
            QVERIFY(went(world.loop().get(other.pay(ask, world.deal(), world.caller()))));
        }
        QCOMPARE(world.rows().size(), std::size_t(2));
    }

    // The vault remembers the books: others, and these in an older state, pay nothing.
    void booksThatForgotPayNothing() {
        World world;
        std::vector<ledger::LedgerMark> kept;
        const auto start = [&world, &kept](std::optional<ledger::LedgerMark> mark) {
            world.wallet->mark = std::move(mark);
            world.restart();
            world.desk().onMark([&kept](ledger::LedgerMark at) { kept.push_back(std::move(at)); });
        };
        start(ledger::LedgerMark());
        QVERIFY(went(world.pay()));
        world.desk().drain();
        QCOMPARE(kept.size(), std::size_t(1));
        QVERIFY(!kept[0].lineage.empty() && kept[0].newest > 0);
        world.ask.bodyDigest = sha256("second");
        start(kept[0]);
        QVERIFY(went(world.pay()));
        world.desk().drain();
        QCOMPARE(kept.size(), std::size_t(2));
        QVERIFY(kept[1].newest > kept[0].newest && kept[1].reaches(kept[0]));
        world.ask.bodyDigest = sha256("third");
        const std::pair<const char*, ledger::LedgerMark> others[] = {
            {"an older state", {kept[1].lineage, kept[1].newest + 100}},
            {"another ledger", {std::string(32, 'a'), 1}}};
        for (const auto& [name, mark] : others) {
            start(mark);
            world.desk().drain();
            QVERIFY(world.desk().doubtsLedger());  // before anybody wanted to pay
            const std::string why = world.why();
            QVERIFY2(why.starts_with("payment_refused: ") &&
                         why.find("gaterouterd payments believe") != std::string::npos,
                     why.c_str());
        }
        QCOMPARE(world.rows().size(), std::size_t(2));
        // What is out already may be sent again all the same.
        world.ask.bodyDigest = sha256("second");
        QVERIFY(world.open());
        // A person looked.
        world.ask.bodyDigest = sha256("third");
        world.desk().believeLedger();
        world.desk().drain();
        QVERIFY(!world.desk().doubtsLedger());
        QVERIFY(went(world.pay()));
        world.desk().drain();
        QVERIFY(kept.back().reaches(kept[1]));
        start(kept.back());
        world.ask.bodyDigest = sha256("fourth");
        QVERIFY(went(world.pay()));
    }

    // A key outside of the vault: nobody remembers.
    void whereNobodyRemembersNothingIsKept() {
        World world;
        bool told = false;
        world.desk().onMark([&told](const ledger::LedgerMark&) { told = true; });
        QVERIFY(went(world.pay()));
        world.desk().drain();
        QVERIFY(!told);
    }

    // Without an RPC server nobody will ever know: the sentence says what to do.
    void whatCannotBeLookedUpSaysSo() {
        World world;
        QVERIFY(went(world.pay()));
        world.clock.pass(std::chrono::seconds(61));
        const std::string blind = world.why();
        QVERIFY2(blind.find("no RPC server is named for eip155:84532") != std::string::npos,
                 blind.c_str());
        world.wallet->chains[0].rpc.push_back(*Url::parse("https://rpc.example"));
        world.apply();
        const std::string seeing = world.why();
        QVERIFY2(seeing.find("when the chain shows it") != std::string::npos, seeing.c_str());
    }

    void aPauseOutlivesARestart() {
        World world;
        QVERIFY(world.desk().pause(true));
        world.restart();
        QVERIFY(world.desk().paused());
        QVERIFY(!world.pay());
        QVERIFY(world.desk().pause(false));
        world.restart();
        QVERIFY(went(world.pay()));
    }

    // A payment whose end has passed is neither sent again nor made anew, until the chain says so.
    void whatMayStillBeTakenBlocksASecondOne() {
        World world;
        QVERIFY(went(world.pay()));
        world.clock.pass(std::chrono::seconds(61));
        const std::string why = world.why();
        QVERIFY2(why.starts_with("payment_unconfirmed: "), why.c_str());
        QCOMPARE(world.rows().size(), std::size_t(1));
    }

    // Taken without an answer: before somebody may have looked there is no second one.
    void whatWasTakenForNothingBlocksForAnHour() {
        World world;
        QVERIFY(went(world.pay()));
        world.learn(ledger::PurchaseState::Settled, "0xaa");
        world.clock.pass(std::chrono::seconds(61));
        QVERIFY(world.why().starts_with("payment_unconfirmed: "));
        world.clock.pass(std::chrono::seconds(3'600));
        QVERIFY(!world.open());
        QVERIFY(went(world.pay()));
        QCOMPARE(world.rows().size(), std::size_t(2));
    }

    // Whoever has his answer and asks once more buys once more, even where no chain can be asked.
    void whatWasAnsweredBlocksNothing() {
        World world;
        const auto first = world.pay();
        world.note(*first);
        QVERIFY(!world.open());
        const auto second = world.pay();
        QVERIFY(went(second));
        QVERIFY(second->headerLines != first->headerLines);
        QVERIFY(ledger::isCounted(world.rows().back().state));
    }

    void paidAndDeliveredIsClosedInAnyOrder() {
        using enum ledger::PurchaseState;
        {
            World world;
            world.note(*world.pay());
            QVERIFY(world.learn(Expired).open);
            const ledger::Purchase row = world.learn(Settled, "0xaa");
            QVERIFY(!row.open && row.delivered);
            QCOMPARE(row.transaction, std::string("0xaa"));
        }
        {
            World world;
            const auto paid = world.pay();
            QVERIFY(world.learn(Settled, "0xaa").open);
            world.note(*paid);
            const ledger::Purchase row = world.rows().front();
            QVERIFY(!row.open && row.delivered);
            // The seller's word does not replace the chain's.
            QCOMPARE(row.transaction, std::string("0xaa"));
        }
    }

    // A long answer ends when the authorization is over already.
    void aLateAnswerIsNoted() {
        World world;
        const auto paid = world.pay();
        world.learn(ledger::PurchaseState::Expired);
        world.note(*paid);
        const ledger::Purchase row = world.rows().front();
        QVERIFY(row.state == ledger::PurchaseState::Unknown);
        QVERIFY(row.delivered);
        QCOMPARE(row.transaction, std::string("0x12"));
    }

    // Nobody looked at the chain between the payment and a final block behind its end.
    void whatEndedUnseenIsReleased() {
        World world;
        world.pay();
        const ledger::Purchase row = world.learn(ledger::PurchaseState::Released);
        QVERIFY(row.state == ledger::PurchaseState::Released && !row.open);
    }

    // Of upto the chain tells what was taken.
    void whatWasTakenIsBooked() {
        World world;
        world.pay();
        const ledger::Purchase sent = world.rows().front();
        world.desk().learn(sent, {ledger::PurchaseState::Settled, "0xaa", payment::Uint256(102)});
        const ledger::Purchase row = world.rows().front();
        QCOMPARE(row.amount, std::string("102"));
        QCOMPARE(row.usd.toDecimal(), std::string("0.000102"));
        QVERIFY(row.quote == sent.usd);
    }

    // The chain is asked again and again about one that is over.
    void whatIsKnownIsNoError() {
        World world;
        world.note(*world.pay());
        const Said said;
        world.learn(ledger::PurchaseState::Expired);
        world.learn(ledger::PurchaseState::Expired);
        QCOMPARE(said.text(), QByteArray());
    }

    void theSellersWordIsNoted() {
        World world;
        const auto paid = world.pay();
        gateway::PaidOutcome again;
        again.refused = true;
        world.desk().note(*paid, again);
        QVERIFY(world.rows().front().state == ledger::PurchaseState::Refused);
        QCOMPARE(world.open()->headerLines, paid->headerLines);
        gateway::PaidOutcome outcome;
        outcome.answered = outcome.settled = true;
        outcome.transaction = "0x12";
        world.desk().note(*paid, outcome);
        QVERIFY(world.rows().front().state == ledger::PurchaseState::Sent);
        QCOMPARE(world.rows().front().transaction, std::string("0x12"));
        world.desk().note(*paid, {});
        QVERIFY(world.rows().front().state == ledger::PurchaseState::Unknown);
    }

  private:
    std::map<QByteArray, std::function<void(World&)>> m_changes;
};

QTEST_APPLESS_MAIN(TestPurchaseDesk)
#include "test_purchase_desk.moc"
