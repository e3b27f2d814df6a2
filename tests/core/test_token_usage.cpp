// SPDX-License-Identifier: MIT
// Classes of tokens are disjoint: whatever a provider reports, no token is counted twice, none is
// counted that was not reported, and sums do not wrap.
#include <QtTest>
#include <limits>

#include "base/token_usage.h"

using gr::disjoint;
using gr::ReportedTokens;
using gr::TokenUsage;

namespace {

constexpr std::int64_t kMost = std::numeric_limits<std::int64_t>::max();
using Count = std::optional<std::int64_t>;

}  // namespace

class TestTokenUsage final : public QObject {
    Q_OBJECT

  private slots:
    void partsAreTakenOutOfTheirTotal() {
        QVERIFY(disjoint({.input = 100,
                          .cacheRead = 50,
                          .cacheWrite5m = 7,
                          .cacheWrite1h = 3,
                          .audioInput = 10,
                          .output = 40,
                          .reasoning = 30,
                          .audioOutput = 4}) == TokenUsage({.input = 30,
                                                            .cacheRead = 50,
                                                            .cacheWrite5m = 7,
                                                            .cacheWrite1h = 3,
                                                            .audioInput = 10,
                                                            .output = 6,
                                                            .reasoning = 30,
                                                            .audioOutput = 4}));
    }

    void reasoningBesideTheTotalIsLeftThere() {
        const ReportedTokens told{.output = 10, .reasoning = 30, .reasoningOutside = true};
        QVERIFY(disjoint(told) == TokenUsage({.output = 10, .reasoning = 30}));
        QCOMPARE(disjoint(told).outputTotal(), Count(40));
    }

    void aPartThatIsTooLargeIsCutAtItsTotal() {
        // What costs most is kept.
        const TokenUsage usage = disjoint({.input = 10, .cacheRead = 20, .cacheWrite1h = 8});
        QVERIFY(usage == TokenUsage({.input = 0, .cacheRead = 2, .cacheWrite1h = 8}));
        QVERIFY(disjoint({.output = 5, .reasoning = 9}) ==
                TokenUsage({.output = 0, .reasoning = 5}));
    }

    void whatWasNotReportedStaysUnknown() {
        QVERIFY(disjoint({}) == TokenUsage());
        QVERIFY(!TokenUsage().known());
        QVERIFY(!TokenUsage().total());
        QVERIFY(disjoint({.input = -1, .output = -7, .reasoning = -2}) == TokenUsage());
        QVERIFY(disjoint({.cacheRead = 5}) == TokenUsage({.cacheRead = 5}));
        QCOMPARE(TokenUsage({.cacheRead = 5}).inputTotal(), Count(5));
        QVERIFY(!TokenUsage({.cacheRead = 5}).outputTotal());
        QCOMPARE(TokenUsage({.cacheRead = 5, .output = 0}).total(), Count(5));
    }

    void sumsDoNotWrap() {
        QCOMPARE(TokenUsage({.input = kMost, .cacheRead = 1}).inputTotal(), Count(kMost));
        QCOMPARE(TokenUsage({.input = kMost, .output = kMost}).total(), Count(kMost));
        QCOMPARE(TokenUsage({.cacheWrite5m = kMost, .cacheWrite1h = kMost}).cacheWriteTotal(),
                 Count(kMost));
        QCOMPARE(TokenUsage({.input = -5, .cacheRead = 3}).inputTotal(), Count(3));
    }

    // The total of the classes is the total that was reported, for any report that makes sense.
    void totalsSurvive() {
        std::uint64_t state = 0x9e3779b97f4a7c15ULL;
        const auto upTo = [&state](std::int64_t most) {
            state = state * 6364136223846793005ULL + 1442695040888963407ULL;
            return static_cast<std::int64_t>((state >> 33) % static_cast<std::uint64_t>(most + 1));
        };
        for (int turn = 0; turn < 20'000; ++turn) {
            ReportedTokens told;
            told.input = upTo(1'000);
            told.output = upTo(1'000);
            for (Count* part : {&told.cacheRead, &told.cacheWrite5m, &told.cacheWrite1h,
                                &told.audioInput, &told.reasoning, &told.audioOutput}) {
                if (upTo(2) > 0)
                    *part = upTo(turn % 2 == 0 ? 300 : 1'500);
            }
            const TokenUsage usage = disjoint(told);
            QCOMPARE(usage.inputTotal(), told.input);
            QCOMPARE(usage.outputTotal(), told.output);
            for (const Count& part : {usage.input, usage.cacheRead, usage.output, usage.reasoning})
                QVERIFY(part.value_or(0) >= 0);
        }
    }
};

QTEST_APPLESS_MAIN(TestTokenUsage)
#include "test_token_usage.moc"
