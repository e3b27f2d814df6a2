// SPDX-License-Identifier: MIT
// Making, importing and backing up a wallet in the window.
#include <QCheckBox>
#include <QClipboard>
#include <QPlainTextEdit>
#include <QPushButton>
#include <QSpinBox>
#include <QTest>

#include "dialogs/wallet_dialogs.h"
#include "pages/page.h"
#include "stage.h"
#include "widgets/controls.h"
#include "widgets/wallet_parts.h"

namespace gr::ui {

using namespace Qt::StringLiterals;
using Keeper = Payments::Keeper;

namespace {

void type(QWidget* dialog, const QString& name, const QString& typed) {
    if (auto* line = byName<QLineEdit>(dialog, name)) {
        line->setText(typed);
    } else if (auto* field = byName<QPlainTextEdit>(dialog, name)) {
        field->setPlainText(typed);
    } else {
        QFAIL(qPrintable(u"no field "_s + name));
    }
}

void press(QWidget* dialog, const QString& label) {
    QPushButton* one = button(dialog, label);
    QVERIFY2(one != nullptr, qPrintable(label));
    QTest::mouseClick(one, Qt::LeftButton);
    Stage::settle();
}

}  // namespace

class TestWalletDialogs final : public QObject {
    Q_OBJECT

  private slots:
    void makesOneStepByStep();
    void wordsGoNowhereElse();
    void wrongPaperIsTold();
    void laterLeavesTheWallet();
    void vaultIsAskedFor_data();
    void vaultIsAskedFor();
    void weakPassphrasesAreRefused();
    void imports();
    void importErrorsKeepWhatWasTyped();
    void backupShowsTheWordsOnceMore();
    void emptyPageLeadsThere();
};

void TestWalletDialogs::makesOneStepByStep() {
    Stage stage;
    MainWindow& window = stage.open();
    auto* dialog = new NewWalletDialog(stage.backend, &window);
    dialog->open();
    press(dialog, u"24 words"_s);
    press(dialog, u"Make it"_s);
    QVERIFY(stage.backend.said.contains(u"create wallet 24"_s));
    const QString said = words(dialog);
    QVERIFY2(said.contains(u" 1  abandon"_s) && said.contains(u"12  about"_s), qPrintable(said));
    press(dialog, u"I have written them down"_s);
    QVERIFY(!words(dialog).contains(u"abandon"_s));  // from the paper alone
    type(dialog, u"Words from the paper"_s, stage.backend.money.walletText);
    const QPointer<QWidget> open(dialog);
    press(dialog, u"Check the paper"_s);
    QVERIFY(stage.backend.said.contains(u"check backup"_s));
    QTRY_VERIFY(open.isNull() || !open->isVisible());
    QVERIFY(stage.backend.money.facts.backedUp);
}

void TestWalletDialogs::wordsGoNowhereElse() {
    Stage stage;
    MainWindow& window = stage.open();
    QGuiApplication::clipboard()->setText(u"before"_s);
    auto* dialog = new NewWalletDialog(stage.backend, &window);
    dialog->open();
    press(dialog, u"Make it"_s);
    for (const QLabel* label : dialog->findChildren<QLabel*>()) {
        if (label->text().contains(u"abandon"_s)) {
            QVERIFY(!label->textInteractionFlags().testFlag(Qt::TextSelectableByMouse));
        }
    }
    QCOMPARE(QGuiApplication::clipboard()->text(), u"before"_s);
}

void TestWalletDialogs::wrongPaperIsTold() {
    Stage stage;
    stage.backend.money.facts.backedUp = false;
    MainWindow& window = stage.open();
    auto* dialog = new BackupDialog(stage.backend, true, &window);
    dialog->open();
    type(dialog, u"Words, or private key, from your backup"_s, u"some other words"_s);
    press(dialog, u"Check it"_s);
    QVERIFY(dialog->isVisible());
    QVERIFY2(words(dialog).contains(u"not the backup of this wallet"_s), qPrintable(words(dialog)));
    QVERIFY(!stage.backend.money.facts.backedUp);
}

void TestWalletDialogs::laterLeavesTheWallet() {
    Stage stage;
    stage.backend.money.facts = {};
    MainWindow& window = stage.open();
    auto* dialog = new NewWalletDialog(stage.backend, &window);
    dialog->open();
    press(dialog, u"Make it"_s);
    press(dialog, u"Later"_s);
    QVERIFY(stage.backend.money.facts.state == gateway::WalletFacts::State::Ready);
    QVERIFY(!stage.backend.money.facts.backedUp);
}

void TestWalletDialogs::vaultIsAskedFor_data() {
    QTest::addColumn<int>("keeper");
    QTest::addColumn<QString>("field");
    QTest::addColumn<QString>("does");
    QTest::newRow("no vault") << int(Keeper::NoVault) << u"New passphrase of the vault"_s
                              << u"open vault 11"_s;
    QTest::newRow("keychain") << int(Keeper::Keychain) << u"New passphrase of the vault"_s
                              << u"protect vault"_s;
    QTest::newRow("locked") << int(Keeper::Locked) << u"Passphrase of the vault"_s
                            << u"open vault 11"_s;
}

void TestWalletDialogs::vaultIsAskedFor() {
    QFETCH(int, keeper);
    QFETCH(QString, field);
    QFETCH(QString, does);
    Stage stage;
    stage.backend.money.vaultKeeper = static_cast<Keeper>(keeper);
    MainWindow& window = stage.open();
    auto* dialog = new NewWalletDialog(stage.backend, &window);
    dialog->open();
    type(dialog, field, u"long enough"_s);
    if (static_cast<Keeper>(keeper) != Keeper::Locked) {
        type(dialog, u"New passphrase once more"_s, u"long enough"_s);
    }
    press(dialog, u"Make it"_s);
    const qsizetype opened = stage.backend.said.indexOf(does);
    QVERIFY2(opened >= 0 && opened < stage.backend.said.indexOf(u"create wallet 12"_s),
             qPrintable(stage.backend.said.join(u", "_s)));
    dialog->reject();
    // By the keychain, where the person says so.
    if (static_cast<Keeper>(keeper) != Keeper::Locked) {
        stage.backend.said.clear();
        stage.backend.money.vaultKeeper = static_cast<Keeper>(keeper);
        auto* again = new NewWalletDialog(stage.backend, &window);
        again->open();
        again->findChild<QCheckBox*>()->setChecked(true);
        press(again, u"Make it"_s);
        QVERIFY(stage.backend.said.contains(u"create wallet 12"_s));
        QVERIFY(!stage.backend.said.contains(does));
    }
}

void TestWalletDialogs::weakPassphrasesAreRefused() {
    Stage stage;
    stage.backend.money.vaultKeeper = Keeper::NoVault;
    MainWindow& window = stage.open();
    auto* dialog = new NewWalletDialog(stage.backend, &window);
    dialog->open();
    const auto refused = [&](const QString& one, const QString& two, const QString& why) {
        type(dialog, u"New passphrase of the vault"_s, one);
        type(dialog, u"New passphrase once more"_s, two);
        press(dialog, u"Make it"_s);
        QVERIFY2(words(dialog).contains(why), qPrintable(words(dialog)));
    };
    refused(u"short"_s, u"short"_s, u"at least 8 characters"_s);
    refused(u"long enough"_s, u"long enougj"_s, u"differ"_s);
    QVERIFY(stage.backend.said.filter(u"create"_s).isEmpty());
}

void TestWalletDialogs::imports() {
    Stage stage;
    stage.backend.money.facts = {};
    MainWindow& window = stage.open();
    auto* dialog = new ImportWalletDialog(stage.backend, &window);
    dialog->open();
    press(dialog, u"Import it"_s);
    QVERIFY(words(dialog).contains(u"are missing"_s));
    type(dialog, u"Words, or private key"_s, u"  legal winner\n thank  "_s);
    dialog->findChild<QSpinBox*>()->setValue(3);
    const QPointer<QWidget> open(dialog);
    press(dialog, u"Import it"_s);
    QCOMPARE(stage.backend.said.last(), u"import wallet \"legal winner thank\" 3"_s);
    QTRY_VERIFY(open.isNull() || !open->isVisible());
}

void TestWalletDialogs::importErrorsKeepWhatWasTyped() {
    Stage stage;
    stage.backend.money.nextError = Error(ErrorCode::InvalidField, "Word 2 is not in the list.");
    MainWindow& window = stage.open();
    auto* dialog = new ImportWalletDialog(stage.backend, &window);
    dialog->open();
    type(dialog, u"Words, or private key"_s, u"legal wimmer thank"_s);
    press(dialog, u"Import it"_s);
    QVERIFY(words(dialog).contains(u"Word 2 is not in the list."_s));
    auto* field = byName<QPlainTextEdit>(dialog, u"Words, or private key"_s);
    QCOMPARE(field->toPlainText(), u"legal wimmer thank"_s);
    QCOMPARE(field->accessibleDescription(), u"Word 2 is not in the list."_s);
}

void TestWalletDialogs::backupShowsTheWordsOnceMore() {
    Stage stage;
    MainWindow& window = stage.open();
    auto* dialog = new BackupDialog(stage.backend, true, &window);
    dialog->open();
    QVERIFY(!words(dialog).contains(u"abandon"_s));
    press(dialog, u"Show the words once more"_s);
    QVERIFY(words(dialog).contains(u"abandon"_s));
    auto* key = new BackupDialog(stage.backend, false, &window);
    key->open();
    QVERIFY(button(key, u"Show the words once more"_s) == nullptr);
}

void TestWalletDialogs::emptyPageLeadsThere() {
    Stage stage;
    stage.backend.money.facts = {};
    stage.backend.money.purchases.clear();
    MainWindow& window = stage.open();
    window.showPage(PageId::Wallet);
    Stage::settle();
    Stage::settle();
    Page* page = window.page(PageId::Wallet);
    press(page, u"Create…"_s);
    auto* made = window.findChild<NewWalletDialog*>();
    QVERIFY(made != nullptr && made->isVisible());
    made->reject();
    Stage::settle();
    press(page, u"Import…"_s);
    auto* imported = window.findChild<ImportWalletDialog*>();
    QVERIFY(imported != nullptr && imported->isVisible());
}

}  // namespace gr::ui

GR_UI_TEST_MAIN(gr::ui::TestWalletDialogs)
#include "test_wallet_dialogs.moc"
