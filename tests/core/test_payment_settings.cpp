// SPDX-License-Identifier: MIT
#include <QtTest>

#include "settings/payment_reader.h"

using namespace gr;
using namespace gr::settings;

namespace {

Money usd(const char* text) {
    return *Money::parse(text);
}

payment::SpendingPolicy policyOf(const std::string& wallet) {
    return spendingPolicyOf(*parseJson(wallet));
}

}  // namespace

class TestPaymentSettings final : public QObject {
    Q_OBJECT

  private slots:
    void nothingSaidIsTheStandardPolicy() {
        QVERIFY(policyOf("{}") == payment::SpendingPolicy());
        QVERIFY(!policyOf("{}").payees);
    }

    void readsThePolicy() {
        const auto policy = policyOf(R"({"policy":{"per_payment":"0.05","per_hour":"0.50",
            "per_day":"1.00","total":"9","ask_above":"0.02","fair_price_factor":1.25,
            "approve_new":"within_limits",
            "payees":["API.Example.com",{"host":"b.example","per_day":"0.10"}]}})");
        QVERIFY(policy.caps.perPayment == usd("0.05"));
        QVERIFY(policy.caps.perHour == usd("0.50"));
        QVERIFY(policy.caps.perDay == usd("1"));
        QVERIFY(policy.caps.total == usd("9"));
        QCOMPARE(policy.askAbove.pico(), usd("0.02").pico());
        QCOMPARE(policy.fairPricePermille, std::int64_t(1250));
        QVERIFY(policy.newPayee == payment::NewPayee::WithinLimits);
        QCOMPARE(policy.payees->size(), std::size_t(2));
        QCOMPARE(policy.payees->at(0).host, std::string("api.example.com"));
        QVERIFY(!policy.payees->at(0).caps.perDay);
        QVERIFY(policy.payees->at(1).caps.perDay == usd("0.10"));
    }

    void aSmallCapNeedsNoQuestionOfItsOwn() {
        const auto policy = policyOf(R"({"policy":{"per_payment":"0.05"}})");
        QCOMPARE(policy.askAbove.pico(), usd("0.05").pico());
    }

    void payeesMayStandBesideThePolicy() {
        QVERIFY(policyOf(R"({"payees":[]})").payees->empty());
        const auto own = policyOf(R"({"payees":[],"policy":{"payees":["a.example"]}})");
        QCOMPARE(own.payees->size(), std::size_t(1));
    }

    void readsWhereTheKeyLies() {
        Wallet wallet;
        takeWalletKey(*parseJson("{}"), wallet);
        QVERIFY(wallet.key.kind == SecretRef::Kind::Vault && !wallet.watchOnly);
        QCOMPARE(wallet.key.name, std::string("wallet/main"));
        QCOMPARE(wallet.lockAfterMinutes, 0U);
        takeWalletKey(*parseJson(R"({"key":{"file":"k"},"lock_after_minutes":15})"), wallet);
        QCOMPARE(wallet.lockAfterMinutes, 15U);
        QVERIFY(wallet.key.kind == SecretRef::Kind::File && wallet.key.name == "k");
        takeWalletKey(*parseJson(R"({"address":"0x209693Bc6afc0C5328bA36FaF03C514EF312287C"})"),
                      wallet);
        QCOMPARE(wallet.watchOnly->toHex(),
                 std::string("0x209693bc6afc0c5328ba36faf03c514ef312287c"));
    }

    void readsWhatIsSold() {
        const Sell sell = sellOf(*parseJson(R"({"enabled":true,
            "pay_to":"0x209693Bc6afc0C5328bA36FaF03C514EF312287C","networks":["eip155:84532"],
            "schemes":["exact"],"models":["gpt-*"],
            "price":{"markup_percent":12.5,"minimum_usd":"0.002","default_output_tokens":512},
            "settle":{"self":{"relayer_key":{"vault":"relayer"},"rpc":"http:\/\/127.0.0.1:8545"}},
            "accept_test_money":true})"));
        QVERIFY(sell.enabled && sell.exact && !sell.upto && sell.acceptTestMoney);
        QCOMPARE(sell.payTo->toHex(), std::string("0x209693bc6afc0c5328ba36faf03c514ef312287c"));
        QCOMPARE(sell.markupPermyriad, std::int64_t(1250));
        QCOMPARE(sell.minimum.pico(), usd("0.002").pico());
        QCOMPARE(sell.defaultOutput, std::uint64_t(512));
        QVERIFY(sell.settlement.facilitator.empty());
        QCOMPARE(sell.settlement.relayerKey->name, std::string("relayer"));
        QCOMPARE(sell.settlement.rpc, std::string("http://127.0.0.1:8545"));
    }

    void nothingIsSoldUnlessSaid() {
        const Sell sell = sellOf(*parseJson("{}"));
        QVERIFY(!sell.enabled && !sell.payTo && sell.exact && sell.upto);
        QCOMPARE(sell.markupPermyriad, std::int64_t(2'000));
        QCOMPARE(sell.minimum.pico(), usd("0.001").pico());
    }
};

QTEST_APPLESS_MAIN(TestPaymentSettings)
#include "test_payment_settings.moc"
