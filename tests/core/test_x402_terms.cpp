// SPDX-License-Identifier: MIT
#include <QtTest>

#include "payment/envelope.h"
#include "payment/terms.h"
#include "support/x402_words.h"

using namespace gr::payment;
using Kind = TermsReading::Kind;

namespace {

const NetworkList& networks() {
    static const NetworkList list = NetworkList::embedded();
    return list;
}

TermsReading readHeader(const std::string& value, int status = 402,
                        const std::string& body = "{}") {
    gr::http::Fields fields;
    fields.add("payment-required", value);
    return readTerms(status, fields, body, networks());
}

TermsReading readV2(const std::string& json, int status = 402) {
    return readHeader(encodeEnvelope(x402::json(json)), status);
}

TermsReading readBody(const std::string& json, int status = 402) {
    return readTerms(status, {}, x402::json(json), networks());
}

const std::string kEntry =
    "{'scheme':'exact','network':'eip155:84532','amount':'10000',"
    "'asset':'0x036CbD53842c5426634e7929541eC2318f3dCF7e',"
    "'payTo':'0x209693Bc6afc0C5328bA36FaF03C514EF312287C','maxTimeoutSeconds':60,"
    "'extra':{'name':'USDC','version':'2'}}";

std::string with(const std::string& from, const std::string& to) {
    std::string entry = kEntry;
    entry.replace(entry.find(from), from.size(), to);
    return entry;
}

std::string v2(const std::string& entries, const std::string& more = "") {
    return "{'x402Version':2,'resource':{'url':'https://a.example/v1'},'accepts':[" + entries +
           "]" + more + "}";
}

}  // namespace

class TestX402Terms final : public QObject {
    Q_OBJECT

  private slots:
    void readsThePublishedHeader() {
        const TermsReading reading = readHeader(x402::headerOf("v2 402"));
        QVERIFY(reading.kind == Kind::Terms);
        const Terms& terms = reading.terms;
        QCOMPARE(terms.version, 2);
        QCOMPARE(terms.error, std::string("Payment required"));
        QCOMPARE(terms.resource, std::string("https://api.example.com/v1/chat/completions"));
        QCOMPARE(terms.description, std::string("Chat \u2013 1 call (\u00bc cent) \u2713"));
        QVERIFY(terms.skipped.empty());
        QCOMPARE(terms.offers.size(), std::size_t(1));
        const Offer& offer = terms.offers[0];
        QVERIFY(offer.scheme == Scheme::Exact && offer.method == TransferMethod::Eip3009);
        QCOMPARE(offer.chain, ChainId(84532));
        QVERIFY(offer.amount == Uint256(10'000));
        QCOMPARE(offer.asset.toHex(), std::string("0x036cbd53842c5426634e7929541ec2318f3dcf7e"));
        QCOMPARE(offer.payToText, std::string("0x209693Bc6afc0C5328bA36FaF03C514EF312287C"));
        QCOMPARE(offer.maxTimeoutSeconds, std::uint64_t(60));
        QVERIFY((offer.domain == TokenDomain{"USDC", "2"}));
        QVERIFY(x402::headerOf("v2 402", "jsonText").find(offer.json) != std::string::npos);
        QVERIFY(x402::headerOf("v2 402", "jsonText").find(terms.resourceJson) != std::string::npos);
    }

    void readsThePublishedBody() {
        const std::string body =
            x402::vectors()[u"v1Body402"].toObject()[u"jsonText"].toString().toStdString();
        const TermsReading reading = readTerms(402, {}, body, networks());
        QVERIFY(reading.kind == Kind::Terms);
        QCOMPARE(reading.terms.version, 1);
        QCOMPARE(reading.terms.description, std::string("Chat"));
        QCOMPARE(reading.terms.offers.size(), std::size_t(1));
        QCOMPARE(reading.terms.offers[0].chain, ChainId(84532));
        QCOMPARE(reading.terms.offers[0].network, std::string("base-sepolia"));
        QVERIFY(reading.terms.offers[0].amount == Uint256(10'000));
    }

    void theHeaderGoesBeforeTheBody() {
        const std::string body = x402::json(
            "{'x402Version':1,'error':'','accepts':[{'scheme':'exact',"
            "'network':'base-sepolia','maxAmountRequired':'1',"
            "'asset':'0x036CbD53842c5426634e7929541eC2318f3dCF7e',"
            "'payTo':'0x209693Bc6afc0C5328bA36FaF03C514EF312287C',"
            "'maxTimeoutSeconds':60}]}");
        const auto both = readHeader(x402::headerOf("v2 402"), 402, body);
        QCOMPARE(both.terms.version, 2);
        QVERIFY(both.terms.offers.at(0).amount == Uint256(10'000));
        const auto fallback = readHeader("%%%", 402, body);
        QVERIFY(fallback.kind == Kind::Terms && fallback.terms.version == 1);
        QVERIFY(readHeader("%%%", 412, body).kind == Kind::Broken);
    }

    void anotherErrorIsPassedOn_data() {
        QTest::addColumn<int>("status");
        QTest::addColumn<QByteArray>("body");
        QTest::newRow("quota") << 402
                               << QByteArray(
                                      "{'error':{'message':'no credit',"
                                      "'code':'insufficient_quota'}}");
        QTest::newRow("text") << 402 << QByteArray("Payment Required");
        QTest::newRow("nothing") << 402 << QByteArray();
        QTest::newRow("a list") << 402 << QByteArray("[1]");
        QTest::newRow("another status") << 400 << QByteArray("{'x402Version':1,'accepts':[]}");
        QTest::newRow("412 without a header")
            << 412 << QByteArray("{'x402Version':1,'accepts':[]}");
        QTest::newRow("huge") << 402
                              << QByteArray("{'x402Version':1,'accepts':[") +
                                     QByteArray(70'000, ' ') + "]}";
    }
    void anotherErrorIsPassedOn() {
        QFETCH(int, status);
        QFETCH(QByteArray, body);
        QVERIFY(readBody(body.toStdString(), status).kind == Kind::NotX402);
    }

    void brokenTermsPayNothing_data() {
        QTest::addColumn<QByteArray>("header");
        const auto row = [](const char* name, const std::string& json) {
            QTest::newRow(name) << QByteArray::fromStdString(encodeEnvelope(x402::json(json)));
        };
        QTest::newRow("no base64") << QByteArray("{}");
        QTest::newRow("empty") << QByteArray();
        QTest::newRow("too long") << QByteArray(16 * 1024 + 4, 'A');
        row("no JSON", "hello");
        row("a list", "[]");
        row("cut", v2(kEntry).substr(0, 90));
        row("other version", "{'x402Version':1,'accepts':[]}");
        row("version as text", "{'x402Version':'2','accepts':[]}");
        row("no version", "{'accepts':[]}");
        row("no offers", "{'x402Version':2}");
        row("offers are no list", "{'x402Version':2,'accepts':{}}");
        row("a member twice", "{'x402Version':2,'accepts':[],'accepts':[]}");
        row("an escaped member twice", v2(with("'amount'", "'amoun\\u0074':'1','amount'")));
        row("extensions are a list", v2(kEntry, ",'extensions':[]"));
        row("deep", v2(kEntry, ",'x':" + std::string(70, '[') + std::string(70, ']')));
    }
    void brokenTermsPayNothing() {
        QFETCH(QByteArray, header);
        const auto reading = readHeader(header.toStdString());
        QVERIFY(reading.kind == Kind::Broken);
        QVERIFY(reading.problem.find("Nothing was paid") != std::string::npos);
    }

    void twoHeadersAreBroken() {
        gr::http::Fields fields;
        const std::string value = x402::headerOf("v2 402");
        fields.add("PAYMENT-REQUIRED", value);
        fields.add("Payment-Required", value);
        QVERIFY(readTerms(402, fields, "{}", networks()).kind == Kind::Broken);
    }

    void oneEntryIsSkippedWithItsReason_data() {
        QTest::addColumn<QByteArray>("entry");
        QTest::addColumn<QByteArray>("reason");
        const auto row = [](const char* name, const std::string& entry, const char* reason) {
            QTest::newRow(name) << QByteArray::fromStdString(entry) << QByteArray(reason);
        };
        row("no object", "5", "not an object");
        row("scheme", with("'exact'", "'batch-settlement'"), "batch-settlement");
        row("network", with("eip155:84532", "solana:5eykt4UsFv8P8NJdTREpY1vzqKqZKvdp"), "solana");
        row("name of version 1", with("eip155:84532", "base-sepolia"), "base-sepolia");
        row("flow", with("'name'", "'paymentFlow':'escrow','name'"), "escrow");
        row("method", with("'name'", "'assetTransferMethod':'erc7710','name'"), "erc7710");
        row("asset", with("0x036CbD53842c5426634e7929541eC2318f3dCF7e", "USD"), "asset");
        row("payTo", with("0x209693Bc6afc0C5328bA36FaF03C514EF312287C", "merchant"), "payTo");
        row("no payTo", with("'payTo'", "'payToo'"), "payTo is missing");
        row("timeout as text", with(":60", ":'60'"), "maxTimeoutSeconds");
        row("timeout negative", with(":60", ":-60"), "maxTimeoutSeconds");
        row("timeout fraction", with(":60", ":60.5"), "maxTimeoutSeconds");
        row("extra is a list", with("{'name':'USDC','version':'2'}", "[]"), "extra");
        row("name is a number", with("'USDC'", "5"), "extra.name");
        row("upto without facilitator", with("'exact'", "'upto'"), "upto");
        for (const char* amount :
             {"'-1'", "'0.01'", "'0x2710'", "'1e4'", "' 10000 '", "''", "10000", "null", "'010000'",
              "'115792089237316195423570985008687907853269"
              "984665640564039457584007913129639936'"})
            row(amount, with("'10000'", amount), "amount");
    }
    void oneEntryIsSkippedWithItsReason() {
        QFETCH(QByteArray, entry);
        QFETCH(QByteArray, reason);
        const auto reading = readV2(v2(entry.toStdString() + "," + kEntry));
        QVERIFY(reading.kind == Kind::Terms);
        QCOMPARE(reading.terms.offers.size(), std::size_t(1));
        QCOMPARE(reading.terms.offers[0].index, std::size_t(1));
        QCOMPARE(reading.terms.skipped.size(), std::size_t(1));
        QCOMPARE(reading.terms.skipped[0].index, std::size_t(0));
        const std::string& said = reading.terms.skipped[0].reason;
        QVERIFY2(said.find(reason.toStdString()) != std::string::npos, said.c_str());
    }

    void nullIsAbsent() {
        const auto reading =
            readV2(v2(with("{'name':'USDC','version':'2'}", "null") + "," +
                          with("'name'", "'paymentFlow':null,'assetTransferMethod':null,'name'"),
                      ",'error':null,'extensions':null"));
        QVERIFY(reading.kind == Kind::Terms);
        QCOMPARE(reading.terms.offers.size(), std::size_t(2));
        QVERIFY(!reading.terms.offers[0].domain);
        QVERIFY(reading.terms.offers[1].flow == PaymentFlow::AfterWork);
    }

    void otherWaysToPay() {
        const std::string upto = with("'exact'", "'upto'");
        std::string full = upto;
        full.replace(full.find("'name'"), 6,
                     "'assetTransferMethod':'permit2','facilitatorAddress':"
                     "'0x70997970C51812dc3A010C7d01b50e0d17dc79C8','name'");
        const auto reading =
            readV2(v2(with("'name'", "'paymentFlow':'upfront','name'") + "," +
                      with("'name'", "'assetTransferMethod':'permit2','name'") + "," + full));
        QCOMPARE(reading.terms.offers.size(), std::size_t(3));
        QVERIFY(reading.terms.offers[0].flow == PaymentFlow::Upfront);
        QVERIFY(reading.terms.offers[1].method == TransferMethod::Permit2);
        QVERIFY(reading.terms.offers[2].scheme == Scheme::Upto);
        QVERIFY(reading.terms.offers[2].facilitator.has_value());
    }

    void manyOffersAreBounded() {
        std::string entries = kEntry;
        for (int i = 1; i < 40; ++i)
            entries += "," + kEntry;
        const auto reading = readBody("{'x402Version':1,'accepts':[" + entries + "]}");
        QVERIFY(reading.kind == Kind::Terms);  // of another version's names: none is known
        QVERIFY(reading.terms.offers.empty());
        QCOMPARE(reading.terms.skipped.size(), kMostOffers + 1);
    }

    void extensionsAreKept() {
        const std::string extensions =
            ",'extensions':{'payment-identifier':{'info':{'required':true},'schema':{}},"
            "'other':{'info': {'b':1,'a':[1.50]}}}";
        const auto reading = readV2(v2(kEntry, extensions));
        QVERIFY(reading.terms.wantsPaymentId && reading.terms.needsPaymentId);
        QCOMPARE(reading.terms.extensions.size(), std::size_t(2));
        QCOMPARE(reading.terms.extensions[1].json, x402::json("{'info': {'b':1,'a':[1.50]}}"));
    }

    // However many extensions there are: what a seller insists on is not overlooked.
    void manyExtensionsHideNone() {
        std::string many;
        for (int i = 0; i < 40; ++i)
            many += "'e" + std::to_string(i) + "':{},";
        const auto reading = readV2(v2(
            kEntry, ",'extensions':{" + many + "'payment-identifier':{'info':{'required':true}}}"));
        QVERIFY(reading.terms.wantsPaymentId && reading.terms.needsPaymentId);
        QCOMPARE(reading.terms.extensions.size(), std::size_t(17));
        QCOMPARE(reading.terms.extensions.back().name, std::string("payment-identifier"));
    }

    void wordsOfStrangersArePlain() {
        const auto reading = readV2(
            "{'x402Version':2,'error':'pay\\u202e\\u0007 now\\nplease','resource':{'url':'u',"
            "'serviceName':'\\u200b\\ufeffShop\\u2066'},'accepts':[" +
            kEntry + "]}");
        QCOMPARE(reading.terms.error, std::string("pay now please"));
        QCOMPARE(reading.terms.serviceName, std::string("Shop"));
        const auto odd = readV2(v2(with("'exact'", "'\\u202ekcab\\u0000'")));
        QVERIFY(odd.terms.skipped.at(0).reason.find("\"kcab\"") != std::string::npos);
        QCOMPARE(plainText("\xe2\x82\xac\xe2\x82\xac", 4), std::string("\xe2\x82\xac"));
        QCOMPARE(plainText("a\xff\xc3z\xed\xa0\x80", 99), std::string("az"));
        QCOMPARE(asciiText("Chat \u2013 \u00bc cent", 99), std::string("Chat ? ? cent"));
    }

    void readsEveryBase64() {
        const std::string bytes("\xfb\xff\xfe?", 4);
        for (const char* text :
             {"+//+Pw==", "-__-Pw==", "+//+Pw", "-__-Pw", " +//+Pw== ", "+//+Pw="})
            QVERIFY2(decodeEnvelope(text) == bytes, text);
        for (const char* text : {"+//+P", "+//+Pw===", "+//*", "a b=", "=", "QQ==QQ=="})
            QVERIFY2(!decodeEnvelope(text) || *text == '=', text);
        QCOMPARE(encodeEnvelope(bytes), std::string("+//+Pw=="));
    }
};

QTEST_APPLESS_MAIN(TestX402Terms)
#include "test_x402_terms.moc"
