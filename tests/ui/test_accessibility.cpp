// SPDX-License-Identifier: MIT
// Every widget that takes the keyboard has a name for those who do not see it, on every page and
// in every dialog; and pages are called by their titles.
#include <QAbstractButton>
#include <QAccessible>
#include <QDialog>
#include <QTest>

#include "dialogs/add_provider_dialog.h"
#include "dialogs/client_key_dialog.h"
#include "dialogs/command_palette.h"
#include "dialogs/passphrase_dialog.h"
#include "fake_endpoint.h"
#include "pages/page.h"
#include "stage.h"
#include "widgets/cost_chart.h"

namespace gr::ui {

using namespace Qt::StringLiterals;

class TestAccessibility final : public QObject {
    Q_OBJECT

  private slots:
    void pages_data();
    void pages();
    void dialogs();
    void chartsTellTheirStory();
    void tabStopsAreLargeEnough();

  private:
    static QStringList nameless(QWidget& root);
};

QStringList TestAccessibility::nameless(QWidget& root) {
    QStringList bare;
    for (QWidget* widget : root.findChildren<QWidget*>()) {
        if (!widget->isVisibleTo(&root) || (widget->focusPolicy() & Qt::TabFocus) == 0 ||
            widget->focusProxy() != nullptr) {
            continue;
        }
        // Parts of a compound widget speak through it.
        if (widget->objectName().startsWith("qt_"_L1)) {
            continue;
        }
        QAccessibleInterface* face = QAccessible::queryAccessibleInterface(widget);
        if (face == nullptr || face->text(QAccessible::Name).isEmpty()) {
            bare << QString::fromLatin1(widget->metaObject()->className()) + u" in "_s +
                        QString::fromLatin1(widget->parentWidget()->metaObject()->className());
        }
    }
    return bare;
}

void TestAccessibility::pages_data() {
    QTest::addColumn<int>("page");
    QTest::addColumn<bool>("filled");
    for (int page = 0; page < kPageCount; ++page) {
        const QByteArray name = pageTitle(static_cast<PageId>(page)).toLatin1();
        QTest::addRow("%s", name.constData()) << page << true;
        QTest::addRow("%s, empty", name.constData()) << page << false;
    }
}

void TestAccessibility::pages() {
    QFETCH(int, page);
    QFETCH(bool, filled);
    FakeEndpoint endpoint;
    Stage stage(filled);
    stage.backend.setBaseUrl(endpoint.baseUrl());
    MainWindow& window = stage.open();
    const auto id = static_cast<PageId>(page);
    window.showPage(id);
    Stage::settle();
    const QStringList bare = nameless(window);
    QVERIFY2(bare.isEmpty(), qPrintable(bare.join(u", "_s)));
    QAccessibleInterface* face = QAccessible::queryAccessibleInterface(window.page(id));
    QCOMPARE(face->text(QAccessible::Name), pageTitle(id));
    QVERIFY(window.page(id)->firstFocus() != nullptr);
}

void TestAccessibility::dialogs() {
    Stage stage;
    MainWindow& window = stage.open();
    stage.backend.setVault(VaultState::NeedsChoice);
    const QList<QDialog*> all{new AddProviderDialog(stage.backend, &window),
                              new ClientKeyDialog(stage.backend, u"codex"_s, &window),
                              new CommandPalette({}, &window),
                              new PassphraseDialog(stage.backend, &window)};
    for (QDialog* dialog : all) {
        dialog->open();
        Stage::settle();
        const QStringList bare = nameless(*dialog);
        QVERIFY2(bare.isEmpty(), qPrintable(bare.join(u", "_s)));
        dialog->reject();
    }
}

void TestAccessibility::chartsTellTheirStory() {
    Stage stage;
    MainWindow& window = stage.open();
    const auto* chart = window.page(PageId::Overview)->findChild<CostChart*>();
    QVERIFY(chart != nullptr);
    QCOMPARE(chart->accessibleName(), u"Cost over time"_s);
    QVERIFY(chart->accessibleDescription().startsWith(u"In total $"_s));
}

void TestAccessibility::tabStopsAreLargeEnough() {
    FakeEndpoint endpoint;
    Stage stage;
    stage.backend.setBaseUrl(endpoint.baseUrl());
    MainWindow& window = stage.open();
    for (int page = 0; page < kPageCount; ++page) {
        window.showPage(static_cast<PageId>(page));
        Stage::settle();
        for (QAbstractButton* button : window.findChildren<QAbstractButton*>()) {
            if (button->isVisibleTo(&window) && (button->focusPolicy() & Qt::TabFocus) != 0) {
                QVERIFY2(button->height() >= 28, qPrintable(button->text() + button->toolTip()));
            }
        }
    }
}

}  // namespace gr::ui

GR_UI_TEST_MAIN(gr::ui::TestAccessibility)
#include "test_accessibility.moc"
