// SPDX-License-Identifier: MIT
#include <QtTest>

#include <algorithm>

#include "routing/outcome_watch.h"

using namespace gr;
using namespace gr::routing;

namespace {

constexpr UnixMs kNow{1'795'003'200'000};

struct World {
    Experience experience;
    OutcomeWatch watch{experience};
    UnixMs now = kNow;

    void pass(int minutes) { now.value += minutes * 60'000; }
    void answered(const char* request, const RequestFacts& facts, bool truncated = false) {
        watch.answered(facts, {request, "key", {"m", Domain::Code, 0.7}, truncated}, now);
    }
    // Of all outcomes so far.
    double weight() const {
        double sum = 0;
        for (const auto& row : experience.rows())
            sum += row.model.empty() ? row.weight : 0;
        return sum;
    }
    double departure() const {
        const auto rows = experience.rows();
        return rows.empty() ? 0 : rows.front().departure;
    }
};

RequestFacts turn(std::int64_t turns, const char* text, bool toolFailed = false) {
    RequestFacts facts;
    facts.session = "s";
    facts.turns = turns;
    facts.lastUser = text;
    facts.promptTokens = 1'000 + turns;
    facts.toolFailed = toolFailed;
    return facts;
}

}  // namespace

class OutcomeWatchTest final : public QObject {
    Q_OBJECT

  private slots:
    void theNextTurnJudgesTheOneBefore_data() {
        QTest::addColumn<int>("turns");
        QTest::addColumn<bool>("sameText");
        QTest::addColumn<bool>("toolFailed");
        QTest::addColumn<int>("minutes");
        QTest::addColumn<double>("weight");
        QTest::addColumn<bool>("good");
        QTest::newRow("it goes on") << 4 << false << false << 1 << 0.25 << true;
        QTest::newRow("the tool failed") << 4 << true << true << 1 << 0.5 << false;
        QTest::newRow("asked again") << 3 << true << false << 1 << 0.5 << false;
        QTest::newRow("asked again much later") << 3 << true << false << 31 << 0.0 << false;
        QTest::newRow("another question in its place") << 3 << false << false << 1 << 0.0 << false;
        QTest::newRow("the conversation was cut") << 1 << false << false << 1 << 0.0 << false;
        QTest::newRow("others answered meanwhile") << 7 << false << false << 1 << 0.0 << false;
    }
    void theNextTurnJudgesTheOneBefore() {
        QFETCH(int, turns);
        QFETCH(bool, sameText);
        QFETCH(bool, toolFailed);
        QFETCH(int, minutes);
        QFETCH(double, weight);
        QFETCH(bool, good);
        World world;
        world.answered("req_1", turn(3, "text"));
        world.pass(minutes);
        const RequestFacts next = turn(turns, sameText ? "text" : "other", toolFailed);
        world.watch.arrived(next, world.now);
        QCOMPARE(world.weight(), weight);
        if (weight > 0)
            QCOMPARE(world.departure() > 0, good);
        world.watch.arrived(next, world.now);  // once
        QCOMPARE(world.weight(), weight);
    }

    void sessionsAreApart() {
        World world;
        world.answered("req_1", turn(0, "text"));
        RequestFacts other = turn(1, "more");
        other.session = "t";
        world.watch.arrived(other, world.now);
        other.session.clear();
        world.watch.arrived(other, world.now);
        QCOMPARE(world.weight(), 0.0);
    }

    void anAnswerThatWasCutIsJudgedAtOnceAndOnlyThen() {
        World world;
        world.answered("req_1", turn(0, "text"), true);
        QCOMPARE(world.weight(), 0.25);
        world.watch.arrived(turn(1, "go on"), world.now);
        QCOMPARE(world.weight(), 0.25);
    }

    void anAnswerOfAnotherShapeIsJudgedAtOnce() {
        World world;
        world.watch.answered(turn(0, "text"),
                             {"req_1", "key", {"m", Domain::Code, 0.7}, false, true}, world.now);
        QCOMPARE(world.weight(), 0.5);
        QVERIFY(world.departure() < 0);
        world.watch.arrived(turn(1, "go on"), world.now);
        QCOMPARE(world.weight(), 0.5);
    }

    void thumbsCountOnceAndOnlyFromTheirClient() {
        World world;
        world.answered("req_1", turn(0, "text"));
        QVERIFY(!world.watch.judged("req_1", "stranger", true, world.now));
        QVERIFY(!world.watch.judged("req_2", "key", true, world.now));
        QVERIFY(world.watch.judged("req_1", "key", false, world.now));
        QVERIFY(world.watch.judged("req_1", "key", false, world.now));
        QCOMPARE(world.weight(), 1.0);
        QVERIFY(world.departure() < 0);
    }

    void itForgetsTheOldestAndAll() {
        World world;
        OutcomeWatch small(world.experience, 2);
        for (const char* id : {"1", "2", "3"})
            small.answered(turn(0, "text"), {id, "key", {"m", Domain::Code, 0.7}}, world.now);
        QVERIFY(!small.judged("1", "key", true, world.now));
        QVERIFY(small.judged("3", "key", true, world.now));
        small.arrived(turn(1, "more"), world.now);  // the session's latest is still there
        QCOMPARE(world.weight(), 1.25);
        small.forget();
        QVERIFY(!small.judged("3", "key", true, world.now));
        QCOMPARE(world.weight(), 0.0);
        small.arrived(turn(1, "more"), world.now);
        QCOMPARE(world.weight(), 0.0);
    }
};

QTEST_APPLESS_MAIN(OutcomeWatchTest)
#include "test_outcome_watch.moc"
