// SPDX-License-Identifier: MIT
// What the inspector says of one request.
#include <QLabel>
#include <QTest>

#include "fake_backend.h"
#include "stage.h"
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
};

}  // namespace gr::ui

GR_UI_TEST_MAIN(gr::ui::TestInspector)
#include "test_inspector.moc"
