// SPDX-License-Identifier: MIT
// The page that tells how the day goes: what is spent, and what is earned.
#include <QTableView>

#include "pages/page.h"
#include "stage.h"
#include "widgets/controls.h"
#include "widgets/cost_chart.h"

namespace gr::ui {

using namespace Qt::StringLiterals;

class TestOverview final : public QObject {
    Q_OBJECT

  private slots:
    void tellsOfIncome();
    void splitsByRail();
};

// Income stands beside what is spent, on a gateway that sells, and nowhere else.
void TestOverview::tellsOfIncome() {
    Stage stage;
    MainWindow& window = stage.open();
    QWidget* page = window.page(PageId::Overview);
    auto* card = page->findChildren<MetricCard*>()[1];
    QTRY_VERIFY2(card->accessibleName().startsWith(u"Earned today: $0."_s) &&
                     card->accessibleName().contains(u" sales"_s),
                 qPrintable(card->accessibleName()));
    QPushButton* earned = button(page, u"Earned"_s);
    QVERIFY(earned != nullptr && button(page, u"Payer"_s) == nullptr);
    earned->click();
    QVERIFY(button(page, u"Provider"_s) == nullptr && button(page, u"Paid with"_s) == nullptr);
    button(page, u"Payer"_s)->click();
    auto* chart = page->findChild<CostChart*>();
    QTRY_VERIFY2(chart->accessibleDescription().contains(u"most by 0x857b…6b66"_s),
                 qPrintable(chart->accessibleDescription()));
    QCOMPARE(chart->accessibleName(), u"Income over time"_s);
    button(page, u"Show as table"_s)->click();
    auto* table = byName<QTableView>(page, u"Figures of the chart"_s);
    QVERIFY(table != nullptr);
    QCOMPARE(table->model()->headerData(1, Qt::Horizontal).toString(), u"0x857b…6b66"_s);
    QTest::keyClick(card, Qt::Key_Return);
    QVERIFY(window.page(PageId::Selling)->isVisible());

    window.showPage(PageId::Overview);
    stage.backend.money.sell.enabled = false;
    stage.backend.money.emitChanged();
    QTRY_VERIFY(!card->isVisible());
    QTRY_VERIFY(button(page, u"Earned"_s) == nullptr);
    QTRY_COMPARE(chart->accessibleName(), u"Cost over time"_s);
}

// What sellers were paid for is told apart from what keys of one's own paid for.
void TestOverview::splitsByRail() {
    Stage stage;
    for (std::size_t i = 0; i < stage.backend.buckets.size(); ++i) {
        stage.backend.buckets[i].group = i % 2 == 0 ? "keys" : "eip155:8453";
    }
    MainWindow& window = stage.open();
    QWidget* page = window.page(PageId::Overview);
    button(page, u"Paid with"_s)->click();
    auto* chart = page->findChild<CostChart*>();
    QTRY_VERIFY2(chart->accessibleDescription().contains(u"own keys"_s) ||
                     chart->accessibleDescription().contains(u"x402 on Base"_s),
                 qPrintable(chart->accessibleDescription()));
    stage.backend.money.pays = false;
    stage.backend.money.emitChanged();
    QTRY_VERIFY(button(page, u"Paid with"_s) == nullptr);
}

}  // namespace gr::ui

GR_UI_TEST_MAIN(gr::ui::TestOverview)
#include "test_overview.moc"
