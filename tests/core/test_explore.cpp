// SPDX-License-Identifier: MIT
// Whom `auto` tries now and then for the sake of learning.
#include <QtTest>

#include "routing/explore.h"

using namespace gr::routing;

namespace {

Pick pick(double quality, std::optional<double> cost, double score, Rank rank = Rank::Ready) {
    Pick made;
    made.quality = quality;
    made.cost = cost;
    made.score = score;
    made.rank = rank;
    return made;
}

// A chance that gives these numbers in turn.
std::function<double()> chances(std::vector<double> numbers) {
    return [numbers = std::move(numbers), i = std::size_t{0}]() mutable { return numbers.at(i++); };
}

// Who is tried beside a best one of quality 0.8, a cent and a score of 0.8.
std::optional<std::size_t> tried(std::vector<Pick> others, double second = 0) {
    Choice choice;
    choice.picks = std::move(others);
    choice.picks.insert(choice.picks.begin(), pick(0.8, 0.01, 0.8));
    return explore(choice, 0.02, chances({0.01, second}));
}

}  // namespace

class TestExplore final : public QObject {
    Q_OBJECT

  private slots:
    void onlyWhoIsNear() {
        QCOMPARE(tried({pick(0.76, 0.015, 0.78)}), std::optional<std::size_t>(1));
        QVERIFY(!tried({pick(0.74, 0.005, 0.79)}));         // worse
        QVERIFY(!tried({pick(0.80, 0.010, 0.74)}));         // slower, say
        QVERIFY(!tried({pick(0.80, 0.021, 0.78)}));         // more than twice as dear
        QVERIFY(!tried({pick(0.80, std::nullopt, 0.80)}));  // nobody knows how dear
        QVERIFY(!tried({pick(0.80, 0.01, 0.80, Rank::Resting)}));
        QVERIFY(!tried({}));
    }

    void noMoreThanACentDearer() {
        Choice choice;
        choice.picks = {pick(0.8, 0.1, 0.8), pick(0.8, 0.111, 0.79), pick(0.8, 0.109, 0.79)};
        QCOMPARE(explore(choice, 1, chances({0, 0})), std::optional<std::size_t>(2));
    }

    void eachOfThemInTurn() {
        const std::vector<Pick> two{pick(0.79, 0.01, 0.79), pick(0.2, 0.01, 0.2),
                                    pick(0.78, 0.01, 0.78)};
        QCOMPARE(tried(two, 0.0), std::optional<std::size_t>(1));
        QCOMPARE(tried(two, 0.49), std::optional<std::size_t>(1));
        QCOMPARE(tried(two, 0.5), std::optional<std::size_t>(3));
        QCOMPARE(tried(two, 0.999), std::optional<std::size_t>(3));
    }

    void asOftenAsIsWished() {
        Choice choice;
        choice.picks = {pick(0.8, 0.01, 0.8), pick(0.8, 0.01, 0.79)};
        int explored = 0;
        for (int i = 0; i < 1'000; ++i)
            explored += explore(choice, 0.02, chances({i / 1'000.0, 0})) ? 1 : 0;
        QCOMPARE(explored, 20);
        QVERIFY(!explore(choice, 0, chances({0, 0})));
    }
};

QTEST_APPLESS_MAIN(TestExplore)
#include "test_explore.moc"
