// SPDX-License-Identifier: MIT
#include <QtTest>
#include <random>
#include <set>

#include "payment/eip712.h"
#include "payment/network.h"
#include "payment/token_amount.h"
#include "support/x402_words.h"

using namespace gr::payment;
using gr::Money;

namespace {

Uint256 number(const std::string& decimal) {
    return Uint256::parse(decimal).value();
}

Token tokenAt(const std::string& address, ChainId chain, unsigned decimals) {
    Token token;
    token.chain = chain;
    token.address = Address::parse(address).value();
    token.symbol = "T";
    token.decimals = decimals;
    return token;
}

std::string separatorOf(const Token& token) {
    return domainSeparator({token.domain->name, token.domain->version, token.chain, token.address})
        .toHex();
}

constexpr const char* kBaseSepoliaUsdc = "0x036CbD53842c5426634e7929541eC2318f3dCF7e";
constexpr const char* kOther = "0x1111111111111111111111111111111111111111";

}  // namespace

class TestNetworks final : public QObject {
    Q_OBJECT

  private slots:
    void theListIsSound() {
        const NetworkList list = NetworkList::embedded();
        std::set<std::pair<ChainId, Address>> tokens;
        for (const Token& token : list.tokens()) {
            QVERIFY(list.find(token.chain) != nullptr);
            QVERIFY(tokens.insert({token.chain, token.address}).second);
            QVERIFY(token.pinned);
            QVERIFY(!token.eip3009 || token.domain);
            QVERIFY(!token.eip2612 || token.domain);
        }
        std::set<ChainId> ids;
        std::set<std::string> names;
        for (const Network& network : list.networks()) {
            QVERIFY(ids.insert(network.id).second);
            QVERIFY(network.v1Name.empty() || names.insert(network.v1Name).second);
            QVERIFY(!network.v1Offered || !network.v1Name.empty());
            QVERIFY(list.find(network.id) == &network);
            QCOMPARE(chainOf(network.caip2()), std::optional(network.id));
        }
        QVERIFY(list.find(kPlayChain)->money == MoneyKind::Play);
        QVERIFY(kPlayChain < 4503599627370476 && kPlayChain > UINT32_MAX);
    }

    void usdcIsAsPublished() {
        const NetworkList list = NetworkList::embedded();
        const QJsonObject networks = x402::vectors()[u"networks"].toObject();
        QCOMPARE(networks.size(), 7);
        for (auto it = networks.begin(); it != networks.end(); ++it) {
            const QJsonObject usdc = it.value().toObject();
            const auto chain = chainOf(it.key().toStdString());
            const Token* const token =
                list.token(*chain, *Address::parse(usdc[u"usdc"].toString().toStdString()));
            QVERIFY2(token != nullptr, qPrintable(it.key()));
            QCOMPARE(QString::fromStdString(token->domain->name), usdc[u"name"].toString());
            QCOMPARE(QString::fromStdString(token->domain->version), usdc[u"version"].toString());
            QVERIFY(token->method() == TransferMethod::Eip3009);
            QCOMPARE(token->decimals, 6U);
            QCOMPARE(separatorOf(*token), usdc[u"domainSeparator"].toString().toStdString());
        }
    }

    // Read on the chain by others.
    void usdtOnArbitrumIsAsPublished() {
        const NetworkList list = NetworkList::embedded();
        const auto address = Address::parse("0xFd086bC7CD5C481DCC9C85ebE478A1C0b69FCbb9");
        const std::string separator = separatorOf(*list.token(42161, *address));
        QVERIFY(separator.starts_with("0x566af68f") && separator.ends_with("127c"));
    }

    void methodsOfTokens_data() {
        QTest::addColumn<quint64>("chain");
        QTest::addColumn<QByteArray>("address");
        QTest::addColumn<uint>("decimals");
        QTest::addColumn<bool>("eip3009");
        const auto row = [](const char* name, ChainId chain, const char* address, unsigned decimals,
                            bool eip3009) {
            QTest::newRow(name) << quint64(chain) << QByteArray(address) << decimals << eip3009;
        };
        row("USDT on Arbitrum", 42161, "0xFd086bC7CD5C481DCC9C85ebE478A1C0b69FCbb9", 6, true);
        row("USDT on Ethereum", 1, "0xdAC17F958D2ee523a2206206994597C13D831ec7", 6, false);
        row("USDT on Optimism", 10, "0x01bFF41798a0BcF287b996046Ca68b395DbC1071", 6, false);
        row("USDT on Polygon", 137, "0xc2132D05D31c914a87C6611C10748AEb04B58e8F", 6, false);
        row("USDT on Avalanche", 43114, "0x9702230A8Ea53601f5cD2dc00fDBc13d4dF4A8c7", 6, false);
        row("USDT on Base", 8453, "0xfde4C96c8593536E31F229EA8f37b2ADa2699bb2", 6, false);
        row("USDT on BNB", 56, "0x55d398326f99059fF775485246999027B3197955", 18, false);
        row("USDC on BNB", 56, "0x8AC76a51cc950d9822D68b83fE1Ad97B32Cd580d", 18, false);
        row("USDC on Fuji", 43113, "0x5425890298aed601595a70AB815c96711a31Bc65", 6, false);
        row("USDC on Arbitrum Sepolia", 421614, "0x75faf114eafb1BDbe2F0316DF893fd58CE46AA4d", 6,
            false);
        row("USDC on Amoy", 80002, "0x41E94Eb019C0762f9Bfcf9Fb1E58725BfB0e7582", 6, true);
    }
    void methodsOfTokens() {
        QFETCH(quint64, chain);
        QFETCH(QByteArray, address);
        QFETCH(uint, decimals);
        QFETCH(bool, eip3009);
        const NetworkList list = NetworkList::embedded();
        const Token* const token = list.token(chain, *Address::parse(address.toStdString()));
        QVERIFY(token != nullptr);
        QCOMPARE(token->decimals, decimals);
        QCOMPARE(token->method() == TransferMethod::Eip3009, eip3009);
        QVERIFY(list.token(chain + 1, token->address) == nullptr);
    }

    void namesOfVersionOne() {
        const NetworkList list = NetworkList::embedded();
        QCOMPARE(list.findV1("base-sepolia")->id, ChainId(84532));
        QCOMPARE(list.findV1("ethereum")->id, ChainId(1));
        QVERIFY(!list.find(1)->v1Offered);  // its own client throws on this name
        QVERIFY(list.find(8453)->v1Offered);
        QVERIFY(list.findV1("") == nullptr && list.findV1("arbitrum") == nullptr);
        QVERIFY(list.find(42161)->v1Name.empty());
    }

    void readsCaip2() {
        QCOMPARE(chainOf("eip155:8453"), std::optional<ChainId>(8453));
        for (const char* text :
             {"eip155:", "eip155:0", "eip155:08453", "eip155:8453 ", "base", "solana:8453",
              "eip155:0x1", "EIP155:1", "eip155:-1", "eip155:18446744073709551616"})
            QVERIFY2(!chainOf(text), text);
    }

    void aUserAddsANetworkAndAToken() {
        NetworkList list = NetworkList::embedded();
        QVERIFY(!list.add(tokenAt(kOther, 999'999, 6)));  // no such network yet
        Network network;
        network.id = 999'999;
        network.name = "Mine";
        QVERIFY(list.add(network));
        QVERIFY(list.add(tokenAt(kOther, 999'999, 18)));
        QVERIFY(list.token(999'999, *Address::parse(kOther))->method() == TransferMethod::Permit2);
        QVERIFY(list.add(tokenAt(kOther, 84532, 6)));  // a second one on a known chain
        QCOMPARE(list.tokensOf(84532).size(), std::size_t(2));
        QVERIFY(!list.add(tokenAt(kOther, 999'999, 6)));  // another number of decimals
        QVERIFY(!list.add(tokenAt("0x0000000000000000000000000000000000000000", 1, 6)));
        QVERIFY(!list.add(tokenAt("0x2222222222222222222222222222222222222222", 1, 37)));
    }

    void whatIsPinnedStays() {
        NetworkList list = NetworkList::embedded();
        Token usdc = tokenAt(kBaseSepoliaUsdc, 84532, 6);
        usdc.domain = TokenDomain{"USDC", "2"};
        usdc.eip3009 = usdc.verified = true;
        QVERIFY(list.add(usdc));
        usdc.domain->name = "USD Coin";
        const auto refused = list.add(usdc);
        QVERIFY(!refused);
        QCOMPARE(refused.error().field, std::string("eip712"));
        QVERIFY(refused.error().message.text.find("\"USDC\"") != std::string::npos);
        const auto decimals = list.add(tokenAt(kBaseSepoliaUsdc, 84532, 18));
        QVERIFY(!decimals && decimals.error().field == "decimals");
        Network base = *list.find(8453);
        base.money = MoneyKind::Test;
        QVERIFY(!list.add(base));
        QVERIFY(list.find(8453)->money == MoneyKind::Real);
        QCOMPARE(list.token(84532, usdc.address)->domain->name, std::string("USDC"));
    }

    void whatIsUnknownIsTakenFromTheUser() {
        NetworkList list = NetworkList::embedded();
        Token usdt = tokenAt("0xc2132D05D31c914a87C6611C10748AEb04B58e8F", 137, 6);  // Polygon
        usdt.domain = TokenDomain{"USDT0", "1"};
        usdt.eip3009 = usdt.verified = true;
        QVERIFY(list.add(usdt));
        QVERIFY(list.token(137, usdt.address)->method() == TransferMethod::Eip3009);
        // Its domain is known and checked, and is that of permit() alone.
        Token avalanche = tokenAt("0x9702230A8Ea53601f5cD2dc00fDBc13d4dF4A8c7", 43114, 6);
        avalanche.domain = TokenDomain{"TetherToken", "1"};
        avalanche.eip3009 = avalanche.verified = true;
        const auto refused = list.add(avalanche);
        QVERIFY(!refused && refused.error().field == "method");
    }

    void amountsAsPublished() {
        const QJsonArray amounts = x402::vectors()[u"amounts"].toArray();
        QCOMPARE(amounts.size(), 13);
        for (const auto& value : amounts) {
            const QJsonObject row = value.toObject();
            const std::string decimal = row[u"decimal"].toString().toStdString();
            const auto decimals = static_cast<unsigned>(row[u"decimals"].toInt());
            const auto units = unitsOfDecimal(decimal, decimals);
            if (row[u"atomic"].isNull()) {
                QVERIFY2(!units, decimal.c_str());
                continue;
            }
            QVERIFY2(units, decimal.c_str());
            QCOMPARE(units->toDecimal(), row[u"atomic"].toString().toStdString());
            QCOMPARE(decimalOf(*units, decimals), decimal);
            if (const auto money = Money::parse(decimal))
                QVERIFY(unitsFor(*money, decimals) == units);
        }
        QVERIFY(unitsFor(*Money::parse("0.0000001"), 6) == Uint256(1));  // charged: never 0
        QVERIFY(unitsFor(Money(), 6) == Uint256(0));
        QVERIFY(!unitsFor(*Money::parse("-1"), 6));
    }

    void refusesOtherDecimals() {
        for (const char* text : {".", "1.", ".5", "0x1", "+1", "1.0000000", "1.5.0", "1 ", "1_0"})
            QVERIFY2(!unitsOfDecimal(text, 6), text);
        QVERIFY(unitsOfDecimal("007", 6) == number("7000000"));
        QVERIFY(unitsOfDecimal("0", 0) == Uint256(0));
        QVERIFY(!unitsOfDecimal("0.1", 0));
        QVERIFY(!unitsOfDecimal(Uint256::max().toDecimal(), 1));
        QVERIFY(unitsOfDecimal(Uint256::max().toDecimal(), 0) == Uint256::max());
    }

    // Never less than the price, and never a whole unit more; back again it is never less either.
    void roundingNeverLoses() {
        std::mt19937_64 random(7);
        for (int i = 0; i < 20'000; ++i) {
            const auto price =
                Money::fromPico(static_cast<std::int64_t>(random() >> (1 + random() % 63)));
            const auto decimals = static_cast<unsigned>(random() % 19);
            const auto units = unitsFor(price, decimals);
            QVERIFY(units);
            const auto least = dollarsOf(*units, decimals, Rounding::Down);
            const auto most = dollarsOf(*units, decimals, Rounding::Up);
            if (!least)  // rounded up beyond what Money can hold
                continue;
            QVERIFY(*least >= price && *most >= *least);
            if (!units->isZero())
                QVERIFY(*dollarsOf(*units->minus(1), decimals, Rounding::Down) < price);
            QVERIFY(unitsOfDecimal(decimalOf(*units, decimals), decimals) == *units);
        }
    }

    void dollarsOfUnits() {
        const Uint256 dust = 1;  // of 18 decimals: less than a pico-dollar
        QVERIFY(dollarsOf(dust, 18, Rounding::Down) == Money());
        QVERIFY(dollarsOf(dust, 18, Rounding::Up) == Money::fromPico(1));
        QVERIFY(dollarsOf(10'000, 6, Rounding::Up) == Money::parse("0.01"));
        QVERIFY(!dollarsOf(Uint256::max(), 18, Rounding::Down));
        QVERIFY(!dollarsOf(number("18446744073709551616"), 12, Rounding::Down));
        QVERIFY(!dollarsOf(1, 37, Rounding::Down));
    }

    // To the last digit, also where 64 bits are not enough in between.
    void fairPrices() {
        const auto fair = [](std::int64_t pico, std::int64_t permille) {
            return fairPrice(Money::fromPico(pico), permille).pico();
        };
        QCOMPARE(fair(6'666'666'667, 1'500), 10'000'000'000);
        QCOMPARE(fair(1, 1'500), 1);
        QCOMPARE(fair(7'000'000'000'000'001'999, 1'001), 7'007'000'000'000'002'000);
        QCOMPARE(fair(INT64_MAX, 1'000), INT64_MAX);
        QCOMPARE(fair(INT64_MAX, 1'001), INT64_MAX);
        QCOMPARE(fair(INT64_MAX, INT64_MAX), INT64_MAX);
        QCOMPARE(fair(0, 1'500), 0);
        QCOMPARE(fair(-5, 1'500), 0);
        QCOMPARE(fair(5, -1), 0);
    }
};

QTEST_APPLESS_MAIN(TestNetworks)
#include "test_networks.moc"
