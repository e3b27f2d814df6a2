// SPDX-License-Identifier: MIT
// Keys of tools, and what they may do.
#include <QComboBox>
#include <QDialog>
#include <QLabel>
#include <QLineEdit>
#include <QTableView>
#include <QTest>

#include "models/client_key_model.h"
#include "pages/page.h"
#include "stage.h"

namespace gr::ui {

using namespace Qt::StringLiterals;

class TestConnect final : public QObject {
    Q_OBJECT

  private slots:
    void clientKeyIsBounded();
    void usersOfAKeyAreNamed();
};

void TestConnect::clientKeyIsBounded() {
    Stage stage;
    MainWindow& window = stage.open();
    window.showPage(PageId::Connect);
    window.commands().action(CommandId::NewClientKey)->trigger();
    auto* dialog = window.findChild<QDialog*>();
    QVERIFY(dialog != nullptr);
    QTest::keyClicks(byName<QLineEdit>(dialog, u"Models it may ask for"_s),
                     u"openai/gpt-*, ollama/*"_s);
    auto* spend = byName<QLineEdit>(dialog, u"Dollars it may spend"_s);
    QTest::keyClicks(spend, u"much"_s);
    auto* requests = byName<QLineEdit>(dialog, u"Requests it may make"_s);
    QTest::keyClicks(requests, u"0"_s);
    QTest::keyClick(requests, Qt::Key_Return);
    QVERIFY(words(dialog).contains(u"Write an amount in dollars such as 5.00"_s));
    spend->selectAll();
    QTest::keyClicks(spend, u"$2.50"_s);
    auto* time = byName<QComboBox>(dialog, u"In which time it may spend them"_s);
    QTest::keyClick(time, Qt::Key_Down);  // a week
    QTest::keyClick(spend, Qt::Key_Return);
    QVERIFY(words(dialog).contains(u"Write a whole number such as 30"_s));
    requests->selectAll();
    QTest::keyClicks(requests, u"1,000"_s);
    QTest::keyClick(requests, Qt::Key_Return);
    QTRY_COMPARE(stage.backend.keys.size(), 4U);
    auto* table = byName<QTableView>(window.page(PageId::Connect), u"Keys of your tools"_s);
    QTRY_COMPARE(table->model()->rowCount(), 4);
    QCOMPARE(table->model()->index(3, 1).data().toString(), u"openai/gpt-*, ollama/*"_s);
    QCOMPARE(table->model()->index(3, 2).data().toString(),
             u"$2.50 a week, 1,000 requests a minute"_s);
    QCOMPARE(table->model()->index(0, 1).data().toString(), u"all"_s);
    QCOMPARE(table->model()->index(0, 2).data().toString(), u"none of its own"_s);
}

void TestConnect::usersOfAKeyAreNamed() {
    Stage stage;
    MainWindow& window = stage.open();
    window.showPage(PageId::Connect);
    auto* table = byName<QTableView>(window.page(PageId::Connect), u"Keys of your tools"_s);
    const auto cell = [&](int row) { return table->model()->index(row, ClientKeyModel::UsedBy); };
    QCOMPARE(cell(0).data().toString(), u"not seen yet"_s);
    QCOMPARE(cell(1).data().toString(), u"node, 14:23:43"_s);
    QCOMPARE(cell(1).data(Qt::ToolTipRole).toString(),
             u"/usr/bin/node, 14:23:43\n/opt/editor/bin/editor, 19 Nov 14:25"_s);
    // What connected since is there when the page is opened again.
    stage.backend.keys[0].programs = stage.backend.keys[1].programs;
    window.showPage(PageId::Overview);
    window.showPage(PageId::Connect);
    QCOMPARE(cell(0).data().toString(), u"node, 14:23:43"_s);
}

}  // namespace gr::ui

GR_UI_TEST_MAIN(gr::ui::TestConnect)
#include "test_connect.moc"
