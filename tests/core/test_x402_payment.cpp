// SPDX-License-Identifier: MIT
#include <QtTest>

#include "json/scan.h"
#include "payment/envelope.h"
#include "payment/payment_reader.h"
#include "payment/payment_writer.h"
#include "support/x402_words.h"

using namespace gr::payment;

namespace {

constexpr std::uint64_t kNow = 1'800'000'000;

const NetworkList& networks() {
    static const NetworkList list = NetworkList::embedded();
    return list;
}

SaleOffer sale(std::uint64_t units = 10'000) {
    const Address usdc = *Address::parse("0x036CbD53842c5426634e7929541eC2318f3dCF7e");
    SaleOffer offer;
    offer.network = *networks().find(84532);
    offer.token = *networks().token(84532, usdc);
    offer.amount = units;
    offer.payTo = *Address::parse("0x209693Bc6afc0C5328bA36FaF03C514EF312287C");
    return offer;
}

SaleOffer permit2Sale() {
    SaleOffer offer = sale(500'000);
    offer.method = TransferMethod::Permit2;
    return offer;
}

SaleOffer uptoSale() {
    SaleOffer offer = permit2Sale();
    offer.scheme = Scheme::Upto;
    offer.facilitator = Address::parse("0x70997970C51812dc3A010C7d01b50e0d17dc79C8");
    return offer;
}

PaymentReading readField(std::string_view name, const std::string& value) {
    gr::http::Fields fields;
    fields.add(name, value);
    return readPayment(fields);
}

PaymentReading readJson(const std::string& json, std::string_view name = "PAYMENT-SIGNATURE") {
    return readField(name, encodeEnvelope(json));
}

std::string published(const char* label) {
    return x402::headerOf(label, "jsonText");
}

// The published payment with one thing changed.
std::string with(const std::string& label, const std::string& from, const std::string& to) {
    std::string json = published(label.c_str());
    const std::size_t at = json.find(x402::json(from));
    if (at == json.npos)
        qFatal("%s does not stand in %s", from.c_str(), label.c_str());
    return json.replace(at, from.size(), x402::json(to));
}

TermsReading termsOf(const std::string& json) {
    gr::http::Fields fields;
    const std::string value = encodeEnvelope(json);
    fields.add("PAYMENT-REQUIRED", value);
    return readTerms(402, fields, "", networks());
}

std::string quietId() {
    return "0123456789abcdef_-";
}

}  // namespace

class TestX402Payment final : public QObject {
    Q_OBJECT

  private slots:
    void readsThePublished_data() {
        QTest::addColumn<QByteArray>("label");
        QTest::addColumn<QByteArray>("header");
        QTest::addColumn<int>("version");
        QTest::newRow("v2") << QByteArray("v2 payment") << QByteArray("payment-signature") << 2;
        QTest::newRow("v1") << QByteArray("v1 payment") << QByteArray("x-payment") << 1;
        QTest::newRow("permit2") << QByteArray("v2 permit2 payment")
                                 << QByteArray("Payment-Signature") << 2;
        QTest::newRow("upto") << QByteArray("v2 upto payment") << QByteArray("PAYMENT-SIGNATURE")
                              << 2;
    }
    void readsThePublished() {
        QFETCH(QByteArray, label);
        QFETCH(QByteArray, header);
        QFETCH(int, version);
        const auto reading = readField(header.toStdString(), x402::headerOf(label.constData()));
        QVERIFY2(!reading.problem, reading.problem ? reading.problem->message.c_str() : "");
        const ReceivedPayment& payment = *reading.payment;
        QCOMPARE(payment.version, version);
        QCOMPARE(payerOf(payment.paid.authorization).toHex(),
                 std::string("0x2c7536e3605d9c16a7a3d7b1898e529396a65c23"));
        QVERIFY(endOf(payment.paid.authorization) == Uint256(4'102'444'800));
        QCOMPARE(payment.paid.signature.size(), std::size_t(65));
        const std::vector<SaleOffer> offers{sale(1), sale(), permit2Sale(), uptoSale()};
        const auto place = matchOffer(payment, offers);
        QVERIFY(place);
        const std::size_t expected = version == 1                ? 0
                                     : label.contains("upto")    ? 3
                                     : label.contains("permit2") ? 2
                                                                 : 1;
        QCOMPARE(*place, expected);
        const SaleOffer ours = version == 1 ? sale() : offers[*place];
        const auto problem = checkPayment(payment, ours, kNow, 6);
        QVERIFY2(!problem, problem ? problem->reason.c_str() : "");
    }

    void nothingSentIsNoPayment() {
        const auto reading = readPayment({});
        QVERIFY(!reading.payment && !reading.problem);
    }

    void twoHeadersAreAmbiguous() {
        const std::string value = x402::headerOf("v2 payment");
        const std::string old = x402::headerOf("v1 payment");
        for (const auto& [a, b] : {std::pair("PAYMENT-SIGNATURE", "X-PAYMENT"),
                                   std::pair("PAYMENT-SIGNATURE", "payment-signature"),
                                   std::pair("X-PAYMENT", "x-payment")}) {
            gr::http::Fields fields;
            fields.add(a, value);
            fields.add(b, old);
            const auto reading = readPayment(fields);
            QVERIFY(reading.problem && reading.problem->status == 400 && !reading.payment);
        }
    }

    void refusesWhatCannotBeRead_data() {
        QTest::addColumn<QByteArray>("value");
        QTest::addColumn<QByteArray>("words");
        const auto row = [](const char* name, const std::string& json, const char* words) {
            QTest::newRow(name) << QByteArray::fromStdString(encodeEnvelope(json))
                                << QByteArray(words);
        };
        QTest::newRow("no base64") << QByteArray("{\"x402Version\":2}") << QByteArray("base64");
        QTest::newRow("true") << QByteArray("true") << QByteArray("JSON");
        QTest::newRow("too long") << QByteArray(16'388, 'A') << QByteArray("16 kB");
        row("no JSON", "paid", "JSON");
        row("a list", "[]", "JSON");
        row("other version", published("v1 payment"), "x402Version");
        row("no version", "{}", "x402Version");
        const auto change = [&row](const char* name, const char* from, const char* to,
                                   const char* words) {
            row(name, with("v2 payment", from, to), words);
        };
        change("version as text", "'x402Version':2", "'x402Version':'2'", "x402Version");
        change("version as fraction", "'x402Version':2", "'x402Version':2.0", "x402Version");
        change("no accepted", "'accepted'", "'acceptedd'", "accepted");
        change("accepted is a list", "'accepted':{", "'accepted':[],'b':{", "accepted");
        change("payload is a text", "'payload':{", "'payload':'','b':{", "payload");
        change("no signature", "'signature'", "'sig'", "signature");
        change("odd signature", "cf53d1c'", "cf53d1'", "signature");
        change("value as number", "'value':'10000'", "'value':10000", "value");
        change("value negative", "'value':'10000'", "'value':'-10000'", "value");
        change("value as hex", "'value':'10000'", "'value':'0x2710'", "value");
        change("value with zeros", "'value':'10000'", "'value':'010000'", "value");
        change("value with blanks", "'value':'10000'", "'value':' 10000'", "value");
        change("value of 2^256", "'value':'10000'",
               "'value':'1157920892373161954235709850086879078532699846656405640394575840079131296"
               "39936'",
               "value");
        change("short nonce", "4462f13480'", "4462f134'", "nonce");
        change("short from", "396a65c23'", "396a65c2'", "from");
        change("value twice", "'value':'10000'", "'value':'10000','value':'1'", "JSON");
        change("escaped twice", "'value':'10000'", "'value':'10000','valu\\u0065':'1'", "JSON");
        change("both kinds", "'authorization':{", "'permit2Authorization':{},'authorization':{",
               "one of");
        change("amount as number", "'amount':'10000'", "'amount':10000", "amount");
        change("scheme", "'scheme':'exact'", "'scheme':'escrow'", "scheme");
        change("extra is a list", "'extra':{", "'extra':[],'b':{", "extra");
        row("permit2 without witness", with("v2 permit2 payment", "'witness'", "'w'"), "witness");
        row("permit2 without token", with("v2 permit2 payment", "'token'", "'t'"), "token");
        row("permit2 with a hex nonce", with("v2 permit2 payment", "'nonce':'33", "'nonce':'0x33"),
            "nonce");
        row("a long signature",
            with("v2 payment", "'0x8472", "'0x" + std::string(8'194, '0') + "8472"), "signature");
    }
    void refusesWhatCannotBeRead() {
        QFETCH(QByteArray, value);
        QFETCH(QByteArray, words);
        const auto reading = readField("PAYMENT-SIGNATURE", value.toStdString());
        QVERIFY(reading.problem && !reading.payment);
        QCOMPARE(reading.problem->status, 402);
        QVERIFY2(reading.problem->message.find(words.toStdString()) != std::string::npos,
                 reading.problem->message.c_str());
        QVERIFY(reading.problem->message.find("2c75") == std::string::npos);
    }

    void versionOneHasItsOwnHeader() {
        QVERIFY(readJson(published("v1 payment"), "X-PAYMENT").payment);
        QVERIFY(readJson(published("v2 payment"), "X-PAYMENT").problem);
        // A scheme of version 2, and a third-party client's additional member.
        QVERIFY(readJson(with("v1 payment", "'exact'", "'upto'"), "X-PAYMENT").problem);
        QVERIFY(readJson(with("v1 payment", "'scheme'", "'asset':'0x00','scheme'"), "X-PAYMENT")
                    .payment);
    }

    void matchesOnlyWhatWeOffer_data() {
        QTest::addColumn<QByteArray>("from");
        QTest::addColumn<QByteArray>("to");
        QTest::addColumn<bool>("matches");
        const auto row = [](const char* from, const char* to, bool matches) {
            QTest::newRow(to) << QByteArray(from) << QByteArray(to) << matches;
        };
        row("'amount':'10000'", "'amount':'10001'", false);
        row("'amount':'10000'", "'amount':'18446744073709561616'", false);  // 2^64 and the price
        row("eip155:84532", "eip155:8453", false);
        row("eip155:84532", "base-sepolia", false);
        row("0x036CbD53842c5426634e7929541eC2318f3dCF7e",
            "0x036cbd53842c5426634e7929541ec2318f3dcf7e", true);
        row("0x036CbD53842c5426634e7929541eC2318f3dCF7e",
            "0x136CbD53842c5426634e7929541eC2318f3dCF7e", false);
        row("'name':'USDC'", "'name':'USD Coin'", false);
        row("'name':'USDC'", "'more':[1],'name':'USDC'", true);
        row("'name':'USDC',", "", false);
        row("'maxTimeoutSeconds':60", "'maxTimeoutSeconds':61", true);
        row("'scheme':'exact'", "'scheme':'upto'", false);
    }
    void matchesOnlyWhatWeOffer() {
        QFETCH(QByteArray, from);
        QFETCH(QByteArray, to);
        QFETCH(bool, matches);
        const auto reading = readJson(with("v2 payment", from.toStdString(), to.toStdString()));
        QVERIFY(reading.payment);
        QCOMPARE(matchOffer(*reading.payment, {sale()}).has_value(), matches);
    }

    void payToIsMatchedInAcceptedAndInTheAuthorization() {
        std::string json = published("v2 payment");
        const std::string payTo = "0x209693Bc6afc0C5328bA36FaF03C514EF312287C";
        std::string inAccepted = json;
        inAccepted.replace(json.rfind(payTo), payTo.size(),
                           "0x309693Bc6afc0C5328bA36FaF03C514EF312287C");
        QVERIFY(!matchOffer(*readJson(inAccepted).payment, {sale()}));
    }

    void facilitatorsAreMatchedInAnyCase() {
        const auto small =
            readJson(with("v2 upto payment", "0x70997970C51812dc3A010C7d01b50e0d17dc79C8'}}}",
                          "0x70997970c51812dc3a010c7d01b50e0d17dc79c8'}}}"));
        QVERIFY(matchOffer(*small.payment, {uptoSale()}));
        SaleOffer other = uptoSale();
        other.facilitator = other.payTo;
        QVERIFY(!matchOffer(*small.payment, {other}));
    }

    void checksWithTheOfficialReasons_data() {
        QTest::addColumn<QByteArray>("label");
        QTest::addColumn<QByteArray>("from");
        QTest::addColumn<QByteArray>("to");
        QTest::addColumn<QByteArray>("reason");
        const auto row = [](const char* label, const char* from, const char* to,
                            const char* reason) {
            QTest::addRow("%s %s", label, to)
                << QByteArray(label) << QByteArray(from) << QByteArray(to) << QByteArray(reason);
        };
        const char* const v2 = "v2 payment";
        row(v2, "'to':'0x20", "'to':'0x30", "invalid_exact_evm_recipient_mismatch");
        row(v2, "'value':'10000'", "'value':'9999'",
            "invalid_exact_evm_payload_authorization_value_mismatch");
        row(v2, "'value':'10000'", "'value':'10001'",
            "invalid_exact_evm_payload_authorization_value_mismatch");
        row(v2, "'4102444800'", "'1800000006'",
            "invalid_exact_evm_payload_authorization_valid_before");
        row(v2, "'4102444800'", "'1800000007'", "");
        row(v2, "'4102444800'", "'0'", "invalid_exact_evm_payload_authorization_valid_before");
        row(v2, "'1740672089'", "'1800000000'",
            "invalid_exact_evm_payload_authorization_valid_after");
        row(v2, "'1740672089'", "'1799999999'", "");
        row(v2, "'1740672089'", "'0'", "");
        row(v2, "964d6cf53d1c'", "964d6cf53d'", "invalid_exact_evm_signature");
        row(v2, "964d6cf53d1c'", "964d6cf53d1c00'", "");  // a contract wallet may judge it
        row(v2, "'from':'0x2c7536E3605D9C16a7a3D7b1898e529396a65c23'",
            "'from':'0x0000000000000000000000000000000000000000'", "invalid_payload");
        row("v1 payment", "'value':'10000'", "'value':'9999'",
            "invalid_exact_evm_authorization_value");
        const char* const permit = "v2 permit2 payment";
        row(permit, "'spender':'0x402085", "'spender':'0x402086", "invalid_permit2_spender");
        row(permit, "'to':'0x20", "'to':'0x30", "invalid_permit2_recipient_mismatch");
        row(permit, "'deadline':'4102444800'", "'deadline':'1800000006'",
            "permit2_deadline_expired");
        row(permit, "'validAfter':'0'", "'validAfter':'1800000001'", "permit2_not_yet_valid");
        row(permit, "'validAfter':'0'", "'validAfter':'1800000000'", "");
        row(permit, "'amount':'500000'", "'amount':'500001'", "permit2_amount_mismatch");
        row(permit, "'token':'0x03", "'token':'0x13", "permit2_token_mismatch");
        row(permit, "'validAfter'",
            "'facilitator':'0x70997970C51812dc3A010C7d01b50e0d17dc79C8','validAfter'",
            "upto_facilitator_mismatch");
        const char* const upto = "v2 upto payment";
        row(upto, "'facilitator':'0x70", "'facilitator':'0x80", "upto_facilitator_mismatch");
        row(upto, "'spender':'0x4020A4f3b7b90ccA423B9fabCc0CE57C6C240002'",
            "'spender':'0x402085c248EeA27D92E8b30b2C58ed07f9E20001'", "invalid_permit2_spender");
    }
    void checksWithTheOfficialReasons() {
        QFETCH(QByteArray, label);
        QFETCH(QByteArray, from);
        QFETCH(QByteArray, to);
        QFETCH(QByteArray, reason);
        const auto reading =
            readJson(with(label.toStdString(), from.toStdString(), to.toStdString()),
                     label.startsWith("v1") ? "X-PAYMENT" : "PAYMENT-SIGNATURE");
        QVERIFY(reading.payment);
        const SaleOffer ours = label.contains("upto")      ? uptoSale()
                               : label.contains("permit2") ? permit2Sale()
                                                           : sale();
        const auto problem = checkPayment(*reading.payment, ours, kNow, 6);
        QCOMPARE(QByteArray::fromStdString(problem ? problem->reason : ""), reason);
    }

    void theKindOfPayloadMustBeTheOffers() {
        const auto payment = *readJson(published("v2 payment")).payment;
        QCOMPARE(checkPayment(payment, permit2Sale(), kNow, 6)->reason,
                 std::string("unsupported_payload_type"));
        const auto permit = *readJson(published("v2 permit2 payment")).payment;
        QCOMPARE(checkPayment(permit, sale(), kNow, 6)->reason,
                 std::string("unsupported_payload_type"));
    }

    // How programs in the field differ from the published payloads.
    void takesWhatClientsSend_data() {
        QTest::addColumn<QByteArray>("label");
        QTest::addColumn<QByteArray>("from");
        QTest::addColumn<QByteArray>("to");
        const auto row = [](const char* name, const char* label, const char* from, const char* to) {
            QTest::newRow(name) << QByteArray(label) << QByteArray(from) << QByteArray(to);
        };
        row("official v2: valid at once", "v2 payment", "'1740672089'", "'0'");
        row("official v1: ten minutes back", "v1 payment", "'1740672089'", "'1799999400'");
        row("Faremeter: a minute back", "v2 payment", "'1740672089'", "'1799999940'");
        row("Faremeter v1: names the asset", "v1 payment", "'scheme'",
            "'asset':'0x036CbD53842c5426634e7929541eC2318f3dCF7e','scheme'");
        row("Go: nothing is null", "v2 payment", "'resource':{",
            "'extensions':null,'resource':null,'spare':{");
        row("extensions without ours", "v2 payment", "'accepted'",
            "'extensions':{'bazaar':{'info':{'input':{'type':'http'}},'schema':{}}},'accepted'");
        row("an extra of its own", "v2 payment", "'name':'USDC'",
            "'assetTransferMethod':'eip3009','name':'USDC'");
        row("addresses in small letters", "v2 payment",
            "'to':'0x209693Bc6afc0C5328bA36FaF03C514EF312287C'",
            "'to':'0x209693bc6afc0c5328ba36faf03c514ef312287c'");
    }
    void takesWhatClientsSend() {
        QFETCH(QByteArray, label);
        QFETCH(QByteArray, from);
        QFETCH(QByteArray, to);
        const auto reading =
            readJson(with(label.toStdString(), from.toStdString(), to.toStdString()),
                     label.startsWith("v1") ? "X-PAYMENT" : "PAYMENT-SIGNATURE");
        QVERIFY2(reading.payment, reading.problem ? reading.problem->message.c_str() : "");
        QVERIFY(matchOffer(*reading.payment, {sale()}) == std::size_t(0));
        QVERIFY(!checkPayment(*reading.payment, sale(), kNow, 6));
    }

    void paymentIdentifiers() {
        const auto sent = [](const std::string& id) {
            return readJson(with("v2 payment", "'payload':",
                                 "'extensions':{'payment-identifier':{'info':{'required':false,"
                                 "'id':" +
                                     id + "}}},'payload':"));
        };
        QCOMPARE(sent("'0123456789abcdef_-'").payment->paymentId, quietId());
        QVERIFY(sent("null").payment->paymentId.empty());
        for (const char* id :
             {"'short'", "'0123456789abcdef '", "5", "''", "'0123456789abcd\\u00e9f'"}) {
            const auto reading = sent(id);
            QVERIFY2(reading.problem && reading.problem->status == 400, id);
        }
    }

    // What we write as a buyer is what was published, and what we read as a seller.
    void writesWhatItReads_data() { readsThePublished_data(); }
    void writesWhatItReads() {
        QFETCH(QByteArray, label);
        QFETCH(QByteArray, header);
        QFETCH(int, version);
        const auto payment =
            *readField(header.toStdString(), x402::headerOf(label.constData())).payment;
        Terms terms;
        terms.version = version;
        Offer offer;
        offer.scheme = payment.scheme;
        offer.network = payment.network;
        offer.payToText = "0x209693Bc6afc0C5328bA36FaF03C514EF312287C";
        if (version == 2) {
            const std::string json = published(label.constData());
            const auto root = gr::json::objectIn(json);
            offer.json = root->raw(*root->find("accepted"));
            if (const auto* const resource = root->find("resource"))
                terms.resourceJson = root->raw(*resource);
        }
        const PaymentHeader written = writePayment(terms, offer, payment.paid, {});
        QVERIFY(written.name == (version == 1 ? "X-PAYMENT" : "PAYMENT-SIGNATURE"));
        const auto again = readField(written.name, written.value);
        QVERIFY(again.payment);
        QVERIFY(again.payment->paid.authorization == payment.paid.authorization);
        QVERIFY(again.payment->paid.signature == payment.paid.signature);
        const auto json = decodeEnvelope(written.value);
        const auto parsed = [](const std::string& text) {
            return QJsonDocument::fromJson(QByteArray::fromStdString(text));
        };
        QCOMPARE(parsed(*json), parsed(published(label.constData())));
    }

    void theOfferGoesBackByteForByte() {
        const std::string entry = x402::json(
            "{ 'payTo':'0x209693bc6afc0C5328bA36FaF03C514EF312287C', 'scheme' :'exact',"
            "'network':'eip155:84532','amount':'10000','maxTimeoutSeconds':60, 'x':1.50,"
            "'asset':'0x036CbD53842c5426634e7929541eC2318f3dCF7e',"
            "'extra':{'version':'2','name':'USDC', 'odd':'\\u0041'}}");
        const auto reading = termsOf(x402::json("{'x402Version':2,'resource':{'url' : 'u'},"
                                                "'extensions':{'payment-identifier':{'info':"
                                                "{'required':true},'schema':{'a':1}},"
                                                "'other':{'info':{'z':1, 'a':2}}},'accepts':[") +
                                     entry + "]}");
        QVERIFY(reading.kind == TermsReading::Kind::Terms);
        const auto paid = readJson(published("v2 payment")).payment->paid;
        const auto& offer = reading.terms.offers.at(0);
        const std::string sent =
            *decodeEnvelope(writePayment(reading.terms, offer, paid, quietId()).value);
        QVERIFY(sent.find("\"accepted\":" + entry) != std::string::npos);
        QVERIFY(sent.find(x402::json("'resource':{'url' : 'u'}")) != std::string::npos);
        QVERIFY(sent.find(x402::json("'other':{'info':{'z':1, 'a':2}}")) != std::string::npos);
        QVERIFY(sent.find(x402::json("'info':{'required':true,'id':'0123456789abcdef_-'},"
                                     "'schema':{'a':1}")) != std::string::npos);
        // Some sellers compare letters.
        QVERIFY(sent.find(x402::json("'to':'0x209693bc6afc0C5328bA36FaF03C514EF312287C'")) !=
                std::string::npos);
        QCOMPARE(readJson(sent).payment->paymentId, quietId());
        // Twice the same is the same payment.
        QCOMPARE(writePayment(reading.terms, offer, paid, quietId()).value, encodeEnvelope(sent));
        const std::string silent =
            *decodeEnvelope(writePayment(reading.terms, offer, paid, {}).value);
        QVERIFY(silent.find("payment-identifier") == std::string::npos);
    }

    void largeExtensionsStayBehind() {
        const auto reading =
            termsOf(x402::json("{'x402Version':2,'extensions':{'huge':'" + std::string(9'000, 'x') +
                               "','payment-identifier':{'info':{'required':true}}},'accepts':[]}"));
        Offer offer;
        offer.json = "{}";
        const auto paid = readJson(published("v2 payment")).payment->paid;
        const auto sent = decodeEnvelope(writePayment(reading.terms, offer, paid, quietId()).value);
        QVERIFY(sent->find("huge") == std::string::npos);
        QVERIFY(sent->find(quietId()) != std::string::npos);
    }
};

QTEST_APPLESS_MAIN(TestX402Payment)
#include "test_x402_payment.moc"
