// SPDX-License-Identifier: MIT
#include <QtTest>

#include <random>

#include "routing/trace.h"

using namespace gr::routing;

namespace {

Trace full() {
    Trace trace;
    RequestFacts& facts = trace.facts;
    facts.hasImage = facts.hasVideo = facts.hasTools = facts.hasCode = true;
    facts.cacheMarks = CacheMarks::OneHour;
    facts.promptTokens = 1'234'567;
    facts.prefixTokens = 1'200'000;
    facts.turns = 300;
    facts.toolCount = 70;
    facts.bodyBytes = 5'000'000'000;
    facts.maxOutput = 0;
    facts.session = std::string(
        "\0a\xff"
        "bcdefghijklm",
        15);
    facts.language = "de";
    facts.stateOf = "openai";
    facts.prediction.difficulty = 0.25F;
    facts.prediction.confidence = 1;
    facts.prediction.domains[3] = 0.5F;
    facts.prediction.known.assign(71, 0.75F);
    trace.secretsSought = trace.languageSought = true;
    return trace;
}

bool near(float a, float b) {
    return std::abs(a - b) <= 0.51F / 255;
}

}  // namespace

class TraceTest final : public QObject {
    Q_OBJECT

  private slots:
    void whatIsPackedComesBack() {
        const std::string bytes = packTrace(full());
        QVERIFY(bytes.size() < 150);
        const auto back = unpackTrace(bytes);
        QVERIFY(back && back->secretsSought && !back->codeSought && back->languageSought);
        const RequestFacts& facts = back->facts;
        QVERIFY(facts.hasImage && facts.hasVideo && facts.hasTools && facts.hasCode);
        QVERIFY(!facts.hasFile && !facts.hasAudio && !facts.structured && !facts.hasSecret);
        QVERIFY(!facts.reasoning && facts.cacheMarks == CacheMarks::OneHour);
        QCOMPARE(facts.promptTokens, std::int64_t{1'234'567});
        QCOMPARE(facts.prefixTokens, std::int64_t{1'200'000});
        QCOMPARE(facts.turns, std::int64_t{300});
        QCOMPARE(facts.toolCount, std::size_t{70});
        QCOMPARE(facts.bodyBytes, std::size_t{5'000'000'000});
        QVERIFY(facts.maxOutput == std::int64_t{0});
        QCOMPARE(facts.session, std::string("\0a\xff"
                                            "bcdef",
                                            8));
        QCOMPARE(facts.language, std::string("de"));
        QCOMPARE(facts.stateOf, std::string("openai"));
        QVERIFY(near(facts.prediction.difficulty, 0.25F));
        QVERIFY(near(facts.prediction.confidence, 1));
        QVERIFY(near(facts.prediction.domains[3], 0.5F));
        QVERIFY(near(facts.prediction.domains[4], 0));
        QCOMPARE(facts.prediction.known.size(), std::size_t{71});
        QVERIFY(near(facts.prediction.known[70], 0.75F));
    }

    void nothingSaysNothing() {
        const auto back = unpackTrace(packTrace({}));
        QVERIFY(back && !back->secretsSought && !back->facts.maxOutput);
        QVERIFY(back->facts.session.empty() && back->facts.language.empty());
        QVERIFY(back->facts.stateOf.empty() && back->facts.prediction.known.empty());
    }

    void theLargestFitsItsBound() {
        Trace trace = full();
        RequestFacts& facts = trace.facts;
        facts.promptTokens = facts.prefixTokens = facts.turns = INT64_MAX;
        facts.maxOutput = INT64_MAX - 1;
        facts.toolCount = facts.bodyBytes = SIZE_MAX;
        facts.stateOf.assign(400, 'p');
        facts.language = "deutsch";
        facts.prediction.known.assign(4'000, 0.5F);
        const std::string bytes = packTrace(trace);
        QVERIFY(bytes.size() <= kMostTraceBytes);
        const auto back = unpackTrace(bytes);
        QVERIFY(back);
        QCOMPARE(back->facts.promptTokens, std::int64_t{INT64_MAX});
        QCOMPARE(back->facts.maxOutput.value_or(0), std::int64_t{INT64_MAX - 1});
    }

    void whatIsNoTraceIsRefused() {
        const std::string bytes = packTrace(full());
        for (std::size_t size = 0; size < bytes.size(); ++size)
            QVERIFY(!unpackTrace(std::string_view(bytes).substr(0, size)));
        QVERIFY(!unpackTrace(bytes + 'x'));
        QVERIFY(!unpackTrace("\2" + bytes.substr(1)));
        std::mt19937 random(7);
        for (int i = 0; i < 20'000; ++i) {  // ends well, whatever the bytes are
            std::string damaged = bytes;
            for (int n = 0; n < 3; ++n)
                damaged[random() % damaged.size()] = static_cast<char>(random());
            if (const auto back = unpackTrace(damaged))
                QVERIFY(packTrace(*back).size() <= kMostTraceBytes);
        }
    }
};

QTEST_APPLESS_MAIN(TraceTest)
#include "test_trace.moc"
