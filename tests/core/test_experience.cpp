// SPDX-License-Identifier: MIT
#include <QtTest>

#include <random>

#include "routing/experience.h"

using namespace gr;
using namespace gr::routing;

namespace {

constexpr UnixMs kNow{1'795'003'200'000};
constexpr std::int64_t kDayMs = 24 * 3'600'000LL;

UnixMs day(int count) {
    return {kNow.value + count * kDayMs};
}

void teach(Experience& experience, const char* model, Outcome outcome, int times,
           Domain domain = Domain::Code, double expected = 0.7, UnixMs when = kNow) {
    for (int i = 0; i < times; ++i)
        experience.learn({model, domain, expected}, outcome, when);
}

const Experience::Row* find(const std::vector<Experience::Row>& rows, std::string_view model) {
    for (const auto& row : rows) {
        if (row.model == model)
            return &row;
    }
    return nullptr;
}

}  // namespace

class ExperienceTest final : public QObject {
    Q_OBJECT

  private slots:
    void littleIsNotBelieved() {
        Experience experience;
        QVERIFY(experience.corrections()->empty());
        teach(experience, "a", Outcome::ThumbsUp, 1);
        teach(experience, "b", Outcome::ThumbsDown, 1);
        QCOMPARE(experience.corrections()->of("a", Domain::Code), 0.0);
        QCOMPARE(experience.corrections()->of("b", Domain::Code), 0.0);
    }

    void whatAllShareIsNoModelsMerit() {
        Experience experience;
        for (const char* model : {"a", "b", "c"})
            teach(experience, model, Outcome::WentOn, 200);
        const auto corrections = experience.corrections();
        QVERIFY(corrections->of("a", Domain::Code) > 0.1);
        QCOMPARE(corrections->of("a", Domain::Code), corrections->of("c", Domain::Code));
        QCOMPARE(corrections->of("a", Domain::Code), corrections->of("unseen", Domain::Code));
        QCOMPARE(corrections->of("a", Domain::Math), 0.0);
    }

    void aModelThatFailsMoreFallsBehind() {
        Experience experience;
        for (int i = 0; i < 100; ++i) {
            teach(experience, "good", Outcome::WentOn, 1);
            teach(experience, "bad", i % 2 == 0 ? Outcome::Regenerated : Outcome::WentOn, 1);
        }
        const auto corrections = experience.corrections();
        const double good = corrections->of("good", Domain::Code);
        const double bad = corrections->of("bad", Domain::Code);
        QVERIFY2(good - bad > 0.2, qPrintable(QString::number(good - bad)));
        QVERIFY(good <= 0.25 && bad >= -0.25);
        const auto rows = experience.rows();
        QVERIFY(find(rows, "") && find(rows, "good") && find(rows, "bad"));
        QVERIFY(find(rows, "bad")->departure < 0 && find(rows, "bad")->counts < 0);
        QVERIFY(find(rows, "bad")->counts > find(rows, "bad")->departure);  // two errors less
    }

    // Equal models, judged by chance: who looks better is hardly ever believed.
    void chanceIsHardlyEverBelieved() {
        std::mt19937 random(11);
        std::uniform_real_distribution<double> chance;
        int believed = 0;
        for (int run = 0; run < 300; ++run) {
            Experience experience;
            for (int i = 0; i < 60; ++i) {
                for (const char* model : {"a", "b"})
                    teach(experience, model,
                          chance(random) < 0.7 ? Outcome::ThumbsUp : Outcome::ThumbsDown, 1);
            }
            for (const auto& row : experience.rows())
                believed += !row.model.empty() && row.counts != 0 ? 1 : 0;
        }
        QVERIFY2(believed <= 600 * 5 / 100, qPrintable(QString::number(believed)));
    }

    void whatIsOldWeighsLess() {
        Experience experience;
        teach(experience, "a", Outcome::ThumbsUp, 8);
        teach(experience, "a", Outcome::ThumbsUp, 1, Domain::Math, 0.7, day(60));
        const auto rows = experience.rows();
        for (const auto& row : rows) {
            if (row.domain == Domain::Code)
                QVERIFY(std::abs(row.weight - 4) < 1e-6);
        }
        teach(experience, "a", Outcome::ThumbsUp, 1, Domain::Math, 0.7,
              day(-5));  // a clock set back
        for (const auto& row : experience.rows())
            QVERIFY(row.domain != Domain::Code || std::abs(row.weight - 4) < 1e-6);
    }

    void itComesBackFromItsText() {
        Experience experience;
        teach(experience, "a \"quoted\"", Outcome::ThumbsDown, 30);
        teach(experience, "b", Outcome::WentOn, 50, Domain::Math, 0.4, day(3));
        Experience again;
        QVERIFY(again.read(experience.text()));
        QCOMPARE(again.text(), experience.text());
        for (const char* model : {"a \"quoted\"", "b"}) {
            for (const Domain domain : {Domain::Code, Domain::Math})
                QVERIFY(std::abs(again.corrections()->of(model, domain) -
                                 experience.corrections()->of(model, domain)) < 1e-5);
        }
        const unsigned before = again.revision();
        again.forget();
        QVERIFY(again.corrections()->empty() && again.rows().empty());
        QVERIFY(again.revision() != before);
    }

    void whatIsNotOursIsRefused_data() {
        QTest::addColumn<std::string>("text");
        QTest::newRow("nothing") << std::string();
        QTest::newRow("no object") << std::string("[]");
        QTest::newRow("another form")
            << std::string("{\"form\":\"gaterouter experience 9\",\"models\":[]}");
        QTest::newRow("no form") << std::string("{\"models\":[]}");
        const auto one = [](const std::string& inside) {
            return "{\"form\":\"gaterouter experience 1\",\"models\":[{\"at_ms\":5," + inside +
                   "}}]}";
        };
        const std::string named = "\"model\":\"a\",\"domains\":{";
        QTest::newRow("no name") << one("\"domains\":{\"code\":[1,1,1]");
        QTest::newRow("domain") << one(named + "\"cooking\":[1,1,1]");
        QTest::newRow("two") << one(named + "\"code\":[1,1]");
        QTest::newRow("four") << one(named + "\"code\":[1,1,1,1]");
        QTest::newRow("text") << one(named + "\"code\":[1,\"1\",1]");
        QTest::newRow("negative") << one(named + "\"code\":[-1,1,1]");
    }
    void whatIsNotOursIsRefused() {
        QFETCH(std::string, text);
        Experience experience;
        teach(experience, "a", Outcome::ThumbsUp, 30);
        const std::string before = experience.text();
        QVERIFY(!experience.read(text));
        QCOMPARE(experience.text(), before);
    }

    void itIsBounded() {
        Experience experience(3);
        for (int i = 0; i < 10; ++i)
            teach(experience, std::to_string(i).c_str(), Outcome::ThumbsUp, 1, Domain::Code, 0.7,
                  day(i));
        const auto rows = experience.rows();
        QVERIFY(find(rows, "9") && find(rows, "7") && !find(rows, "6"));
    }
};

QTEST_APPLESS_MAIN(ExperienceTest)
#include "test_experience.moc"
