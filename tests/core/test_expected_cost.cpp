// SPDX-License-Identifier: MIT
#include <QtTest>

#include "routing/expected_cost.h"

using namespace gr;
using namespace gr::routing;
using catalog::TokenClass;

namespace {

// Cents for a million tokens; below zero: the price list is silent.
catalog::Price price(std::int64_t in, std::int64_t out, std::int64_t read, std::int64_t write) {
    catalog::PriceRow row;
    const auto set = [&row](TokenClass tokens, std::int64_t cents) {
        if (cents >= 0)
            row.rates.set(tokens, catalog::Rate{cents * Money::kPicoPerDollar / 100});
    };
    set(TokenClass::Input, in);
    set(TokenClass::Output, out);
    set(TokenClass::CacheRead, read);
    set(TokenClass::CacheWrite5m, write);
    catalog::Price made;
    made.rows.push_back(row);
    return made;
}

double costOf(const catalog::Price& price, CacheHabit habit, const Turn& turn, std::int64_t warm) {
    return expectedCost(price, habit, turn, warm, UnixMs{}).value_or(-1);
}

}  // namespace

class ExpectedCostTest final : public QObject {
    Q_OBJECT

  private slots:
    // A prompt of 100,000 tokens, 90,000 of them as before, and 1,000 out, at $2 in, $10 out,
    // $0.20 from the cache and $2.50 into it:
    void theArithmetic() {
        const auto marked = price(200, 1'000, 20, 250);
        Turn turn{100'000, 90'000, 1'000, CacheMarks::FiveMinutes, 0};
        // cold: 0.1 M x 2.50 + 0.001 M x 10
        QCOMPARE(costOf(marked, CacheHabit::Marked, turn, 0), 0.26);
        // warm: 0.09 M x 0.20 + 0.01 M x 2.50 + 0.01
        QCOMPARE(costOf(marked, CacheHabit::Marked, turn, 95'000), 0.053);
        // cold, and three warm ones behind it
        turn.more = 3;
        QCOMPARE(costOf(marked, CacheHabit::Marked, turn, 0), (0.26 + 3 * 0.053) / 4);
        // Nobody marked anything: nothing is kept, nothing written.
        turn.marks = CacheMarks::None;
        QCOMPARE(costOf(marked, CacheHabit::Marked, turn, 95'000), 0.21);
        // Unasked: 0.1 M x 2 + 0.01 cold, 0.09 M x 0.20 + 0.01 M x 2 + 0.01 warm
        turn.more = 0;
        const auto automatic = price(200, 1'000, 20, -1);
        QCOMPARE(costOf(automatic, CacheHabit::Automatic, turn, 0), 0.21);
        QCOMPARE(costOf(automatic, CacheHabit::Automatic, turn, 95'000), 0.048);
    }

    // Cheaper without a cache, dearer with one: which is cheaper depends on what comes behind.
    void aLongSessionIsWorthACache() {
        const auto plain = price(100, 400, -1, -1);    // $1, no discount
        const auto caching = price(150, 400, 15, -1);  // $1.50, and $0.15 from the cache
        Turn turn{20'000, 18'000, 500, CacheMarks::None, 0};
        const auto dearer = [&] {
            return costOf(caching, CacheHabit::Automatic, turn, 0) >
                   costOf(plain, CacheHabit::Automatic, turn, 0);
        };
        QVERIFY(dearer());
        turn.more = 10;
        QVERIFY(!dearer());
    }

    void whatIsNotKnown() {
        QVERIFY(!expectedCost({}, CacheHabit::Automatic, {10, 0, 1}, 0, UnixMs{}));
        const auto noOutput = price(100, -1, -1, -1);
        QVERIFY(!expectedCost(noOutput, CacheHabit::Automatic, {10, 0, 1}, 0, UnixMs{}));
    }
};

QTEST_APPLESS_MAIN(ExpectedCostTest)
#include "test_expected_cost.moc"
