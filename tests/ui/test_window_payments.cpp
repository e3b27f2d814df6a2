// SPDX-License-Identifier: MIT
// Payments of a gateway as the window's real backend has them: of its own, of a daemon that really
// runs, and what a daemon may tell.
#include <QJsonDocument>

#include "app/payments_view.h"
#include "attached_run.h"
#include "ledger/purchase_book.h"
#include "stage.h"

namespace gr::app {

using namespace Qt::StringLiterals;

namespace {

std::optional<Result<ui::PaymentsView>> paymentsOf(ui::Backend& backend) {
    QObject context;
    std::optional<Result<ui::PaymentsView>> view;
    backend.payments().query(&context, [&](const auto& answer) { view = answer; });
    for (int i = 0; i < 2000 && !view; ++i) {
        QTest::qWait(10);
    }
    return view;
}

bool isPaused(ui::Backend& backend) {
    const auto view = paymentsOf(backend);
    return view && *view && (*view)->paused;
}

}  // namespace

class TestWindowPayments final : public QObject {
    Q_OBJECT

  private slots:
    void initTestCase() { qunsetenv("OPENAI_API_KEY"); }
    void daemonIsPausedAndResumed();
    void ownGatewayIsPausedAndResumed();
    void nobodyIsAnsweredTwice();
    void spendingIsReadFromTheBooks();
    void heldPaymentsAreRead();
};

void TestWindowPayments::daemonIsPausedAndResumed() {
    const Place place;
    const Daemon daemon(place);
    const Attached window(place);
    QVERIFY(!isPaused(*window.backend));
    QVERIFY(done([&](QObject* context, auto reply) {
        window.backend->payments().setPaused(context, true, std::move(reply));
    }));
    QVERIFY(isPaused(*window.backend));
    QVERIFY(Daemon::tell(place, {u"payments"_s}).contains("paused"));
    Daemon::tell(place, {u"resume"_s});
    QVERIFY(!isPaused(*window.backend));
}

void TestWindowPayments::ownGatewayIsPausedAndResumed() {
    const Place place;
    FakeKeychain keychain;
    std::vector<settings::Problem> problems;
    auto configuration = Configuration::open(pathsFor(place.options), &keychain, problems);
    QVERIFY(configuration.has_value());
    auto engine = Engine::open(place.options, **configuration);
    QVERIFY(engine.has_value());
    WindowBackend backend(**configuration, std::make_unique<LocalGateway>(std::move(*engine)));
    backend.begin();
    backend.startGateway();
    QTRY_COMPARE(backend.gatewayStatus().state, gateway::GatewayStatus::State::Running);
    QVERIFY(done([&](QObject* context, auto reply) {
        backend.payments().setPaused(context, true, std::move(reply));
    }));
    QVERIFY(isPaused(backend));
    QVERIFY(!backend.payments().canPay());  // there is no wallet
    const auto denied = done([&](QObject* context, auto reply) {
        backend.payments().deny(context, "pay_nobody", std::move(reply));
    });
    QVERIFY(!denied && denied.error().code == ErrorCode::RecordNotFound);
}

void TestWindowPayments::nobodyIsAnsweredTwice() {
    const Place place;
    const Daemon daemon(place);
    const Attached window(place);
    const auto approved = done([&](QObject* context, auto reply) {
        window.backend->payments().approve(context, "pay_nobody", Money(), std::move(reply));
    });
    QVERIFY(!approved);
    QVERIFY2(approved.error().message.text.find("pay_nobody") != std::string::npos,
             approved.error().message.text.c_str());
}

void TestWindowPayments::spendingIsReadFromTheBooks() {
    const Place place;
    const Daemon daemon(place);
    const Attached window(place);
    auto book = ledger::PurchaseBook::open(*place.options.dataDir / "ledger.sqlite");
    QVERIFY(book.has_value());
    QVERIFY((*book)->seePayee("https://api.example.com:443",
                              "0x3c44cdddb6a900fa2b585dd299e03d12fa4293bc"));
    std::optional<Result<ledger::SpendingSums>> sums;
    QObject context;
    window.backend->payments().querySpending(&context, "https://api.example.com:443",
                                             [&](const auto& answer) { sums = answer; });
    QTRY_VERIFY(sums.has_value());
    QVERIFY2(sums->has_value(), sums->has_value() ? "" : sums->error().message.text.c_str());
    QVERIFY((*sums)->payee.has_value());
    QVERIFY((*sums)->day.isZero());
}

void TestWindowPayments::heldPaymentsAreRead() {
    const auto read = [](QByteArray held, const char* from = "", const char* to = "") {
        held.replace(from, to);
        return readPayments(
            QJsonDocument::fromJson(R"({"ok":true,"paused":true,"held":[)" + held + "]}").object());
    };
    const QByteArray held =
        R"({"id":"pay_1","client":"a","request":"req_1","scheme":"exact-eip3009","asked":1000,)"
        R"("origin":"seller","payee":"0x1","usd":"0.05","amount":"50000","token":"0x2",)"
        R"("chain":8453,"bound":"0.04","why":"It is new.","until":2000,"line":"words"})";
    const auto view = read(held);
    QVERIFY(view.has_value());
    QVERIFY(view->paused);
    QCOMPARE(view->held.size(), 1U);
    const ledger::Purchase& purchase = view->held[0].purchase;
    QCOMPARE(purchase.id, std::string("pay_1"));
    QCOMPARE(purchase.requestId, std::string("req_1"));
    QCOMPARE(purchase.usd, *Money::parse("0.05"));
    QCOMPARE(purchase.bound, *Money::parse("0.04"));
    QCOMPARE(purchase.chainId, 8453);
    QCOMPARE(purchase.note, std::string("It is new."));
    QCOMPARE(view->held[0].until.value, 2000);
    // A sum that cannot be understood is not shown as another one.
    for (const char* wrong : {R"("usd":"much")", R"("usd":"-1")", R"("usd":5)", R"("usd":null)"}) {
        QVERIFY2(!read(held, R"("usd":"0.05")", wrong), wrong);
    }
    QVERIFY(!read(held, R"("bound":"0.04")", R"("bound":"")"));
    QVERIFY(!read(held, R"("id":"pay_1")", R"("id":"")"));
}

}  // namespace gr::app

GR_UI_TEST_MAIN(gr::app::TestWindowPayments)
#include "test_window_payments.moc"
