// SPDX-License-Identifier: MIT
// The page of routing: what waits until it is applied, what an edit leaves alone, and what happens
// to the file; by keyboard where there is a key for it.
#include <QApplication>
#include <QComboBox>
#include <QLabel>
#include <QLineEdit>
#include <QListView>
#include <QPlainTextEdit>
#include <QProgressBar>
#include <QPushButton>
#include <QSlider>
#include <QTableView>
#include <QTest>

#include "fake_endpoint.h"
#include "main_window.h"
#include "models/rule_model.h"
#include "pages/routing_page.h"
#include "stage.h"
#include "widgets/notice.h"

namespace gr::ui {

using namespace Qt::StringLiterals;

namespace {

QString shown(const std::string& text) {
    return QString::fromStdString(text);
}

// What the bench asked; the page asks for itself what the dial does.
std::vector<std::pair<std::string, std::string>> tried(const Stage& stage) {
    auto all = stage.backend.routesAsked;
    std::erase_if(
        all, [](const auto& one) { return one.second.find("\"Hello\"") != std::string::npos; });
    return all;
}

// The page of a window, with what it says of routing.
struct Opened {
    explicit Opened(Stage& stage) : window(stage.open()) {
        window.activateWindow();
        window.showPage(PageId::Routing);
        Stage::settle();
        page = static_cast<RoutingPage*>(window.page(PageId::Routing));
        page->firstFocus()->setFocus();
    }
    void press(Qt::Key key, Qt::KeyboardModifiers modifiers = Qt::NoModifier) const {
        QWidget* target = window.focusWidget();
        QTest::keyClick(target != nullptr ? target : page, key, modifiers);
        Stage::settle();
    }
    QStringList notices() const {
        QStringList titles;
        for (const Notice* notice : page->notices()->findChildren<Notice*>()) {
            if (!notice->isHidden()) {
                titles << notice->accessibleName();
            }
        }
        return titles;
    }

    MainWindow& window;
    RoutingPage* page;
};

}  // namespace

class TestRouting final : public QObject {
    Q_OBJECT

  private slots:
    void dialWaitsUntilApplied();
    void undoBehindApply();
    void refusalsStandInline();
    void foreignChangesAreNotOverwritten();
    void wrongNamesAreTold();
    void namesByKeyboard();
    void rulesByKeyboard();
    void rulesAreSwitchedOff();
    void conditionsAreEdited();
    void wrongValuesAreToldAtTheirField();
    void templatesForNoRules();
    void requestsAreTried();
    void decisionsFollowTheDraft();
    void rulesTellTheirHits();
    void pendingChangesTellWhatTheyAffect();
    void countsOfAnEarlierDraftAreNotShown();
    void recordedRequestsAreTried();
    void rulesAreReplayed();
    void whatAutoAnsweredCanBeJudged();
    void aReplayCanBeCancelledAndMayFail();
};

void TestRouting::dialWaitsUntilApplied() {
    Stage stage;
    const Opened opened(stage);
    const std::string before = stage.backend.routingFile;
    auto* slider = opened.page->findChild<QSlider*>();
    QCOMPARE(slider->value(), 35);
    QVERIFY(words(opened.page).contains(u"Rather cheap"_s));
    QVERIFY(!button(opened.page, u"Apply"_s)->isEnabled());
    opened.press(Qt::Key_End);
    QVERIFY(words(opened.page).contains(u"As good as possible"_s));
    QVERIFY(words(opened.page).contains(u"1 change"_s));
    QVERIFY(!stage.backend.said.contains(u"apply routing"_s));
    opened.press(Qt::Key_S, Qt::ControlModifier);
    QCOMPARE(stage.backend.said.count(u"apply routing"_s), 1);
    QString expected = shown(before);
    expected.replace(u"\"preference\": 0.35"_s, u"\"preference\": 1"_s);
    QCOMPARE(shown(stage.backend.routingFile), expected);
    QVERIFY(!button(opened.page, u"Apply"_s)->isEnabled());
    QCOMPARE(opened.notices(), QStringList{u"The changes are applied"_s});
}

void TestRouting::undoBehindApply() {
    Stage stage;
    const Opened opened(stage);
    const std::string before = stage.backend.routingFile;
    opened.press(Qt::Key_Home);
    opened.press(Qt::Key_Z, Qt::ControlModifier);
    QCOMPARE(opened.page->findChild<QSlider*>()->value(), 35);
    opened.press(Qt::Key_Z, Qt::ControlModifier | Qt::ShiftModifier);
    QCOMPARE(opened.page->findChild<QSlider*>()->value(), 0);
    opened.press(Qt::Key_S, Qt::ControlModifier);
    QVERIFY(stage.backend.routingFile != before);
    button(opened.page->notices(), u"Undo"_s)->click();
    Stage::settle();
    QCOMPARE(shown(stage.backend.routingFile), shown(before));
    QCOMPARE(opened.page->findChild<QSlider*>()->value(), 35);
    QVERIFY(!button(opened.page, u"Apply"_s)->isEnabled());
}

void TestRouting::refusalsStandInline() {
    Stage stage;
    const Opened opened(stage);
    opened.press(Qt::Key_Home);
    stage.backend.nextError = Error(ErrorCode::ConfigInvalid, "$.routing.rules[0] is wrong.");
    opened.press(Qt::Key_S, Qt::ControlModifier);
    QCOMPARE(opened.notices(), QStringList{u"The changes were not applied"_s});
    QVERIFY(words(opened.page).contains(u"$.routing.rules[0] is wrong."_s));
    QVERIFY(button(opened.page, u"Apply"_s)->isEnabled());
    button(opened.page, u"Discard"_s)->click();
    QCOMPARE(opened.page->findChild<QSlider*>()->value(), 35);
    QVERIFY(!button(opened.page, u"Apply"_s)->isEnabled());
}

void TestRouting::foreignChangesAreNotOverwritten() {
    Stage stage;
    const Opened opened(stage);
    const std::string other = "{ \"routing\": { \"preference\": 0.9 } }";
    // Nothing waits: the page follows.
    stage.backend.routingFile = other;
    emit stage.backend.settingsChanged();
    QCOMPARE(opened.page->findChild<QSlider*>()->value(), 90);
    opened.press(Qt::Key_Home);
    stage.backend.routingFile = "{ \"routing\": { \"preference\": 0.8 } }";
    emit stage.backend.settingsChanged();
    QCOMPARE(opened.page->findChild<QSlider*>()->value(), 0);
    QCOMPARE(opened.notices(), QStringList{u"The configuration was changed elsewhere"_s});
    opened.press(Qt::Key_S, Qt::ControlModifier);
    QVERIFY(opened.notices().contains(u"The changes were not applied"_s));
    QVERIFY(shown(stage.backend.routingFile).contains(u"0.8"_s));
    button(opened.page->notices(), u"Drop mine and read it again"_s)->click();
    QCOMPARE(opened.page->findChild<QSlider*>()->value(), 80);
}

void TestRouting::wrongNamesAreTold() {
    Stage stage;
    stage.backend.routingFile = R"({"routing": {"aliases": {"auto": ["openai/gpt-5.4"]}}})";
    const Opened opened(stage);
    QVERIFY2(words(opened.page).contains(u"“auto”"_s), qPrintable(words(opened.page)));
}

void TestRouting::namesByKeyboard() {
    Stage stage;
    const Opened opened(stage);
    auto* names = byName<QListView>(opened.page, u"Names"_s);
    auto* models = byName<QListView>(opened.page, u"Models of the name, in order"_s);
    models->setFocus();
    models->setCurrentIndex(models->model()->index(1, 0));
    opened.press(Qt::Key_Up, Qt::AltModifier);
    QCOMPARE(models->currentIndex().row(), 0);
    QVERIFY(shown(stage.backend.routingFile).contains(u"[\"groq/llama-3.3-70b\", \"op"_s));
    opened.press(Qt::Key_S, Qt::ControlModifier);
    QVERIFY(shown(stage.backend.routingFile).contains(u"[\"openai/gpt-5.4-mini\", \"groq"_s));
    opened.press(Qt::Key_Delete);
    QCOMPARE(models->model()->rowCount(), 1);
    names->setFocus();
    opened.press(Qt::Key_F2);
    QTest::keyClicks(QApplication::focusWidget(), u"quick"_s);
    opened.press(Qt::Key_Return);
    QCOMPARE(names->model()->index(0, 0).data().toString(), u"quick"_s);
    opened.press(Qt::Key_Delete);
    QCOMPARE(names->model()->rowCount(), 1);
    opened.press(Qt::Key_Z, Qt::ControlModifier);
    QCOMPARE(names->model()->rowCount(), 2);
    names->setCurrentIndex(names->model()->index(0, 0));
    auto* field = byName<QLineEdit>(opened.page, u"Model to add"_s);
    field->setFocus();
    QTest::keyClicks(field, u"ollama/qwen3:8b"_s);
    opened.press(Qt::Key_Return);
    QCOMPARE(models->model()->rowCount(), 2);
    QVERIFY(field->text().isEmpty());
}

void TestRouting::rulesByKeyboard() {
    Stage stage;
    const Opened opened(stage);
    auto* rules = byName<QListView>(opened.page, u"Rules, in order"_s);
    const auto title = [rules](int row) {
        return rules->model()->index(row, 0).data(RuleModel::TitleRole).toString();
    };
    rules->setFocus();
    rules->setCurrentIndex(rules->model()->index(0, 0));
    opened.press(Qt::Key_Down, Qt::AltModifier);
    QCOMPARE(title(0), u"long prompts"_s);
    QCOMPARE(rules->currentIndex().row(), 1);
    opened.press(Qt::Key_D, Qt::ControlModifier);
    QCOMPARE(rules->model()->rowCount(), 4);
    QCOMPARE(title(2), u"secrets stay here"_s);
    QTest::keyClicks(QApplication::focusWidget(), u"copy"_s);
    QCOMPARE(title(2), u"copy"_s);
    rules->setFocus();
    opened.press(Qt::Key_Delete);
    QCOMPARE(rules->model()->rowCount(), 3);
    opened.press(Qt::Key_N, Qt::ControlModifier);
    QCOMPARE(rules->model()->rowCount(), 4);
    QVERIFY(words(opened.page).contains(u"changes"_s));
    for (int i = 0; i < 5; ++i) {
        opened.press(Qt::Key_Z, Qt::ControlModifier);
    }
    QCOMPARE(rules->model()->rowCount(), 3);
    QCOMPARE(title(0), u"secrets stay here"_s);
    QVERIFY(!button(opened.page, u"Apply"_s)->isEnabled());
}

void TestRouting::rulesAreSwitchedOff() {
    Stage stage;
    const Opened opened(stage);
    auto* rules = byName<QListView>(opened.page, u"Rules, in order"_s);
    rules->setFocus();
    rules->setCurrentIndex(rules->model()->index(0, 0));
    opened.press(Qt::Key_Space);
    const QModelIndex first = rules->model()->index(0, 0);
    QCOMPARE(first.data(Qt::CheckStateRole).toInt(), static_cast<int>(Qt::Unchecked));
    QVERIFY(first.data(Qt::AccessibleTextRole).toString().contains(u"switched off"_s));
    opened.press(Qt::Key_S, Qt::ControlModifier);
    QVERIFY(shown(stage.backend.routingFile).contains(u"\"enabled\": false }"_s));
    QVERIFY(shown(stage.backend.routingFile).contains(u"// for the holidays"_s));
    rules->setFocus();
    opened.press(Qt::Key_Space);
    opened.press(Qt::Key_S, Qt::ControlModifier);
    QCOMPARE(shown(stage.backend.routingFile).count(u"\"enabled\": false"_s), 1);
}

void TestRouting::conditionsAreEdited() {
    Stage stage;
    const Opened opened(stage);
    auto* rules = byName<QListView>(opened.page, u"Rules, in order"_s);
    rules->setCurrentIndex(rules->model()->index(1, 0));
    auto* client = byName<QLineEdit>(opened.page, u"Client is"_s);
    QCOMPARE(client->text(), u"cursor, editor"_s);
    client->setFocus();
    client->selectAll();
    QTest::keyClicks(client, u"zed, "_s);
    QCOMPARE(client->text(), u"zed, "_s);  // the blank behind the comma stays while one types
    QTest::keyClicks(client, u"vim"_s);
    auto* add = byName<QComboBox>(opened.page, u"Add a condition…"_s);
    const int choice = add->findText(u"Has images"_s);
    QVERIFY(choice >= 0);
    emit add->activated(choice);
    Stage::settle();
    QCOMPARE(byName<QComboBox>(opened.page, u"Add a condition…"_s)->findText(u"Has images"_s), -1);
    button(opened.page, u"Remove: Prompt over"_s)->click();
    Stage::settle();
    QVERIFY(byName<QLineEdit>(opened.page, u"Prompt over"_s) == nullptr);
    opened.press(Qt::Key_S, Qt::ControlModifier);
    const QString file = shown(stage.backend.routingFile);
    QVERIFY2(file.contains(u"\"if\": { \"client\": [ \"zed\", \"vim\" ], \"has_image\": true }"_s),
             qPrintable(file));
    client = byName<QLineEdit>(opened.page, u"Client is"_s);
    client->setFocus();
    opened.press(Qt::Key_Z, Qt::ControlModifier);  // the page's history, also from a field
    QVERIFY(byName<QLineEdit>(opened.page, u"Prompt over"_s) != nullptr);
}

void TestRouting::wrongValuesAreToldAtTheirField() {
    Stage stage;
    const Opened opened(stage);
    auto* rules = byName<QListView>(opened.page, u"Rules, in order"_s);
    rules->setCurrentIndex(rules->model()->index(1, 0));
    auto* over = byName<QLineEdit>(opened.page, u"Prompt over"_s);
    over->setFocus();
    over->selectAll();
    QTest::keyClicks(over, u"many"_s);
    QVERIFY(!over->accessibleDescription().isEmpty());
    QVERIFY(words(opened.page).contains(over->accessibleDescription()));
    QVERIFY(rules->model()
                ->index(1, 0)
                .data(RuleModel::NoticeRole)
                .toString()
                .contains(u"if.prompt_tokens_over"_s));
    over->selectAll();
    QTest::keyClicks(over, u"60000"_s);
    QVERIFY(over->accessibleDescription().isEmpty());
}

void TestRouting::templatesForNoRules() {
    Stage stage;
    stage.backend.routingFile = "{}\n";
    const Opened opened(stage);
    QVERIFY(words(opened.page).contains(u"No rules: the built-in router decides"_s));
    QCOMPARE(opened.page->findChild<QSlider*>()->value(), 50);
    QVERIFY(!button(opened.page, u"Apply"_s)->isEnabled());
    button(opened.page, u"Long prompts to a long-context model"_s)->click();
    opened.press(Qt::Key_S, Qt::ControlModifier);
    QVERIFY2(shown(stage.backend.routingFile).contains(u"\"openai/gpt-5.4\""_s),
             stage.backend.routingFile.c_str());
    QVERIFY(!words(opened.page).contains(u"No rules"_s));
    opened.press(Qt::Key_Z, Qt::ControlModifier);
    QVERIFY(words(opened.page).contains(u"No rules"_s));
    button(opened.page, u"Secrets stay on this machine"_s)->click();
    auto* rules = byName<QListView>(opened.page, u"Rules, in order"_s);
    QCOMPARE(rules->model()->index(0, 0).data().toString(),
             u"If it holds a secret, then stay on this machine"_s);
}

void TestRouting::requestsAreTried() {
    Stage stage;
    const Opened opened(stage);
    auto* request = byName<QPlainTextEdit>(opened.page, u"Request to try"_s);
    QVERIFY(!button(opened.page, u"Decide"_s)->isEnabled());
    request->setFocus();
    QTest::keyClicks(request, u"say \"hi\""_s);
    opened.press(Qt::Key_Return, Qt::ControlModifier);
    QCOMPARE(tried(stage).size(), std::size_t{1});
    QCOMPARE(shown(tried(stage)[0].second),
             u"{\"model\":\"auto\",\"messages\":[{\"role\":\"user\",\"content\":\"say "
             u"\\\"hi\\\"\"}]}"_s);
    QVERIFY(words(opened.page).contains(u"openai/gpt-5.4-mini would answer"_s));
    QVERIFY(words(opened.page).contains(u"Score 0.762: quality 0.810"_s));
    QVERIFY(words(opened.page).contains(u"With the dial at 0.62 or more, it is openai/gpt-5.4."_s));
    request->setPlainText(u" {\"model\": \"x\"} "_s);
    stage.backend.routeError = Error(ErrorCode::InvalidField, "The request has no messages.");
    button(opened.page, u"Decide"_s)->click();
    Stage::settle();
    QCOMPARE(shown(tried(stage)[1].second), u"{\"model\": \"x\"}"_s);
    QVERIFY(words(opened.page).contains(u"The request has no messages."_s));
}

// Rules that wait count in the decision, which is made anew while they change.
void TestRouting::decisionsFollowTheDraft() {
    Stage stage;
    const Opened opened(stage);
    opened.press(Qt::Key_Home);
    QVERIFY(tried(stage).empty());
    auto* request = byName<QPlainTextEdit>(opened.page, u"Request to try"_s);
    request->setPlainText(u"hello"_s);
    request->setFocus();
    opened.press(Qt::Key_Return, Qt::ControlModifier);
    QVERIFY(shown(tried(stage)[0].first).contains(u"\"preference\": 0,"_s));
    opened.page->firstFocus()->setFocus();
    opened.press(Qt::Key_End);
    QTRY_COMPARE(tried(stage).size(), std::size_t{2});
    QVERIFY(shown(tried(stage)[1].first).contains(u"\"preference\": 1,"_s));
    QVERIFY(shown(stage.backend.routingFile).contains(u"\"preference\": 0.35,"_s));
}

void TestRouting::rulesTellTheirHits() {
    Stage stage;
    const Opened opened(stage);
    auto* rules = byName<QListView>(opened.page, u"Rules, in order"_s);
    const auto told = [rules](int row, int role = RuleModel::HitsRole) {
        return rules->model()->index(row, 0).data(role).toString();
    };
    QTRY_COMPARE(told(0), u"at least 3 hits in 7 days"_s);
    QCOMPARE(told(0, Qt::ToolTipRole),
             u"Of 1120 more requests of the last 7 days nobody kept what this rule asks about."_s);
    QCOMPARE(told(1), u"214 hits in 7 days"_s);
    QVERIFY(told(1, Qt::ToolTipRole).isEmpty());
    QVERIFY(told(1, Qt::AccessibleTextRole).contains(u"214 hits in 7 days"_s));
    QVERIFY(told(2).isEmpty());  // switched off
    QCOMPARE(stage.backend.trafficAsked.size(), std::size_t{1});
    QCOMPARE(stage.backend.trafficAsked[0].first, stage.backend.routingFile);
    // Each rule keeps its number while it moves; what is edited has none until it is counted.
    rules->setFocus();
    rules->setCurrentIndex(rules->model()->index(0, 0));
    opened.press(Qt::Key_Down, Qt::AltModifier);
    QCOMPARE(told(0), u"214 hits in 7 days"_s);
    QCOMPARE(told(1), u"at least 3 hits in 7 days"_s);
    QTest::keyClicks(byName<QLineEdit>(opened.page, u"Name of the rule"_s), u"x"_s);
    QVERIFY(told(1).isEmpty());
    stage.backend.trafficError = Error(ErrorCode::ConfigInvalid, "A rule is wrong.");
    QTRY_VERIFY(told(0).isEmpty());
    stage.backend.trafficError.reset();
    stage.backend.traffic.rules = {{}, {.hits = 0, .untold = 9}, {}};
    opened.page->refresh();
    QTRY_COMPARE(told(0), u"0 hits in 7 days"_s);
    QCOMPARE(told(1), u"hits not known"_s);
}

void TestRouting::pendingChangesTellWhatTheyAffect() {
    Stage stage;
    const Opened opened(stage);
    const auto waits = [&] { return words(opened.page); };
    opened.press(Qt::Key_End);
    QTRY_VERIFY(waits().contains(u"1 change, about 12% of recent traffic affected"_s));
    QVERIFY(shown(stage.backend.trafficAsked.back().second).contains(u"\"preference\": 1,"_s));
    QCOMPARE(stage.backend.trafficAsked.back().first, stage.backend.routingFile);
    stage.backend.traffic.affected = 1;
    opened.press(Qt::Key_Home);
    QVERIFY(!waits().contains(u"12%"_s));
    QTRY_VERIFY(waits().contains(u"1 change, less than 1% of recent traffic affected"_s));
    stage.backend.traffic.affected = 0;
    opened.page->refresh();
    QTRY_VERIFY(waits().contains(u"1 change, no recent request affected"_s));
    stage.backend.traffic.compared = 0;
    opened.page->refresh();
    QTRY_VERIFY(waits().split(u'\n').contains(u"1 change"_s));
    stage.backend.traffic.compared = stage.backend.traffic.affected = 5;
    opened.press(Qt::Key_S, Qt::ControlModifier);
    const std::size_t asked = stage.backend.trafficAsked.size();
    QTRY_VERIFY(stage.backend.trafficAsked.size() > asked);
    Stage::settle();
    QVERIFY(!waits().contains(u"affected"_s));
}

// The answer to a question that was asked before the last edit.
void TestRouting::countsOfAnEarlierDraftAreNotShown() {
    Stage stage;
    const Opened opened(stage);
    opened.press(Qt::Key_End);
    const std::size_t asked = stage.backend.trafficAsked.size();
    while (stage.backend.trafficAsked.size() == asked) {
        QCoreApplication::processEvents(QEventLoop::WaitForMoreEvents, 20);
    }
    QTest::keyClick(opened.page->findChild<QSlider*>(), Qt::Key_Left);  // its reply is under way
    Stage::settle();
    QVERIFY(!words(opened.page).contains(u"affected"_s));
    QTRY_VERIFY(words(opened.page).contains(u"about 12% of recent traffic affected"_s));
}

// From the list of requests into the test bench, and back to a request that is written.
void TestRouting::recordedRequestsAreTried() {
    Stage stage;
    const Opened opened(stage);
    auto* request = byName<QPlainTextEdit>(opened.page, u"Request to try"_s);
    button(opened.page, u"Pick one from Activity"_s)->click();
    QWidget* activity = opened.window.page(PageId::Activity);
    QVERIFY(activity->isVisible());
    auto* table = byName<QTableView>(activity, u"Requests"_s);
    int row = 0;
    QTRY_VERIFY(table->model()->rowCount() > 5);
    table->setFocus();
    table->setCurrentIndex(table->model()->index(0, 0));  // it runs
    Stage::settle();
    QVERIFY(!button(activity, u"Try in the test bench"_s));
    opened.press(Qt::Key_T, Qt::ControlModifier);
    QVERIFY(activity->isVisible());
    while (!button(activity, u"Try in the test bench"_s)) {
        table->setCurrentIndex(table->model()->index(++row, 0));
        Stage::settle();
    }
    std::string told = stage.backend.routeTold;
    told.insert(1, R"("unexamined":["secrets","headers"],)");
    stage.backend.routeTold = told;
    opened.press(Qt::Key_T, Qt::ControlModifier);
    QVERIFY(opened.page->isVisible() && !request->isVisible());
    const ledger::RequestRecord& record = stage.backend.records.front().record;
    QCOMPARE(stage.backend.recordedAsked.size(), std::size_t{1});
    QCOMPARE(stage.backend.recordedAsked[0].second, record.id);
    const QString seen = words(opened.page);
    for (const QString& part :
         {u"A request for “%1”"_s.arg(shown(record.askedModel)), u"Its text is not kept."_s,
          u"openai/gpt-5.4-mini would answer"_s,
          u"Rules ask about what was not kept of it (secrets and headers)"_s}) {
        QVERIFY2(seen.contains(part), qPrintable(part + u" | "_s + seen));
    }
    // Under the rules as they stand, anew when they change.
    opened.page->firstFocus()->setFocus();
    opened.press(Qt::Key_End);
    QTRY_COMPARE(stage.backend.recordedAsked.size(), std::size_t{2});
    QVERIFY(shown(stage.backend.recordedAsked[1].first).contains(u"\"preference\": 1,"_s));
    stage.backend.routeError = Error(ErrorCode::RecordNotFound, "Nothing is kept of it.");
    opened.press(Qt::Key_Return, Qt::ControlModifier);
    QVERIFY(words(opened.page).contains(u"Nothing is kept of it."_s));
    button(opened.page, u"Write one instead"_s)->click();
    Stage::settle();
    QVERIFY(request->isVisible() && request->hasFocus());
    QVERIFY(!words(opened.page).contains(u"Nothing is kept of it."_s));
    QVERIFY(words(opened.page).contains(u"No request yet"_s));
}

void TestRouting::rulesAreReplayed() {
    Stage stage;
    const Opened opened(stage);
    opened.press(Qt::Key_End);  // the dial, which waits to be applied
    QVERIFY(!button(opened.page, u"Cancel"_s));
    button(opened.page, u"Replay the last 7 days"_s)->click();
    QVERIFY(shown(stage.backend.replaying->document).contains(u"\"preference\": 1,"_s));
    QVERIFY(!button(opened.page, u"Replay the last 7 days"_s)->isEnabled());
    stage.backend.replaying->progress(500, 2'000);
    auto* bar = byName<QProgressBar>(opened.page, u"Progress of the replay"_s);
    QCOMPARE(bar->value() * 4, bar->maximum());
    gateway::ReplayReport report;
    report.requests = 1'204;
    report.changed = 31;
    report.left = 2;
    report.before.cost = *Money::parse("3.10");
    report.after.cost = *Money::parse("1.25");
    report.before.models = {{"openai/gpt-5.4", 1'204}};
    report.after.models = {{"openai/gpt-5.4", 1'173}, {"groq/llama", 31}};
    stage.backend.replaying->reply(report);
    Stage::settle();  // rows show themselves a turn later
    QVERIFY(!bar->isVisibleTo(opened.page));
    const QString told = words(opened.page);
    for (const QString& part :
         {u"Of 1204 requests, 31 would have gone elsewhere."_s, u"$3.10"_s, u"$1.25"_s,
          u"groq/llama"_s, u"1,173"_s, u"2 more requests left nothing that could be replayed."_s}) {
        QVERIFY2(told.contains(part), qPrintable(part + u" | "_s + told));
    }
    opened.press(Qt::Key_Home);
    QVERIFY(!words(opened.page).contains(u"groq/llama"_s));
    QVERIFY(words(opened.page).contains(u"The rules have changed since; replay once more."_s));
    button(opened.page, u"Replay the last 7 days"_s)->click();
    stage.backend.replaying->reply(gateway::ReplayReport());
    QVERIFY(words(opened.page).contains(u"nothing is kept that could be replayed"_s));
}

// In the playground, and only where `auto` chose: of named models nothing is learnt.
void TestRouting::whatAutoAnsweredCanBeJudged() {
    FakeEndpoint endpoint;
    endpoint.answer = u"An answer."_s;
    Stage stage;
    stage.backend.setBaseUrl(endpoint.baseUrl());
    MainWindow& window = stage.open();
    window.showPage(PageId::Playground);
    Page* page = window.page(PageId::Playground);
    auto* models = byName<QComboBox>(page, u"Model"_s);
    QTRY_COMPARE(models->count(), 4);
    auto* composer = byName<QPlainTextEdit>(page, u"Your message"_s);
    const auto ask = [&](int asked) {
        QTest::keyClicks(composer, u"Hello"_s);
        QTest::keyClick(composer, Qt::Key_Return, Qt::ControlModifier);
        QTRY_VERIFY(!page->property("busy").toBool() && endpoint.asked.size() == asked);
    };
    ask(1);
    QVERIFY(!button(page, u"Good answer"_s));
    models->setCurrentIndex(models->findData(u"auto"_s));
    ask(2);
    QCOMPARE(endpoint.asked[1]["model"_L1].toString(), u"auto"_s);
    button(page, u"Bad answer"_s)->click();
    QTRY_COMPARE(endpoint.judged.size(), 1);
    QCOMPARE(endpoint.judged[0]["id"_L1].toString(), u"req_play1"_s);
    QCOMPARE(endpoint.judged[0]["good"_L1].toBool(true), false);
    QVERIFY(!button(page, u"Good answer"_s));
    QVERIFY(!button(page, u"Bad answer"_s)->isEnabled());
    ask(3);
    button(page, u"Good answer"_s)->click();
    QTRY_VERIFY(words(page).contains(u"What you said of the answer was not taken"_s));
}

void TestRouting::aReplayCanBeCancelledAndMayFail() {
    Stage stage;
    const Opened opened(stage);
    button(opened.page, u"Replay the last 7 days"_s)->click();
    button(opened.page, u"Cancel"_s)->click();
    QCOMPARE(stage.backend.said.last(), u"cancel replay"_s);
    QVERIFY(words(opened.page).contains(u"The replay was cancelled."_s));
    button(opened.page, u"Replay the last 7 days"_s)->click();
    stage.backend.replaying->reply(fail(ErrorCode::LedgerBusy, "The ledger is busy."));
    QVERIFY(words(opened.page).contains(u"The ledger is busy."_s));
    QVERIFY(button(opened.page, u"Replay the last 7 days"_s)->isEnabled());
}

}  // namespace gr::ui

GR_UI_TEST_MAIN(gr::ui::TestRouting)
#include "test_routing.moc"
