// SPDX-License-Identifier: MIT
// The pages Wallet and Selling: states and what they mean, thousands of rows, balances that are not
// known, and what the inspector tells of a request's payments.
#include <QAbstractItemModelTester>
#include <QComboBox>
#include <QDialog>
#include <QFileDialog>
#include <QPushButton>
#include <QStackedWidget>
#include <QTableView>
#include <QTest>
#include <algorithm>

#include "models/payment_details.h"
#include "models/payment_text.h"
#include "models/purchase_model.h"
#include "pages/page.h"
#include "stage.h"
#include "widgets/controls.h"
#include "widgets/inspector.h"
#include "widgets/notice.h"
#include "widgets/payment_view.h"
#include "widgets/qr_view.h"

namespace gr::ui {

using namespace Qt::StringLiterals;
using State = gateway::WalletFacts::State;

namespace {

QTableView* table(QWidget* page, const QString& name) {
    return byName<QTableView>(page, name);
}

// A page that is shown, of a window that is in front.
struct Shown {
    explicit Shown(PageId id, const std::function<void(FakePayments&)>& prepare = {}) {
        if (prepare) {
            prepare(stage.backend.money);
        }
        stage.open().showPage(id);
        Stage::settle();
        Stage::settle();
        page = stage.window->page(id);
    }
    void choose(const QString& box, int index) const {
        auto* one = byName<QComboBox>(page, box);
        QVERIFY(one != nullptr);
        one->setCurrentIndex(index);
        emit one->activated(index);
        Stage::settle();
    }

    Stage stage;
    Page* page = nullptr;
};

}  // namespace

class TestWallet final : public QObject {
    Q_OBJECT

  private slots:
    void statesAreWords();
    void unresolvedOnesSayWhatComesNext();
    void rowsComeInPages();
    void newRowsComeOnTop();
    void thousandsOfRows();
    void hostileRowsArePlain();
    void filters();
    void rowsAreExplained();
    void walletStates_data();
    void walletStates();
    void noWallet();
    void balances();
    void balancesThatAreNotKnown();
    void unansweredBalancesDoNotPileUp();
    void heldOnesAreOnTop();
    void playMoneyIsMarked();
    void codesAreForTheAddress();
    void inspectorTellsOfPayments();
    void inspectorTellsOfSales();
    void sellsNothing();
    void sells();
    void saysWhyNothingIsSold();
    void salesAreExplained();
    void rowsAreExported();
};

// What the filter leaves; and what went wrong is said.
void TestWallet::rowsAreExported() {
    const auto save = [](const Shown& shown, const QString& path) {
        QTest::mouseClick(button(shown.page, u"Export…"_s), Qt::LeftButton);
        Stage::settle();
        auto* dialog = shown.page->findChild<QFileDialog*>();
        QVERIFY(dialog != nullptr);
        emit dialog->fileSelected(path);
        dialog->close();
        Stage::settle();
    };
    const Shown wallet(PageId::Wallet);
    wallet.choose(u"State"_s, 2);
    save(wallet, u"/tmp/payments.json"_s);
    QVERIFY2(wallet.stage.backend.said.contains(u"export 6 states to /tmp/payments.json as json"_s),
             qPrintable(wallet.stage.backend.said.join(u'\n')));
    QVERIFY(words(wallet.page->notices()).contains(u"412 rows exported"_s));
    const Shown selling(PageId::Selling, [](FakePayments& money) {
        money.nextError = Error(ErrorCode::FileUnwritable, "The disk is full.");
    });
    save(selling, u"/tmp/sales.csv"_s);
    QVERIFY(words(selling.page->notices()).contains(u"The disk is full."_s));
}

void TestWallet::statesAreWords() {
    QSet<QString> seen;
    for (const ledger::PurchaseState state : ledger::kPurchaseStates) {
        ledger::Purchase purchase;
        purchase.state = state;
        const StateLook look = purchaseLook(purchase);
        QVERIFY(!look.word.isEmpty() && !look.icon.isEmpty());
        QVERIFY2(QFile::exists(u":/icons/%1.svg"_s.arg(look.icon)), qPrintable(look.icon));
        QVERIFY(!purchaseMeaning(purchase, UnixMs{0}).isEmpty());
        seen << look.word;
    }
    QCOMPARE(seen.size(), static_cast<qsizetype>(ledger::kPurchaseStates.size()));
    seen.clear();
    for (const ledger::SaleState state : ledger::kSaleStates) {
        ledger::Sale sale;
        sale.state = state;
        const StateLook look = saleLook(sale);
        QVERIFY2(QFile::exists(u":/icons/%1.svg"_s.arg(look.icon)), qPrintable(look.icon));
        QVERIFY(!saleMeaning(sale, UnixMs{0}).isEmpty());
        seen << look.word;
    }
    QCOMPARE(seen.size(), static_cast<qsizetype>(ledger::kSaleStates.size()));
}

void TestWallet::unresolvedOnesSayWhatComesNext() {
    const FixedClock clock;
    ledger::Purchase purchase;
    purchase.state = ledger::PurchaseState::Unknown;
    purchase.validBefore = clock.time.value / 1000 + 593;
    const QString said = purchaseMeaning(purchase, clock.time);
    QVERIFY2(said.contains(u"not paid twice"_s) && said.contains(u"14:35:00"_s), qPrintable(said));
    // What makes no sense as a time is not shown as one.
    purchase.validBefore = INT64_MAX;
    QVERIFY(purchaseMeaning(purchase, clock.time).contains(u"an unknown time"_s));
    // Paid, and the answer is still owed.
    purchase.state = ledger::PurchaseState::Settled;
    QVERIFY(purchaseMeaning(purchase, clock.time).contains(u"still owed"_s));
    purchase.open = false;
    QVERIFY(purchaseMeaning(purchase, clock.time).contains(u"Nothing is left to do"_s));
}

void TestWallet::rowsComeInPages() {
    const Shown shown(PageId::Wallet);
    auto* model = table(shown.page, u"Payments"_s)->model();
    QCOMPARE(model->rowCount(), PurchaseModel::kPageSize);
    QVERIFY(model->canFetchMore({}));
    model->fetchMore({});
    Stage::settle();
    QCOMPARE(model->rowCount(), 2 * PurchaseModel::kPageSize);
    model->fetchMore({});
    Stage::settle();
    QCOMPARE(model->rowCount(), 412);
    QVERIFY(!model->canFetchMore({}));
}

void TestWallet::newRowsComeOnTop() {
    FixedClock clock;
    std::vector<ledger::Purchase> rows(3);
    for (int i = 0; i < 3; ++i) {
        rows[static_cast<std::size_t>(i)].sequence = 30 - i;
        rows[static_cast<std::size_t>(i)].state = ledger::PurchaseState::Sent;
    }
    PurchaseModel model(clock, [&rows](std::int64_t before, int, PurchaseModel::Reply reply) {
        reply(before == 0 ? rows : std::vector<ledger::Purchase>());
    });
    const QAbstractItemModelTester tester(&model,
                                          QAbstractItemModelTester::FailureReportingMode::Fatal);
    model.reload();
    QCOMPARE(model.rowCount(), 3);
    rows[1].state = ledger::PurchaseState::Settled;
    rows.insert(rows.begin(), 2, ledger::Purchase());
    rows[0].sequence = 32;
    rows[1].sequence = 31;
    model.refresh();
    QCOMPARE(model.rowCount(), 5);
    QCOMPARE(model.rowAt(0)->sequence, 32);
    QVERIFY(model.rowAt(3)->state == ledger::PurchaseState::Settled);
    // One that no longer fits the filter goes.
    rows.erase(rows.begin() + 2);
    model.refresh();
    QCOMPARE(model.rowCount(), 4);
    rows.clear();
    model.refresh();
    QCOMPARE(model.rowCount(), 0);
    // More came than a page holds: from the beginning again.
    rows.resize(1);
    rows[0].sequence = 40;
    model.refresh();
    QCOMPARE(model.rowCount(), 1);
    rows[0].sequence = 900;
    model.refresh();
    QCOMPARE(model.rowCount(), 1);
    QCOMPARE(model.rowAt(0)->sequence, 900);
}

void TestWallet::thousandsOfRows() {
    const Shown shown(PageId::Wallet, [](FakePayments& money) {
        money.purchases.clear();
        money.addPurchases(5'000);
    });
    auto* view = table(shown.page, u"Payments"_s);
    for (int guard = 0; view->model()->canFetchMore({}) && guard < 100; ++guard) {
        view->model()->fetchMore({});
        QTest::qWait(1);
    }
    QCOMPARE(view->model()->rowCount(), 5'000);
    view->scrollToBottom();
    view->selectRow(4'999);
    Stage::settle();
    QVERIFY(shown.page->findChild<PaymentView*>()->isVisible());
}

void TestWallet::hostileRowsArePlain() {
    const Shown shown(PageId::Wallet, [](FakePayments& money) {
        ledger::Purchase& row = money.purchases.front();
        row.state = ledger::PurchaseState::Sent;
        row.client = "<b>ed\u202eitor</b>\n";
        row.origin = "https://\u0430pple.example:443";
        row.note = "<img src=x>" + std::string(3'000, 'x');
        row.transaction = "0x<script>\u2066";
        row.payee = "nobody\u200f";
    });
    auto* view = table(shown.page, u"Payments"_s);
    const auto cell = [view](int column) {
        return view->model()->index(0, column).data().toString();
    };
    QCOMPARE(cell(PurchaseModel::Client), u"<b>editor</b>"_s);
    QCOMPARE(cell(PurchaseModel::Payee), u"xn--pple-43d.example"_s);
    QVERIFY(!view->model()
                 ->index(0, PurchaseModel::Hash)
                 .data(Qt::ToolTipRole)
                 .toString()
                 .contains(u'<'));
    view->selectRow(0);
    Stage::settle();
    auto* details = shown.page->findChild<PaymentView*>();
    for (const QLabel* label : details->findChildren<QLabel*>()) {
        QCOMPARE(label->textFormat(), Qt::PlainText);
        QVERIFY(label->text().size() < 500);
        QVERIFY(!label->text().contains(QChar(0x202e)));
    }
}

void TestWallet::filters() {
    const Shown shown(PageId::Wallet);
    auto* model = table(shown.page, u"Payments"_s)->model();
    shown.choose(u"State"_s, 1);
    QCOMPARE(model->rowCount(), 41);  // every tenth of 412 is paid
    for (int row = 0; row < model->rowCount(); ++row) {
        QCOMPARE(model->index(row, PurchaseModel::State).data().toString(), u"paid"_s);
    }
    shown.choose(u"Period"_s, 1);
    QVERIFY(model->rowCount() > 0 && model->rowCount() < 41);
    shown.stage.window->page(PageId::Wallet)->refresh();
    // Nothing fits: said, with the way out.
    const Shown none(PageId::Wallet, [](FakePayments& money) { money.purchases.resize(1); });
    none.choose(u"State"_s, 1);
    QVERIFY(words(none.page).contains(u"No payment fits this filter."_s));
    QTest::mouseClick(button(none.page, u"Clear filter"_s), Qt::LeftButton);
    Stage::settle();
    QCOMPARE(table(none.page, u"Payments"_s)->model()->rowCount(), 1);
}

void TestWallet::rowsAreExplained() {
    const Shown shown(PageId::Wallet);
    auto* view = table(shown.page, u"Payments"_s);
    view->setFocus();
    view->selectRow(8);  // Unknown
    Stage::settle();
    auto* details = shown.page->findChild<PaymentView*>();
    QVERIFY(details->isVisible());
    const QString said = words(details);
    QVERIFY2(said.contains(u"not confirmed"_s) && said.contains(u"It is not paid twice"_s) &&
                 said.contains(u"0.004008 USDC"_s) && said.contains(u"Base"_s),
             qPrintable(said));
    // Its request is a click away; Esc closes.
    QTest::mouseClick(button(details, u"Show request"_s), Qt::LeftButton);
    Stage::settle();
    auto* activity = shown.stage.window->page(PageId::Activity);
    QVERIFY(activity->isVisible());
    QCOMPARE(activity->findChild<QLineEdit*>()->text(), u"req_8"_s);
    shown.stage.window->showPage(PageId::Wallet);
    Stage::settle();
    QTest::keyClick(view, Qt::Key_Escape);
    QVERIFY(!details->isVisible());
}

void TestWallet::walletStates_data() {
    QTest::addColumn<int>("state");
    QTest::addColumn<bool>("backedUp");
    QTest::addColumn<QString>("says");
    QTest::newRow("ready") << int(State::Ready) << true << u"backed up"_s;
    QTest::newRow("unsaved") << int(State::Ready) << false
                             << u"backup not checked: at most $5.00 a day"_s;
    QTest::newRow("locked") << int(State::Locked) << false << u"Locked"_s;
    QTest::newRow("watch-only") << int(State::WatchOnly) << false << u"Watch-only"_s;
    QTest::newRow("broken") << int(State::Broken) << false << u"The entry is damaged."_s;
}

void TestWallet::walletStates() {
    QFETCH(int, state);
    QFETCH(bool, backedUp);
    QFETCH(QString, says);
    const Shown shown(PageId::Wallet, [&](FakePayments& money) {
        money.facts.state = static_cast<State>(state);
        money.facts.backedUp = backedUp;
        money.facts.problem = "The entry is damaged.";
    });
    QVERIFY2(words(shown.page).contains(says), qPrintable(words(shown.page)));
    QCOMPARE(button(shown.page, u"Unlock…"_s) != nullptr,
             static_cast<State>(state) == State::Locked);
}

void TestWallet::noWallet() {
    const Shown shown(PageId::Wallet, [](FakePayments& money) {
        money.facts = {};
        money.purchases.clear();
    });
    QVERIFY(words(shown.page).contains(u"No wallet"_s));
    QTest::mouseClick(button(shown.page, u"Use only provider keys"_s), Qt::LeftButton);
    Stage::settle();
    QVERIFY(shown.stage.window->page(PageId::Providers)->isVisible());
    // Payments of a wallet that is gone are still shown.
    const Shown gone(PageId::Wallet, [](FakePayments& money) { money.facts = {}; });
    QVERIFY(table(gone.page, u"Payments"_s) != nullptr);
}

void TestWallet::balances() {
    const Shown shown(PageId::Wallet);
    const QString said = words(shown.page);
    QVERIFY2(said.contains(u"12.34"_s) && said.contains(u"0.0025"_s) &&
                 said.contains(u"as of 14:25:07"_s),
             qPrintable(said));
    QVERIFY(said.contains(u"The RPC server at polygon.example gave no answer."_s));
}

void TestWallet::balancesThatAreNotKnown() {
    const Shown shown(PageId::Wallet, [](FakePayments& money) { money.payChains.clear(); });
    QVERIFY(words(shown.page).contains(u"No network is set up."_s));
    QCOMPARE(shown.stage.backend.money.balancesAsked, 0);
    const Shown locked(PageId::Wallet, [](FakePayments& money) {
        money.facts.state = State::Locked;
        money.facts.address.clear();
    });
    QVERIFY(words(locked.page).contains(u"once the address is known"_s));
    // A contract that answers nonsense is not a balance of nothing.
    const Shown odd(PageId::Wallet,
                    [](FakePayments& money) { (*money.balances)[0].tokens[0].units.reset(); });
    QVERIFY(words(odd.page).contains(u"unknown"_s));
}

void TestWallet::unansweredBalancesDoNotPileUp() {
    const Shown shown(PageId::Wallet, [](FakePayments& money) { money.balances.reset(); });
    QCOMPARE(shown.stage.backend.money.balancesAsked, 1);
    for (int i = 0; i < 5; ++i) {
        shown.page->refresh();
        Stage::settle();
    }
    QCOMPARE(shown.stage.backend.money.balancesAsked, 1);
    QVERIFY(words(shown.page).contains(u"Asking the chains…"_s));
}

void TestWallet::heldOnesAreOnTop() {
    Shown shown(PageId::Wallet, [](FakePayments& money) { money.hold(1); });
    QVERIFY2(words(shown.page->notices()).contains(u"$0.050001 to api.example.com waits for you"_s),
             qPrintable(words(shown.page->notices())));
    // No button of the page approves: that takes the dialog.
    QVERIFY(button(shown.page, u"Approve"_s) == nullptr);
    QTest::mouseClick(button(shown.page->notices(), u"Deny"_s), Qt::LeftButton);
    Stage::settle();
    QVERIFY(shown.stage.backend.said.last().startsWith(u"deny pay_"_s));
    QVERIFY(!words(shown.page->notices()).contains(u"waits for you"_s));
}

void TestWallet::playMoneyIsMarked() {
    const Shown real(PageId::Wallet);
    QVERIFY(!words(real.page).contains(u"no real money"_s));
    const Shown test(PageId::Wallet, [](FakePayments& money) { money.payChains = {84532}; });
    QVERIFY(words(test.page).contains(u"no real money"_s));
    Shown sandbox(PageId::Selling, [](FakePayments& money) {
        money.sell.networks = {"eip155:" + std::to_string(payment::kPlayChain)};
    });
    QVERIFY(words(sandbox.page).contains(u"no real money"_s));
    QVERIFY(words(sandbox.page).contains(u"(play money)"_s));
}

void TestWallet::codesAreForTheAddress() {
    const QString address = u"0x209693Bc6afc0C5328bA36FaF03C514EF312287C"_s;
    const QImage image = qrImage(address);
    QVERIFY(!image.isNull());
    QCOMPARE(image.width(), 29);                 // version 3 holds 42 bytes at level M
    QCOMPARE(image.pixel(0, 0), qRgb(0, 0, 0));  // the corner of a finder
    QCOMPARE(image.pixel(7, 0), qRgb(255, 255, 255));
    QVERIFY(qrImage(address.toLower()) != image);
    QVERIFY(qrImage({}).isNull());
    QVERIFY(qrImage(QString(10'000, u'x')).isNull());
    const Shown shown(PageId::Wallet);
    QVERIFY(shown.page->findChild<QrView*>()->accessibleName().endsWith(address));
}

void TestWallet::inspectorTellsOfPayments() {
    Stage stage;
    stage.backend.money.purchases[5].requestId = stage.backend.records[2].record.id;
    MainWindow& window = stage.open();
    window.showPage(PageId::Activity);
    Stage::settle();
    Page* page = window.page(PageId::Activity);
    auto* view = page->findChild<QTableView*>();
    const auto rowOf = [&](std::size_t record) {
        const auto* model = static_cast<RequestModel*>(view->model());
        return model->rowOf(stage.backend.records[record].record.id);
    };
    view->selectRow(rowOf(2));
    Stage::settle();
    auto* inspector = page->findChild<Inspector*>();
    const QString said = words(inspector);
    QVERIFY2(said.contains(u"Paid to sellers"_s) &&
                 said.contains(u"$0.004005 to api.example.com, paid"_s) &&
                 said.contains(u"Transaction 0x5c50…2060"_s),
             qPrintable(said));
    view->selectRow(rowOf(3));
    Stage::settle();
    QVERIFY(!words(inspector).contains(u"Paid to sellers"_s));
}

void TestWallet::inspectorTellsOfSales() {
    Stage stage;
    FakePayments& money = stage.backend.money;
    const std::string request = stage.backend.records[2].record.id;
    const auto owed =
        std::ranges::find(money.sales, ledger::SaleState::Credit, &ledger::Sale::state);
    owed->requestId = request;
    ledger::Credit credit;
    credit.id = owed->id;
    credit.usd = owed->usd;
    credit.expiresAt = UnixMs{stage.backend.clock().now().value + 3'600'000};
    money.credits = {credit};
    MainWindow& window = stage.open();
    window.showPage(PageId::Activity);
    Stage::settle();
    Page* page = window.page(PageId::Activity);
    auto* view = page->findChild<QTableView*>();
    auto* model = static_cast<RequestModel*>(view->model());
    view->selectRow(model->rowOf(request));
    Stage::settle();
    auto* inspector = page->findChild<Inspector*>();
    const QString said = words(inspector);
    for (const QString& part :
         {u"Sold"_s, u"$0.003 for openai/gpt-5.4-mini, owed an answer"_s, u"Payer"_s, u"Charged"_s,
          u"0.003 USDC"_s, u"open, worth $0.003"_s, u"Transaction 0x7a50…2061"_s}) {
        QVERIFY2(said.contains(part), qPrintable(part + u" in "_s + said));
    }
    QVERIFY(!said.contains(u"no real money"_s));
    view->selectRow(model->rowOf(stage.backend.records[3].record.id));
    Stage::settle();
    QVERIFY(!words(inspector).contains(u"Sold"_s));
    // Requests that were sold, and those that sellers were paid for.
    auto* trade = byName<QComboBox>(page, u"Outcome"_s);
    trade->setCurrentText(u"Sold"_s);
    emit trade->activated(trade->currentIndex());
    QTRY_COMPARE(model->rowCount(), 0);
    QTRY_VERIFY(words(page).contains(u"No request fits this filter."_s));
    button(page, u"Clear filter"_s)->click();
    QTRY_VERIFY(model->rowCount() > 0);
    QCOMPARE(trade->currentIndex(), 0);
}

void TestWallet::sellsNothing() {
    const Shown shown(PageId::Selling, [](FakePayments& money) {
        money.sell = {};
        money.sales.clear();
    });
    QVERIFY2(
        words(shown.page).contains(u"Nothing is sold"_s) && words(shown.page).contains(u"“sell”"_s),
        qPrintable(words(shown.page)));
}

void TestWallet::sells() {
    const Shown shown(PageId::Selling);
    const QString said = words(shown.page);
    QVERIFY2(said.contains(u"Sold on Base, for what a request costs here and 20 % more, at least "
                           "$0.001."_s) &&
                 said.contains(u"0x209693Bc6afc0C5328bA36FaF03C514EF312287C"_s) &&
                 said.contains(u"facilitator.example"_s) && said.contains(u"42 sales"_s),
             qPrintable(said));
    auto* prices = shown.page->findChild<Segments*>();
    prices->setCurrent(1);
    emit prices->chosen(1);
    auto* list = table(shown.page, u"Prices"_s);
    QVERIFY(list != nullptr && list->isVisible());
    QCOMPARE(list->model()->rowCount(), 3);
    QCOMPARE(list->model()->index(1, 2).data().toString(), u"$0.002700"_s);
    prices->setCurrent(2);
    emit prices->chosen(2);
    QCOMPARE(table(shown.page, u"Payers"_s)->model()->index(0, 1).data().toString(), u"30"_s);
}

void TestWallet::saysWhyNothingIsSold() {
    Shown shown(PageId::Selling, [](FakePayments& money) {
        money.sellProblem = "$.sell.networks[0]: no RPC server is known <b>for it</b>";
    });
    const QString said = words(shown.page->notices());
    QVERIFY2(said.contains(u"Nothing is sold, although it is switched on"_s) &&
                 said.contains(u"&lt;b&gt;"_s),
             qPrintable(said));
    shown.stage.backend.money.sellProblem.clear();
    shown.stage.backend.money.emitChanged();
    Stage::settle();
    QVERIFY(!shown.page->notices()->has(u"selling"_s));
}

void TestWallet::salesAreExplained() {
    const Shown shown(PageId::Selling);
    auto* view = table(shown.page, u"Sales"_s);
    view->selectRow(5);  // Credit
    Stage::settle();
    const QString said = words(shown.page->findChild<PaymentView*>());
    QVERIFY2(said.contains(u"owed an answer"_s) && said.contains(u"once more without paying"_s) &&
                 said.contains(u"$0.003 for openai/gpt-5.4-mini"_s),
             qPrintable(said));
    // A payer causes no dialog, and nothing that has to be answered.
    QVERIFY(shown.stage.window->findChildren<QDialog*>().isEmpty());
    shown.choose(u"State"_s, 3);
    for (int row = 0; row < view->model()->rowCount(); ++row) {
        QCOMPARE(view->model()->index(row, 4).data().toString(), u"owed an answer"_s);
    }
    QVERIFY(view->model()->rowCount() > 0);
}

}  // namespace gr::ui

GR_UI_TEST_MAIN(gr::ui::TestWallet)
#include "test_wallet.moc"
