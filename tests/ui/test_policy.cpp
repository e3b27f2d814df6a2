// SPDX-License-Identifier: MIT
// What the configuration loosens of the wallet's policy is approved by a person with the
// passphrase, in the window as on a terminal.
#include <QPointer>

#include "dialogs/policy_dialog.h"
#include "models/policy_words.h"
#include "own_run.h"
#include "pages/page.h"
#include "stage.h"
#include "widgets/controls.h"

namespace gr::app {

using namespace Qt::StringLiterals;

using payment::PolicyChange;
using ui::button;
using ui::byName;
using ui::PageId;
using ui::PolicyDialog;
using ui::Stage;
using ui::words;

namespace {

Money dollars(const char* text) {
    return *Money::parse(text);
}

// $5 a day was approved, and $20 are asked for.
PolicyChange moreADay() {
    PolicyChange change;
    change.asked.caps.perDay = dollars("20");
    change.loosened = payment::tightest(change.approved, change.asked).loosened;
    return change;
}

void press(QWidget* dialog, const QString& label) {
    QPushButton* one = button(dialog, label);
    QVERIFY2(one != nullptr, qPrintable(label));
    QTest::mouseClick(one, Qt::LeftButton);
    Stage::settle();
}

}  // namespace

class TestPolicy final : public QObject {
    Q_OBJECT

  private slots:
    void rulesAreWords();
    void pageTellsOfIt();
    void passphraseIsAsked();
    void countsOnceItIsApproved();
};

void TestPolicy::rulesAreWords() {
    PolicyChange change;
    change.approved.payees = {{"api.example.com", {.perPayment = dollars("0.25")}}};
    change.asked.payees = {{"api.example.com", {}}, {"new.example.com", {}}};
    change.asked.caps = {.perPayment = dollars("3"), .perDay = std::nullopt};
    change.asked.askAbove = dollars("2");
    change.asked.fairPricePermille = 2'500;
    change.asked.newPayee = payment::NewPayee::WithinLimits;
    change.loosened = payment::tightest(change.approved, change.asked).loosened;
    QStringList lines;
    for (const ui::PolicyLine& line : ui::policyLines(change)) {
        lines << u"%1|%2|%3"_s.arg(line.rule, line.before, line.after);
    }
    QCOMPARE(lines.size(), static_cast<int>(change.loosened.size()));
    for (const QString& line :
         {u"A payment|$1.00|$3.00"_s, u"An hour|$2.00|no cap"_s, u"A day|$5.00|no cap"_s,
          u"A person is asked above|$0.50|$2.00"_s, u"A price may be our estimate times|1.5|2.5"_s,
          u"The first payment to each payee|a person is asked|paid without a question"_s,
          u"api.example.com: A payment|$0.25|no cap"_s,
          u"new.example.com|not on the list|paid without a question"_s}) {
        QVERIFY2(lines.contains(line), qPrintable(line + u" in\n"_s + lines.join(u'\n')));
    }
    change.asked.payees.reset();
    change.loosened = payment::tightest(change.approved, change.asked).loosened;
    QVERIFY(std::ranges::any_of(ui::policyLines(change), [](const ui::PolicyLine& line) {
        return line.rule == u"Who may be paid"_s && line.after == u"anybody"_s;
    }));
    QVERIFY(ui::policyLines({}).empty());
}

void TestPolicy::pageTellsOfIt() {
    Stage stage;
    stage.backend.money.change = moreADay();
    ui::MainWindow& window = stage.open();
    window.showPage(PageId::Wallet);
    ui::Page* page = window.page(PageId::Wallet);
    QTRY_VERIFY(words(page).contains(u"lets the wallet pay more than was approved"_s));
    QVERIFY(words(page).contains(u"A day: $20.00"_s));
    press(page, u"Review…"_s);
    auto* dialog = window.findChild<PolicyDialog*>();
    QVERIFY(dialog != nullptr);
    QVERIFY(words(dialog).contains(u"$5.00"_s) && words(dialog).contains(u"$20.00"_s));
    dialog->reject();
    stage.backend.money.change = {};
    stage.backend.money.emitChanged();
    QTRY_VERIFY(!words(page).contains(u"lets the wallet pay more than was approved"_s));
}

// Whoever sits at an open window loosens nothing.
void TestPolicy::passphraseIsAsked() {
    Stage stage;
    stage.backend.money.change = moreADay();
    ui::MainWindow& window = stage.open();
    const QPointer<PolicyDialog> dialog = new PolicyDialog(stage.backend, &window);
    dialog->open();
    press(dialog, u"Approve"_s);
    QVERIFY(words(dialog).contains(u"The passphrase of the vault is missing."_s));
    stage.backend.nextError = Error(ErrorCode::WrongPassphrase, "That is not the passphrase.");
    byName<QLineEdit>(dialog, u"Passphrase of the vault"_s)->setText(u"wrong"_s);
    press(dialog, u"Approve"_s);
    QTRY_VERIFY(words(dialog).contains(u"That is not the passphrase."_s));
    QVERIFY(!stage.backend.said.contains(u"approve policy"_s));
    byName<QLineEdit>(dialog, u"Passphrase of the vault"_s)->setText(u"right"_s);
    press(dialog, u"Approve"_s);
    QTRY_VERIFY(stage.backend.said.contains(u"approve policy"_s));
    QTRY_VERIFY(dialog.isNull() || !dialog->isVisible());
    QCOMPARE(*stage.backend.money.change.approved.caps.perDay, dollars("20"));
}

void TestPolicy::countsOnceItIsApproved() {
    const Place place;
    place.write(
        uR"({"listen": {"port": %1}, "wallet": {"policy": {"per_day": "3", )"
        uR"("per_hour": "2.5"}, "networks": [{"id": "eip155:8453"}]}})"_s.arg(place.port));
    const Own own(place);
    QVERIFY(own.payments().policyChange().loosened.empty());  // no vault: nothing is known
    QVERIFY(done([&](QObject* context, auto reply) {
        own.backend->openVault(context, Secret("a long passphrase"), std::move(reply));
    }));
    QVERIFY(done([&](QObject* context, auto reply) {
        own.payments().createWallet(context, 12, [reply](const Result<Secret>& made) {
            reply(made ? Result<void>() : Result<void>(fail(made.error())));
        });
    }));
    const PolicyChange change = own.payments().policyChange();
    QCOMPARE(change.loosened, std::vector<std::string>{"per_hour"});  // tightening counts at once
    QCOMPARE(*own.payments().policy().caps.perHour, dollars("2"));
    QVERIFY(done([&](QObject* context, auto reply) {
        own.payments().approvePolicy(context, change.asked, std::move(reply));
    }));
    QVERIFY(own.payments().policyChange().loosened.empty());
    QCOMPARE(*own.payments().policy().caps.perHour, dollars("2.5"));
    QCOMPARE(*own.payments().policy().caps.perDay, dollars("3"));
    // Loosened once more, it waits once more.
    place.write(
        uR"({"listen": {"port": %1}, "wallet": {"policy": {"per_day": "4", )"
        uR"("per_hour": "2.5"}, "networks": [{"id": "eip155:8453"}]}})"_s.arg(place.port));
    QVERIFY(done([&](QObject* context, auto reply) {
        own.backend->patchSettings(context, {.port = {}, .keepDays = 300, .keepAnswersDays = {}},
                                   std::move(reply));
    }));
    QCOMPARE(own.payments().policyChange().loosened, std::vector<std::string>{"per_day"});
}

}  // namespace gr::app

GR_UI_TEST_MAIN(gr::app::TestPolicy)
#include "test_policy.moc"
