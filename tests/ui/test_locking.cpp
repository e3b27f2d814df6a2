// SPDX-License-Identifier: MIT
// The wallet that is locked, books in doubt, and amounts that are hidden: on the page Wallet and in
// the frame around every page.
#include <QLineEdit>
#include <QPushButton>
#include <QStatusBar>
#include <QTableView>
#include <QTest>

#include "dialogs/passphrase_dialog.h"
#include "models/purchase_model.h"
#include "pages/page.h"
#include "stage.h"
#include "widgets/notice.h"

namespace gr::ui {

using namespace Qt::StringLiterals;
using State = gateway::WalletFacts::State;

namespace {

// The page of a window that is in front.
struct Shown {
    explicit Shown(const std::function<void(FakePayments&)>& prepare = {}) {
        if (prepare) {
            prepare(stage.backend.money);
        }
        open();
    }
    void open() {
        stage.open().showPage(PageId::Wallet);
        Stage::settle();
        Stage::settle();
        page = stage.window->page(PageId::Wallet);
    }

    Stage stage;
    Page* page = nullptr;
};

}  // namespace

class TestLocking final : public QObject {
    Q_OBJECT

  private slots:
    void lockedAndUnlocked();
    void whatCannotBeLockedSaysWhy();
    void aWalletThatLocksItselfIsSeen();
    void booksInDoubtAreTold();
    void amountsAreHidden();
};

// By the button, and by the key; what is locked is seen from every page.
void TestLocking::lockedAndUnlocked() {
    Shown shown;
    FakePayments& money = shown.stage.backend.money;
    MainWindow& window = *shown.stage.window;
    QVERIFY(button(window.statusBar(), u"Wallet locked"_s) == nullptr);
    QTest::mouseClick(button(shown.page, u"Lock"_s), Qt::LeftButton);
    Stage::settle();
    QCOMPARE(shown.stage.backend.said.last(), u"lock wallet"_s);
    QVERIFY(words(shown.page).contains(u"Locked"_s));
    QVERIFY(button(window.statusBar(), u"Wallet locked"_s) != nullptr);
    const auto unlock = [&](const std::function<void()>& ask) {
        ask();
        Stage::settle();
        auto* dialog = window.findChild<PassphraseDialog*>();
        QVERIFY(dialog != nullptr);
        QVERIFY(words(dialog).contains(u"Unlock the wallet"_s));
        QTest::keyClicks(byName<QLineEdit>(dialog, u"Passphrase"_s), u"a long one"_s);
        money.view.locked = false;
        money.facts.state = State::Ready;
        QTest::mouseClick(button(dialog, u"Unlock"_s), Qt::LeftButton);
        QTRY_VERIFY(window.findChild<PassphraseDialog*>() == nullptr);
        Stage::settle();
        QCOMPARE(shown.stage.backend.said.last(), u"open vault 10"_s);
        QVERIFY(button(window.statusBar(), u"Wallet locked"_s) == nullptr);
        QVERIFY(button(shown.page, u"Lock"_s) != nullptr);
    };
    unlock([&] { QTest::mouseClick(button(shown.page, u"Unlock…"_s), Qt::LeftButton); });
    QAction* key = window.commands().action(CommandId::LockWallet);
    QCOMPARE(key->shortcut(), QKeySequence(Qt::CTRL | Qt::Key_L));
    key->trigger();
    Stage::settle();
    QVERIFY(money.view.locked);
    unlock(
        [&] { QTest::mouseClick(button(window.statusBar(), u"Wallet locked"_s), Qt::LeftButton); });
}

void TestLocking::whatCannotBeLockedSaysWhy() {
    Shown shown;
    shown.stage.backend.money.nextError =
        Error(ErrorCode::InvalidField, "The keychain opens this vault.");
    QTest::mouseClick(button(shown.page, u"Lock"_s), Qt::LeftButton);
    Stage::settle();
    QVERIFY(words(shown.page->notices()).contains(u"The wallet was not locked"_s));
    QVERIFY(words(shown.page->notices()).contains(u"The keychain opens this vault."_s));
    QVERIFY(button(shown.page, u"Lock"_s) != nullptr);
}

// Nobody tells of it: it is looked for.
void TestLocking::aWalletThatLocksItselfIsSeen() {
    Shown shown;
    shown.stage.backend.money.view.locked = true;
    shown.stage.backend.money.facts.state = State::Locked;
    QTRY_VERIFY_WITH_TIMEOUT(button(shown.stage.window->statusBar(), u"Wallet locked"_s) != nullptr,
                             8'000);
    QTRY_VERIFY(button(shown.page, u"Unlock…"_s) != nullptr);
}

void TestLocking::booksInDoubtAreTold() {
    Shown shown([](FakePayments& money) { money.view.doubted = true; });
    QVERIFY(words(shown.page->notices()).contains(u"the vault remembers other books"_s));
    shown.stage.window->showPage(PageId::Overview);
    Stage::settle();
    QTest::mouseClick(button(shown.stage.window->statusBar(), u"Books in doubt"_s), Qt::LeftButton);
    Stage::settle();
    QVERIFY(shown.page->isVisible());
    QTest::mouseClick(button(shown.page->notices(), u"Let these books count"_s), Qt::LeftButton);
    Stage::settle();
    QVERIFY(shown.stage.backend.said.contains(u"believe books"_s));
    Stage::settle();
    QVERIFY(!words(shown.page->notices()).contains(u"the vault remembers other books"_s));
    QTRY_VERIFY_WITH_TIMEOUT(
        button(shown.stage.window->statusBar(), u"Books in doubt"_s) == nullptr, 8'000);
}

// Also after a restart; but what a person is asked to decide says its sum.
void TestLocking::amountsAreHidden() {
    Shown shown([](FakePayments& money) { money.hold(1); });
    QVERIFY(words(shown.page).contains(u"12.34"_s));
    QAction* hide = shown.stage.window->commands().action(CommandId::HideAmounts);
    QCOMPARE(hide->shortcut(), QKeySequence(Qt::CTRL | Qt::SHIFT | Qt::Key_H));
    hide->trigger();
    Stage::settle();
    const auto isHidden = [&] {
        const QString said = words(shown.page);
        const QAbstractItemModel* rows = byName<QTableView>(shown.page, u"Payments"_s)->model();
        return !said.contains(u"12.34"_s) && !said.contains(u"$0.41"_s) &&
               said.contains(u"••• counts today"_s) &&
               rows->index(0, PurchaseModel::Amount).data().toString() == u"•••"_s;
    };
    QVERIFY2(isHidden(), qPrintable(words(shown.page)));
    QVERIFY(!words(shown.stage.window->statusBar()).contains(u'$'));
    QVERIFY(words(shown.page->notices()).contains(u"$0.050001"_s));
    shown.stage.window.reset();
    shown.open();
    QVERIFY2(isHidden(), qPrintable(words(shown.page)));
    shown.stage.window->commands().action(CommandId::HideAmounts)->trigger();
    Stage::settle();
    QVERIFY(words(shown.page).contains(u"12.34"_s));
}

}  // namespace gr::ui

GR_UI_TEST_MAIN(gr::ui::TestLocking)
#include "test_locking.moc"
