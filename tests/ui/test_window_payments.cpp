// SPDX-License-Identifier: MIT
// Payments of a gateway as the window's real backend has them: of its own, of a daemon that really
// runs, and what a daemon may tell.
#include <QJsonDocument>
#include <QTcpSocket>

#include "app/payment_control.h"
#include "app/payments_view.h"
#include "attached_run.h"
#include "format.h"
#include "ledger/purchase_book.h"
#include "own_run.h"
#include "stage.h"

namespace gr::app {

using namespace Qt::StringLiterals;

using ui::text;
using ui::utf8;

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

// A node of a chain that knows balances alone.
RpcNode::Answer balancesOn(const char* chainId) {
    return [chain = QString::fromLatin1(chainId)](const QString& method, const QJsonArray&) {
        return method == u"eth_chainId"_s      ? chain
               : method == u"eth_getBalance"_s ? u"0x8e1bc9bf04000"_s
                                               : u"0x"_s + QString(58, u'0') + u"bc4b20"_s;
    };
}

// A provider that wants a tenth of a cent for each request, and counts those that bring a payment.
class Seller final : public QObject {
  public:
    Seller() {
        m_server.listen(QHostAddress::LocalHost);
        connect(&m_server, &QTcpServer::newConnection, this, [this] {
            QTcpSocket* socket = m_server.nextPendingConnection();
            connect(socket, &QTcpSocket::readyRead, this, [this, socket] { answer(socket); });
        });
    }
    QString url() const { return u"http://127.0.0.1:%1"_s.arg(m_server.serverPort()); }
    int paid() const { return m_paid; }

  private:
    void answer(QTcpSocket* socket) {
        const QByteArray got = socket->readAll().toLower();
        m_paid += got.contains("\nx-payment:") || got.contains("\npayment-signature:") ? 1 : 0;
        const QJsonObject offer{
            {u"scheme"_s, u"exact"_s},
            {u"network"_s, u"base"_s},
            {u"maxAmountRequired"_s, u"1000"_s},
            {u"resource"_s, QString(url() + u"/v1/chat/completions"_s)},
            {u"description"_s, u"an answer"_s},
            {u"mimeType"_s, u"application/json"_s},
            {u"payTo"_s, u"0x3c44cdddb6a900fa2b585dd299e03d12fa4293bc"_s},
            {u"maxTimeoutSeconds"_s, 60},
            {u"asset"_s, u"0x833589fCD6eDb6E08f4c7C32D4f71b54bdA02913"_s},
            {u"extra"_s, QJsonObject{{u"name"_s, u"USD Coin"_s}, {u"version"_s, u"2"_s}}}};
        const QJsonObject terms{{u"x402Version"_s, 1},
                                {u"error"_s, u"Payment required"_s},
                                {u"accepts"_s, QJsonArray{offer}}};
        const QByteArray body = QJsonDocument(terms).toJson(QJsonDocument::Compact);
        socket->write(
            "HTTP/1.1 402 Payment Required\r\nContent-Type: application/json\r\n"
            "Content-Length: " +
            QByteArray::number(body.size()) + "\r\n\r\n" + body);
    }

    QTcpServer m_server;
    int m_paid = 0;
};

const QString kOwner = u"0x209693Bc6afc0C5328bA36FaF03C514EF312287C"_s;

class TestWindowPayments final : public QObject {
    Q_OBJECT

  private slots:
    void initTestCase() { qunsetenv("OPENAI_API_KEY"); }
    void daemonIsPausedAndResumed();
    void ownGatewayIsPausedAndResumed();
    void nobodyIsAnsweredTwice();
    void spendingIsReadFromTheBooks();
    void heldPaymentsAreRead();
    void heldPaymentsComeAcrossWhole();
    void aRequestWaitsForItsPayment();
    void balancesAreAskedOfTheChain();
    void anotherChainIsSaid();
    void walletIsMadeAndBackedUp();
    void walletOfTheDaemonIsSeen();
    void ownWalletIsLocked();
    void walletOfTheDaemonIsLocked();
    void walletOfTheKeychainIsNotLocked();

  private:
    static Result<void> open(WindowBackend& backend, const char* passphrase) {
        return done([&](QObject* context, auto reply) {
            backend.openVault(context, Secret(passphrase), std::move(reply));
        });
    }
    static Result<void> import(WindowBackend& backend) {
        return done([&](QObject* context, auto reply) {
            backend.payments().importWallet(context, Secret(std::string(64, '1')), Secret(), 0,
                                            std::move(reply));
        });
    }
    static Result<void> lock(WindowBackend& backend) {
        return done([&](QObject* context, auto reply) {
            backend.payments().lockWallet(context, std::move(reply));
        });
    }
    static gateway::WalletFacts factsOf(WindowBackend& backend) {
        std::optional<gateway::WalletFacts> facts;
        QObject context;
        backend.payments().queryWallet(&context, [&](const auto& found) { facts = *found; });
        for (int i = 0; i < 500 && !facts; ++i) {
            QTest::qWait(10);
        }
        return facts.value_or(gateway::WalletFacts());
    }
};

// What was known of it stays known; the vault keeps what it is given again after the unlock.
void TestWindowPayments::ownWalletIsLocked() {
    using State = gateway::WalletFacts::State;
    const Place place;
    const Own own(place);
    QVERIFY(!lock(*own.backend));  // there is none
    QVERIFY(open(*own.backend, "a long passphrase"));
    QVERIFY(import(*own.backend));
    const std::string address = own.wallet().address;
    QVERIFY(lock(*own.backend));
    QVERIFY(own.wallet().state == State::Locked);
    QCOMPARE(own.wallet().address, address);
    QVERIFY(own.payments().keeper() == ui::Payments::Keeper::Locked);
    QVERIFY(own.backend->vaultState() == ui::VaultState::Open);  // for provider keys
    QVERIFY(!import(*own.backend));
    const auto again = done([&](QObject* context, auto reply) {
        own.payments().checkBackup(context, Secret(std::string(64, '1')), std::move(reply));
    });
    QVERIFY(!again && again.error().code == ErrorCode::VaultLocked);
    QVERIFY(!open(*own.backend, "another passphrase"));
    QVERIFY(own.wallet().state == State::Locked);
    // A key that is entered meanwhile waits for the passphrase.
    ui::ProviderDraft draft;
    draft.id = "openai";
    QVERIFY(done([&](QObject* context, auto reply) {
        own.backend->addProvider(context, draft, std::move(reply));
    }));
    static_cast<void>(done([&](QObject* context, auto reply) {
        own.backend->putProviderKey(context, "openai", Secret("sk-new-key"), std::move(reply));
    }));
    QVERIFY(own.backend->vaultState() == ui::VaultState::Locked);
    QVERIFY(open(*own.backend, "a long passphrase"));
    QVERIFY(own.wallet().state == State::Ready);
    const auto all = own.backend->providers();
    const auto kept = std::ranges::find(all, "openai", &ui::ProviderInfo::id);
    QVERIFY(kept != all.end() && kept->key == ui::ProviderInfo::Key::Vault);
}

// The window's own copy goes with the daemon's, and both come back together.
void TestWindowPayments::walletOfTheDaemonIsLocked() {
    using State = gateway::WalletFacts::State;
    const Place place;
    const Daemon daemon(place);
    const Attached window(place);
    QVERIFY(window.backend);
    QVERIFY(open(*window.backend, "a long passphrase"));
    QVERIFY(import(*window.backend));
    QVERIFY(factsOf(*window.backend).state == State::Ready);
    QVERIFY(window.backend->payments().keeper() == ui::Payments::Keeper::Passphrase);
    QVERIFY(lock(*window.backend));
    QVERIFY(factsOf(*window.backend).state == State::Locked);
    QVERIFY(window.backend->payments().keeper() == ui::Payments::Keeper::Locked);
    QVERIFY(open(*window.backend, "a long passphrase"));
    QVERIFY(factsOf(*window.backend).state == State::Ready);
}

void TestWindowPayments::walletOfTheKeychainIsNotLocked() {
    const Place place;
    const Own own(place);
    QVERIFY(import(*own.backend));  // which makes a vault that the keychain opens
    const auto refused = lock(*own.backend);
    QVERIFY(!refused && refused.error().message.text.find("keychain") != std::string::npos);
    QVERIFY(own.wallet().state == gateway::WalletFacts::State::Ready);
}

// What the daemon writes is what the window reads.
void TestWindowPayments::heldPaymentsComeAcrossWhole() {
    QStringList none;
    const ui::FixedClock clock;
    ui::FakePayments fake(none, clock);
    const gateway::HeldPayment& sent = fake.hold(7);
    json::Writer out;
    out.object().key("ok").boolean(true).key("paused").boolean(false).key("held").array();
    writeHeld(out, sent);
    const std::string line = out.end().end().take();
    const auto view =
        readPayments(QJsonDocument::fromJson(QByteArray::fromStdString(line)).object());
    QVERIFY(view && view->held.size() == 1);
    const ledger::Purchase& got = view->held[0].purchase;
    const auto shown = [](const ledger::Purchase& one) {
        return std::tie(one.id, one.client, one.requestId, one.origin, one.payee, one.chainId,
                        one.token, one.amount, one.usd, one.bound, one.scheme, one.note,
                        one.createdAt);
    };
    QVERIFY(shown(got) == shown(sent.purchase));
    QCOMPARE(view->held[0].until.value, sent.until.value);
}

// A provider asks for payment; the window sees what waits, and a person says no.
void TestWindowPayments::aRequestWaitsForItsPayment() {
    Seller seller;
    Place place;
    place.options.sandbox = false;
    QFile key(place.folder.filePath(u"key"_s));
    QVERIFY(key.open(QIODevice::WriteOnly));
    key.setPermissions(QFile::ReadOwner | QFile::WriteOwner);
    key.write(QByteArray(64, '1'));
    key.close();
    place.write(
        uR"({"listen": {"port": %1}, "wallet": {"key": {"file": "%2"},)"
        uR"("networks": [{"id": "eip155:8453"}]}, "providers": [{"id": "seller",)"
        uR"("base_url": "%3/v1", "keys": [], "payment": "x402", "models": [)"
        uR"({"id": "m", "price": {"input": "1", "output": "100"}}]}]})"_s.arg(place.port)
            .arg(key.fileName(), seller.url()));
    const Own own(place);
    own.backend->startGateway();
    QTRY_COMPARE(own.backend->gatewayStatus().state, gateway::GatewayStatus::State::Running);
    QVERIFY(own.payments().canPay());
    ui::Endpoint endpoint(*own.backend);
    std::optional<ui::AnswerEnd> end;
    auto* stream = endpoint.chat(u"seller/m"_s, saying(u"hi"_s), {});
    connect(stream, &ui::ChatStream::finished, this, [&](const auto& finish) { end = finish; });
    std::optional<gateway::HeldPayment> held;
    QTRY_VERIFY_WITH_TIMEOUT(
        [&] {
            const auto view = paymentsOf(*own.backend);
            if (view && *view && !(*view)->held.empty()) {
                held = (*view)->held.front();
            }
            return held.has_value() || end.has_value();
        }(),
        20'000);
    QVERIFY2(held.has_value(), end ? qPrintable(end->sentence) : "nothing waits");
    QCOMPARE(held->purchase.usd, *Money::parse("0.001"));
    QCOMPARE(held->purchase.client, std::string("playground"));
    QVERIFY(held->purchase.requestId.starts_with("req_"));
    QVERIFY(!end);
    QVERIFY(done([&](QObject* context, auto reply) {
        own.payments().deny(context, held->purchase.id, std::move(reply));
    }));
    QTRY_VERIFY(end.has_value());
    QVERIFY(!end->ok);
    QVERIFY2(end->sentence.contains(u"Nothing was paid"_s), qPrintable(end->sentence));
    // In the books, with the request that it was for.
    std::optional<Result<std::vector<ledger::Purchase>>> rows;
    QObject context;
    const auto denied = [&] {
        rows.reset();
        own.payments().queryPurchasesOf(&context, held->purchase.requestId,
                                        [&](auto found) { rows = found; });
        for (int i = 0; i < 200 && !rows; ++i) {
            QTest::qWait(10);
        }
        return rows && *rows && (*rows)->size() == 1 &&
               (*rows)->front().state == ledger::PurchaseState::Denied;
    };
    QTRY_VERIFY(denied());
    QCOMPARE(seller.paid(), 0);
}

// What the chain's node says, in the window and on a terminal.
void TestWindowPayments::balancesAreAskedOfTheChain() {
    const RpcNode node(balancesOn("0x2105"));
    const Place place;
    place.write(
        uR"({"listen": {"port": %1}, "wallet": {"address": "%2", "networks": [)"
        uR"({"id": "eip155:8453", "rpc": "%3"}, {"id": "eip155:137"}]}})"_s.arg(place.port)
            .arg(kOwner, node.url()));
    const Own own(place);
    std::optional<Result<std::vector<payment::ChainBalance>>> balances;
    QObject context;
    own.payments().queryBalances(&context, utf8(kOwner), [&](auto found) { balances = found; });
    QTRY_VERIFY_WITH_TIMEOUT(balances.has_value(), 20'000);
    QVERIFY(balances->has_value());
    QCOMPARE((*balances)->size(), 2U);
    const payment::ChainBalance& base = (*balances)->front();
    QVERIFY2(base.problem.empty(), base.problem.c_str());
    QCOMPARE(base.wei->toDecimal(), std::string("2500000000000000"));
    QCOMPARE(base.tokens.front().units->toDecimal(), std::string("12340000"));
    QCOMPARE(base.tokens.front().allowance->toDecimal(), std::string("12340000"));
    QVERIFY((*balances)->back().problem.starts_with("No RPC server is known"));
    QVERIFY(own.wallet().state == gateway::WalletFacts::State::WatchOnly);
    QVERIFY(!own.payments().canPay());
    QProcess terminal;
    terminal.start(QString::fromUtf8(GR_DAEMON),
                   {u"wallet"_s, u"balance"_s, u"--config"_s, place.configFile(), u"--data-dir"_s,
                    place.dataDir()});
    QTRY_COMPARE_WITH_TIMEOUT(terminal.state(), QProcess::NotRunning, 20'000);
    const QByteArray said = terminal.readAllStandardOutput();
    QVERIFY2(said.contains("Base: 12.34 USDC, ") && said.contains(" 0.0025 ETH\n"),
             said.constData());
    QVERIFY2(said.contains("Polygon: not known. No RPC server"), said.constData());
    QCOMPARE(terminal.exitCode(), 1);  // not all of them are known
}

void TestWindowPayments::anotherChainIsSaid() {
    const RpcNode node(balancesOn("0x1"));
    const Place place;
    place.write(
        uR"({"listen": {"port": %1}, "wallet": {"address": "%2", "networks": [)"
        uR"({"id": "eip155:8453", "rpc": "%3"}]}})"_s.arg(place.port)
            .arg(kOwner, node.url()));
    const Own own(place);
    std::optional<Result<std::vector<payment::ChainBalance>>> balances;
    QObject context;
    own.payments().queryBalances(&context, utf8(kOwner), [&](auto found) { balances = found; });
    QTRY_VERIFY_WITH_TIMEOUT(balances.has_value(), 20'000);
    const std::string why = (*balances)->front().problem;
    QVERIFY2(why.find("serves chain 1, not 8453") != std::string::npos, why.c_str());
    QVERIFY((*balances)->front().tokens.empty());
}

void TestWindowPayments::walletIsMadeAndBackedUp() {
    const Place place;
    const Own own(place);
    QVERIFY(own.payments().keeper() == ui::Payments::Keeper::NoVault);
    QVERIFY(own.wallet().state == gateway::WalletFacts::State::None);
    QVERIFY(done([&](QObject* context, auto reply) {
        own.backend->openVault(context, Secret("a long passphrase"), std::move(reply));
    }));
    QVERIFY(own.payments().keeper() == ui::Payments::Keeper::Passphrase);
    std::string words;
    QVERIFY(done([&](QObject* context, auto reply) {
        own.payments().createWallet(context, 12, [&words, reply](Result<Secret> made) {
            words = made ? std::string(made->reveal()) : std::string();
            reply(made ? Result<void>() : Result<void>(fail(made.error())));
        });
    }));
    QCOMPARE(text(words).split(u' ').size(), 12);
    gateway::WalletFacts facts = own.wallet();
    QVERIFY(facts.state == gateway::WalletFacts::State::Ready);
    QVERIFY(!facts.backedUp && facts.words && facts.address.size() == 42);
    // It is never replaced.
    const auto again = done([&](QObject* context, auto reply) {
        own.payments().importWallet(context, Secret(std::string(64, '1')), Secret(), 0,
                                    std::move(reply));
    });
    QVERIFY(!again && again.error().message.text.find("not replaced") != std::string::npos);
    // Only its own words count as its backup.
    const auto check = [&](const std::string& typed) {
        return done([&](QObject* context, auto reply) {
            own.payments().checkBackup(context, Secret(typed), std::move(reply));
        });
    };
    const auto wrong =
        check("legal winner thank year wave sausage worth useful legal winner thank yellow");
    QVERIFY(!wrong && wrong.error().message.text.find("legal") == std::string::npos);
    QVERIFY(!own.wallet().backedUp);
    QVERIFY(check(words));
    QVERIFY(own.wallet().backedUp);
    QVERIFY(own.wallet().address == facts.address);
}

// The window's own vault is closed, and the daemon's is open.
void TestWindowPayments::walletOfTheDaemonIsSeen() {
    const Place place;
    std::string address;
    {
        const Own own(place);
        QVERIFY(done([&](QObject* context, auto reply) {
            own.backend->openVault(context, Secret("a long passphrase"), std::move(reply));
        }));
        QVERIFY(done([&](QObject* context, auto reply) {
            own.payments().importWallet(context, Secret(std::string(64, '1')), Secret(), 0,
                                        std::move(reply));
        }));
        address = own.wallet().address;
        QVERIFY(own.wallet().backedUp && !own.wallet().words);
    }
    QFile phrase(place.folder.filePath(u"phrase"_s));
    QVERIFY(phrase.open(QIODevice::WriteOnly));
    phrase.setPermissions(QFile::ReadOwner | QFile::WriteOwner);
    phrase.write("a long passphrase\n");
    phrase.close();
    qputenv("GATEROUTER_PASSPHRASE_FILE", phrase.fileName().toUtf8());
    const Daemon daemon(place);
    qunsetenv("GATEROUTER_PASSPHRASE_FILE");
    const Attached window(place);
    QVERIFY(window.backend);
    std::optional<gateway::WalletFacts> facts;
    QObject context;
    window.backend->payments().queryWallet(
        &context, [&](const auto& found) { facts = found.value_or(gateway::WalletFacts()); });
    QTRY_VERIFY(facts.has_value());
    QVERIFY(facts->state == gateway::WalletFacts::State::Ready);
    QCOMPARE(facts->address, address);
    QVERIFY(window.backend->payments().keeper() == ui::Payments::Keeper::Locked);
}

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
    // In a sandbox play money buys, whatever the configuration says.
    QVERIFY(backend.payments().selling().enabled);
    QCOMPARE(backend.payments().soldModels().size(), 1U);
    QCOMPARE(backend.payments().soldModels()[0].price, *Money::parse("0.01"));
    QVERIFY(backend.payments().sellingProblem().empty());
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
