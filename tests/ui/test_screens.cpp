// SPDX-License-Identifier: MIT
// Pictures of every page in every state, from fixed data; each is looked at by a person when it
// changes, and by the checks below always: it is not blank and cuts no words off.
#include <QComboBox>
#include <QDialog>
#include <QDir>
#include <QFileDialog>
#include <QLabel>
#include <QLineEdit>
#include <QListView>
#include <QListWidget>
#include <QPlainTextEdit>
#include <QPushButton>
#include <QScrollArea>
#include <QScrollBar>
#include <QSet>
#include <QSlider>
#include <QTableView>
#include <QTest>

#include "dialogs/add_provider_dialog.h"
#include "dialogs/allow_dialog.h"
#include "dialogs/approval_dialog.h"
#include "dialogs/client_key_dialog.h"
#include "dialogs/command_palette.h"
#include "dialogs/passphrase_dialog.h"
#include "dialogs/policy_dialog.h"
#include "dialogs/stop_gateway_dialog.h"
#include "dialogs/wallet_dialogs.h"
#include "fake_endpoint.h"
#include "pages/activity_page.h"
#include "pages/page.h"
#include "pages/playground_page.h"
#include "pages/routing_page.h"
#include "stage.h"
#include "theme/tokens.h"
#include "widgets/export_bar.h"
#include "widgets/inspector.h"
#include "widgets/message_view.h"
#include "widgets/route_bench.h"
#include "widgets/rules_card.h"

namespace gr::ui {

using namespace Qt::StringLiterals;

namespace {

constexpr auto kAnswer = R"(Use `sorted` with a **key**:

```python
words = ["pear", "fig", "banana"]
print(sorted(words, key=len))
```

It is stable, so words of equal length keep their order:

- `fig`
- `pear`
- `banana`

| method | cost |
|---|---|
| sorted | n log n |)";

}  // namespace

class TestScreens final : public QObject {
    Q_OBJECT

  private slots:
    void initTestCase();
    void pages_data();
    void pages();
    void emptyPages_data();
    void emptyPages();
    void attached_data();
    void attached();
    void errors_data();
    void errors();
    void locking_data();
    void locking();
    void limits_data();
    void limits();
    void routing_data();
    void routing();
    void exporting_data();
    void exporting();
    void dialogs_data();
    void dialogs();
    void conversation_data();
    void conversation();
    void connecting_data();
    void connecting();
    void largeText();
    void smallWindow();
    void rightToLeft();

  private:
    void save(QWidget& widget, const QString& name);
    static void themes();
    static QStringList cutWords(const QWidget& widget);
    static void checkWords(QWidget& widget);
    QDir m_folder;
};

void TestScreens::initTestCase() {
    m_folder = QDir(QString::fromUtf8(GR_SCREENS));
    QVERIFY(m_folder.mkpath(u"."_s));
}

// The labels and buttons that show less than their text needs.
QStringList TestScreens::cutWords(const QWidget& widget) {
    QStringList cut;
    for (const QLabel* label : widget.findChildren<QLabel*>()) {
        if (!label->isVisibleTo(&widget) || label->text().isEmpty() || label->wordWrap()) {
            continue;
        }
        if (label->width() < label->sizeHint().width() - 1) {
            cut << u"label \"%1\" %2 < %3"_s.arg(label->text())
                       .arg(label->width())
                       .arg(label->sizeHint().width());
        }
    }
    for (const QPushButton* button : widget.findChildren<QPushButton*>()) {
        if (button->isVisibleTo(&widget) && !button->text().isEmpty() &&
            button->width() < button->minimumSizeHint().width() - 1) {
            cut << u"button \"%1\""_s.arg(button->text());
        }
    }
    return cut;
}

// None may stay cut. On a busy machine the layout may follow a changed text a few turns later.
void TestScreens::checkWords(QWidget& widget) {
    QTRY_VERIFY2(cutWords(widget).isEmpty(), qPrintable(cutWords(widget).join(u"; "_s)));
}

void TestScreens::save(QWidget& widget, const QString& name) {
    const QImage picture = widget.grab().toImage();
    QSet<QRgb> colors;
    for (int y = 0; y < picture.height(); y += 7) {
        for (int x = 0; x < picture.width(); x += 7) {
            colors.insert(picture.pixel(x, y));
        }
    }
    QVERIFY2(colors.size() > 8, "the picture is blank");
    QVERIFY(picture.save(m_folder.filePath(name + u".png"_s)));
}

void TestScreens::themes() {
    QTest::addColumn<bool>("dark");
    QTest::newRow("light") << false;
    QTest::newRow("dark") << true;
}

void TestScreens::pages_data() {
    QTest::addColumn<int>("page");
    QTest::addColumn<bool>("dark");
    for (int page = 0; page < kPageCount; ++page) {
        const QByteArray name = pageTitle(static_cast<PageId>(page)).toLower().toLatin1();
        QTest::addRow("%s-light", name.constData()) << page << false;
        QTest::addRow("%s-dark", name.constData()) << page << true;
    }
}

void TestScreens::pages() {
    QFETCH(int, page);
    QFETCH(bool, dark);
    FakeEndpoint endpoint;
    Stage stage;
    if (static_cast<PageId>(page) == PageId::Playground) {
        stage.backend.setBaseUrl(endpoint.baseUrl());
    }
    stage.preferences.setTheme(dark ? ThemeMode::Dark : ThemeMode::Light);
    MainWindow& window = stage.open();
    window.showPage(static_cast<PageId>(page));
    Stage::settle();
    if (static_cast<PageId>(page) == PageId::Activity) {
        for (QTableView* table : window.page(PageId::Activity)->findChildren<QTableView*>()) {
            table->selectRow(5);
        }
        Stage::settle();
        auto* scroll = window.findChild<Inspector*>()->findChild<QScrollArea*>();
        scroll->verticalScrollBar()->setValue(scroll->verticalScrollBar()->maximum());
        save(window, u"inspector-"_s + QString::fromLatin1(QTest::currentDataTag()));
        scroll->verticalScrollBar()->setValue(0);
    }
    save(window, QString::fromLatin1(QTest::currentDataTag()));
    checkWords(window);
    if (static_cast<PageId>(page) == PageId::Wallet ||
        static_cast<PageId>(page) == PageId::Selling) {
        const bool wallet = static_cast<PageId>(page) == PageId::Wallet;
        byName<QTableView>(&window, wallet ? u"Payments"_s : u"Sales"_s)->selectRow(5);
        Stage::settle();
        save(window, u"details-"_s + QString::fromLatin1(QTest::currentDataTag()));
        checkWords(window);
    }
    const QColor ground = window.palette().color(QPalette::Window);
    QCOMPARE(ground, (dark ? darkTokens() : lightTokens()).window);
}

void TestScreens::emptyPages_data() {
    pages_data();
}

void TestScreens::emptyPages() {
    QFETCH(int, page);
    QFETCH(bool, dark);
    FakeEndpoint endpoint;
    Stage stage(false);
    if (static_cast<PageId>(page) == PageId::Playground) {
        stage.backend.setBaseUrl(endpoint.baseUrl());
    }
    stage.preferences.setTheme(dark ? ThemeMode::Dark : ThemeMode::Light);
    MainWindow& window = stage.open();
    window.showPage(static_cast<PageId>(page));
    Stage::settle();
    save(window, u"empty-"_s + QString::fromLatin1(QTest::currentDataTag()));
    checkWords(window);
}

void TestScreens::attached_data() {
    themes();
}

// A gateway in another process: while it runs, when it is to be stopped, when it is gone.
void TestScreens::attached() {
    QFETCH(bool, dark);
    const QString tag = QString::fromLatin1(QTest::currentDataTag());
    Stage stage;
    stage.preferences.setTheme(dark ? ThemeMode::Dark : ThemeMode::Light);
    stage.backend.elsewhere = {
        .state = Background::State::Attached, .program = "gaterouterd", .pid = 4311};
    MainWindow& window = stage.open();
    save(window, u"attached-overview-"_s + tag);
    checkWords(window);
    auto* dialog = new StopGatewayDialog(stage.backend, &window);
    dialog->open();
    Stage::settle();
    save(*dialog, u"dialog-stop-gateway-"_s + tag);
    checkWords(*dialog);
    dialog->reject();
    stage.backend.elsewhere->state = Background::State::Ended;
    stage.backend.setGateway({.state = gateway::GatewayStatus::State::Stopped,
                              .address = "127.0.0.1",
                              .port = 4402,
                              .error = {},
                              .portHolder = {}});
    Stage::settle();
    save(window, u"attached-ended-"_s + tag);
    checkWords(window);
    window.resize(window.minimumSize());
    stage.backend.elsewhere->state = Background::State::Attached;
    stage.backend.setGateway({.state = gateway::GatewayStatus::State::Running,
                              .address = "127.0.0.1",
                              .port = 4402,
                              .error = {},
                              .portHolder = {}});
    Stage::settle();
    save(window, u"attached-small-"_s + tag);
    checkWords(window);
}

void TestScreens::errors_data() {
    themes();
}

void TestScreens::errors() {
    QFETCH(bool, dark);
    Stage stage;
    stage.preferences.setTheme(dark ? ThemeMode::Dark : ThemeMode::Light);
    MainWindow& window = stage.open();
    stage.backend.setGateway({.state = gateway::GatewayStatus::State::Failed,
                              .address = "127.0.0.1",
                              .port = 4402,
                              .error = Error(ErrorCode::PortInUse, "The port is in use."),
                              .portHolder = "node (process 4312)"});
    Stage::settle();
    save(window, u"error-port-"_s + QString::fromLatin1(QTest::currentDataTag()));
    checkWords(window);
}

void TestScreens::locking_data() {
    themes();
}

void TestScreens::locking() {
    QFETCH(bool, dark);
    const QString tag = QString::fromLatin1(QTest::currentDataTag());
    Stage stage;
    stage.preferences.setTheme(dark ? ThemeMode::Dark : ThemeMode::Light);
    stage.backend.money.view.locked = stage.backend.money.view.doubted = true;
    stage.backend.money.facts.state = gateway::WalletFacts::State::Locked;
    MainWindow& window = stage.open();
    window.showPage(PageId::Wallet);
    Stage::settle();
    Stage::settle();
    save(window, u"wallet-locked-"_s + tag);
    checkWords(window);
    auto* dialog = new PassphraseDialog(stage.backend, &window, PassphraseDialog::Purpose::Wallet);
    dialog->open();
    Stage::settle();
    save(*dialog, u"dialog-unlock-wallet-"_s + tag);
    checkWords(*dialog);
    dialog->reject();
    window.commands().action(CommandId::HideAmounts)->trigger();
    Stage::settle();
    save(window, u"wallet-hidden-"_s + tag);
    checkWords(window);
    window.commands().action(CommandId::HideAmounts)->trigger();
}

void TestScreens::limits_data() {
    themes();
}

// The limit that nobody set, on the day the clock leapt; and a gateway that is stopped.
void TestScreens::limits() {
    QFETCH(bool, dark);
    const QString tag = QString::fromLatin1(QTest::currentDataTag());
    Stage stage;
    stage.preferences.setTheme(dark ? ThemeMode::Dark : ThemeMode::Light);
    stage.backend.limits.limits.resize(1);
    stage.backend.limits.limits[0].limit.standard = true;
    stage.backend.limits.limits[0].limit.guarantee = ledger::Guarantee::Estimate;
    stage.backend.limits.clockLeapMs = 3 * 3'600'000;
    stage.backend.limits.questions = {{.id = "req_1",
                                       .client = "editor",
                                       .model = "openai/gpt-5.4",
                                       .needed = 4 * Money::kPicoPerDollar,
                                       .lacking = 3 * Money::kPicoPerDollar / 4,
                                       .until = UnixMs{1'795'357'507'000 + 240'000}}};
    MainWindow& window = stage.open();
    window.showPage(PageId::Limits);
    Stage::settle();
    save(window, u"limits-standard-"_s + tag);
    checkWords(window);
    stage.backend.limits = {};
    stage.backend.setGateway({.state = gateway::GatewayStatus::State::Stopped,
                              .address = "127.0.0.1",
                              .port = 4402,
                              .error = {},
                              .portHolder = {}});
    Stage::settle();
    save(window, u"limits-stopped-"_s + tag);
    checkWords(window);
}

void TestScreens::routing_data() {
    themes();
}

// Changes that wait, a value that is refused, and a request that is tried; then a refusal and a
// conflict.
void TestScreens::routing() {
    QFETCH(bool, dark);
    const QString tag = QString::fromLatin1(QTest::currentDataTag());
    Stage stage;
    stage.preferences.setTheme(dark ? ThemeMode::Dark : ThemeMode::Light);
    MainWindow& window = stage.open();
    window.resize(1180, 820);
    window.showPage(PageId::Routing);
    Page* page = window.page(PageId::Routing);
    page->findChild<QSlider*>()->setValue(70);
    auto* rules = page->findChild<RulesCard*>()->findChild<QListView*>();
    rules->setCurrentIndex(rules->model()->index(1, 0));
    for (QLineEdit* field : page->findChildren<QLineEdit*>()) {
        if (field->accessibleName() == u"Prompt over"_s) {
            field->setText(u"many"_s);
        }
    }
    page->findChild<RouteBench*>()->findChild<QPlainTextEdit*>()->setPlainText(
        u"Prove that there are infinitely many primes."_s);
    page->findChild<RouteBench*>()->decide();
    Stage::settle();
    auto* bar = page->findChild<QScrollArea*>()->verticalScrollBar();
    QTRY_VERIFY(words(page).contains(u"of recent traffic affected"_s));
    bar->setValue(bar->maximum() * 55 / 100);
    save(window, u"routing-rules-"_s + tag);
    checkWords(window);
    bar->setValue(bar->maximum());
    save(window, u"routing-tried-"_s + tag);
    checkWords(window);
    stage.backend.routeTold.insert(1, R"("unexamined":["headers"],)");
    static_cast<RoutingPage*>(page)->tryRecorded(stage.backend.records.front().record);
    Stage::settle();
    save(window, u"routing-recorded-"_s + tag);
    checkWords(window);
    bar->setValue(0);
    stage.backend.nextError = Error(ErrorCode::ConfigInvalid,
                                    "$.routing.rules[1].if.prompt_tokens_over must be a number.");
    QTest::keyClick(rules, Qt::Key_S, Qt::ControlModifier);
    Stage::settle();
    stage.backend.routingFile = "{}\n";
    emit stage.backend.settingsChanged();
    Stage::settle();
    save(window, u"routing-refused-"_s + tag);
    checkWords(window);
}

void TestScreens::exporting_data() {
    themes();
}

// While an export runs, and when it is done.
void TestScreens::exporting() {
    QFETCH(bool, dark);
    const QString tag = QString::fromLatin1(QTest::currentDataTag());
    Stage stage;
    stage.preferences.setTheme(dark ? ThemeMode::Dark : ThemeMode::Light);
    MainWindow& window = stage.open();
    window.showPage(PageId::Activity);
    window.findChild<ExportBar*>()->ask({});
    Stage::settle();
    auto* dialog = window.findChild<QFileDialog*>();
    emit dialog->fileSelected(u"/home/ada/requests.csv"_s);
    dialog->close();
    stage.backend.exporting->progress(125'000, 412'000);
    Stage::settle();
    save(window, u"export-running-"_s + tag);
    checkWords(window);
    ledger::Exported written;
    written.requests = 412'000;
    stage.backend.exporting->reply(written);
    Stage::settle();
    save(window, u"export-done-"_s + tag);
    checkWords(window);
}

void TestScreens::dialogs_data() {
    themes();
}

void TestScreens::dialogs() {
    QFETCH(bool, dark);
    const QString tag = QString::fromLatin1(QTest::currentDataTag());
    Stage stage;
    stage.preferences.setTheme(dark ? ThemeMode::Dark : ThemeMode::Light);
    MainWindow& window = stage.open();
    const auto shoot = [&](QDialog* dialog, const QString& name) {
        dialog->open();
        Stage::settle();
        save(*dialog, u"dialog-%1-%2"_s.arg(name, tag));
        checkWords(*dialog);
        dialog->reject();
    };
    shoot(new AddProviderDialog(stage.backend, &window), u"add-provider"_s);
    shoot(new ClientKeyDialog(stage.backend, u"codex"_s, &window), u"client-key"_s);
    window.commands().action(CommandId::Palette)->trigger();
    shoot(window.findChild<CommandPalette*>(), u"commands"_s);
    const payment::Token tether = *stage.backend.money.list.tokensOf(8453).back();
    using enum AllowDialog::Purpose;
    shoot(new AllowDialog(stage.backend, tether, u"Base"_s, Allow, &window), u"allow"_s);
    shoot(new AllowDialog(stage.backend, tether, u"Base"_s, TakeBack, &window), u"take-back"_s);
    stage.backend.money.change.asked.caps.perDay.reset();
    stage.backend.money.change.loosened = {"per_day"};
    shoot(new PolicyDialog(stage.backend, &window), u"policy"_s);
    stage.backend.money.hold(1);
    stage.backend.money.hold(2);
    stage.backend.money.emitChanged();
    Stage::settle();
    shoot(window.findChild<ApprovalDialog*>(), u"approval"_s);
    stage.backend.money.view.held.clear();
    stage.backend.money.emitChanged();
    Stage::settle();
    stage.backend.money.vaultKeeper = Payments::Keeper::Keychain;
    shoot(new NewWalletDialog(stage.backend, &window), u"new-wallet"_s);
    shoot(new ImportWalletDialog(stage.backend, &window), u"import-wallet"_s);
    auto* backup = new BackupDialog(stage.backend, true, &window);
    backup->open();
    button(backup, u"Show the words once more"_s)->click();
    Stage::settle();
    shoot(backup, u"backup"_s);
    stage.backend.setVault(VaultState::Locked);
    shoot(new PassphraseDialog(stage.backend, &window), u"unlock"_s);
    stage.backend.setVault(VaultState::NeedsChoice);
    shoot(new PassphraseDialog(stage.backend, &window), u"no-keychain"_s);
}

void TestScreens::conversation_data() {
    themes();
}

void TestScreens::conversation() {
    QFETCH(bool, dark);
    FakeEndpoint endpoint;
    endpoint.answer = QString::fromUtf8(kAnswer);
    Stage stage;
    stage.backend.setBaseUrl(endpoint.baseUrl());
    stage.preferences.setTheme(dark ? ThemeMode::Dark : ThemeMode::Light);
    MainWindow& window = stage.open();
    window.showPage(PageId::Playground);
    auto* composer = window.page(PageId::Playground)->findChild<QPlainTextEdit*>(u"composer"_s);
    QTRY_VERIFY(window.page(PageId::Playground)->findChild<QComboBox*>()->count() > 0);
    composer->setPlainText(u"Sort a list in Python, shortest first."_s);
    QTest::keyClick(composer, Qt::Key_Return, Qt::ControlModifier);
    QTRY_COMPARE(window.page(PageId::Playground)->findChildren<MessageView*>().size(), 2);
    QTRY_VERIFY(!window.page(PageId::Playground)->property("busy").toBool());
    ledger::RequestRecord record = scriptedRecord(4, stage.backend.fixedClock.time);
    record.id = "req_play1";
    stage.backend.emitExchanges(
        {{.kind = gateway::ExchangeEvent::Kind::Finished, .running = {}, .finished = record}});
    Stage::settle();
    save(window, u"conversation-"_s + QString::fromLatin1(QTest::currentDataTag()));
    checkWords(window);
}

void TestScreens::largeText() {
    Stage stage;
    stage.preferences.setTheme(ThemeMode::Light);
    stage.preferences.setTextStep(4);
    MainWindow& window = stage.open();
    for (int page = 0; page < kPageCount; ++page) {
        window.showPage(static_cast<PageId>(page));
        Stage::settle();
        save(window, u"large-%1"_s.arg(pageTitle(static_cast<PageId>(page)).toLower()));
    }
    const auto* overview = window.page(PageId::Overview)->findChild<QScrollArea*>();
    QCOMPARE(overview->horizontalScrollBar()->maximum(), 0);
}

void TestScreens::smallWindow() {
    FakeEndpoint endpoint;
    Stage stage;
    stage.backend.setBaseUrl(endpoint.baseUrl());
    stage.backend.play = true;
    stage.preferences.setTheme(ThemeMode::Light);
    MainWindow& window = stage.open();
    window.resize(window.minimumSize());
    for (int page = 0; page < kPageCount; ++page) {
        window.showPage(static_cast<PageId>(page));
        Stage::settle();
        if (static_cast<PageId>(page) == PageId::Activity) {
            window.page(PageId::Activity)->findChild<QTableView*>()->selectRow(5);
            Stage::settle();
        }
        save(window, u"small-%1"_s.arg(pageTitle(static_cast<PageId>(page)).toLower()));
        checkWords(window);
    }
    QCOMPARE(window.size(), window.minimumSize());
}

void TestScreens::connecting_data() {
    themes();
}

// Each way a tool can stand.
void TestScreens::connecting() {
    QFETCH(bool, dark);
    Stage stage;
    stage.preferences.setTheme(dark ? ThemeMode::Dark : ThemeMode::Light);
    MainWindow& window = stage.open();
    window.showPage(PageId::Connect);
    auto* tools = byName<QListWidget>(window.page(PageId::Connect), u"Tools"_s);
    for (const QString& tool : {u"Codex"_s, u"opencode"_s, u"Continue"_s, u"Zed"_s, u"Cline"_s,
                                u"Gemini CLI"_s, u"Cursor"_s}) {
        tools->setCurrentItem(tools->findItems(tool, Qt::MatchExactly).value(0));
        Stage::settle();
        save(window, u"connect-%1-%2"_s.arg(tool.toLower().replace(u' ', u'-'),
                                            QString::fromLatin1(QTest::currentDataTag())));
        checkWords(window);
    }
}

void TestScreens::rightToLeft() {
    Stage stage;
    stage.preferences.setTheme(ThemeMode::Light);
    QApplication::setLayoutDirection(Qt::RightToLeft);
    MainWindow& window = stage.open();
    save(window, u"rtl-overview"_s);
    window.showPage(PageId::Providers);
    Stage::settle();
    save(window, u"rtl-providers"_s);
    window.showPage(PageId::Limits);
    Stage::settle();
    save(window, u"rtl-limits"_s);
    window.showPage(PageId::Routing);
    Stage::settle();
    save(window, u"rtl-routing"_s);
    window.showPage(PageId::Connect);
    Stage::settle();
    save(window, u"rtl-connect"_s);
    checkWords(window);
    QApplication::setLayoutDirection(Qt::LeftToRight);
}

}  // namespace gr::ui

GR_UI_TEST_MAIN(gr::ui::TestScreens)
#include "test_screens.moc"
