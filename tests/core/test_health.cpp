// SPDX-License-Identifier: MIT
#include <QtTest>
#include <utility>

#include "routing/health.h"

using gr::Milliseconds;
using gr::SteadyTime;
using gr::routing::Health;
using State = Health::State;

namespace {

// Health with a clock that the test moves.
struct World {
    Health health;
    SteadyTime now = SteadyTime() + std::chrono::hours(1);

    int pick(std::size_t keys) {
        SteadyTime wait;
        const auto key = health.pickKey("p", keys, now, wait);
        return key ? int(*key) : -1;
    }
    // How long until a key is free again, when none is.
    int waitMs(std::size_t keys) {
        SteadyTime wait;
        if (health.pickKey("p", keys, now, wait))
            return 0;
        return int(std::chrono::duration_cast<Milliseconds>(wait - now).count());
    }
    void keyFails(std::size_t key, int pauseMs, bool rejected = false) {
        health.keyFailed("p", key, Milliseconds(pauseMs), rejected, now,
                         "key " + std::to_string(key));
    }
    void fails(int times = 1) {
        for (int i = 0; i < times; ++i)
            health.providerFailed("p", now, "down");
    }
    void pass(int ms) { now += Milliseconds(ms); }
    Health::Snapshot state() const { return health.snapshot(now).front(); }
};

}  // namespace

class TestHealth final : public QObject {
    Q_OBJECT

  private slots:
    void oneKeyStaysInUseWhileItWorks() {
        World world;
        for (int i = 0; i < 5; ++i) {
            QCOMPARE(world.pick(3), 0);
            world.health.succeeded("p", 0);
        }
    }

    void aProviderWithoutKeysHasOnePlace() {
        World world;
        QCOMPARE(world.pick(0), 0);
        world.keyFails(0, 1000);
        QCOMPARE(world.pick(0), -1);
        QCOMPARE(world.waitMs(0), 1000);
    }

    void theNextKeyFollowsAfterAFailureAndStays() {
        World world;
        world.keyFails(0, 1000);
        QCOMPARE(world.pick(3), 1);
        world.health.succeeded("p", 1);
        world.pass(5000);
        QCOMPARE(world.pick(3), 1);  // the first is rested, but this one's cache is warm
        world.keyFails(1, 1000);
        QCOMPARE(world.pick(3), 2);
        world.keyFails(2, 1000);
        QCOMPARE(world.pick(3), 0);
    }

    void whenAllRestTheShortestRestIsTold() {
        World world;
        world.keyFails(0, 9000);
        world.keyFails(1, 4000);
        world.keyFails(2, 7000);
        QCOMPARE(world.pick(3), -1);
        QCOMPARE(world.waitMs(3), 4000);
        QVERIFY(world.health.resting("p", 3, world.now));
        world.pass(3999);
        QCOMPARE(world.pick(3), -1);
        world.pass(1);
        QCOMPARE(world.pick(3), 1);
        QVERIFY(!world.health.resting("p", 3, world.now));
    }

    void aKeyAddedLaterIsUsed() {
        World world;
        world.keyFails(0, 9000);
        QCOMPARE(world.pick(1), -1);
        QCOMPARE(world.pick(2), 1);
        QCOMPARE(world.pick(1), -1);  // and forgotten again when it is gone
    }

    void providersDoNotShareTheirTroubles() {
        World world;
        world.keyFails(0, 9000);
        SteadyTime wait;
        QVERIFY(world.health.pickKey("q", 1, world.now, wait));
        QVERIFY(!world.health.resting("q", 1, world.now));
    }

    void aFewFailuresInARowRestTheProvider() {
        World world;
        world.fails(2);
        QVERIFY(!world.health.resting("p", 1, world.now));
        QCOMPARE(world.state().state, State::Ready);
        world.fails();
        QVERIFY(world.health.resting("p", 1, world.now));
        QCOMPARE(world.state().state, State::Down);
        QCOMPARE(world.state().lastError, std::string("down"));
        QVERIFY(*world.state().until > world.now);
        // The keys are not at fault: whoever has no other choice may still try.
        QCOMPARE(world.pick(1), 0);
    }

    void theRestGrowsAndIsBounded() {
        World world;
        world.fails(3);
        auto last = *world.state().until - world.now;
        for (int i = 0; i < 40; ++i) {
            world.fails();
            const auto rest = *world.state().until - world.now;
            QVERIFY(rest >= last && rest <= std::chrono::minutes(5));
            last = rest;
        }
        QVERIFY(last > std::chrono::seconds(10));
        world.now += last;
        QVERIFY(!world.health.resting("p", 1, world.now));
    }

    void oneSuccessForgivesAll() {
        World world;
        world.fails(10);
        world.keyFails(0, 9000, true);
        world.health.succeeded("p", 0);
        QVERIFY(!world.health.resting("p", 1, world.now));
        QCOMPARE(world.state().state, State::Ready);
        QVERIFY(world.state().lastError.empty());
        world.fails(2);  // counted from none again
        QVERIFY(!world.health.resting("p", 1, world.now));
    }

    void statesAreTold() {
        World world;
        QVERIFY(world.health.snapshot(world.now).empty());
        world.pick(2);
        QCOMPARE(world.state().state, State::Untried);
        world.keyFails(0, 1000);
        QCOMPARE(world.state().state, State::Ready);  // the other key is free
        world.keyFails(1, 3000);
        QCOMPARE(world.state().state, State::Cooling);
        QVERIFY(*world.state().until == world.now + Milliseconds(1000));
        QCOMPARE(world.state().lastError, std::string("key 1"));
        world.pass(1000);
        QCOMPARE(world.state().state, State::Ready);
        world.keyFails(0, 1000, true);
        world.keyFails(1, 1000, true);
        QCOMPARE(world.state().state, State::KeyRejected);
    }

    void theRevisionChangesWithWhatIsTold() {
        World world;
        unsigned last = world.health.revision();
        const auto changed = [&] {
            const unsigned before = std::exchange(last, world.health.revision());
            return last != before;
        };
        world.health.succeeded("p", 0);
        QVERIFY(changed());
        world.health.succeeded("p", 0);
        QVERIFY(!changed());  // the good path tells nothing new
        world.fails();
        QVERIFY(changed());
        world.health.succeeded("p", 0);
        QVERIFY(changed());
        world.keyFails(0, 10);
        QVERIFY(changed());
        world.pick(1);
        QVERIFY(!changed());
    }
};

QTEST_APPLESS_MAIN(TestHealth)
#include "test_health.moc"
