// SPDX-License-Identifier: MIT
// Permit2 is let move a token from the window: what a person sees, and what its real backend makes
// of it on a chain that is made up.
#include <QLineEdit>
#include <QPointer>
#include <QTableView>

#include "base/text.h"
#include "dialogs/allow_dialog.h"
#include "own_run.h"
#include "pages/page.h"
#include "payment/keccak.h"
#include "payment/token_approval.h"
#include "payment/transaction.h"
#include "stage.h"
#include "widgets/allowance_list.h"
#include "widgets/controls.h"

namespace gr::app {

using namespace Qt::StringLiterals;

using payment::Uint256;
using ui::AllowanceOffer;
using ui::AllowanceTalk;
using ui::AllowDialog;
using ui::button;
using ui::byName;
using ui::PageId;
using ui::Stage;
using ui::text;
using ui::words;

namespace {

constexpr auto kTether = "0xfde4c96c8593536e31f229ea8f37b2ada2699bb2";  // on Base

QString quantity(const Uint256& value) {
    return text(value.toHex());
}
QString word(const Uint256& value) {
    return u"0x"_s + text(value.toHex()).mid(2).rightJustified(64, u'0');
}

// One token and one account on Base, and the node in front of them.
struct Chain {
    Uint256 allowance;
    std::uint64_t count = 7;
    bool mines = true;
    QStringList sent;  // hashes
    QString mined;

    QJsonValue answer(const QString& method, const QJsonArray& params) {
        if (method == u"eth_chainId"_s) {
            return u"0x2105"_s;
        }
        if (method == u"eth_getCode"_s) {
            return u"0x60"_s;
        }
        if (method == u"eth_call"_s) {
            const QString data = params[0][u"data"_s].toString(params[0][u"input"_s].toString());
            return word(data.startsWith(u"0xdd62ed3e"_s)   ? allowance
                        : data.startsWith(u"0x313ce567"_s) ? Uint256(6)
                                                           : Uint256(5'000'000));
        }
        if (method == u"eth_getBalance"_s) {
            return quantity(Uint256(1'000'000'000'000'000));
        }
        if (method == u"eth_getBlockByNumber"_s) {
            return QJsonObject{{u"number"_s, u"0x64"_s},
                               {u"timestamp"_s, u"0x1"_s},
                               {u"hash"_s, word(1)},
                               {u"baseFeePerGas"_s, u"0x64"_s}};
        }
        if (method == u"eth_maxPriorityFeePerGas"_s) {
            return u"0x2"_s;
        }
        if (method == u"eth_getTransactionCount"_s) {
            return quantity(Uint256(count));
        }
        if (method == u"eth_estimateGas"_s) {
            return quantity(Uint256(46'000));
        }
        if (method == u"eth_sendRawTransaction"_s) {
            return receive(*fromHex(params[0].toString().mid(2).toStdString()));
        }
        if (method == u"eth_getTransactionReceipt"_s && params[0].toString() == mined) {
            return QJsonObject{{u"status"_s, u"0x1"_s},
                               {u"transactionHash"_s, mined},
                               {u"blockNumber"_s, u"0x64"_s},
                               {u"blockHash"_s, word(1)},
                               {u"logs"_s, QJsonArray()}};
        }
        return QJsonValue::Null;
    }

    QString receive(const std::string& raw) {
        const QString hash = text(payment::keccak256(raw).toHex());
        sent << hash;
        if (mines) {
            mined = hash;
            ++count;
            allowance = *payment::approvedBy(*payment::readTransaction(raw));
        }
        return hash;
    }
};

// A gateway of this process whose vault has a wallet, on that chain.
struct Desk {
    Desk()
        : node([this](const QString& method, const QJsonArray& params) {
              return chain.answer(method, params);
          }) {
        place.write(
            uR"({"listen": {"port": %1}, "wallet": {"networks": [)"
            uR"({"id": "eip155:8453", "rpc": "%2"}]}})"_s.arg(place.port)
                .arg(node.url()));
        own = std::make_unique<Own>(place);
    }
    bool openWallet() {
        return done([&](QObject* asker, auto reply) {
                   own->backend->openVault(asker, Secret("a long passphrase"), std::move(reply));
               }) &&
               done([&](QObject* asker, auto reply) {
                   own->payments().createWallet(asker, 12, [reply](const Result<Secret>& made) {
                       reply(made ? Result<void>() : Result<void>(fail(made.error())));
                   });
               });
    }
    // Begins; `ended` says how it went.
    void allow(std::uint64_t units) {
        AllowanceTalk talk;
        talk.offered = [this](const AllowanceOffer& offer) { offers.push_back(offer); };
        talk.dearer = [](const Uint256&) {};
        talk.told = [this](const std::string& sentence) { told << text(sentence); };
        talk.waited = [this](Milliseconds) { ++waits; };
        ended.clear();
        own->payments().setAllowance(&context, 8453, *payment::Address::parse(kTether), units, talk,
                                     [this](const Result<void>& result) {
                                         ended =
                                             result ? u"done"_s : text(result.error().message.text);
                                     });
    }

    Chain chain;
    RpcNode node;
    Place place;
    std::unique_ptr<Own> own;
    QObject context;
    std::vector<AllowanceOffer> offers;
    QStringList told;
    int waits = 0;
    QString ended;
};

void press(QWidget* dialog, const QString& label) {
    QPushButton* one = button(dialog, label);
    QVERIFY2(one != nullptr, qPrintable(label));
    QTest::mouseClick(one, Qt::LeftButton);
    Stage::settle();
}

AllowanceOffer offerOf(const payment::Token& token) {
    AllowanceOffer offer;
    offer.wish.token = token;
    offer.sight.balance = Uint256(12'340'000);
    offer.sight.coins = Uint256(2'500'000'000'000'000);
    offer.step.most = Uint256(30'000'000'000'000);
    return offer;
}

}  // namespace

class TestAllow final : public QObject {
    Q_OBJECT

  private slots:
    void tokensAreListed();
    void dialogSaysWhatItDoes();
    void wrongAmountsStay();
    void passphraseIsAsked();
    void failuresCanBeTriedAgain();
    void leavingIsTold();
    void isTakenBack();
    void windowSendsOneTransaction();
    void noMeansNothingSigned();
    void whatIsLeftGoesOn();
    void lockEndsIt();
};

void TestAllow::tokensAreListed() {
    Stage stage;
    ui::MainWindow& window = stage.open();
    window.showPage(PageId::Wallet);
    Stage::settle();
    ui::Page* page = window.page(PageId::Wallet);
    press(page, u"Allowances"_s);
    auto* table = byName<QTableView>(page, u"Allowances of Permit2"_s);
    QVERIFY(table != nullptr);
    QTRY_VERIFY(table->model()->rowCount() > 1);
    QStringList rows;
    for (int row = 0; row < table->model()->rowCount(); ++row) {
        QStringList cells;
        for (int column = 0; column < table->model()->columnCount(); ++column) {
            cells << table->model()->index(row, column).data().toString();
        }
        rows << cells.join(u'|');
    }
    QVERIFY2(rows.contains(u"USDC|Base|payments by use|nothing|12.34"_s),
             qPrintable(rows.join(u'\n')));
    QVERIFY2(rows.contains(u"USDT|Base|every payment|2.5|12.34"_s), qPrintable(rows.join(u'\n')));
    const auto rowOf = [&](const QString& symbol) {
        for (int row = 0; row < table->model()->rowCount(); ++row) {
            if (table->model()->index(row, 0).data().toString() == symbol) {
                return row;
            }
        }
        return -1;
    };
    table->selectRow(rowOf(u"USDC"_s));
    QVERIFY(!button(page, u"Take back…"_s)->isEnabled());
    table->selectRow(rowOf(u"USDT"_s));
    QVERIFY(button(page, u"Take back…"_s)->isEnabled());
    press(page, u"Allow…"_s);
    auto* dialog = window.findChild<AllowDialog*>();
    QVERIFY(dialog != nullptr);
    QVERIFY(words(dialog).contains(u"Let Permit2 move USDT"_s));
    dialog->reject();
    // A wallet whose key is elsewhere allows nothing here, and says so.
    stage.backend.money.facts.state = gateway::WalletFacts::State::WatchOnly;
    stage.backend.money.emitChanged();
    QTRY_VERIFY(!button(page, u"Allow…"_s)->isEnabled());
    QVERIFY(button(page, u"Allow…"_s)->toolTip().contains(u"only watches"_s));
}

void TestAllow::dialogSaysWhatItDoes() {
    Stage stage;
    stage.backend.money.vaultKeeper = ui::Payments::Keeper::Keychain;
    ui::MainWindow& window = stage.open();
    const payment::Token token = *stage.backend.money.list.tokensOf(8453).back();
    const QPointer<AllowDialog> dialog =
        new AllowDialog(stage.backend, token, u"Base"_s, AllowDialog::Purpose::Allow, &window);
    dialog->open();
    QVERIFY(byName<QLineEdit>(dialog, u"Passphrase of the vault"_s) == nullptr);
    byName<QLineEdit>(dialog, u"At most, in USDT"_s)->setText(u"2.5"_s);
    press(dialog, u"Ask the chain"_s);
    QVERIFY(stage.backend.said.contains(u"allow 2500000 of %1 on 8453"_s.arg(text(kTether))));
    QVERIFY(button(dialog, u"Asking the chain…"_s) != nullptr);
    stage.backend.money.talk.offered(offerOf(token));
    const QString said = words(dialog);
    for (const QString& part :
         {u"2.5 USDT"_s, u"nothing"_s, u"12.34 USDT"_s, u"0.00003 ETH"_s, u"0.0025 ETH"_s,
          u"0x000000000022D473030F116dDEE9F6B43aC78BA3"_s, u"can take up to that much"_s}) {
        QVERIFY2(said.contains(part), qPrintable(part + u" in "_s + said));
    }
    QVERIFY(button(dialog, u"Cancel"_s)->hasFocus());  // a hasty Enter gives nothing away
    press(dialog, u"Allow it"_s);
    QCOMPARE(stage.backend.said.last(), u"allowance yes"_s);
    stage.backend.money.talk.waited(Milliseconds(12'000));
    QVERIFY(words(dialog).contains(u"Waiting for a block, 12 s"_s));
    stage.backend.money.talk.dearer(Uint256(60'000'000'000'000));
    QVERIFY(words(dialog).contains(u"up to 0.00006 ETH in all"_s));
    press(dialog, u"Keep the old fees"_s);
    QCOMPARE(stage.backend.said.last(), u"allowance no"_s);
    stage.backend.money.talk.told("Done: Permit2 may move up to 2.5 USDT now.");
    stage.backend.money.allowed({});
    QVERIFY(words(dialog).contains(u"Done: Permit2 may move up to 2.5 USDT now."_s));
    press(dialog, u"Done"_s);
    QTRY_VERIFY(dialog.isNull() || !dialog->isVisible());
    QVERIFY(!stage.backend.said.contains(u"leave allowance"_s));
}

void TestAllow::wrongAmountsStay() {
    Stage stage;
    stage.backend.money.vaultKeeper = ui::Payments::Keeper::Keychain;
    ui::MainWindow& window = stage.open();
    const payment::Token token = *stage.backend.money.list.tokensOf(8453).back();
    auto* dialog =
        new AllowDialog(stage.backend, token, u"Base"_s, AllowDialog::Purpose::Allow, &window);
    dialog->open();
    auto* amount = byName<QLineEdit>(dialog, u"At most, in USDT"_s);
    for (const QString& wrong : {u"0"_s, u"1,5"_s, u"-2"_s, u"lots"_s, u"1.1234567"_s, QString()}) {
        amount->setText(wrong);
        press(dialog, u"Ask the chain"_s);
        QVERIFY2(words(dialog).contains(u"is no amount of USDT"_s), qPrintable(wrong));
        QVERIFY(amount->hasFocus());
    }
    QVERIFY(stage.backend.said.filter(u"allow"_s).isEmpty());
}

// Whoever sits at an open window gives nothing away.
void TestAllow::passphraseIsAsked() {
    Stage stage;
    ui::MainWindow& window = stage.open();
    const payment::Token token = *stage.backend.money.list.tokensOf(8453).back();
    auto* dialog =
        new AllowDialog(stage.backend, token, u"Base"_s, AllowDialog::Purpose::Allow, &window);
    dialog->open();
    press(dialog, u"Ask the chain"_s);
    QVERIFY(words(dialog).contains(u"The passphrase of the vault is missing."_s));
    stage.backend.nextError = Error(ErrorCode::WrongPassphrase, "That is not the passphrase.");
    byName<QLineEdit>(dialog, u"Passphrase of the vault"_s)->setText(u"wrong"_s);
    press(dialog, u"Ask the chain"_s);
    QTRY_VERIFY(words(dialog).contains(u"That is not the passphrase."_s));
    QVERIFY(stage.backend.said.filter(u"allow "_s).isEmpty());
    byName<QLineEdit>(dialog, u"Passphrase of the vault"_s)->setText(u"right"_s);
    press(dialog, u"Ask the chain"_s);
    QTRY_VERIFY(!stage.backend.said.filter(u"allow 10000000 "_s).isEmpty());
}

void TestAllow::failuresCanBeTriedAgain() {
    Stage stage;
    stage.backend.money.vaultKeeper = ui::Payments::Keeper::Keychain;
    ui::MainWindow& window = stage.open();
    const payment::Token token = *stage.backend.money.list.tokensOf(8453).back();
    auto* dialog =
        new AllowDialog(stage.backend, token, u"Base"_s, AllowDialog::Purpose::Allow, &window);
    dialog->open();
    press(dialog, u"Ask the chain"_s);
    stage.backend.money.talk.offered(offerOf(token));
    press(dialog, u"Allow it"_s);
    stage.backend.money.allowed(fail(ErrorCode::Unreachable, "No RPC server gave an answer."));
    QVERIFY(words(dialog).contains(u"No RPC server gave an answer."_s));
    press(dialog, u"Try again"_s);
    QCOMPARE(stage.backend.said.filter(u"allow 10000000 "_s).size(), 2);
    stage.backend.money.talk.offered(offerOf(token));
    QCOMPARE(words(dialog).count(u"Allowed now"_s), 1);
}

void TestAllow::leavingIsTold() {
    Stage stage;
    stage.backend.money.vaultKeeper = ui::Payments::Keeper::Keychain;
    ui::MainWindow& window = stage.open();
    const payment::Token token = *stage.backend.money.list.tokensOf(8453).back();
    const QPointer<AllowDialog> dialog =
        new AllowDialog(stage.backend, token, u"Base"_s, AllowDialog::Purpose::Allow, &window);
    dialog->open();
    press(dialog, u"Ask the chain"_s);
    stage.backend.money.talk.offered(offerOf(token));
    QTest::keyClick(dialog, Qt::Key_Escape);
    QTRY_VERIFY(dialog.isNull() || !dialog->isVisible());
    QCOMPARE(stage.backend.said.last(), u"leave allowance"_s);
}

// What takes power away needs no passphrase, where the vault is open.
void TestAllow::isTakenBack() {
    Stage stage;
    ui::MainWindow& window = stage.open();
    const payment::Token token = *stage.backend.money.list.tokensOf(8453).back();
    auto* dialog =
        new AllowDialog(stage.backend, token, u"Base"_s, AllowDialog::Purpose::TakeBack, &window);
    dialog->open();
    QVERIFY(byName<QLineEdit>(dialog, u"Passphrase of the vault"_s) == nullptr);
    press(dialog, u"Ask the chain"_s);
    QVERIFY(stage.backend.said.contains(u"allow 0 of %1 on 8453"_s.arg(text(kTether))));
    AllowanceOffer offer = offerOf(token);
    offer.sight.allowance = Uint256(2'500'000);
    stage.backend.money.talk.offered(offer);
    QVERIFY(words(dialog).contains(u"2.5 USDT"_s));
    QVERIFY(!words(dialog).contains(u"can take up to that much"_s));
    press(dialog, u"Take it back"_s);
    QCOMPARE(stage.backend.said.last(), u"allowance yes"_s);
}

void TestAllow::windowSendsOneTransaction() {
    Desk desk;
    QVERIFY(desk.openWallet());
    desk.allow(2'500'000);
    QTRY_VERIFY_WITH_TIMEOUT(desk.offers.size() == 1 || !desk.ended.isEmpty(), 20'000);
    QVERIFY2(desk.ended.isEmpty(), qPrintable(desk.ended));
    QCOMPARE(desk.offers[0].wish.units.toDecimal(), std::string("2500000"));
    QCOMPARE(desk.offers[0].sight.coins.toDecimal(), std::string("1000000000000000"));
    QVERIFY(!desk.offers[0].step.most.isZero());
    QVERIFY(desk.chain.sent.isEmpty());  // not before a person said yes
    desk.own->payments().answerAllowance(true);
    QTRY_COMPARE_WITH_TIMEOUT(desk.ended, u"done"_s, 20'000);
    QCOMPARE(desk.chain.sent.size(), 1);
    QCOMPARE(desk.chain.allowance.toDecimal(), std::string("2500000"));
    QVERIFY(desk.told.last().contains(u"may move up to 2.5 USDT now"_s));
}

void TestAllow::noMeansNothingSigned() {
    Desk desk;
    QVERIFY(desk.openWallet());
    desk.allow(2'500'000);
    QTRY_VERIFY_WITH_TIMEOUT(desk.offers.size() == 1, 20'000);
    // One at a time.
    desk.allow(1);
    QTRY_VERIFY(desk.ended.contains(u"still under way"_s));
    desk.ended.clear();
    desk.own->payments().answerAllowance(false);
    desk.own->payments().leaveAllowance();
    QTRY_VERIFY_WITH_TIMEOUT(!desk.ended.isEmpty(), 20'000);
    QVERIFY(desk.ended.contains(u"Nothing was signed"_s));
    QVERIFY(desk.chain.sent.isEmpty());
}

// Whoever leaves while it waits for a block finds the same transaction again.
void TestAllow::whatIsLeftGoesOn() {
    Desk desk;
    QVERIFY(desk.openWallet());
    desk.chain.mines = false;
    desk.allow(2'500'000);
    QTRY_VERIFY_WITH_TIMEOUT(desk.offers.size() == 1, 20'000);
    desk.own->payments().answerAllowance(true);
    QTRY_VERIFY_WITH_TIMEOUT(desk.waits > 0, 20'000);
    desk.own->payments().leaveAllowance();
    QTRY_VERIFY_WITH_TIMEOUT(desk.ended.contains(u"never a second one"_s), 20'000);
    desk.chain.mines = true;
    desk.allow(2'500'000);
    QTRY_COMPARE_WITH_TIMEOUT(desk.ended, u"done"_s, 20'000);
    QCOMPARE(desk.offers.size(), 1U);
    QVERIFY(desk.chain.sent.size() > 1);
    desk.chain.sent.removeDuplicates();
    QCOMPARE(desk.chain.sent.size(), 1);
}

void TestAllow::lockEndsIt() {
    Desk desk;
    QVERIFY(desk.openWallet());
    desk.allow(2'500'000);
    QTRY_VERIFY_WITH_TIMEOUT(desk.offers.size() == 1, 20'000);
    QVERIFY(done([&](QObject* context, auto reply) {
        desk.own->payments().lockWallet(context, std::move(reply));
    }));
    QTRY_VERIFY_WITH_TIMEOUT(desk.ended.contains(u"Nothing was signed"_s), 20'000);
    desk.own->payments().answerAllowance(true);  // too late
    desk.allow(2'500'000);
    QTRY_VERIFY(!desk.ended.isEmpty());
    QVERIFY2(!desk.ended.contains(u"done"_s), qPrintable(desk.ended));
    QVERIFY(desk.chain.sent.isEmpty());
}

}  // namespace gr::app

GR_UI_TEST_MAIN(gr::app::TestAllow)
#include "test_allow.moc"
