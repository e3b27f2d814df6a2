// SPDX-License-Identifier: MIT
#include <QtTest>

#include "gateway/answer_desk.h"
#include "settings/settings_file.h"

using namespace gr;
using gateway::AnswerDesk;
using gateway::KeptAnswer;
using gateway::KeptAnswerPtr;
using Turn = AnswerDesk::Turn;

namespace {

SteadyTime second(int count) {
    return SteadyTime() + std::chrono::hours(1'000) + std::chrono::seconds(count);
}

KeptAnswerPtr saying(const std::string& text) {
    auto answer = std::make_shared<KeptAnswer>();
    answer->body = text;
    return answer;
}

// Requests of one world, each a letter.
struct World {
    AnswerDesk desk;
    int woken = 0;

    explicit World(bool exact, bool singleFlight, unsigned count = 10, unsigned megabytes = 1,
                   unsigned life = 60) {
        desk.apply({exact, singleFlight, megabytes, count, life});
    }
    Turn begin(const char* key, int at = 0, bool fresh = false) {
        return desk.begin(key, fresh, second(at), [this] { ++woken; });
    }
    void answer(const char* key, const std::string& text, int at = 0) {
        Turn turn = begin(key, at);
        if (auto* const lead = std::get_if<AnswerDesk::Lead>(&turn))
            lead->land(saying(text), second(at));
    }
};

// What a request is told to do.
std::string told(const Turn& turn) {
    if (const auto* const answer = std::get_if<KeptAnswerPtr>(&turn))
        return (*answer)->body;
    if (std::holds_alternative<AnswerDesk::Lead>(turn))
        return "lead";
    return std::holds_alternative<AnswerDesk::Ticket>(turn) ? "wait" : "alone";
}

std::string told(const std::optional<Turn>& turn) {
    return turn ? told(*turn) : "nothing yet";
}

AnswerDesk::Ticket& ticketOf(Turn& turn) {
    return std::get<AnswerDesk::Ticket>(turn);
}

}  // namespace

class AnswerDeskTest final : public QObject {
    Q_OBJECT

  private slots:
    void settingsSayWhetherAndHowMuch() {
        const auto read = [](const char* cache) {
            const std::string text = R"({"routing":{"cache":)" + std::string(cache) + "}}";
            auto loaded = settings::readSettings(text, catalog::Catalog::embedded());
            if (!loaded)
                qFatal("%s", loaded.error().message.text.c_str());
            return std::move(*loaded);
        };
        const settings::AnswerCache usual = read("{}").settings.routing.cache;
        QVERIFY(!usual.exact && !usual.singleFlight);
        QCOMPARE(usual.maxMegabytes, 64U);
        QCOMPARE(usual.maxCount, 1'000U);
        QCOMPARE(usual.keepSeconds, 3'600U);
        const auto set = read(R"({"exact":true,"max_megabytes":2,"max_count":3,"keep_seconds":4})");
        QVERIFY(set.problems.empty() && set.notYet.empty());
        QVERIFY(set.settings.routing.cache.exact && !set.settings.routing.cache.singleFlight);
        QCOMPARE(set.settings.routing.cache.maxMegabytes, 2U);
        QCOMPARE(set.settings.routing.cache.maxCount, 3U);
        QCOMPARE(set.settings.routing.cache.keepSeconds, 4U);
        QVERIFY(read(R"({"single_flight":true})").settings.routing.cache.singleFlight);
        QVERIFY(!read(R"({"keep_seconds":0})").problems.empty());
    }

    void offThereIsNothing() {
        World world(false, false);
        QVERIFY(!world.desk.isOn());
        QCOMPARE(told(world.begin("a")), std::string("alone"));
    }

    void anAnswerIsKeptForAWhile() {
        World world(true, false);
        world.answer("a", "one", 0);
        QCOMPARE(told(world.begin("a", 59)), std::string("one"));
        QCOMPARE(told(world.begin("b", 59)), std::string("lead"));
        QCOMPARE(told(world.begin("a", 60)), std::string("lead"));
        QCOMPARE(world.desk.held().count, std::size_t{0});
        QCOMPARE(world.desk.held().bytes, std::size_t{0});
    }

    void withoutSingleFlightNobodyWaits() {
        World world(true, false);
        const Turn first = world.begin("a");
        QCOMPARE(told(world.begin("a")), std::string("lead"));
    }

    void aFreshAnswerTakesThePlaceOfTheOldOne() {
        World world(true, true);
        world.answer("a", "one");
        {
            Turn turn = world.begin("a", 1, true);
            QCOMPARE(told(turn), std::string("lead"));
            std::get<AnswerDesk::Lead>(turn).land(saying("two"), second(1));
        }
        QCOMPARE(told(world.begin("a", 1)), std::string("two"));
        QCOMPARE(world.desk.held().count, std::size_t{1});
    }

    // What was bought: whoever waits has it, whoever comes later only if it was left behind.
    void anAnswerMayServeOnlyThoseThatWait() {
        World world(true, true);
        Turn lead = world.begin("a");
        Turn waits = world.begin("a");
        std::get<AnswerDesk::Lead>(lead).land(saying("one"), second(0), false);
        QCOMPARE(told(ticketOf(waits).take()), std::string("one"));
        QCOMPARE(told(world.begin("a")), std::string("lead"));
    }

    void oneIsForgotten() {
        World world(true, true);
        world.answer("a", "one");
        world.answer("b", "two");
        world.desk.forget("a");
        world.desk.forget("c");
        QCOMPARE(told(world.begin("a")), std::string("lead"));
        QCOMPARE(told(world.begin("b")), std::string("two"));
        QCOMPARE(world.desk.held().count, std::size_t{1});
    }

    void theOldestGoFirst() {
        World world(true, false, 2);
        for (const char* const key : {"a", "b", "c"})
            world.answer(key, key);
        QCOMPARE(told(world.begin("a")), std::string("lead"));
        QCOMPARE(told(world.begin("b")), std::string("b"));
        QCOMPARE(told(world.begin("c")), std::string("c"));
    }

    void bytesAreBounded() {
        World world(true, false);
        const std::string half(500'000, 'x');
        for (const char* const key : {"a", "b", "c"})
            world.answer(key, half);
        QCOMPARE(world.desk.held().count, std::size_t{2});
        QVERIFY(world.desk.held().bytes <= 1024 * 1024);
        world.answer("d", std::string(1024 * 1024, 'x'));  // with its key it is more
        QCOMPARE(world.desk.held().count, std::size_t{2});
        QCOMPARE(told(world.begin("d")), std::string("lead"));
    }

    void newSettingsForgetAll() {
        World world(true, false);
        world.answer("a", "one");
        Turn before = world.begin("b");
        world.desk.apply({true, false, 1, 10, 60});
        QCOMPARE(told(world.begin("a")), std::string("lead"));
        // What was asked under the settings of before is not kept either.
        std::get<AnswerDesk::Lead>(before).land(saying("two"), second(0));
        QCOMPARE(told(world.begin("b")), std::string("lead"));
        QCOMPARE(world.desk.held().bytes, std::size_t{0});
    }

    void whoWaitsGetsTheAnswer() {
        World world(false, true);
        Turn first = world.begin("a");
        Turn second_ = world.begin("a");
        Turn third = world.begin("a");
        QCOMPARE(told(world.begin("b")), std::string("lead"));
        QCOMPARE(told(ticketOf(second_).take()), std::string("nothing yet"));
        std::get<AnswerDesk::Lead>(first).land(saying("one"), second(0));
        QCOMPARE(world.woken, 2);
        QCOMPARE(told(ticketOf(second_).take()), std::string("one"));
        QCOMPARE(told(ticketOf(third).take()), std::string("one"));
        // Single flight alone keeps nothing.
        QCOMPARE(told(world.begin("a")), std::string("lead"));
    }

    void afterAFailureEachGoesItsOwnWay() {
        World world(true, true);
        Turn first = world.begin("a");
        Turn second_ = world.begin("a");
        std::get<AnswerDesk::Lead>(first).fail();
        QCOMPARE(world.woken, 1);
        QCOMPARE(told(ticketOf(second_).take()), std::string("alone"));
        QCOMPARE(told(world.begin("a")), std::string("lead"));
    }

    void whoLeavesIsFollowedByTheNext() {
        World world(false, true);
        std::optional<Turn> first(world.begin("a"));
        Turn second_ = world.begin("a");
        std::optional<Turn> third(world.begin("a"));
        Turn fourth = world.begin("a");
        first.reset();
        QCOMPARE(world.woken, 1);
        std::optional<Turn> next = ticketOf(second_).take();
        QCOMPARE(told(next), std::string("lead"));
        QCOMPARE(told(ticketOf(*third).take()), std::string("nothing yet"));
        third.reset();  // nobody's turn any more
        next.reset();
        QCOMPARE(told(ticketOf(fourth).take()), std::string("lead"));
        QCOMPARE(told(world.begin("a")), std::string("lead"));
    }

    void aTurnThatNobodyTakesGoesOn() {
        World world(false, true);
        std::optional<Turn> first(world.begin("a"));
        std::optional<Turn> second_(world.begin("a"));
        Turn third = world.begin("a");
        first.reset();    // hands over to the second …
        second_.reset();  // … whose client is gone, too
        QCOMPARE(world.woken, 2);
        QCOMPARE(told(ticketOf(third).take()), std::string("lead"));
    }
};

QTEST_APPLESS_MAIN(AnswerDeskTest)
#include "test_answer_desk.moc"
