// SPDX-License-Identifier: MIT
// Payments that wait for a person: what is shown of them, that nothing but a deliberate choice
// approves one, and where the window tells of them.
#include <QApplication>
#include <QCheckBox>
#include <QLineEdit>
#include <QPushButton>
#include <QSignalSpy>
#include <QTest>

#include "dialogs/approval_dialog.h"
#include "models/payment_text.h"
#include "payment_desk.h"
#include "stage.h"
#include "status_strip.h"

namespace gr::ui {

using namespace Qt::StringLiterals;

namespace {

constexpr int kPatience = ApprovalDialog::kArmAfterMs + 200;

QStringList answers(const Stage& stage) {
    QStringList all = stage.backend.said;
    all.removeIf([](const QString& one) {
        return !one.startsWith(u"approve"_s) && !one.startsWith(u"deny"_s);
    });
    return all;
}

ApprovalDialog* dialogOf(const Stage& stage) {
    const auto all = stage.window->findChildren<ApprovalDialog*>();
    for (ApprovalDialog* one : all) {
        if (one->isVisible()) {
            return one;
        }
    }
    return nullptr;
}

// A window in front of which payments wait.
struct Waiting {
    explicit Waiting(int payments = 1) {
        stage.backend.money.pays = true;
        for (int number = 1; number <= payments; ++number) {
            stage.backend.money.hold(number);
        }
        stage.open();
        dialog = dialogOf(stage);
    }
    void arrive(int number) {
        stage.backend.money.hold(number);
        tell();
    }
    void tell() {
        stage.backend.money.emitChanged();
        Stage::settle();
    }
    QPushButton* approve() const { return button(dialog, u"Approve"_s); }
    QPushButton* deny() const { return button(dialog, u"Deny"_s); }

    Stage stage;
    ApprovalDialog* dialog = nullptr;
};

}  // namespace

class TestApproval final : public QObject {
    Q_OBJECT

  private slots:
    void saysWhatIsAsked();
    void saysWhoIsPaid();
    void hostileTextsArePlain();
    void denyIsTheDefault();
    void approvesOnceItIsArmed();
    void clicksAndKeysTooEarlyApproveNothing();
    void focusDisarms();
    void contentDisarms();
    void anotherPaymentIsNotApproved();
    void heldKeysApproveNothing();
    void noLetterApproves();
    void alwaysTakesAnAmount();
    void refusedAnswersAreTold();
    void answeredElsewhere();
    void laterLeavesItWaiting();
    void isToldEverywhere();
    void pauses();
    void asksOnlyWhileSomethingMayWait();
};

void TestApproval::saysWhatIsAsked() {
    Waiting waiting;
    QVERIFY(waiting.dialog != nullptr);
    const QString said = words(waiting.dialog);
    for (const char* part :
         {"editor, used by /usr/bin/node", "anthropic/claude-haiku-4-5", "api.example.com",
          "0x3C44CdDdB6a900fa2b585dd299e03d12FA4293BC", "$0.050001 (0.050001 USDC on Base)",
          "$0.04, so this is $0.010001 more", "It is the first payment to api.example.com.",
          "$4.588 of $5.00", "never seen before", "5 min 0 s"}) {
        QVERIFY2(said.contains(QString::fromUtf8(part)),
                 qPrintable(QString::fromUtf8(part) + u" is not in\n"_s + said));
    }
}

void TestApproval::saysWhoIsPaid() {
    FixedClock clock;
    QStringList none;
    FakePayments payments(none, clock);
    const gateway::HeldPayment held = payments.hold(0);
    ApprovalSight sight;
    sight.sums.emplace();
    sight.sums->day = Money::fromPico(800'000'000'000);
    sight.sums->payee = ledger::Payee{.origin = held.purchase.origin,
                                      .address = held.purchase.payee,
                                      .firstSeen = UnixMs{clock.time.value - 60'000},
                                      .allowedBy = {},
                                      .allowedAt = {},
                                      .alwaysUpTo = {},
                                      .otherAddress = {}};
    const auto shown = [&] {
        return approvalText(held, sight, payments.list, payments.rules, clock.time);
    };
    QCOMPARE(shown().seen, u"first seen 14:24:07, never approved"_s);
    QCOMPARE(shown().left, u"$4.20 of $5.00"_s);
    QVERIFY(shown().warning.isEmpty());
    sight.sums->payee->allowedAt = UnixMs{clock.time.value - 30'000};
    QCOMPARE(shown().seen, u"first seen 14:24:07, approved 14:24:37"_s);
    // Known, and now it wants the money elsewhere.
    sight.sums->payee->address = "0x0000000000000000000000000000000000000001";
    QVERIFY2(shown().warning.contains(u"0x0000000000000000000000000000000000000001"_s),
             qPrintable(shown().warning));
    sight.sums->day = Money::fromPico(9 * Money::kPicoPerDollar);
    QCOMPARE(shown().left, u"$0.00 of $5.00"_s);
    payments.rules.caps.perDay.reset();
    QCOMPARE(shown().left, u"no daily cap; $9.00 is spent today"_s);
}

// What a seller or a client says about itself must neither hide nor dress up anything.
void TestApproval::hostileTextsArePlain() {
    FixedClock clock;
    QStringList none;
    FakePayments payments(none, clock);
    gateway::HeldPayment held = payments.hold(0);
    ledger::Purchase& purchase = held.purchase;
    purchase.client = "ed\u202eitor<b>\u200b\n\u2066x";
    purchase.note = "<a href='x'>ok</a>\r\nApproved by\u061c you" + std::string(5000, '!');
    purchase.origin = "https://\u0430pple.example:8443";
    purchase.token = "0x0000000000000000000000000000000000000bad";
    purchase.bound = Money();
    ApprovalSight sight;
    sight.model = "seller/gpt\u202e5\u2028free";
    const ApprovalText shown = approvalText(held, sight, payments.list, payments.rules, clock.time);
    QCOMPARE(shown.client, u"editor<b>x"_s);
    QVERIFY(shown.why.startsWith(u"<a href='x'>ok</a>Approved by you!"_s));
    QVERIFY(shown.why.size() <= 401);
    QCOMPARE(shown.payee, u"xn--pple-43d.example:8443"_s);
    QCOMPARE(shown.request, u"seller/gpt5free"_s);
    QVERIFY2(shown.amount.contains(u"50000 units of 0x0000…0bad"_s), qPrintable(shown.amount));
    QCOMPARE(shown.bound, u"not known: no price of this model is known"_s);
    QCOMPARE(hostLine("http://127.0.0.1:80"), u"http://127.0.0.1"_s);
    QCOMPARE(hostLine("nonsense\u202e"), u"nonsense"_s);
    // Labels of the dialog take no markup.
    Waiting waiting;
    for (const QLabel* label : waiting.dialog->findChildren<QLabel*>()) {
        QCOMPARE(label->textFormat(), Qt::PlainText);
    }
}

void TestApproval::denyIsTheDefault() {
    Waiting waiting;
    QVERIFY(waiting.deny()->isDefault());
    QVERIFY(waiting.deny()->hasFocus() || waiting.dialog->focusWidget() == waiting.deny());
    QTest::keyClick(waiting.dialog, Qt::Key_Return);
    Stage::settle();
    QCOMPARE(answers(waiting.stage).size(), 1);
    QVERIFY(answers(waiting.stage)[0].startsWith(u"deny pay_"_s));
    QVERIFY(dialogOf(waiting.stage) == nullptr);
}

void TestApproval::approvesOnceItIsArmed() {
    Waiting waiting;
    const std::string id = waiting.dialog->shownId();
    QTRY_VERIFY_WITH_TIMEOUT(waiting.dialog->armed(), 5 * kPatience);
    QTest::mouseClick(waiting.approve(), Qt::LeftButton);
    QCOMPARE(answers(waiting.stage), QStringList{u"approve %1 0.00"_s.arg(text(id))});
    Stage::settle();
    QVERIFY(dialogOf(waiting.stage) == nullptr);
    // By the keyboard alone: there, wait, choose.
    Waiting again;
    again.dialog->activateWindow();
    again.approve()->setFocus(Qt::TabFocusReason);
    QTRY_VERIFY_WITH_TIMEOUT(again.dialog->armed(), 5 * kPatience);
    QTest::keyClick(again.approve(), Qt::Key_Space);
    QCOMPARE(answers(again.stage).size(), 1);
    QVERIFY(answers(again.stage)[0].startsWith(u"approve"_s));
}

void TestApproval::clicksAndKeysTooEarlyApproveNothing() {
    Waiting waiting;
    for (int i = 0; i < 5; ++i) {
        QTest::mouseClick(waiting.approve(), Qt::LeftButton);
        QTest::keyClick(waiting.approve(), Qt::Key_Space);
        QTest::qWait(20);
    }
    QVERIFY(!waiting.dialog->armed());
    QVERIFY(answers(waiting.stage).isEmpty());
    // Down before it was armed, up afterwards.
    QTest::mousePress(waiting.approve(), Qt::LeftButton);
    QTRY_VERIFY_WITH_TIMEOUT(waiting.dialog->armed(), 5 * kPatience);
    QTest::mouseRelease(waiting.approve(), Qt::LeftButton);
    QVERIFY(answers(waiting.stage).isEmpty());
}

void TestApproval::focusDisarms() {
    Waiting waiting;
    waiting.dialog->activateWindow();
    QTRY_VERIFY_WITH_TIMEOUT(waiting.dialog->armed(), 5 * kPatience);
    waiting.approve()->setFocus(Qt::TabFocusReason);
    QVERIFY(!waiting.dialog->armed());
    QTest::keyClick(waiting.approve(), Qt::Key_Space);
    QVERIFY(answers(waiting.stage).isEmpty());
    QTRY_VERIFY_WITH_TIMEOUT(waiting.dialog->armed(), 5 * kPatience);
    QEvent activation(QEvent::ActivationChange);
    QApplication::sendEvent(waiting.dialog, &activation);
    QVERIFY(!waiting.dialog->armed());
}

void TestApproval::contentDisarms() {
    Waiting waiting;
    QTRY_VERIFY_WITH_TIMEOUT(waiting.dialog->armed(), 5 * kPatience);
    waiting.dialog->findChild<QCheckBox*>()->setChecked(true);
    QVERIFY(!waiting.dialog->armed());
    QTRY_VERIFY_WITH_TIMEOUT(waiting.dialog->armed(), 5 * kPatience);
    waiting.dialog->findChild<QLineEdit*>()->setText(u"5"_s);
    QVERIFY(!waiting.dialog->armed());
    // Time that goes by is no change.
    QTRY_VERIFY_WITH_TIMEOUT(waiting.dialog->armed(), 5 * kPatience);
    waiting.stage.backend.fixedClock.time.value += 2'000;
    QTRY_VERIFY_WITH_TIMEOUT(words(waiting.dialog).contains(u"4 min 58 s"_s), 5'000);
    QVERIFY(waiting.dialog->armed());
}

// The one that was shown goes while the button is down: what takes its place is not approved.
void TestApproval::anotherPaymentIsNotApproved() {
    Waiting waiting(2);
    const std::string first = waiting.dialog->shownId();
    QVERIFY(words(waiting.dialog).contains(u"1 more waits behind this one."_s));
    QTRY_VERIFY_WITH_TIMEOUT(waiting.dialog->armed(), 5 * kPatience);
    QTest::mousePress(waiting.approve(), Qt::LeftButton);
    waiting.stage.backend.money.view.held.erase(waiting.stage.backend.money.view.held.begin());
    waiting.tell();
    QVERIFY(waiting.dialog->shownId() != first);
    QTest::mouseRelease(waiting.approve(), Qt::LeftButton);
    QTest::mouseClick(waiting.approve(), Qt::LeftButton);
    QVERIFY(answers(waiting.stage).isEmpty());
    QTRY_VERIFY_WITH_TIMEOUT(waiting.dialog->armed(), 5 * kPatience);
    const std::string second = waiting.dialog->shownId();
    QTest::mouseClick(waiting.approve(), Qt::LeftButton);
    QCOMPARE(answers(waiting.stage), QStringList{u"approve %1 0.00"_s.arg(text(second))});
}

void TestApproval::heldKeysApproveNothing() {
    Waiting waiting;
    waiting.dialog->activateWindow();
    waiting.approve()->setFocus(Qt::TabFocusReason);
    QTRY_VERIFY_WITH_TIMEOUT(waiting.dialog->armed(), 5 * kPatience);
    for (const Qt::Key key : {Qt::Key_Return, Qt::Key_Space}) {
        QKeyEvent again(QEvent::KeyPress, key, Qt::NoModifier, {}, true);
        QApplication::sendEvent(waiting.approve(), &again);
    }
    QVERIFY(answers(waiting.stage).isEmpty());
}

void TestApproval::noLetterApproves() {
    Waiting waiting;
    QTRY_VERIFY_WITH_TIMEOUT(waiting.dialog->armed(), 5 * kPatience);
    for (int key = Qt::Key_A; key <= Qt::Key_Z; ++key) {
        QTest::keyClick(waiting.dialog, static_cast<Qt::Key>(key));
        QTest::keyClick(waiting.dialog, static_cast<Qt::Key>(key), Qt::AltModifier);
    }
    QVERIFY(answers(waiting.stage).isEmpty());
}

void TestApproval::alwaysTakesAnAmount() {
    Waiting waiting;
    auto* always = waiting.dialog->findChild<QCheckBox*>();
    auto* upTo = waiting.dialog->findChild<QLineEdit*>();
    QVERIFY(!always->isChecked() && !upTo->isEnabled());
    QCOMPARE(upTo->text(), u"0.050001"_s);
    always->setChecked(true);
    for (const QString& wrong : {u""_s, u"0"_s, u"-1"_s, u"five"_s, u"1e9"_s}) {
        upTo->setText(wrong);
        QTRY_VERIFY_WITH_TIMEOUT(waiting.dialog->armed(), 5 * kPatience);
        QTest::mouseClick(waiting.approve(), Qt::LeftButton);
        QVERIFY(answers(waiting.stage).isEmpty());
        QVERIFY(words(waiting.dialog).contains(u"Write an amount in US dollars"_s));
    }
    upTo->setText(u"0.10"_s);
    QTRY_VERIFY_WITH_TIMEOUT(waiting.dialog->armed(), 5 * kPatience);
    QTest::mouseClick(waiting.approve(), Qt::LeftButton);
    QVERIFY(answers(waiting.stage).value(0).endsWith(u" 0.10"_s));
}

void TestApproval::refusedAnswersAreTold() {
    Waiting waiting;
    waiting.stage.backend.money.nextError =
        Error(ErrorCode::RecordNotFound, "No payment waits for an answer.");
    QTest::mouseClick(waiting.deny(), Qt::LeftButton);
    Stage::settle();
    QVERIFY(words(waiting.dialog).contains(u"No payment waits for an answer."_s));
    // Still there, so it can be answered again.
    QTest::mouseClick(waiting.deny(), Qt::LeftButton);
    Stage::settle();
    QCOMPARE(answers(waiting.stage).size(), 2);
}

void TestApproval::answeredElsewhere() {
    Waiting waiting;
    waiting.stage.backend.money.view.held.clear();
    waiting.tell();
    QVERIFY(dialogOf(waiting.stage) == nullptr);
    QVERIFY(answers(waiting.stage).isEmpty());
}

void TestApproval::laterLeavesItWaiting() {
    Waiting waiting;
    QTest::keyClick(waiting.dialog, Qt::Key_Escape);
    Stage::settle();
    QVERIFY(dialogOf(waiting.stage) == nullptr);
    QVERIFY(answers(waiting.stage).isEmpty());
    // It does not come back by itself for the same one, and does for another.
    waiting.tell();
    QVERIFY(dialogOf(waiting.stage) == nullptr);
    QTest::mouseClick(button(waiting.stage.window->statusBar(), u"1 held"_s), Qt::LeftButton);
    QVERIFY(dialogOf(waiting.stage) != nullptr);
    dialogOf(waiting.stage)->reject();
    waiting.arrive(7);
    QVERIFY(dialogOf(waiting.stage) != nullptr);
}

void TestApproval::isToldEverywhere() {
    Waiting waiting(3);
    MainWindow& window = *waiting.stage.window;
    QVERIFY(button(window.statusBar(), u"3 held"_s) != nullptr);
    QCOMPARE(button(window.statusBar(), u"3 held"_s)->accessibleName(),
             u"3 payments wait for you"_s);
    QVERIFY(window.commands().action(CommandId::ReviewPayments)->isEnabled());
    waiting.stage.backend.money.view.held.clear();
    waiting.tell();
    QVERIFY(!window.commands().action(CommandId::ReviewPayments)->isEnabled());
    // Who has no wallet sees nothing of it.
    Stage without;
    without.backend.money.pays = false;
    without.open();
    QVERIFY(!without.window->commands().action(CommandId::PausePayments)->isVisible());
    QVERIFY(button(without.window->statusBar(), u"Pause payments"_s) == nullptr);
}

void TestApproval::pauses() {
    Stage stage;
    stage.backend.money.pays = true;
    MainWindow& window = stage.open();
    QPushButton* strip = button(window.statusBar(), u"Pause payments"_s);
    QVERIFY(strip != nullptr);
    QTest::mouseClick(strip, Qt::LeftButton);
    Stage::settle();
    QCOMPARE(stage.backend.said.last(), u"pause"_s);
    QCOMPARE(strip->text(), u"Payments paused"_s);
    QAction* action = window.commands().action(CommandId::PausePayments);
    QVERIFY(action->isChecked());
    action->trigger();
    Stage::settle();
    QCOMPARE(stage.backend.said.last(), u"resume"_s);
    QVERIFY(!action->isChecked() && !strip->isChecked());
    // Refused: said, and the switch goes back.
    stage.backend.money.nextError = Error(ErrorCode::DiskFull, "The disk is full.");
    QSignalSpy trouble(&stage.backend, &Backend::trouble);
    QTest::mouseClick(strip, Qt::LeftButton);
    Stage::settle();
    QCOMPARE(trouble.size(), 1);
    QVERIFY(!action->isChecked() && !strip->isChecked());
}

void TestApproval::asksOnlyWhileSomethingMayWait() {
    Stage stage;
    stage.backend.running.clear();
    stage.backend.money.pays = true;
    stage.open();
    const int before = stage.backend.money.asked;
    QTest::qWait(2'200);
    QCOMPARE(stage.backend.money.asked, before);
    stage.backend.running = {
        {"req_live1", stage.backend.fixedClock.time, "editor", "m", "s", "m", false}};
    stage.backend.emitExchanges({{.kind = gateway::ExchangeEvent::Kind::Started,
                                  .running = stage.backend.running[0],
                                  .finished = {}}});
    QTRY_VERIFY_WITH_TIMEOUT(stage.backend.money.asked >= before + 2, 10'000);
    // A payment that comes meanwhile is found.
    stage.backend.money.hold(1);
    QTRY_VERIFY_WITH_TIMEOUT(dialogOf(stage) != nullptr, 5'000);
    // Without a wallet nobody asks, whatever runs.
    Stage without;
    without.backend.money.pays = false;
    without.open();
    const int asked = without.backend.money.asked;
    QTest::qWait(2'200);
    QCOMPARE(without.backend.money.asked, asked);
}

}  // namespace gr::ui

GR_UI_TEST_MAIN(gr::ui::TestApproval)
#include "test_approval.moc"
