// SPDX-License-Identifier: MIT
// Payments that wait for a person.
#include <QtTest>
#include <thread>

#include "support/purchase_world.h"

using namespace gr;
using gr::test::Person;
using gr::test::PurchaseDesk;
using gr::test::ReadyPayment;
using gr::test::usd;
using gr::test::went;
using gr::test::World;

class TestPurchaseWaiting final : public QObject {
    Q_OBJECT

  private slots:
    void aPersonLetsItPass() {
        World world;
        world.wallet->policy.newPayee = payment::NewPayee::Ask;
        world.wait(std::chrono::minutes(1));
        {
            const Person person(world, true, usd("0.01"));
            QVERIFY(went(world.pay()));
        }
        QVERIFY(world.desk().held().empty());
        // From now on it is known.
        world.ask.bodyDigest = sha256("another");
        QVERIFY(went(world.pay()));
        QCOMPARE(world.rows().size(), std::size_t(2));
    }

    // While one waits, the same request does not ask a second time.
    void oneQuestionForOnePurchase() {
        World world;
        world.wallet->policy.newPayee = payment::NewPayee::Ask;
        world.wait(std::chrono::minutes(1));
        std::optional<Result<ReadyPayment>> first;
        world.startHeld(first);
        const std::string why = world.why();
        QVERIFY2(why.find("waits for a person already") != std::string::npos, why.c_str());
        QVERIFY(world.desk().approve(world.desk().held().front().purchase.id, "window"));
        world.loop().runUntil([&first] { return first.has_value(); });
        QVERIFY(went(*first));
        QCOMPARE(world.open()->headerLines, (*first)->headerLines);
    }

    // Another gateway on the same ledger leaves those alone that somebody may wait for, and no
    // others.
    void whoWaitsElsewhereIsLeftAlone() {
        World world;
        world.wallet->policy.newPayee = payment::NewPayee::Ask;
        world.wait(std::chrono::minutes(1));
        std::optional<Result<ReadyPayment>> first;
        world.startHeld(first);
        const auto askElsewhere = [&world] {
            PurchaseDesk other(world.folder.location(), {}, world.clock, std::chrono::minutes(1));
            other.apply(std::make_shared<gateway::WalletEntry>(*world.wallet));
            const auto found = world.loop().get(other.openPayment(world.ask, world.caller()));
            return found && !*found;
        };
        QVERIFY(askElsewhere());
        QVERIFY(world.rows().front().state == ledger::PurchaseState::Held);
        world.clock.pass(std::chrono::seconds(61));
        QVERIFY(askElsewhere());
        QVERIFY(world.rows().front().state == ledger::PurchaseState::Denied);
        QVERIFY(world.desk().approve(world.desk().held().front().purchase.id, "window"));
        world.loop().runUntil([&first] { return first.has_value(); });
        QVERIFY(!*first);
        QVERIFY(first->error().message.text.find("waited too long") != std::string::npos);
        QVERIFY(world.rows().front().state == ledger::PurchaseState::Denied);
    }

    // One that a process left behind keeps nobody from asking again.
    void whatNobodyWaitsForIsAskedAnew() {
        World world;
        world.wallet->policy.newPayee = payment::NewPayee::Ask;
        world.apply();
        {
            PurchaseDesk gone(world.folder.location(), {}, world.clock, std::chrono::minutes(1));
            gone.apply(std::make_shared<gateway::WalletEntry>(*world.wallet));
            gr::test::IoLoop loop;
            http::AbortSlot abort;
            loop.start([](World& w, PurchaseDesk& desk,
                          PurchaseDesk::Caller caller) -> http::Awaitable<void> {
                auto deal = w.deal();
                co_await desk.pay(w.ask, std::move(deal), caller);
            }(world, gone, {loop.executor(), abort}));
            loop.runUntil([&gone] { return !gone.held().empty(); });
        }
        world.wait(std::chrono::minutes(1));
        const auto refused = world.pay();
        QVERIFY(!refused);
        QVERIFY(refused.error().message.text.find("waits for a person already, until 20") !=
                std::string::npos);
        world.clock.pass(std::chrono::seconds(61));
        {
            const Person person(world, true);
            QVERIFY(went(world.pay()));
        }
        QCOMPARE(world.rows().size(), std::size_t(2));
        QVERIFY(world.rows().back().state == ledger::PurchaseState::Denied);
    }

    // The client goes in the moment in which a person says yes.
    void whoLeavesWhileItIsApprovedLeavesNothingHeld() {
        World world;
        const auto before = world.pay();
        QVERIFY(went(before));
        world.ask.bodyDigest = sha256("another");
        world.wallet->policy.askAbove = usd("0.001");
        world.wait(std::chrono::minutes(1));
        std::optional<Result<ReadyPayment>> first;
        world.startHeld(first);
        for (int i = 0; i < 100; ++i)
            world.note(*before);  // the thread has work before what was approved
        QVERIFY(world.desk().approve(world.desk().held().front().purchase.id, "window"));
        world.hangUp();
        world.loop().runUntil([&first] { return first.has_value(); });
        QVERIFY(!*first);
        QVERIFY(world.rows().front().state == ledger::PurchaseState::Denied);
    }

    // A person who says yes is told that it would not be paid.
    void whilePausedNothingIsApproved() {
        World world;
        world.wallet->policy.newPayee = payment::NewPayee::Ask;
        world.wait(std::chrono::minutes(1));
        std::optional<Result<ReadyPayment>> first;
        world.startHeld(first);
        const std::string id = world.desk().held().front().purchase.id;
        QVERIFY(world.desk().pause(true));
        const auto refused = world.desk().approve(id, "window");
        QVERIFY(!refused && refused.error().code == ErrorCode::PaymentRefused);
        QCOMPARE(world.desk().held().size(), std::size_t(1));
        QVERIFY(world.desk().pause(false));
        QVERIFY(world.desk().approve(id, "window"));
        world.loop().runUntil([&first] { return first.has_value(); });
        QVERIFY(went(*first));
    }

    // What was changed while somebody thought about it counts.
    void itGoesOnByTheWalletOfNow() {
        const auto approved = [](const std::function<void(World&)>& change) {
            World world;
            world.wallet->policy.newPayee = payment::NewPayee::Ask;
            world.wait(std::chrono::minutes(1));
            std::optional<Result<ReadyPayment>> first;
            world.startHeld(first);
            world.wallet = std::make_shared<gateway::WalletEntry>(*world.wallet);
            change(world);
            world.apply();
            const std::string id = world.desk().held().front().purchase.id;
            const bool lets = world.desk().approve(id, "window").has_value();
            if (!lets)
                world.hangUp();
            world.loop().runUntil([&first] { return first.has_value(); });
            if (!lets)
                return std::string("not approved");
            if (world.rows().size() != 1)
                return std::string("several rows");
            return *first ? std::string("paid") : first->error().message.text;
        };
        QCOMPARE(approved([](World&) {}), std::string("paid"));
        const auto refusal = [&](const std::function<void(World&)>& change) {
            return approved(change).starts_with("Nothing was paid. ");
        };
        QVERIFY(refusal([](World& w) { w.wallet->policy.caps.perPayment = usd("0.001"); }));
        QCOMPARE(approved([](World& w) { w.wallet->key = nullptr; }), std::string("not approved"));
        QVERIFY(refusal([](World& w) { w.wallet->chains.clear(); }));
        QVERIFY(refusal([](World& w) {
            w.wallet->key = std::make_shared<payment::SigningKey>(payment::EvmKey::random());
        }));
    }

    void aPersonSaysNo() {
        World world;
        world.wallet->policy.newPayee = payment::NewPayee::Ask;
        world.wait(std::chrono::minutes(1));
        {
            const Person person(world, false);
            const std::string why = world.why();
            QVERIFY2(why.find("A person refused it.") != std::string::npos, why.c_str());
        }
        QVERIFY(world.rows().front().state == ledger::PurchaseState::Denied);
        QVERIFY(world.rows().front().sealedHeader.empty());
    }

    // Locked while one waits: it cannot be let pass, waits on, and can be after the unlock.
    void lockedMeanwhile() {
        World world;
        world.wallet->policy.newPayee = payment::NewPayee::Ask;
        world.wait(std::chrono::minutes(1));
        std::optional<Result<ReadyPayment>> first;
        world.startHeld(first);
        const std::string id = world.desk().held().front().purchase.id;
        const auto open = world.wallet->key;
        const std::string bytes(open->borrow()->bytes().reveal());
        world.wallet->key.reset();
        world.wallet->noKey = "It is locked.";
        world.apply();
        open->drop();
        const auto refused = world.desk().approve(id, "window");
        QVERIFY(!refused && refused.error().code == ErrorCode::PaymentRefused);
        QCOMPARE(refused.error().message.text, std::string("It is locked."));
        QCOMPARE(world.desk().held().size(), std::size_t(1));
        world.wallet->key =
            std::make_shared<payment::SigningKey>(std::move(*payment::EvmKey::fromBytes(bytes)));
        world.apply();
        QVERIFY(world.desk().approve(id, "window"));
        world.loop().runUntil([&first] { return first.has_value(); });
        QVERIFY(went(*first));
    }

    // Locked between the answer of the person and the signature: nothing is signed, nothing counts.
    void lockedAtTheLastMoment() {
        World world;
        world.wallet->policy.newPayee = payment::NewPayee::Ask;
        world.wait(std::chrono::minutes(1));
        std::optional<Result<ReadyPayment>> first;
        world.startHeld(first);
        QVERIFY(world.desk().approve(world.desk().held().front().purchase.id, "window"));
        world.wallet->key->drop();
        world.loop().runUntil([&first] { return first.has_value(); });
        QVERIFY(!*first && first->error().code == ErrorCode::PaymentRefused);
        QVERIFY(first->error().message.text.find("gaterouterd wallet unlock") != std::string::npos);
        QVERIFY(world.rows().front().state == ledger::PurchaseState::Released);
        QVERIFY(world.rows().front().sealedHeader.empty());
    }

    void nobodyAnswers() {
        World world;
        world.wallet->policy.newPayee = payment::NewPayee::Ask;
        world.wait(Milliseconds(1));
        const std::string why = world.why();
        QVERIFY2(why.find("was never paid before") != std::string::npos, why.c_str());
        QVERIFY2(why.find("Nobody approved it in time.") != std::string::npos, why.c_str());
        QVERIFY(world.rows().front().state == ledger::PurchaseState::Denied);
        QVERIFY(!world.desk().deny(world.rows().front().id));
    }
};

QTEST_APPLESS_MAIN(TestPurchaseWaiting)
#include "test_purchase_waiting.moc"
