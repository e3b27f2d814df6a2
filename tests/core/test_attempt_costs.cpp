// SPDX-License-Identifier: MIT
// The costs of attempts in the books: packed, added up and compared; and told to clients.
#include <QtTest>

#include "ledger/attempt_sums.h"
#include "ledger/row.h"
#include "protocol/usage_cost.h"

using namespace gr;
using ledger::Attempt;
using ledger::CostBasis;

namespace {

std::int64_t numberOf(std::string_view name) {
    return name.empty() ? 0 : static_cast<std::int64_t>(name.size());
}

std::string nameOf(std::int64_t number) {
    return std::string(static_cast<std::size_t>(number), 'n');
}

Attempt costing(const char* dollars) {
    Attempt attempt;
    attempt.basis = dollars != nullptr ? CostBasis::Computed : CostBasis::Unknown;
    if (dollars != nullptr)
        attempt.cost = Money::parse(dollars);
    return attempt;
}

}  // namespace

class TestAttemptCosts final : public QObject {
    Q_OBJECT

  private slots:
    void rowsOfBeforeAreRead() {
        const auto read = ledger::unpackAttempts("1,2,503,3,5,-,40;2,2,200,0,41,50,61", nameOf);
        QVERIFY(read);
        QCOMPARE(read->size(), std::size_t(2));
        QVERIFY(!read->front().cost && read->front().basis == CostBasis::Unknown);
        QVERIFY(read->back().tokens == TokenUsage() && read->back().endedMs == 61);
    }

    void whatIsUnknownAtTheEndTakesNoSpace() {
        Attempt attempt;
        attempt.endedMs = 9;
        QCOMPARE(ledger::packAttempts({attempt}, numberOf), std::string("0,0,0,0,0,-,9"));
        attempt.basis = CostBasis::Free;
        attempt.cost = Money();
        QCOMPARE(ledger::packAttempts({attempt}, numberOf), std::string("0,0,0,0,0,-,9,4,0"));
        attempt.tokens.output = 5;
        const std::string packed = ledger::packAttempts({attempt, attempt}, numberOf);
        QCOMPARE(packed.substr(0, packed.find(';')),
                 std::string("0,0,0,0,0,-,9,4,0,-,-,-,-,-,-,5"));
        const auto read = ledger::unpackAttempts(packed, nameOf);
        QVERIFY(read && read->size() == 2 && read->back().tokens == attempt.tokens);
        QVERIFY(read->back().cost == Money() && read->back().basis == CostBasis::Free);
    }

    void senselessRowsAreNone_data() {
        QTest::addColumn<QByteArray>("text");
        for (const char* text :
             {"1,2,200,0,1,2", "1,2,200,0,1,2,3,5", "1,2,200,0,1,2,3,-1", "1,2,200,0,1,2,3,1,x",
              "1,2,200,0,1,2,3,1,1.5", "-,2,200,0,1,2,3",
              "1,2,200,0,1,2,3,1,1,1,1,1,1,1,1,1,1,1,1,1", "1,2,200,0,1,2,3,1,,1"})
            QTest::newRow(text) << QByteArray(text);
    }
    void senselessRowsAreNone() {
        QFETCH(QByteArray, text);
        QVERIFY(!ledger::unpackAttempts(text.toStdString(), nameOf));
    }

    void aRequestIsTheSumOfItsAttempts() {
        QVERIFY(ledger::costOf({}) == Money());
        QVERIFY(ledger::costOf({costing("0.1"), costing("0.02")}) == Money::parse("0.12"));
        QVERIFY(!ledger::costOf({costing("0.1"), costing(nullptr)}));
        QVERIFY(ledger::knownCostOf({costing("0.1"), costing(nullptr)}) == *Money::parse("0.1"));
        QVERIFY(!ledger::costOf({costing("9000000"), costing("9000000")}));

        ledger::RequestRecord record;
        record.attempts = {costing("0.1"), costing("0.02")};
        record.attempts[0].tokens = {.input = 5, .output = 1};
        record.attempts[1].tokens = {.input = 6, .cacheRead = 3};
        record.tokens = ledger::tokensOf(record.attempts);
        record.cost = Money::parse("0.12");
        QVERIFY(record.tokens == TokenUsage({.input = 11, .cacheRead = 3, .output = 1}));
        QVERIFY(agreesWithAttempts(record));
        record.cost = Money::parse("0.13");
        QVERIFY(!agreesWithAttempts(record));
        record.cost.reset();
        QVERIFY(!agreesWithAttempts(record));
        record.cost = Money::parse("0.12");
        record.tokens.output = 2;
        QVERIFY(!agreesWithAttempts(record));
        for (Attempt& attempt : record.attempts)
            attempt = Attempt();  // a row of before
        QVERIFY(agreesWithAttempts(record));
    }

    void costsGoIntoUsage_data() {
        QTest::addColumn<QByteArray>("before");
        QTest::addColumn<QByteArray>("after");
        const auto row = [](const char* name, const char* before, const char* after) {
            QTest::newRow(name) << QByteArray(before) << QByteArray(after);
        };
        row("answer", R"({"usage": {"prompt_tokens":1} ,"x":2})",
            R"({"usage": {"prompt_tokens":1,"cost":0.00000125} ,"x":2})");
        row("empty usage", R"({"usage":{}})", R"({"usage":{"cost":0.00000125}})");
        row("event of responses", R"({"type":"response.completed","response":{"usage":{"a":1}}})",
            R"({"type":"response.completed","response":{"usage":{"a":1,"cost":0.00000125}}})");
        row("the provider's own", R"({"usage":{"cost":1,"a":2}})", "");
        row("null", R"({"usage":null})", "");
        row("text", R"({"usage":"{}"})", "");
        row("none", R"({"a":{"usage":{}}})", "");
        row("no JSON", R"({"usage":{)", "");
    }
    void costsGoIntoUsage() {
        QFETCH(QByteArray, before);
        QFETCH(QByteArray, after);
        const Money cost = *Money::parse("0.00000125");
        const auto priced = protocol::withCost(before.toStdString(), cost);
        QCOMPARE(QByteArray::fromStdString(priced.value_or("")), after);

        std::string events = "data: " + before.toStdString() + "\n\ndata: [DONE]\n\n";
        const QByteArray rest = QByteArray::fromStdString(events).mid(6 + before.size());
        protocol::addCost(events, 0, cost);
        QCOMPARE(QByteArray::fromStdString(events),
                 "data: " + (after.isEmpty() ? before : after) + rest);
        std::string earlier = "data: " + before.toStdString() + "\n\n";
        const std::string kept = earlier;
        protocol::addCost(earlier, earlier.size(), cost);
        QCOMPARE(earlier, kept);  // what went before stays
    }
};

QTEST_APPLESS_MAIN(TestAttemptCosts)
#include "test_attempt_costs.moc"
