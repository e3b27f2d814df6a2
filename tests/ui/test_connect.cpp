// SPDX-License-Identifier: MIT
// Keys of tools, and what they may do; tools that are set up, and back.
#include <QComboBox>
#include <QDialog>
#include <QFile>
#include <QLabel>
#include <QLineEdit>
#include <QListWidget>
#include <QPlainTextEdit>
#include <QTableView>
#include <QTest>
#include <set>

#include "fake_endpoint.h"
#include "models/client_key_model.h"
#include "models/tools.h"
#include "pages/page.h"
#include "stage.h"
#include "widgets/notice.h"

namespace gr::ui {

using namespace Qt::StringLiterals;

namespace {

// The page with this tool chosen.
Page* choose(MainWindow& window, const QString& tool) {
    window.showPage(PageId::Connect);
    Page* page = window.page(PageId::Connect);
    auto* tools = byName<QListWidget>(page, u"Tools"_s);
    tools->setCurrentItem(tools->findItems(tool, Qt::MatchExactly).value(0));
    return page;
}

// "Codex, ready", as a screen reader has it.
QStringList states(Page* page) {
    QStringList all;
    const auto* tools = byName<QListWidget>(page, u"Tools"_s);
    for (int row = 0; row < tools->count(); ++row) {
        all << tools->item(row)->data(Qt::AccessibleTextRole).toString();
    }
    return all;
}

QString fileText(const QString& path) {
    QFile file(path);
    return file.open(QIODevice::ReadOnly) ? QString::fromUtf8(file.readAll()) : QString();
}

void putFile(const QString& path, const QString& words) {
    QFile file(path);
    QVERIFY(file.open(QIODevice::WriteOnly));
    file.write(words.toUtf8());
}

QStringList noticesOf(const Page* page) {
    QStringList titles;
    for (const Notice* notice : page->notices()->findChildren<Notice*>()) {
        if (!notice->isHidden()) {
            titles << notice->accessibleName();
        }
    }
    return titles;
}

}  // namespace

class TestConnect final : public QObject {
    Q_OBJECT

  private slots:
    void clientKeyIsBounded();
    void usersOfAKeyAreNamed();
    void everyToolIsTold();
    void toolsTellHowFarTheyAre();
    void toolIsSetUpByKeyboardAndBack();
    void keysInAChangeAreMasked();
    void changedFileIsNotWrittenOver();
    void driftIsSeenWhileThePageIsOpen();
    void unreadableFileLeavesTheSnippet();
    void noKeyNoChange();
    void probeGoesTheWayOfTheTool();
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

void TestConnect::everyToolIsTold() {
    std::set<std::string> told;
    for (const ToolText& tool : tools()) {
        QVERIFY2(connect::findTool(tool.id) != nullptr, tool.id);
        told.insert(tool.id);
    }
    QCOMPARE(told.size(), connect::tools().size());
}

void TestConnect::toolsTellHowFarTheyAre() {
    Stage stage;
    MainWindow& window = stage.open();
    Page* page = choose(window, u"Codex"_s);
    const QStringList all = states(page);
    for (const QString& state :
         {u"Claude Code, not set up"_s, u"Codex, ready"_s, u"opencode, drifted"_s,
          u"Continue, not found"_s, u"Zed, not set up"_s, u"Cursor, cannot reach us"_s}) {
        QVERIFY2(all.contains(state), qPrintable(state + u" in "_s + all.join(u"; "_s)));
    }
    QVERIFY(words(page).contains(u"It is set up in ~/.codex/config.toml, ~/.codex/.env."_s));
    QVERIFY(!button(page, u"Set up"_s)->isEnabled());
    choose(window, u"opencode"_s);
    QVERIFY(words(page).contains(u"asks another address now"_s));
    QVERIFY(button(page, u"Set up"_s)->isEnabled());
    choose(window, u"Cline"_s);
    QVERIFY(button(page, u"Set up"_s) == nullptr);
    QVERIFY(byName<QPlainTextEdit>(page, u"Snippet"_s) != nullptr);
}

void TestConnect::toolIsSetUpByKeyboardAndBack() {
    FakeEndpoint endpoint;
    Stage stage;
    stage.backend.setBaseUrl(endpoint.baseUrl());
    MainWindow& window = stage.open();
    const QString path = stage.backend.home.filePath(u".claude/settings.json"_s);
    const QString before = fileText(path);
    Page* page = choose(window, u"Claude Code"_s);
    const QString change = byName<QPlainTextEdit>(page, u"Change of files"_s)->toPlainText();
    QVERIFY2(change.startsWith(u"~/.claude/settings.json\n"_s), qPrintable(change));
    QVERIFY(change.contains(u"\n-     \"ANTHROPIC_BASE_URL\": \"https://proxy.example.com\","_s));
    QVERIFY(change.contains(u"\n+     \"ANTHROPIC_MODEL\": \"openai/gpt-5.4\""_s));
    QVERIFY(change.contains(u"\n      \"allow\": ["_s));
    QPushButton* apply = button(page, u"Set up"_s);
    window.activateWindow();
    apply->setFocus();
    QTest::keyClick(apply, Qt::Key_Space);
    QTRY_COMPARE(noticesOf(page), QStringList{u"Claude Code is set up"_s});
    // A key of its own, made for it.
    QCOMPARE(stage.backend.said, QStringList{u"make key claude-code"_s});
    const QString after = fileText(path);
    QVERIFY(after.contains(u"gr-newkeynewkeynewkeynewkey9876"_s));
    QVERIFY(after.contains(u"Bash(git status)"_s));
    QVERIFY(!after.contains(u"ANTHROPIC_API_KEY"_s));
    QTRY_VERIFY(states(page).contains(u"Claude Code, ready"_s));
    QCOMPARE(byName<QComboBox>(page, u"Key in the snippet"_s)->currentText(),
             u"claude-code (in use)"_s);
    // And it is tried at once, the way the tool goes.
    QTRY_COMPARE(endpoint.otherPaths, QStringList{u"POST /v1/messages HTTP/1.1"_s});
    QPushButton* undo = button(page, u"Undo the change of files"_s);
    undo->setFocus();
    QTest::keyClick(undo, Qt::Key_Space);
    QTRY_COMPARE(noticesOf(page), QStringList{u"Claude Code is as it was before"_s});
    QCOMPARE(fileText(path), before);
    QTRY_VERIFY(states(page).contains(u"Claude Code, not set up"_s));
}

void TestConnect::keysInAChangeAreMasked() {
    Stage stage;
    MainWindow& window = stage.open();
    Page* page = choose(window, u"Claude Code"_s);
    auto* keys = byName<QComboBox>(page, u"Key in the snippet"_s);
    keys->setCurrentIndex(keys->findText(u"my-tools"_s));
    emit keys->activated(keys->currentIndex());
    auto* change = byName<QPlainTextEdit>(page, u"Change of files"_s);
    QVERIFY(!change->toPlainText().contains(u"abcdefghijkl"_s));
    QVERIFY(!change->toPlainText().contains(u"sk-ant-0123456789abcdef"_s));
    QVERIFY(change->toPlainText().contains(u"gr-••••••••1234"_s));
    QTest::keyClick(button(page, u"Show keys"_s), Qt::Key_Space);
    QVERIFY(change->toPlainText().contains(u"gr-abcdefghijklmnopqrstuvwx1234"_s));
    // Not for the next tool.
    choose(window, u"opencode"_s);
    QVERIFY(!change->toPlainText().contains(u"abcdefghijkl"_s));
}

void TestConnect::changedFileIsNotWrittenOver() {
    Stage stage;
    MainWindow& window = stage.open();
    Page* page = choose(window, u"Claude Code"_s);
    const QString path = stage.backend.home.filePath(u".claude/settings.json"_s);
    putFile(path, u"{ \"model\": \"opus\" }\n"_s);
    button(page, u"Set up"_s)->click();
    QTRY_COMPARE(noticesOf(page), QStringList{u"Claude Code was not set up"_s});
    QCOMPARE(fileText(path), u"{ \"model\": \"opus\" }\n"_s);
    // The change that is shown is the new one.
    QVERIFY(byName<QPlainTextEdit>(page, u"Change of files"_s)
                ->toPlainText()
                .contains(u"\"model\": \"opus\""_s));
    QVERIFY(button(page, u"Set up"_s)->isEnabled());
}

void TestConnect::driftIsSeenWhileThePageIsOpen() {
    Stage stage;
    MainWindow& window = stage.open();
    Page* page = choose(window, u"Codex"_s);
    QVERIFY(states(page).contains(u"Codex, ready"_s));
    const QString path = stage.backend.home.filePath(u".codex/config.toml"_s);
    putFile(path, fileText(path).replace(u"\"gaterouter\""_s, u"\"openai\""_s));
    QTRY_VERIFY(states(page).contains(u"Codex, drifted"_s));
    QVERIFY(words(page).contains(u"lines that it needs were changed"_s));
    // What was changed since is not undone over the person's head.
    button(page, u"Undo the change of files"_s)->click();
    QTRY_COMPARE(noticesOf(page), QStringList{u"Nothing was undone"_s});
    // A key that was revoked is a drift as well.
    putFile(path, fileText(path).replace(u"\"openai\""_s, u"\"gaterouter\""_s));
    QTRY_VERIFY(states(page).contains(u"Codex, ready"_s));
    stage.backend.keys[0].revokedAt = stage.backend.fixedClock.time;
    emit stage.backend.clientKeysChanged();
    QTRY_VERIFY(states(page).contains(u"Codex, drifted"_s));
}

void TestConnect::unreadableFileLeavesTheSnippet() {
    Stage stage;
    putFile(stage.backend.home.filePath(u".claude/settings.json"_s), u"{ broken\n"_s);
    MainWindow& window = stage.open();
    Page* page = choose(window, u"Claude Code"_s);
    QVERIFY(states(page).contains(u"Claude Code, by hand"_s));
    QVERIFY(words(page).contains(u"~/.claude/settings.json: "_s));
    QVERIFY(button(page, u"Set up"_s) == nullptr);
    QVERIFY(byName<QPlainTextEdit>(page, u"Snippet"_s)
                ->toPlainText()
                .contains(u"ANTHROPIC_BASE_URL=http://127.0.0.1:4402\n"_s));
    // A form that is known and not edited says so as well.
    choose(window, u"Gemini CLI"_s);
    QVERIFY(words(page).contains(u"~/.gemini/settings.json: "_s));
    QVERIFY(!button(page, u"Set up"_s)->isEnabled());
    QVERIFY(byName<QPlainTextEdit>(page, u"Snippet"_s) != nullptr);
}

void TestConnect::noKeyNoChange() {
    Stage stage;
    MainWindow& window = stage.open();
    Page* page = choose(window, u"Zed"_s);
    const QString path = stage.backend.home.filePath(u".config/zed/settings.json"_s);
    const QString before = fileText(path);
    stage.backend.nextError = Error(ErrorCode::VaultLocked, "The vault is locked.");
    button(page, u"Set up"_s)->click();
    QTRY_COMPARE(noticesOf(page), QStringList{u"No key was made"_s});
    QCOMPARE(fileText(path), before);
    QVERIFY(button(page, u"Set up"_s)->isEnabled());
}

void TestConnect::probeGoesTheWayOfTheTool() {
    FakeEndpoint endpoint;
    Stage stage;
    stage.backend.setBaseUrl(endpoint.baseUrl());
    MainWindow& window = stage.open();
    for (const QString& tool : {u"Claude Code"_s, u"Codex"_s, u"Gemini CLI"_s}) {
        Page* page = choose(window, tool);
        QTRY_VERIFY(button(page, u"Test"_s)->isEnabled());
        button(page, u"Test"_s)->click();
        QTRY_VERIFY(button(page, u"Test"_s)->isEnabled());
    }
    QTRY_COMPARE(endpoint.otherPaths.size(), 3);
    QCOMPARE(endpoint.otherPaths[0], u"POST /v1/messages HTTP/1.1"_s);
    QCOMPARE(endpoint.otherPaths[1], u"POST /v1/responses HTTP/1.1"_s);
    QVERIFY(endpoint.otherPaths[2].startsWith(u"POST /v1beta/models/"_s));
    QVERIFY(endpoint.otherPaths[2].endsWith(u":generateContent HTTP/1.1"_s));
}

}  // namespace gr::ui

GR_UI_TEST_MAIN(gr::ui::TestConnect)
#include "test_connect.moc"
