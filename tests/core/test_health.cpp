// SPDX-License-Identifier: MIT
#include <QtTest>
#include <optional>
#include <utility>

#include "routing/health.h"
#include "routing/patience.h"
#include "routing/tries.h"

using gr::Milliseconds;
using gr::SteadyTime;
using gr::routing::Health;
using gr::routing::Tries;
using State = Health::State;
using Turn = Health::Turn;

namespace {

// Health with a clock and a chance that the test sets.
struct World {
    double chance = 0;
    Health health{[this] { return chance; }};
    SteadyTime now = SteadyTime() + std::chrono::hours(1);

    std::optional<Health::Permit> enter(std::size_t keys = 1, Turn turn = Turn::Ordinary,
                                        const char* model = "m") {
        auto entered = health.enter({"p", model, keys}, turn, now);
        if (auto* permit = std::get_if<Health::Permit>(&entered))
            return std::optional<Health::Permit>(std::move(*permit));
        return std::nullopt;
    }
    Health::Permit at(const char* provider) {
        return std::get<Health::Permit>(health.enter({provider, "m", 1}, Turn::Ordinary, now));
    }
    int pick(std::size_t keys) {
        const auto permit = enter(keys);
        return permit ? int(permit->key()) : -1;
    }
    int waitMs(std::size_t keys, Turn turn = Turn::Ordinary) {
        auto entered = health.enter({"p", "m", keys}, turn, now);
        const auto* rest = std::get_if<Health::Rest>(&entered);
        return rest != nullptr
                   ? int(std::chrono::duration_cast<Milliseconds>(rest->until - now).count())
                   : 0;
    }
    void keyFails(std::size_t keys, int pauseMs, bool rejected = false) {
        auto permit = enter(keys);
        QVERIFY(permit);
        permit->keyFailed(Milliseconds(pauseMs), rejected, now,
                          "key " + std::to_string(permit->key()));
    }
    void fails(int times = 1, Health::Fault fault = Health::Fault::Provider) {
        for (int i = 0; i < times; ++i) {
            auto permit = enter();
            QVERIFY(permit);
            permit->failed({.fault = fault, .asked = {}, .why = "down"}, now);
        }
    }
    void succeeds() {
        auto permit = enter();
        QVERIFY(permit);
        permit->alive(now);
    }
    bool resting(std::size_t keys = 1, const char* model = "m") const {
        return health.resting({"p", model, keys}, now);
    }
    void pass(int ms) { now += Milliseconds(ms); }
    Health::Snapshot state() const { return health.snapshot(now).front(); }
};

}  // namespace

class TestHealth final : public QObject {
    Q_OBJECT

  private slots:
    void oneKeyStaysInUseAndTheNextFollowsAfterAFailure() {
        World world;
        world.succeeds();
        QCOMPARE(world.pick(3), 0);
        world.keyFails(3, 1000);
        QCOMPARE(world.pick(3), 1);
        world.pass(5000);
        QCOMPARE(world.pick(3), 1);  // the first is rested, but this one's cache is warm
        world.keyFails(3, 1000);
        QCOMPARE(world.pick(3), 2);
        world.keyFails(3, 1000);
        QCOMPARE(world.pick(3), 0);
    }

    void whenAllKeysRestTheShortestRestIsTold() {
        World world;
        for (const int pause : {9000, 4000, 7000})
            world.keyFails(3, pause);
        QCOMPARE(world.waitMs(3), 4000);
        // A provider that asked to wait is left alone, whoever asks.
        QCOMPARE(world.waitMs(3, Turn::LastResort), 4000);
        QCOMPARE(world.waitMs(3, Turn::Insist), 4000);
        QVERIFY(world.resting(3));
        world.pass(4000);
        QCOMPARE(world.pick(3), 1);
    }

    void oneAtATimeTriesAKeyThatHasRested() {
        World world;
        world.keyFails(1, 1000);
        world.pass(1000);
        auto first = world.enter();
        QVERIFY(first);
        QVERIFY(!world.enter());
        QVERIFY(!world.enter(1, Turn::LastResort));
        first.reset();  // its client left
        auto second = world.enter();
        QVERIFY(second);
        second->alive(world.now);
        QVERIFY(world.enter() && world.enter());
    }

    void whatWasSentBeforeARestDoesNotEndIt() {
        World world;
        auto early = world.enter();
        world.keyFails(1, 1000);
        early->alive(world.now);
        QVERIFY(!world.enter());
    }

    void aFewFailuresInARowRestTheProvider() {
        World world;
        world.fails(2);
        QVERIFY(!world.resting());
        QCOMPARE(world.state().state, State::Ready);
        world.fails();
        QVERIFY(world.resting() && world.resting(1, "another"));
        QCOMPARE(world.state().state, State::Down);
        QCOMPARE(world.state().lastError, std::string("down"));
        QVERIFY(*world.state().until == world.now + Milliseconds(5000));
    }

    void theFaultOfAModelLeavesTheOthersAlone() {
        World world;
        world.fails(3, Health::Fault::Model);
        QVERIFY(world.resting() && !world.resting(1, "another"));
        QCOMPARE(world.state().state, State::Down);  // all that was asked of it is
        world.enter(1, Turn::Ordinary, "another")->alive(world.now);
        QCOMPARE(world.state().state, State::Ready);
    }

    void failuresEveryOtherTimeRestItToo() {
        World world;
        for (int i = 0; i < 20 && !world.resting(); ++i) {
            world.fails();
            if (!world.resting())
                world.succeeds();
        }
        QVERIFY(world.resting());
    }

    void oneProbeAtATimeAndTheRestGrows() {
        World world;
        world.fails(3);
        for (const int rest : {5000, 10000, 20000, 30000, 30000}) {
            QVERIFY(*world.state().until == world.now + Milliseconds(rest));
            world.pass(rest - 1);
            QVERIFY(!world.enter());
            world.pass(1);
            auto probe = world.enter();
            QVERIFY(probe && probe->probe());
            for (int i = 0; i < 64; ++i)
                QVERIFY(!world.enter());
            probe.reset();  // abandoned: the next one may
            auto next = world.enter();
            QVERIFY(next);
            next->failed({.asked = {}, .why = "down"}, world.now);
        }
        world.pass(30000);
        world.succeeds();
        QCOMPARE(world.state().state, State::Ready);
        QVERIFY(world.state().lastError.empty());
        QVERIFY(world.enter() && world.enter());
    }

    void theRestIsNeverTheSameTwice() {
        World world;
        world.chance = 0.5;
        world.fails(3);
        QVERIFY(*world.state().until == world.now + Milliseconds(4500));
    }

    void whoHasNobodyElseTriesOnceASecond() {
        World world;
        world.fails(3);
        auto early = world.enter(1, Turn::LastResort);
        QVERIFY(early && !world.enter(1, Turn::LastResort));
        early->failed({.asked = {}, .why = "down"}, world.now);
        QVERIFY(!world.enter(1, Turn::LastResort));
        QCOMPARE(world.waitMs(1, Turn::LastResort), 1000);
        world.pass(1000);
        world.enter(1, Turn::LastResort)->alive(world.now);
        QVERIFY(!world.resting());
    }

    void repetitionsAreAFifthOfTheCallsAndAFew() {
        World world;
        for (int i = 0; i < 100; ++i)
            world.succeeds();
        int repeated = 0;
        while (world.health.repeat("p", 0, world.now))
            ++repeated;
        QVERIFY2(repeated >= 28 && repeated <= 30, std::to_string(repeated).c_str());
    }

    void speedIsWhatWasSeenLately() {
        World world;
        QVERIFY(!world.health.speed("p", "m", world.now));
        for (int i = 1; i <= 100; ++i) {
            auto permit = world.enter();
            permit->alive(world.now);
            permit->firstToken(Milliseconds(i % 20 == 0 ? 4000 : 400), world.now);
            permit->throughput(50);
        }
        const auto speed = *world.health.speed("p", "m", world.now);
        QVERIFY(speed.firstTokenP50Ms > 340 && speed.firstTokenP50Ms < 480);
        QVERIFY(speed.firstTokenP95Ms > 340 && speed.firstTokenP95Ms < 4800);
        QCOMPARE(speed.tokensPerSecond, 50.0);
        QVERIFY(speed.samples > 30 && speed.errorRate == 0);
    }

    void statesAreTold() {
        World world;
        QVERIFY(world.health.snapshot(world.now).empty());
        world.pick(2);
        QCOMPARE(world.state().state, State::Untried);
        world.keyFails(2, 1000);
        QCOMPARE(world.state().state, State::Ready);  // the other key is free
        world.keyFails(2, 3000);
        QCOMPARE(world.state().state, State::Cooling);
        QVERIFY(*world.state().until == world.now + Milliseconds(1000));
        world.pass(3000);
        world.keyFails(2, 1000, true);
        world.keyFails(2, 1000, true);
        QCOMPARE(world.state().state, State::KeyRejected);
    }

    void theRevisionChangesWithWhatIsTold() {
        World world;
        unsigned last = world.health.revision();
        const auto changed = [&] {
            const unsigned before = std::exchange(last, world.health.revision());
            return last != before;
        };
        world.succeeds();
        QVERIFY(changed());
        world.succeeds();
        QVERIFY(!changed());  // the good path tells nothing new
        world.fails();
        QVERIFY(changed());
        world.succeeds();
        QVERIFY(changed());
    }

    void whoRestsIsAskedOnlyWhenNobodyElseIsLeft() {
        World world;
        world.fails(3);
        Tries tries(world.health, {{"p", "m", 1}, {"q", "m", 1}}, 2);
        auto step = tries.next(world.now);
        QCOMPARE(std::get<Tries::Call>(step).candidate, std::size_t(1));
        QVERIFY(!std::get<Tries::Call>(step).othersLeft);
        tries.skip();
        auto last = tries.next(world.now);
        QCOMPARE(std::get<Tries::Call>(last).candidate, std::size_t(0));
        tries.skip();
        auto end = tries.next(world.now);
        QVERIFY(std::holds_alternative<Tries::End>(end));
    }

    void onlyWhoIsWellAndNotAskedYetIsAskedBeside() {
        World world;
        for (int i = 0; i < 3; ++i)  // b rests
            world.at("b").failed({.asked = {}, .why = "down"}, world.now);
        Tries tries(world.health, {{"a", "m", 1}, {"b", "m", 1}, {"c", "x", 1}, {"d", "m", 1}}, 2);
        auto step = tries.next(world.now);
        QCOMPARE(std::get<Tries::Call>(step).candidate, std::size_t(0));
        const auto any = [](std::size_t) { return true; };
        const auto notC = [](std::size_t i) { return i != 2; };
        auto beside = tries.beside(notC, world.now);
        QVERIFY(beside);
        QCOMPARE(beside->candidate, std::size_t(3));
        QCOMPARE(tries.beside(any, world.now)->candidate, std::size_t(2));
        QVERIFY(!tries.beside(any, world.now));
        // What is said then is about the first, unless another one is named.
        tries.skip();
        tries.turnTo(3);
        tries.skip();
        auto next = tries.next(world.now);
        QCOMPARE(std::get<Tries::Call>(next).candidate, std::size_t(2));
    }

    void aCallBesideCountsAsARepetition() {
        World world;
        int given = 0;
        while (world.health.beside("p", world.now) && given < 100)
            ++given;
        QCOMPARE(given, 10);
        QVERIFY(!world.health.repeat("p", 0, world.now));
        for (int i = 0; i < 12; ++i)
            world.succeeds();
        QVERIFY(world.health.beside("p", world.now));
        QVERIFY(world.health.beside("p", world.now));
        QVERIFY(!world.health.beside("p", world.now));
    }

    void whoIsOutrunIsSlowAndNotIll() {
        World world;
        for (int i = 0; i < 10; ++i)
            world.at("p").outrun(Milliseconds(4'000), true, world.now);
        const auto speed = world.health.speed("p", "m", world.now);
        QVERIFY(speed && speed->firstTokenP95Ms >= 3'900);
        QVERIFY(!world.health.resting({"p", "m", 1}, world.now));
    }

    void howLongIsWaitedBeforeAnotherIsAskedBeside() {
        const auto delay = [](bool stream, double p95, double seen, double times) {
            gr::routing::Speed speed;
            speed.firstTokenP95Ms = speed.wholeP95Ms = p95;
            speed.samples = seen;
            speed.streams = stream ? seen : 0;
            return gr::routing::hedgeDelayFor({.stream = stream, .speed = speed}, times).count();
        };
        QCOMPARE(delay(true, 900, 20, 1), 900);
        QCOMPARE(delay(true, 900, 20, 2), 1'800);
        QCOMPARE(delay(true, 10, 20, 1), 200);  // nobody is that slow by chance
        QCOMPARE(delay(true, 900'000, 20, 1), 60'000);
        QCOMPARE(delay(true, 900, 3, 1), 5'000);  // hardly anything was seen
        QCOMPARE(delay(false, 3'000, 20, 1), 3'000);
        QCOMPARE(gr::routing::hedgeDelayFor({.stream = true}, 1).count(), 5'000);
        QCOMPARE(gr::routing::hedgeDelayFor({.stream = true, .reasons = true}, 1).count(), 20'000);
    }

    // Ten requests a second for five minutes; one of two providers is down for the middle of them.
    void nothingIsLostAndWhoIsDownIsLeftAlone() {
        World world;
        world.chance = 0.5;
        int lost = 0;
        int callsToTheDead = 0;
        int fromFirst = 0;
        for (int i = 0; i < 3000; ++i, world.pass(100)) {
            const bool down = i >= 500 && i < 2000;
            Tries tries(world.health, {{"a", "m", 1}, {"b", "m", 1}}, 2);
            bool answered = false;
            for (;;) {
                auto step = tries.next(world.now);
                if (std::holds_alternative<Tries::End>(step))
                    break;
                auto* call = std::get_if<Tries::Call>(&step);
                if (call == nullptr)
                    continue;
                if (call->candidate == 0 && down) {
                    ++callsToTheDead;
                    call->permit.failed({.asked = {}, .why = "down"}, world.now);
                    tries.passing({}, world.now);
                    continue;
                }
                call->permit.alive(world.now);
                answered = true;
                fromFirst += i >= 2350 && call->candidate == 0 ? 1 : 0;
                break;
            }
            lost += answered ? 0 : 1;
        }
        QCOMPARE(lost, 0);
        QVERIFY2(callsToTheDead < 15, std::to_string(callsToTheDead).c_str());
        QCOMPARE(fromFirst, 650);  // 35 seconds after it is back, all are its again
    }
};

QTEST_APPLESS_MAIN(TestHealth)
#include "test_health.moc"
