// SPDX-License-Identifier: MIT
// What the inspector says of one request.
#include <QLabel>
#include <QTest>

#include "fake_backend.h"
#include "format.h"
#include "stage.h"
#include "widgets/bill_view.h"
#include "widgets/inspector.h"

namespace gr::ui {

using namespace Qt::StringLiterals;

class TestInspector final : public QObject {
    Q_OBJECT

  private slots:
    void tellsHowACostIsKnown() {
        using ledger::CostBasis;
        Inspector inspector;
        RequestRow row;
        row.record = scriptedRecord(0, UnixMs{1'795'000'000'000});
        ledger::Attempt attempt;
        attempt.cost = row.record.cost = Money::parse("0.02");
        attempt.basis = CostBasis::Computed;
        const auto shown = [&] {
            row.record.attempts = {attempt};
            inspector.show(row);
            QStringList words;
            for (const QLabel* label : inspector.findChildren<QLabel*>())
                words << label->text();
            return words;
        };
        QVERIFY(shown().contains(u"$0.02"_s));
        attempt.basis = CostBasis::Estimated;
        QVERIFY(shown().contains(u"about $0.02"_s));
        attempt.basis = CostBasis::Reported;
        QVERIFY(shown().contains(u"$0.02"_s));
        attempt.computed = Money::parse("0.03");
        QVERIFY(shown().contains(
            u"$0.02, as the provider says; by our prices its answer cost $0.03"_s));
        row.record.cost.reset();
        QVERIFY(shown().contains(u"unknown, at least $0.02"_s));
    }

    void tokensTimesPrice();
    void everyAttemptHasItsBill();
    void whatIsNotExactSaysSo();
};

namespace {

QString spoken(const ledger::RequestRecord& record) {
    Inspector inspector;
    inspector.show({.running = false, .answering = false, .sequence = {}, .record = record},
                   gateway::billsOf(record, scriptedPrices()));
    QStringList all;
    for (const BillView* bill : inspector.findChildren<BillView*>()) {
        all << bill->accessibleName();
    }
    return all.join(u'\n');
}

}  // namespace

void TestInspector::tokensTimesPrice() {
    const ledger::RequestRecord record = scriptedRecord(0, UnixMs{1'795'000'000'000});
    QCOMPARE(spoken(record),
             u"openai/gpt-5.4-mini. Input: 405 × $0.25 a million = $0.00010125. "
             "Input from a cache: 799 × $0.025 a million = $0.000019975. "
             "Output: 388 × $2.00 a million = $0.000776. Together: $0.000897225. "
             "Price since 5 Mar 2026 (UTC)."_s);
    QCOMPARE(moneyExact(*record.cost), u"$0.000897225"_s);
}

void TestInspector::everyAttemptHasItsBill() {
    // The first attempt was refused, the second answered.
    const ledger::RequestRecord record = scriptedRecord(3, UnixMs{1'795'000'000'000});
    const QString told = spoken(record);
    QVERIFY2(told.startsWith(u"groq/gpt-5.4. Cost: $0.00. Nothing was charged"_s),
             qPrintable(told));
    QVERIFY2(told.contains(u"\nopenai/gpt-5.4. Input: 15,210 × $2.50 a million = $0.038025. "_s),
             qPrintable(told));
}

void TestInspector::whatIsNotExactSaysSo() {
    ledger::RequestRecord record = scriptedRecord(0, UnixMs{1'795'000'000'000});
    ledger::Attempt& attempt = record.attempts.back();
    attempt.basis = ledger::CostBasis::Estimated;
    QVERIFY(spoken(record).contains(u"Together, estimated: $0.000897225"_s));
    attempt.basis = ledger::CostBasis::Reported;
    attempt.computed = attempt.cost;
    attempt.cost = Money::parse("0.001");
    QVERIFY(spoken(record).contains(u"As the provider says: $0.001. "_s));
    QVERIFY(spoken(record).contains(u"by our prices it is $0.000897225."_s));
    attempt.basis = ledger::CostBasis::Computed;  // at a price that is no more
    QVERIFY(spoken(record).contains(u"The price of then is no longer known"_s));
    QVERIFY(!spoken(record).contains(u'×'));
    attempt.basis = ledger::CostBasis::Unknown;
    attempt.cost.reset();
    QVERIFY(spoken(record).contains(u"Together: unknown. The answer did not come to its end"_s));
    attempt.model = "no-such-model";
    QVERIFY(spoken(record).contains(u"No price is known for this model."_s));
    // Rows of before attempts had costs of their own have no bill.
    attempt.tokens = {};
    QVERIFY(spoken(record).isEmpty());
}

}  // namespace gr::ui

GR_UI_TEST_MAIN(gr::ui::TestInspector)
#include "test_inspector.moc"
