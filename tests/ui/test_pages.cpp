// SPDX-License-Identifier: MIT
// What a person does, with the keyboard where there is one for it, on the real window over a
// scripted backend; and what the backend was told.
#include <QClipboard>
#include <QComboBox>
#include <QDialog>
#include <QGuiApplication>
#include <QJsonArray>
#include <QLabel>
#include <QLineEdit>
#include <QListWidget>
#include <QMenuBar>
#include <QPlainTextEdit>
#include <QPushButton>
#include <QSpinBox>
#include <QTableView>
#include <QTest>

#include "dialogs/command_palette.h"
#include "fake_endpoint.h"
#include "models/request_model.h"
#include "pages/page.h"
#include "stage.h"
#include "widgets/controls.h"
#include "widgets/message_view.h"
#include "widgets/notice.h"

namespace gr::ui {

using namespace Qt::StringLiterals;

namespace {

// The page of the tools with this one chosen.
Page* connectPage(MainWindow& window, const QString& tool) {
    window.showPage(PageId::Connect);
    Page* page = window.page(PageId::Connect);
    auto* tools = byName<QListWidget>(page, u"Tools"_s);
    tools->setCurrentItem(tools->findItems(tool, Qt::MatchExactly).value(0));
    return page;
}

QStringList noticeTitles(const Page* page) {
    QStringList titles;
    for (const Notice* notice : page->notices()->findChildren<Notice*>()) {
        if (!notice->isHidden()) {
            titles << notice->accessibleName();
        }
    }
    return titles;
}

}  // namespace

class TestPages final : public QObject {
    Q_OBJECT

  private slots:
    void pagesByKeyboard();
    void gatewayByKeyboard();
    void paletteByKeyboard();
    void portInUse();
    void overviewCardsOpenActivity();
    void overviewCancelsARequest();
    void liveRequestsArrive();
    void activityFilters();
    void activityInspects();
    void activityCopiesRows();
    void clientKeyIsMadeAndShownOnce();
    void clientKeyIsRevokedAndBack();
    void snippetHasTheKeyOnlyOnTheClipboard();
    void connectTestTellsWhereItStops();
    void providerKeyIsReplaced();
    void providerKeyIsRemovedAndBack();
    void providerAddressAsksForTheKeyAgain();
    void providerIsAdded();
    void foundServerIsUsedOnlyWhenConfirmed();
    void playgroundStreams();
    void playgroundStops();
    void playgroundShowsErrorsAndRetries();
    void playgroundLoadsNothingFromElsewhere();
    void portIsChanged();
    void themeIsChanged();
    void vaultAsksForItsPassphrase();
};

void TestPages::pagesByKeyboard() {
    Stage stage;
    MainWindow& window = stage.open();
    window.activateWindow();
    for (int page = 0; page < kPageCount; ++page) {
        const auto id = static_cast<PageId>(page);
        const auto key = static_cast<Qt::Key>(page == 9 ? Qt::Key_0 : Qt::Key_1 + page);
        QTest::keyClick(&window, key, Qt::ControlModifier);
        QTRY_VERIFY(window.page(id)->isVisible());
    }
    QTest::keyClick(&window, Qt::Key_4, Qt::ControlModifier);
    QTest::keyClick(&window, Qt::Key_F, Qt::ControlModifier);
    QVERIFY(byName<QLineEdit>(window.page(PageId::Activity), u"Find"_s)->hasFocus());
}

void TestPages::gatewayByKeyboard() {
    Stage stage;
    MainWindow& window = stage.open();
    QTest::keyClick(&window, Qt::Key_G, Qt::ControlModifier | Qt::ShiftModifier);
    QCOMPARE(stage.backend.said, QStringList{u"stop"_s});
    QCOMPARE(window.commands().action(CommandId::ToggleGateway)->text(), u"S&tart gateway"_s);
    QTest::keyClick(&window, Qt::Key_G, Qt::ControlModifier | Qt::ShiftModifier);
    QCOMPARE(stage.backend.said.last(), u"start"_s);
    QTest::keyClick(&window, Qt::Key_C, Qt::ControlModifier | Qt::ShiftModifier);
    QCOMPARE(QGuiApplication::clipboard()->text(), u"http://127.0.0.1:4402/v1"_s);
}

void TestPages::paletteByKeyboard() {
    Stage stage;
    MainWindow& window = stage.open();
    QTest::keyClick(&window, Qt::Key_K, Qt::ControlModifier);
    auto* palette = window.findChild<QDialog*>();
    QVERIFY(palette != nullptr);
    auto* find = byName<QLineEdit>(palette, u"Find a command"_s);
    QTest::keyClicks(find, u"stgw"_s);
    QTest::keyClick(find, Qt::Key_Return);
    QTRY_COMPARE(stage.backend.said, QStringList{u"stop"_s});
    QTRY_VERIFY(window.findChild<QDialog*>() == nullptr);
    window.commands().action(CommandId::Palette)->trigger();
    palette = window.findChild<QDialog*>();
    QVERIFY(palette != nullptr);
    find = byName<QLineEdit>(palette, u"Find a command"_s);
    QTest::keyClicks(find, u"deepseek"_s);
    QTest::keyClick(find, Qt::Key_Return);
    QTRY_VERIFY(window.page(PageId::Providers)->isVisible());
    QVERIFY(words(window.page(PageId::Providers)).contains(u"DEEPSEEK_API_KEY"_s));
    QVERIFY(paletteScore(u"xyz"_s, u"Stop gateway"_s) < 0);
    QVERIFY(paletteScore(u"sg"_s, u"Stop gateway"_s) > paletteScore(u"sg"_s, u"Settings"_s));
}

void TestPages::portInUse() {
    Stage stage;
    MainWindow& window = stage.open();
    stage.backend.setGateway({.state = gateway::GatewayStatus::State::Failed,
                              .address = "127.0.0.1",
                              .port = 4402,
                              .error = Error(ErrorCode::PortInUse, "in use"),
                              .portHolder = "node (process 4312)"});
    Page* page = window.page(PageId::Overview);
    QCOMPARE(noticeTitles(page), QStringList{u"Port 4402 is in use"_s});
    QVERIFY(
        words(page).contains(u"<i>node</i> (process 4312) is listening there. Your tools "
                             "cannot reach GateRouter until this is solved."_s));
    button(page, u"Use 4403"_s)->click();
    QTRY_COMPARE(stage.backend.said, (QStringList{u"patch port=4403 days=0"_s, u"restart"_s}));
    QTRY_VERIFY(noticeTitles(page).isEmpty());
}

void TestPages::overviewCardsOpenActivity() {
    Stage stage;
    MainWindow& window = stage.open();
    const auto cards = window.page(PageId::Overview)->findChildren<MetricCard*>();
    QCOMPARE(cards.size(), 6);
    QVERIFY(cards[0]->accessibleName().startsWith(u"Spent today: $"_s));
    QTRY_VERIFY2(cards[2]->accessibleName().startsWith(u"Saved by caches: $0."_s),
                 qPrintable(cards[2]->accessibleName()));
    QTest::keyClick(cards[5], Qt::Key_Return);
    Page* activity = window.page(PageId::Activity);
    QVERIFY(activity->isVisible());
    QCOMPARE(byName<QComboBox>(activity, u"Outcome"_s)->currentText(), u"Failures"_s);
    QCOMPARE(byName<QComboBox>(activity, u"Period"_s)->currentText(), u"Today"_s);
}

void TestPages::overviewCancelsARequest() {
    Stage stage;
    MainWindow& window = stage.open();
    QPushButton* cancel =
        button(window.page(PageId::Overview), u"Cancel the request for claude-haiku-4-5"_s);
    QVERIFY(cancel != nullptr);
    QTest::keyClick(cancel, Qt::Key_Space);
    QCOMPARE(stage.backend.said, QStringList{u"cancel req_live1"_s});
    QVERIFY2(!cancel->isEnabled(), "a second click does no harm");
}

void TestPages::liveRequestsArrive() {
    Stage stage(false);
    MainWindow& window = stage.open();
    window.showPage(PageId::Activity);
    Stage::settle();
    auto* table = byName<QTableView>(window.page(PageId::Activity), u"Requests"_s);
    QVERIFY2(table == nullptr, "nothing to show yet");
    gateway::ExchangeEvent begun;
    begun.running = {"req_a", stage.backend.fixedClock.time, "editor", "auto", "", "", false};
    stage.backend.emitExchanges({begun});
    table = byName<QTableView>(window.page(PageId::Activity), u"Requests"_s);
    QVERIFY(table != nullptr);
    QCOMPARE(table->model()->rowCount(), 1);
    QCOMPARE(table->model()->index(0, RequestModel::State).data().toString(), u"waiting"_s);
    ledger::RequestRecord done = scriptedRecord(0, stage.backend.fixedClock.time);
    done.id = "req_a";
    stage.backend.emitExchanges(
        {{.kind = gateway::ExchangeEvent::Kind::Finished, .running = {}, .finished = done}});
    QCOMPARE(table->model()->rowCount(), 1);
    QCOMPARE(table->model()->index(0, RequestModel::Cost).data().toString(), u"$0.000897"_s);
    QCOMPARE(table->model()->index(0, RequestModel::Cost).data(Qt::ToolTipRole).toString(),
             u"$0.000897225"_s);
}

void TestPages::activityFilters() {
    Stage stage;
    MainWindow& window = stage.open();
    window.showPage(PageId::Activity);
    Page* page = window.page(PageId::Activity);
    auto* table = byName<QTableView>(page, u"Requests"_s);
    QTRY_VERIFY(table->model()->rowCount() > 200);
    auto* find = byName<QLineEdit>(page, u"Find"_s);
    find->setFocus();
    QTest::keyClicks(find, u"no such model"_s);
    QTRY_VERIFY(button(page, u"Clear filter"_s) != nullptr);
    QTRY_VERIFY(words(page).contains(u"Nothing matches"_s));
    button(page, u"Clear filter"_s)->click();
    QTRY_VERIFY(table->isVisible() && table->model()->rowCount() > 200);
}

void TestPages::activityInspects() {
    Stage stage;
    MainWindow& window = stage.open();
    window.showPage(PageId::Activity);
    Page* page = window.page(PageId::Activity);
    auto* table = byName<QTableView>(page, u"Requests"_s);
    QTRY_VERIFY(table->model()->rowCount() > 100);
    int failed = 0;
    while (table->model()->index(failed, RequestModel::State).data().toString() !=
           u"provider failed"_s) {
        ++failed;
    }
    table->setFocus();
    table->selectRow(failed);
    Stage::settle();
    const QString seen = words(page);
    QVERIFY(seen.contains(u"The provider did not answer in time. The client was told 504."_s));
    QVERIFY2(seen.contains(u"unknown"_s), "a cost that nobody knows is not zero");
    QTest::keyClick(table, Qt::Key_Escape);
    QVERIFY(!words(page).contains(u"The client was told 504."_s));
}

void TestPages::activityCopiesRows() {
    Stage stage;
    MainWindow& window = stage.open();
    window.showPage(PageId::Activity);
    auto* table = byName<QTableView>(window.page(PageId::Activity), u"Requests"_s);
    QTRY_VERIFY(table->model()->rowCount() > 100);
    window.activateWindow();
    table->setFocus();
    table->selectRow(3);
    QTest::keyClick(table, Qt::Key_C, Qt::ControlModifier);
    const QString copied = QGuiApplication::clipboard()->text();
    QCOMPARE(copied.count(u'\t'), RequestModel::ColumnCount - 1);
    QVERIFY(copied.contains(u"claude-haiku-4-5"_s));
}

void TestPages::clientKeyIsMadeAndShownOnce() {
    Stage stage;
    MainWindow& window = stage.open();
    connectPage(window, u"curl"_s);
    window.commands().action(CommandId::NewClientKey)->trigger();
    auto* dialog = window.findChild<QDialog*>();
    QVERIFY(dialog != nullptr);
    auto* name = byName<QLineEdit>(dialog, u"Name of the key"_s);
    QCOMPARE(name->text(), u"curl"_s);
    name->selectAll();
    QTest::keyClicks(name, u"not a name"_s);
    QTest::keyClick(name, Qt::Key_Return);
    QVERIFY(words(dialog).contains(u"Use letters, digits, points and dashes."_s));
    name->selectAll();
    QTest::keyClicks(name, u"laptop"_s);
    QTest::keyClick(name, Qt::Key_Return);
    QTRY_VERIFY(byName<QLineEdit>(dialog, u"The new key"_s) != nullptr);
    QCOMPARE(byName<QLineEdit>(dialog, u"The new key"_s)->text(),
             u"gr-newkeynewkeynewkeynewkey9876"_s);
    QCOMPARE(stage.backend.said, QStringList{u"make key laptop"_s});
    QVERIFY(stage.backend.keys.back().models.empty() && stage.backend.keys.back().limits.empty());
    button(dialog, u"Done"_s)->click();
    auto* snippet = byName<QPlainTextEdit>(window.page(PageId::Connect), u"Snippet"_s);
    QVERIFY2(!snippet->toPlainText().contains(u"newkeynewkey"_s), "the page shows keys masked");
    QVERIFY(snippet->toPlainText().contains(u"9876"_s));
}

void TestPages::clientKeyIsRevokedAndBack() {
    Stage stage;
    MainWindow& window = stage.open();
    window.showPage(PageId::Connect);
    Page* page = window.page(PageId::Connect);
    auto* table = byName<QTableView>(page, u"Keys of your tools"_s);
    QCOMPARE(table->model()->rowCount(), 3);
    window.activateWindow();
    table->setFocus();
    table->selectRow(0);
    QTest::keyClick(table, Qt::Key_Delete);
    QTRY_COMPARE(noticeTitles(page), QStringList{u"Key my-tools revoked"_s});
    QCOMPARE(table->model()->rowCount(), 2);
    button(page, u"Undo"_s)->click();
    QTRY_COMPARE(table->model()->rowCount(), 3);
    QCOMPARE(stage.backend.said, (QStringList{u"revoke my-tools"_s, u"unrevoke my-tools"_s}));
    // A key that the configuration names is not for this button.
    table->selectRow(2);
    QVERIFY(!button(page, u"Revoke"_s)->isEnabled());
}

void TestPages::snippetHasTheKeyOnlyOnTheClipboard() {
    Stage stage;
    MainWindow& window = stage.open();
    Page* page = connectPage(window, u"curl"_s);
    const QString shown = byName<QPlainTextEdit>(page, u"Snippet"_s)->toPlainText();
    QVERIFY(!shown.contains(u"abcdefgh"_s));
    button(page, u"Copy"_s)->click();
    const QString copied = QGuiApplication::clipboard()->text();
    QVERIFY(copied.contains(u"Bearer gr-abcdefghijklmnopqrstuvwx1234"_s));
    QVERIFY(copied.contains(u"http://127.0.0.1:4402/v1/chat/completions"_s));
    connectPage(window, u"Cursor"_s);
    QVERIFY2(byName<QPlainTextEdit>(page, u"Snippet"_s) == nullptr, "nothing that cannot work");
    QVERIFY(words(page).contains(u"cannot reach 127.0.0.1"_s));
}

void TestPages::connectTestTellsWhereItStops() {
    FakeEndpoint endpoint;
    endpoint.answer = u"Hello"_s;
    Stage stage;
    stage.backend.setBaseUrl(endpoint.baseUrl());
    MainWindow& window = stage.open();
    Page* page = connectPage(window, u"curl"_s);
    button(page, u"Test"_s)->click();
    QTRY_VERIFY(words(page).contains(u"answered, first token after"_s));
    QCOMPARE(endpoint.asked.size(), 1);
    endpoint.errorStatus = 503;
    endpoint.errorSentence = u"The vault is locked."_s;
    QTRY_VERIFY(button(page, u"Test"_s)->isEnabled());
    button(page, u"Test"_s)->click();
    QTRY_VERIFY(words(page).contains(u"The vault is locked."_s));
}

void TestPages::providerKeyIsReplaced() {
    Stage stage;
    MainWindow& window = stage.open();
    window.showPage(PageId::Providers);
    Page* page = window.page(PageId::Providers);
    button(page, u"Replace"_s)->click();
    auto* field = byName<QLineEdit>(page, u"Key"_s);
    QVERIFY(field != nullptr);
    QCOMPARE(field->echoMode(), QLineEdit::Password);
    QTest::keyClicks(field, u"sk-secret"_s);
    QTest::keyClick(field, Qt::Key_Return);
    QTRY_COMPARE(stage.backend.said, (QStringList{u"key openai sk-secret"_s, u"test openai"_s}));
    QTRY_COMPARE(noticeTitles(page), QStringList{u"OpenAI answers"_s});
    QVERIFY2(field->text().isEmpty(), "the field keeps nothing");
}

void TestPages::providerKeyIsRemovedAndBack() {
    Stage stage;
    MainWindow& window = stage.open();
    window.showPage(PageId::Providers);
    Page* page = window.page(PageId::Providers);
    button(page, u"Remove"_s)->click();
    QTRY_COMPARE(noticeTitles(page), QStringList{u"Key of OpenAI removed"_s});
    QVERIFY(words(page).contains(u"no key"_s));
    button(page, u"Undo"_s)->click();
    QTRY_COMPARE(stage.backend.said, (QStringList{u"unkey openai"_s, u"rekey openai"_s}));
    QTRY_VERIFY(button(page, u"Replace"_s) != nullptr);
}

void TestPages::providerAddressAsksForTheKeyAgain() {
    Stage stage;
    MainWindow& window = stage.open();
    window.showPage(PageId::Providers);
    Page* page = window.page(PageId::Providers);
    auto* address = byName<QLineEdit>(page, u"Address"_s);
    address->selectAll();
    QTest::keyClicks(address, u"https://proxy.example.com/v1"_s);
    QVERIFY(words(page).contains(u"you will be asked for it again"_s));
    QTest::keyClick(address, Qt::Key_Return);
    QTRY_COMPARE(stage.backend.said, QStringList{u"address openai https://proxy.example.com/v1"_s});
    QTRY_VERIFY(byName<QLineEdit>(page, u"Key"_s) != nullptr);
}

void TestPages::providerIsAdded() {
    Stage stage;
    MainWindow& window = stage.open();
    window.showPage(PageId::Providers);
    window.commands().action(CommandId::AddProvider)->trigger();
    auto* dialog = window.findChild<QDialog*>();
    auto* list = byName<QListWidget>(dialog, u"Providers that can be added"_s);
    QTest::keyClick(list, Qt::Key_End);
    auto* name = byName<QLineEdit>(dialog, u"Name"_s);
    QTest::keyClicks(name, u"openai"_s);
    auto* address = byName<QLineEdit>(dialog, u"Address"_s);
    QTest::keyClicks(address, u"not an address"_s);
    button(dialog, u"Add"_s)->click();
    QVERIFY(words(dialog).contains(u"must begin with https://"_s));
    address->selectAll();
    QTest::keyClicks(address, u"https://llm.example.com/v1"_s);
    button(dialog, u"Add"_s)->click();
    QVERIFY(words(dialog).contains(u"a provider of this name already"_s));
    name->selectAll();
    QTest::keyClicks(name, u"example"_s);
    button(dialog, u"Add"_s)->click();
    QTRY_COMPARE(stage.backend.said.value(0), u"add example https://llm.example.com/v1"_s);
}

void TestPages::foundServerIsUsedOnlyWhenConfirmed() {
    Stage stage;
    MainWindow& window = stage.open();
    window.commands().action(CommandId::FindServers)->trigger();
    Page* page = window.page(PageId::Providers);
    QTRY_COMPARE(noticeTitles(page), QStringList{u"LM Studio runs on this machine"_s});
    QCOMPARE(stage.backend.said, QStringList{u"look"_s});
    button(page, u"Use it"_s)->click();
    QTRY_COMPARE(stage.backend.said.last(), u"add lmstudio http://127.0.0.1:1234/v1"_s);
}

void TestPages::playgroundStreams() {
    FakeEndpoint endpoint;
    endpoint.answer = u"A quiet **answer**."_s;
    Stage stage;
    stage.backend.setBaseUrl(endpoint.baseUrl());
    MainWindow& window = stage.open();
    window.showPage(PageId::Playground);
    Page* page = window.page(PageId::Playground);
    auto* models = byName<QComboBox>(page, u"Model"_s);
    QTRY_COMPARE(models->count(), 4);
    QCOMPARE(models->currentText(), u"sandbox/story (simulated)"_s);
    auto* composer = byName<QPlainTextEdit>(page, u"Your message"_s);
    QTest::keyClicks(composer, u"Hello"_s);
    QTest::keyClick(composer, Qt::Key_Return, Qt::ControlModifier);
    QTRY_VERIFY(!page->property("busy").toBool() && endpoint.asked.size() == 1);
    QVERIFY(endpoint.asked[0]["stream"_L1].toBool());
    QTRY_VERIFY(words(page).contains(u"252 tokens"_s));
    QVERIFY(words(page).contains(u"simulated"_s));
    ledger::RequestRecord record = scriptedRecord(0, stage.backend.fixedClock.time);
    record.id = "req_play1";
    record.cost.reset();
    stage.backend.emitExchanges(
        {{.kind = gateway::ExchangeEvent::Kind::Finished, .running = {}, .finished = record}});
    QVERIFY(words(page).contains(u"cost unknown"_s));
    QCOMPARE(page->findChildren<MessageView*>().last()->text(), u"A quiet **answer**. "_s);
    // The whole conversation goes along with the next message.
    QTest::keyClicks(composer, u"And?"_s);
    QTest::keyClick(composer, Qt::Key_Return, Qt::ControlModifier);
    QTRY_COMPARE(endpoint.asked.size(), 2);
    QCOMPARE(endpoint.asked[1]["messages"_L1].toArray().size(), 3);
}

void TestPages::playgroundStops() {
    FakeEndpoint endpoint;
    endpoint.keepOpen = true;
    Stage stage;
    stage.backend.setBaseUrl(endpoint.baseUrl());
    MainWindow& window = stage.open();
    window.showPage(PageId::Playground);
    Page* page = window.page(PageId::Playground);
    QTRY_COMPARE(byName<QComboBox>(page, u"Model"_s)->count(), 4);
    auto* composer = byName<QPlainTextEdit>(page, u"Your message"_s);
    QTest::keyClicks(composer, u"Hello"_s);
    QTest::keyClick(composer, Qt::Key_Return, Qt::ControlModifier);
    QTRY_VERIFY(page->findChildren<MessageView*>().size() == 2 &&
                page->findChildren<MessageView*>().last()->text() == u"Once "_s);
    const int before = endpoint.closedByClient;
    window.activateWindow();
    QTest::keyClick(composer, Qt::Key_Escape);
    QTRY_VERIFY(!page->property("busy").toBool());
    QTRY_VERIFY2(endpoint.closedByClient > before, "the endpoint is told at once");
    QVERIFY(words(page).contains(u"stopped by you"_s));
    QCOMPARE(page->findChildren<MessageView*>().last()->text(), u"Once "_s);
}

void TestPages::playgroundShowsErrorsAndRetries() {
    FakeEndpoint endpoint;
    endpoint.errorStatus = 502;
    endpoint.errorSentence = u"OpenAI did not answer."_s;
    Stage stage;
    stage.backend.setBaseUrl(endpoint.baseUrl());
    MainWindow& window = stage.open();
    window.showPage(PageId::Playground);
    Page* page = window.page(PageId::Playground);
    QTRY_COMPARE(byName<QComboBox>(page, u"Model"_s)->count(), 4);
    auto* composer = byName<QPlainTextEdit>(page, u"Your message"_s);
    QTest::keyClicks(composer, u"Hello"_s);
    QTest::keyClick(composer, Qt::Key_Return, Qt::ControlModifier);
    QTRY_VERIFY(words(page).contains(u"OpenAI did not answer."_s));
    endpoint.errorStatus = 0;
    endpoint.answer = u"Now."_s;
    button(page, u"Retry"_s)->click();
    QTRY_VERIFY(!page->property("busy").toBool() && endpoint.asked.size() == 2);
    QTRY_VERIFY(!words(page).contains(u"OpenAI did not answer."_s));
}

void TestPages::playgroundLoadsNothingFromElsewhere() {
    FakeEndpoint endpoint;
    endpoint.answer =
        u"![x](%1/canary.png) <img src=\"%1/canary.png\">"_s.arg(endpoint.baseUrl().toString());
    Stage stage;
    stage.backend.setBaseUrl(endpoint.baseUrl());
    MainWindow& window = stage.open();
    window.showPage(PageId::Playground);
    Page* page = window.page(PageId::Playground);
    QTRY_COMPARE(byName<QComboBox>(page, u"Model"_s)->count(), 4);
    auto* composer = byName<QPlainTextEdit>(page, u"Your message"_s);
    QTest::keyClicks(composer, u"Hello"_s);
    QTest::keyClick(composer, Qt::Key_Return, Qt::ControlModifier);
    QTRY_VERIFY(!page->property("busy").toBool() && endpoint.asked.size() == 1);
    QTest::qWait(200);
    QCOMPARE(endpoint.otherPaths, QStringList());
}

void TestPages::portIsChanged() {
    Stage stage;
    MainWindow& window = stage.open();
    window.showPage(PageId::Settings);
    Page* page = window.page(PageId::Settings);
    byName<QListWidget>(page, u"Categories"_s)->setCurrentRow(2);
    auto* port = byName<QSpinBox>(page, u"Port"_s);
    QVERIFY(button(page, u"Save and restart"_s) == nullptr);
    port->setValue(4500);
    button(page, u"Save and restart"_s)->click();
    QTRY_COMPARE(stage.backend.said, (QStringList{u"patch port=4500 days=0"_s, u"restart"_s}));
    QVERIFY(button(page, u"Save and restart"_s) == nullptr);
}

void TestPages::themeIsChanged() {
    Stage stage;
    MainWindow& window = stage.open();
    window.commands().action(CommandId::ThemeDark)->trigger();
    QVERIFY(tokensOf(window.palette()).dark);
    QCOMPARE(stage.preferences.theme(), ThemeMode::Dark);
    window.commands().action(CommandId::ThemeLight)->trigger();
    QVERIFY(!tokensOf(window.palette()).dark);
}

void TestPages::vaultAsksForItsPassphrase() {
    Stage stage;
    MainWindow& window = stage.open();
    stage.backend.setVault(VaultState::Locked);
    auto* dialog = window.findChild<QDialog*>();
    QVERIFY(dialog != nullptr);
    auto* field = byName<QLineEdit>(dialog, u"Passphrase"_s);
    stage.backend.nextError = Error(ErrorCode::WrongPassphrase, "The passphrase is wrong.");
    QTest::keyClicks(field, u"wrong one"_s);
    QTest::keyClick(field, Qt::Key_Return);
    QTRY_VERIFY(words(dialog).contains(u"The passphrase is wrong."_s));
    QVERIFY(field->text().isEmpty());
    QTest::keyClicks(field, u"right one"_s);
    QTest::keyClick(field, Qt::Key_Return);
    QTRY_VERIFY(window.findChild<QDialog*>() == nullptr);
    QCOMPARE(stage.backend.said, (QStringList{u"open vault 9"_s, u"open vault 9"_s}));
    stage.backend.setVault(VaultState::KeychainClosed);
    window.commands().action(CommandId::UnlockVault)->trigger();
    QCOMPARE(stage.backend.said.last(), u"ask keychain"_s);
    QVERIFY(!window.commands().action(CommandId::UnlockVault)->isVisible());
}

}  // namespace gr::ui

GR_UI_TEST_MAIN(gr::ui::TestPages)
#include "test_pages.moc"
