// SPDX-License-Identifier: MIT
// The page of limits: what a limit reads like, where its pace leads, and when the page asks.
#include <QLabel>
#include <QListView>
#include <QPointer>
#include <QPushButton>
#include <QTest>

#include "models/limit_row.h"
#include "pages/page.h"
#include "sidebar.h"
#include "stage.h"
#include "widgets/limit_card.h"
#include "widgets/notice.h"

namespace gr::ui {

using namespace Qt::StringLiterals;
using ledger::LimitUnit;
using ledger::ScopeKind;
using ledger::WindowKind;

namespace {

constexpr std::int64_t kDollar = Money::kPicoPerDollar;
constexpr std::int64_t kHour = 3'600'000;
constexpr std::int64_t kMidnight = 1'795'305'600'000;  // 22 November 2026, UTC

// $10 a day, on a day of 24 hours.
LimitInfo ofDay(std::int64_t spent) {
    LimitInfo info;
    info.limit.amount = 10 * kDollar;
    info.window = {kMidnight, kMidnight + 24 * kHour};
    info.spent = spent;
    return info;
}

QString titleOf(ScopeKind scope, const char* name, const char* client, WindowKind window,
                LimitUnit unit, std::int64_t amount) {
    LimitInfo info;
    info.limit.scope = scope;
    info.limit.name = name;
    info.limit.client = client;
    info.limit.window = window;
    info.limit.unit = unit;
    info.limit.amount = amount;
    info.window.end = ledger::kEndOfTime;
    return limitRow(info, UnixMs{kMidnight}).title;
}

}  // namespace

class TestLimits final : public QObject {
    Q_OBJECT

  private slots:
    void titles();
    void states();
    void paces();
    void timesAreRough();
    void saysHowSureItIs();
    void allowancesCount();
    void waitingRequestsAreAnswered();
    void waitingRequestsAreToldEverywhere();
    void cardsSpeak();
    void asksOnlyWhileSeen();
    void saysWhyThereIsNone();
    void unreachableGateways();
    void clockIsBelieved();
    void refusedBeliefIsTold();
};

void TestLimits::titles() {
    QCOMPARE(titleOf(ScopeKind::All, "", "", WindowKind::Day, LimitUnit::Usd, 5 * kDollar),
             u"$5.00 a day for everything"_s);
    QCOMPARE(titleOf(ScopeKind::All, "", "agent", WindowKind::Total, LimitUnit::Usd, kDollar / 200),
             u"$0.005 in total for everything of the client “agent”"_s);
    QCOMPARE(titleOf(ScopeKind::Client, "a", "", WindowKind::Hour, LimitUnit::Requests, 1'000),
             u"1,000 requests an hour for the client “a”"_s);
    QCOMPARE(titleOf(ScopeKind::Client, "b", "", WindowKind::Minute, LimitUnit::Requests, 1),
             u"1 request a minute for the client “b”"_s);
    QCOMPARE(titleOf(ScopeKind::Model, "gpt-*", "a", WindowKind::Week, LimitUnit::Tokens, 50),
             u"50 tokens a week for the model “gpt-*”, asked by the client “a”"_s);
    QCOMPARE(titleOf(ScopeKind::Payee, "x.org", "", WindowKind::Month, LimitUnit::Usd, kDollar),
             u"$1.00 a month for payments to “x.org”"_s);
}

void TestLimits::states() {
    const UnixMs noon{kMidnight + 12 * kHour};
    LimitInfo info = ofDay(2 * kDollar);
    info.reserved = 3 * kDollar;
    info.elsewhere = kDollar;
    LimitRow row = limitRow(info, noon);
    QCOMPARE(row.state.word, u"$4.00 left"_s);
    QCOMPARE(row.state.tone, Tone::Success);
    QCOMPARE(row.spent, u"$2.00 spent"_s);
    QCOMPARE(row.reserved, u"$3.00 reserved"_s);
    QCOMPARE(row.elsewhere, u"$1.00 held by other gateways"_s);
    QCOMPARE(row.spentShare, 0.2);
    QCOMPARE(row.reservedShare, 0.3);
    QCOMPARE(row.elsewhereShare, 0.1);
    QVERIFY2(row.anew.endsWith(u", in 12 h 0 min"_s), qPrintable(row.anew));
    QVERIFY2(!row.spoken.contains(u"12 h"_s), qPrintable(row.spoken));
    info.reserved = 7 * kDollar;
    QCOMPARE(limitRow(info, noon).state.word, u"all spent or reserved"_s);
    QCOMPARE(limitRow(ofDay(9 * kDollar), noon).state.tone, Tone::Warning);
    QCOMPARE(limitRow(ofDay(9 * kDollar - 1), noon).state.tone, Tone::Success);
    // What an estimate let through is more than the limit, and the bar is full.
    row = limitRow(ofDay(11 * kDollar), noon);
    QCOMPARE(row.state.word, u"reached"_s);
    QCOMPARE(row.spentShare, 1.0);
    info = ofDay(0);
    info.known = false;
    row = limitRow(info, noon);
    QCOMPARE(row.state.word, u"not known yet"_s);
    QVERIFY(row.spent.isEmpty() && row.spentShare == 0);
    info = ofDay(0);
    info.limit.amount = 0;
    row = limitRow(info, noon);
    QCOMPARE(row.state.word, u"reached"_s);
    QCOMPARE(row.spentShare, 1.0);
}

void TestLimits::paces() {
    const auto at = [](double hours) {
        return UnixMs{kMidnight + static_cast<std::int64_t>(hours * kHour)};
    };
    // Half of it in a quarter of the day: reached at noon.
    const auto reached = forecast(ofDay(5 * kDollar), at(6));
    QVERIFY(reached && reached->reachedAt);
    QCOMPARE(reached->reachedAt->value, at(12).value);
    const auto below = forecast(ofDay(2 * kDollar), at(6));
    QVERIFY(below && !below->reachedAt);
    QCOMPARE(below->atEnd, 8 * kDollar);
    QVERIFY(!forecast(ofDay(5 * kDollar), at(1.19)));
    QVERIFY(forecast(ofDay(5 * kDollar), at(1.2)));
    QVERIFY(!forecast(ofDay(0), at(6)));
    QVERIFY(!forecast(ofDay(10 * kDollar), at(6)));
    QVERIFY(!forecast(ofDay(kDollar), at(24)));
    LimitInfo total = ofDay(kDollar);
    total.window = {0, ledger::kEndOfTime};
    QVERIFY(!forecast(total, at(6)));
    QCOMPARE(limitRow(total, at(6)).anew, u"Never begins anew"_s);
    QCOMPARE(limitRow(ofDay(2 * kDollar), at(6)).forecast,
             u"At this pace it lasts, with ≈ $8.00 spent"_s);
    QCOMPARE(limitRow(ofDay(5 * kDollar), at(6)).forecast,
             u"At this pace used up about %1"_s.arg(shortTime(at(12), at(6))));
}

void TestLimits::timesAreRough() {
    QCOMPARE(roughTime(-5), u"0 s"_s);
    QCOMPARE(roughTime(59'999), u"59 s"_s);
    QCOMPARE(roughTime(60'000), u"1 min"_s);
    QCOMPARE(roughTime(kHour + 61'000), u"1 h 1 min"_s);
    QCOMPARE(roughTime(50 * kHour), u"2 d 2 h"_s);
}

void TestLimits::saysHowSureItIs() {
    const UnixMs noon{kMidnight + 12 * kHour};
    LimitInfo info = ofDay(10 * kDollar);
    LimitRow row = limitRow(info, noon);
    QVERIFY(row.note.startsWith(u"It cannot be passed: the most"_s));
    QCOMPARE(row.forecast, u"Until then requests are refused"_s);
    info.limit.guarantee = ledger::Guarantee::Estimate;
    info.limit.standard = true;
    row = limitRow(info, noon);
    QVERIFY(row.note.startsWith(u"It is an estimate and can be passed a little"_s));
    QVERIFY(row.note.endsWith(u"until you set limits of your own."_s));
    // Requests are whole: there is nothing to estimate.
    info.limit.unit = LimitUnit::Requests;
    QVERIFY(limitRow(info, noon).note.startsWith(u"It cannot be passed: every request"_s));
    info.limit.atLimit = ledger::AtLimit::Ask;
    QCOMPARE(limitRow(info, noon).forecast, u"Until then requests wait for you"_s);
    info.limit.atLimit = ledger::AtLimit::Cheaper;
    QCOMPARE(limitRow(info, noon).forecast, u"Until then a cheaper model answers"_s);
    info.limit.atLimit = ledger::AtLimit::Refuse;
    info.window.end = ledger::kEndOfTime;
    QCOMPARE(limitRow(info, noon).forecast, u"Requests that it counts are refused"_s);
}

// What a person allowed on top is room, too, and what died with a gateway is told.
void TestLimits::allowancesCount() {
    const UnixMs noon{kMidnight + 12 * kHour};
    LimitInfo info = ofDay(10 * kDollar);
    info.allowed = 2 * kDollar;
    info.stranded = kDollar / 2;
    const LimitRow row = limitRow(info, noon);
    QCOMPARE(row.title, u"$10.00 a day for everything"_s);
    QCOMPARE(row.state.word, u"$2.00 left"_s);
    QCOMPARE(row.spentShare, 10.0 / 12);
    QVERIFY2(row.note.contains(u"$2.00 more is allowed until it begins anew. Of what is spent, "
                               "$0.50 was held by gateways that ended suddenly"_s),
             qPrintable(row.note));
    const auto pace = forecast(info, noon);
    QVERIFY(pace && pace->reachedAt);
    QVERIFY(qAbs(pace->reachedAt->value - (kMidnight + 14 * kHour + kHour * 4 / 10)) <= 1);
}

void TestLimits::waitingRequestsAreAnswered() {
    Stage stage;
    stage.backend.limits.questions = {{.id = "req_1",
                                       .client = "agent",
                                       .model = "openai/gpt-5.4",
                                       .unit = LimitUnit::Usd,
                                       .needed = kDollar / 2,
                                       .lacking = kDollar / 10,
                                       .until = UnixMs{kMidnight + 15 * kHour}},
                                      {.id = "req_2", .client = "editor", .model = "a/b"}};
    MainWindow& window = stage.open();
    window.showPage(PageId::Limits);
    Page* page = window.page(PageId::Limits);
    QTRY_VERIFY(words(page).contains(u"A request of “agent” waits for you"_s));
    QVERIFY(
        words(page).contains(u"openai/gpt-5.4 may take up to $0.5000, that is $0.1000 more than "
                             "is left. It is refused at 15:00:00."_s));
    const auto press = [&](const QString& label) {
        for (QPushButton* button : page->notices()->findChildren<QPushButton*>()) {
            if (button->text() == label) {
                button->setFocus();
                QTest::keyClick(button, Qt::Key_Space);
                return;
            }
        }
    };
    stage.backend.nextError = Error(ErrorCode::BadRequest, "Too late.");
    press(u"Let it go on"_s);
    QTRY_VERIFY(words(page).contains(u"Too late."_s));
    // It waits still, so it is asked again.
    QTRY_VERIFY(words(page).contains(u"A request of “agent” waits for you"_s));
    stage.backend.limits.questions.pop_back();  // somebody else answered
    QTRY_VERIFY(!words(page).contains(u"“editor” waits"_s));
    press(u"Let it go on"_s);
    QTRY_VERIFY(!words(page).contains(u"waits for you"_s));
    QCOMPARE(stage.backend.said.last(), u"allow req_1"_s);
    stage.backend.limits.questions = {{.id = "req_3", .client = "agent", .model = "a/b"}};
    QTRY_VERIFY(words(page).contains(u"waits for you"_s));
    press(u"Refuse"_s);
    QTRY_VERIFY(!words(page).contains(u"waits for you"_s));
    QCOMPARE(stage.backend.said.last(), u"refuse req_3"_s);
}

// Whatever page is shown, the sidebar tells of them.
void TestLimits::waitingRequestsAreToldEverywhere() {
    Stage stage;
    stage.backend.limits.limits[0].limit.atLimit = ledger::AtLimit::Ask;
    MainWindow& window = stage.open();
    const auto told = [&] {
        const auto* list = window.findChild<Sidebar*>()->findChild<QListView*>();
        return list->model()
            ->index(static_cast<int>(PageId::Limits), 0)
            .data(Qt::AccessibleTextRole)
            .toString();
    };
    QCOMPARE(told(), u"Limits"_s);
    stage.backend.limits.questions = {{.id = "req_1", .client = "agent", .model = "a/b"}};
    QTRY_COMPARE(told(), u"Limits, 1 request waits for you"_s);
    stage.backend.limits.questions.clear();
    QTRY_COMPARE(told(), u"Limits"_s);
}

void TestLimits::cardsSpeak() {
    Stage stage;
    MainWindow& window = stage.open();
    window.showPage(PageId::Limits);
    Page* page = window.page(PageId::Limits);
    QTRY_COMPARE(page->findChildren<LimitCard*>().size(), 6);
    const auto cards = page->findChildren<LimitCard*>();
    QCOMPARE(
        cards[0]->accessibleName(),
        u"$5.00 a day for everything. $3.25 left. $1.20 spent. $0.3000 reserved. "
        "$0.2500 held by other gateways. Begins anew 23 Nov 00:00. "
        "At this pace it lasts, with ≈ $2.00 spent. "
        "It cannot be passed: the most that a request can take is reserved before it is sent."_s);
    QCOMPARE(page->firstFocus(), cards[0]);
    // What changed is shown at the next turn, and a limit that went is gone.
    stage.backend.limits.limits.resize(2);
    stage.backend.limits.limits[0].spent = 5 * kDollar;
    page->refresh();
    QTRY_COMPARE(page->findChildren<LimitCard*>().size(), 2);
    QVERIFY(words(page).contains(u"reached"_s));
}

void TestLimits::asksOnlyWhileSeen() {
    Stage stage;
    MainWindow& window = stage.open();
    window.page(PageId::Limits)->refresh();
    Stage::settle();
    QCOMPARE(stage.backend.limitsAsked, 1);  // whether any of them asks
    window.showPage(PageId::Limits);
    QTRY_VERIFY(stage.backend.limitsAsked >= 3);  // by itself
    window.showPage(PageId::Overview);
    const int before = stage.backend.limitsAsked;
    QTest::qWait(1'300);
    QCOMPARE(stage.backend.limitsAsked, before);
}

void TestLimits::saysWhyThereIsNone() {
    Stage stage(false);
    MainWindow& window = stage.open();
    window.showPage(PageId::Limits);
    Page* page = window.page(PageId::Limits);
    QTRY_VERIFY(words(page).contains(u"No limit holds"_s));
    stage.backend.setGateway({.state = gateway::GatewayStatus::State::Stopped,
                              .address = "127.0.0.1",
                              .port = 4402,
                              .error = {},
                              .portHolder = {}});
    QTRY_VERIFY(words(page).contains(u"The gateway is not running"_s));
    QVERIFY(!words(page).contains(u"No limit holds"_s));
}

// One that says nothing may spend all the same: what was known stays, and the page says so.
void TestLimits::unreachableGateways() {
    Stage stage;
    stage.backend.elsewhere = {
        .state = Background::State::Attached, .program = "gaterouterd", .pid = 4311};
    MainWindow& window = stage.open();
    window.showPage(PageId::Limits);
    Page* page = window.page(PageId::Limits);
    QTRY_COMPARE(page->findChildren<LimitCard*>().size(), 6);
    stage.backend.limitsError = Error(ErrorCode::Unreachable, "No answer.");
    gateway::GatewayStatus status = stage.backend.gatewayStatus();
    status.state = gateway::GatewayStatus::State::Failed;
    stage.backend.elsewhere->state = Background::State::Silent;
    stage.backend.setGateway(status);
    QTRY_VERIFY(words(page).contains(u"does not answer"_s));
    QCOMPARE(page->findChildren<LimitCard*>().size(), 6);
    status.state = gateway::GatewayStatus::State::Stopped;
    stage.backend.elsewhere->state = Background::State::Ended;
    stage.backend.setGateway(status);
    QTRY_VERIFY(words(page).contains(u"Nothing is spent now"_s));
    QCOMPARE(page->findChildren<LimitCard*>().size(), 0);
    // Without anything known there is nothing to show but that.
    stage.backend.elsewhere->state = Background::State::Silent;
    stage.backend.setGateway(status);
    QTRY_VERIFY(words(page).contains(u"It may go on answering your tools"_s));
}

void TestLimits::clockIsBelieved() {
    Stage stage;
    stage.backend.limits.clockLeapMs = -2 * kHour;
    MainWindow& window = stage.open();
    window.showPage(PageId::Limits);
    Page* page = window.page(PageId::Limits);
    QTRY_VERIFY(words(page).contains(u"The clock leapt back by 2 h 0 min"_s));
    // Time for limits is two hours later than the clock says.
    QTRY_VERIFY2(words(page).contains(u"Begins anew 23 Nov 00:00, in 7 h 34 min"_s),
                 qPrintable(words(page)));
    QPushButton* right = nullptr;
    for (QPushButton* button : page->notices()->findChildren<QPushButton*>()) {
        right = button->text() == u"The clock is right"_s ? button : right;
    }
    QVERIFY(right != nullptr);
    // A page that asks again leaves the notice, and with it the keyboard, where it is.
    const int asked = stage.backend.limitsAsked;
    const QPointer<QPushButton> same = right;
    QTRY_VERIFY(stage.backend.limitsAsked > asked);
    Stage::settle();
    QVERIFY(same);
    right->click();
    QCOMPARE(stage.backend.said.last(), u"believe clock"_s);
    QTRY_VERIFY(!words(page).contains(u"The clock leapt"_s));
}

void TestLimits::refusedBeliefIsTold() {
    Stage stage;
    stage.backend.limits.clockLeapMs = kHour;
    MainWindow& window = stage.open();
    window.showPage(PageId::Limits);
    Page* page = window.page(PageId::Limits);
    QTRY_VERIFY(words(page).contains(u"The clock leapt ahead by 1 h 0 min"_s));
    stage.backend.nextError = Error(ErrorCode::BadRequest, "Not now.");
    for (QPushButton* button : page->notices()->findChildren<QPushButton*>()) {
        if (button->text() == u"The clock is right"_s) {
            button->click();
        }
    }
    QTRY_VERIFY(words(page).contains(u"Not now."_s));
    QTRY_VERIFY(words(page).contains(u"The clock leapt ahead"_s));
}

}  // namespace gr::ui

GR_UI_TEST_MAIN(gr::ui::TestLimits)
#include "test_limits.moc"
