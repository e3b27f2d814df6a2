// SPDX-License-Identifier: MIT
#include <QtTest>

#include "payment/offer_choice.h"

using namespace gr::payment;
using gr::Money;

namespace {

const Address kUsdc = *Address::parse("0x036CbD53842c5426634e7929541eC2318f3dCF7e");
const Address kShop = *Address::parse("0x209693Bc6afc0C5328bA36FaF03C514EF312287C");
const Address kWide = *Address::parse("0x55d398326f99059fF775485246999027B3197955");
const Address kRelay = *Address::parse("0x70997970C51812dc3A010C7d01b50e0d17dc79C8");

Offer offer(std::uint64_t units = 10'000) {
    Offer out;
    out.chain = 84532;
    out.network = "eip155:84532";
    out.amount = units;
    out.asset = kUsdc;
    out.payTo = kShop;
    out.maxTimeoutSeconds = 60;
    out.domain = TokenDomain{"USDC", "2"};
    return out;
}

Offer permit2(std::uint64_t units = 10'000) {
    Offer out = offer(units);
    out.method = TransferMethod::Permit2;
    return out;
}

Offer upto(std::uint64_t units = 10'000) {
    Offer out = permit2(units);
    out.scheme = Scheme::Upto;
    out.facilitator = kRelay;
    return out;
}

Terms terms(std::vector<Offer> offers, int version = 2) {
    Terms out;
    out.version = version;
    for (std::size_t i = 0; i < offers.size(); ++i)
        offers[i].index = i;
    out.offers = std::move(offers);
    return out;
}

ChoiceWishes wishes() {
    const NetworkList list = NetworkList::embedded();
    ChoiceWishes out;
    out.tokens.push_back({*list.token(84532, kUsdc), std::nullopt, Uint256::max()});
    out.tokens.push_back({*list.token(56, kWide), std::nullopt, Uint256::max()});
    out.bound = Money::parse("0.01");
    return out;
}

}  // namespace

class TestOfferChoice final : public QObject {
    Q_OBJECT

  private slots:
    void takesTheOnlyOne() {
        const auto choice = chooseOffer(terms({offer()}), wishes());
        QVERIFY(choice.chosen);
        QVERIFY(choice.chosen->usd == Money::parse("0.01"));
        QCOMPARE(choice.chosen->seconds, std::uint64_t(60));
        QCOMPARE(choice.chosen->token.domain->name, std::string("USDC"));
        QVERIFY(choice.reason().empty());
    }

    void refusesWithAReason_data() {
        QTest::addColumn<std::function<void(Offer&, ChoiceWishes&)>>("change");
        QTest::addColumn<QByteArray>("reason");
        const auto row = [](const char* name, const char* reason,
                            std::function<void(Offer&, ChoiceWishes&)> change) {
            QTest::newRow(name) << std::move(change) << QByteArray(reason);
        };
        row("token", "does not pay with", [](Offer& o, ChoiceWishes&) { o.asset = kWide; });
        row("chain", "does not pay with", [](Offer& o, ChoiceWishes&) { o.chain = 8453; });
        row("name", "EIP-712", [](Offer& o, ChoiceWishes&) { o.domain->name = "USD Coin"; });
        row("version", "EIP-712", [](Offer& o, ChoiceWishes&) { o.domain->version = "1"; });
        row("no domain", "EIP-712", [](Offer& o, ChoiceWishes&) { o.domain.reset(); });
        row("nothing", "for nothing", [](Offer& o, ChoiceWishes&) { o.amount = 0; });
        row("payTo zero", "payTo", [](Offer& o, ChoiceWishes&) { o.payTo = Address(); });
        row("payTo token", "payTo", [](Offer& o, ChoiceWishes&) { o.payTo = kUsdc; });
        row("no time", "no time", [](Offer& o, ChoiceWishes&) { o.maxTimeoutSeconds = 0; });
        row("too dear", "fair price", [](Offer& o, ChoiceWishes&) { o.amount = 15'001; });
        row("absurd", "fair price", [](Offer& o, ChoiceWishes&) { o.amount = Uint256::max(); });
        row("absurd, no bound", "fair price", [](Offer& o, ChoiceWishes& w) {
            w.bound.reset();
            o.amount = Uint256::max();
        });
        row("2^64 and the price", "fair price",
            [](Offer& o, ChoiceWishes&) { o.amount = *Uint256(UINT64_MAX).plus(10'001); });
        row("balance", "the wallet has 0.009999",
            [](Offer&, ChoiceWishes& w) { w.tokens[0].balance = 9'999; });
        row("upto is off", "switched off", [](Offer& o, ChoiceWishes& w) {
            o = upto();
            w.upto = false;
        });
        row("EIP-3009 of a token without", "EIP-3009", [](Offer& o, ChoiceWishes&) {
            o.chain = 56;
            o.asset = kWide;
            o.amount = *Uint256(10'000'000'000).times(1'000'000);
        });
        row("Permit2 with another name", "EIP-712", [](Offer& o, ChoiceWishes&) {
            o = permit2();
            o.domain->name = "Other";
        });
        row("no allowance",
            "Allow it once, on a terminal: gaterouterd wallet allow eip155:84532 USDC",
            [](Offer& o, ChoiceWishes& w) {
                o = permit2();
                w.tokens[0].permit2Allowance = 0;
            });
        row("less than it takes", "The provider takes 0.01 USDC at most by Permit2 alone",
            [](Offer& o, ChoiceWishes& w) {
                o = upto();
                w.tokens[0].permit2Allowance = 9'999;
            });
        row("nobody tells the allowance", "no RPC server", [](Offer& o, ChoiceWishes& w) {
            o = permit2();
            w.tokens[0].permit2Allowance.reset();
        });
    }
    void refusesWithAReason() {
        using Change = std::function<void(Offer&, ChoiceWishes&)>;
        QFETCH(Change, change);
        QFETCH(QByteArray, reason);
        Offer one = offer();
        ChoiceWishes mine = wishes();
        change(one, mine);
        const auto choice = chooseOffer(terms({one}), mine);
        QVERIFY(!choice.chosen);
        QVERIFY2(choice.reason().find(reason.toStdString()) != std::string::npos,
                 choice.reason().c_str());
    }

    void theFairPriceIsABound() {
        QVERIFY(chooseOffer(terms({offer(15'000)}), wishes()).chosen);
        const auto dear = chooseOffer(terms({offer(15'001)}), wishes());
        QVERIFY(!dear.chosen && dear.tooDear);
        ChoiceWishes none = wishes();
        none.bound.reset();  // the spending policy decides then
        QVERIFY(chooseOffer(terms({offer(900'000'000)}), none).chosen);
    }

    void oldSellersNeedNotNameTheDomain() {
        Offer silent = offer();
        silent.domain.reset();
        QVERIFY(chooseOffer(terms({silent}, 1), wishes()).chosen);
    }

    void aYearIsCutToTenMinutes() {
        Offer patient = offer();
        patient.maxTimeoutSeconds = 31'536'000;
        QCOMPARE(chooseOffer(terms({patient}), wishes()).chosen->seconds, std::uint64_t(600));
    }

    void order_data() {
        QTest::addColumn<std::vector<Offer>>("offers");
        QTest::addColumn<int>("best");
        const auto row = [](const char* name, int best, std::vector<Offer> offers) {
            QTest::newRow(name) << std::move(offers) << best;
        };
        Offer late = offer(9'000);
        late.flow = PaymentFlow::Upfront;
        Offer wide = permit2();
        wide.chain = 56;
        wide.network = "eip155:56";
        wide.asset = kWide;
        wide.domain.reset();
        wide.amount = *Uint256(9'999'999'999).times(1'000'000);  // a trifle below a cent
        row("the cheaper", 1, {offer(10'000), offer(9'999)});
        row("the first of equals", 0, {offer(), offer()});
        row("EIP-3009 before Permit2", 1, {permit2(), offer()});
        row("a cheaper Permit2", 0, {permit2(9'000), offer()});
        row("a trifle is no difference", 1, {wide, offer()});
        row("exact before upto", 1, {upto(8'000), offer()});
        row("authorization before upfront", 1, {late, offer()});
        row("upfront before nothing", 0, {late});
        row("upto before nothing", 1, {offer(90'000), upto()});
    }
    void order() {
        QFETCH(std::vector<Offer>, offers);
        QFETCH(int, best);
        const auto choice = chooseOffer(terms(offers), wishes());
        QVERIFY(choice.chosen);
        QCOMPARE(choice.chosen->offer.index, static_cast<std::size_t>(best));
    }

    void anApprovalIsMissedOnlyByWhatWouldGoFirst() {
        ChoiceWishes mine = wishes();
        mine.tokens[0].permit2Allowance = 0;
        const auto choice = chooseOffer(terms({permit2(8'000), upto(7'000)}), mine);
        QVERIFY(!choice.chosen && choice.needsApproval);
        QCOMPARE(choice.needsApproval->offer.index, std::size_t(0));
        const auto dearer = chooseOffer(terms({permit2(8'000), offer()}), mine);
        QVERIFY(dearer.chosen && dearer.needsApproval && dearer.allowanceKnown);
        QVERIFY(dearer.reason().empty());
        const auto other = chooseOffer(terms({upto(7'000), permit2(), offer()}), mine);
        QVERIFY(other.chosen && !other.needsApproval);
        QCOMPARE(other.chosen->offer.index, std::size_t(2));
    }

    void theCommandAllowsEnough_data() {
        QTest::addColumn<quint64>("units");
        QTest::addColumn<QByteArray>("symbol");
        QTest::addColumn<QByteArray>("rest");
        QTest::newRow("the usual")
            << quint64(10'000'000) << QByteArray("USDC") << QByteArray("USDC");
        QTest::newRow("more") << quint64(10'000'001) << QByteArray("USDC")
                              << QByteArray("USDC --up-to 10.000001");
        QTest::newRow("a name that a shell would read")
            << quint64(1) << QByteArray("A;B")
            << QByteArray("0x036cbd53842c5426634e7929541ec2318f3dcf7e");
    }
    void theCommandAllowsEnough() {
        QFETCH(quint64, units);
        QFETCH(QByteArray, symbol);
        QFETCH(QByteArray, rest);
        ChosenOffer lacking{permit2(units), wishes().tokens[0].token, {}, 60};
        lacking.token.symbol = symbol.toStdString();
        QCOMPARE(allowCommand(lacking),
                 "gaterouterd wallet allow eip155:84532 " + rest.toStdString());
    }

    void whatWasSkippedIsSaid() {
        Terms mixed = terms({offer(90'000)});
        mixed.offers[0].index = 1;
        mixed.skipped.push_back({0, "is for the network \"solana\""});
        const auto choice = chooseOffer(mixed, wishes());
        QCOMPARE(choice.refused.size(), std::size_t(2));
        QVERIFY(choice.reason().find("offer 1 is for the network \"solana\"; offer 2 costs 0.09") !=
                std::string::npos);
        QVERIFY(chooseOffer(Terms(), wishes()).reason().find("no way to pay") != std::string::npos);
    }
};

QTEST_APPLESS_MAIN(TestOfferChoice)
#include "test_offer_choice.moc"
