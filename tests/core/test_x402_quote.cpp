// SPDX-License-Identifier: MIT
#include <QtTest>

#include "json/scan.h"
#include "payment/envelope.h"
#include "payment/facilitator.h"
#include "payment/sale_offers.h"
#include "support/x402_words.h"

using namespace gr::payment;

namespace {

const NetworkList& networks() {
    static const NetworkList list = NetworkList::embedded();
    return list;
}

SaleOffer sale(ChainId chain, std::size_t token = 0) {
    SaleOffer offer;
    offer.network = *networks().find(chain);
    offer.token = *networks().tokensOf(chain).at(token);
    offer.method = offer.token.method();
    offer.amount = 10'000;
    offer.payTo = *Address::parse("0x209693Bc6afc0C5328bA36FaF03C514EF312287C");
    return offer;
}

Quote quote(std::vector<SaleOffer> offers) {
    Quote out;
    out.offers = std::move(offers);
    out.resource = "https://api.example.com/v1/chat/completions";
    out.description = "Chat";
    return out;
}

TermsReading headerTerms(const WrittenQuote& written) {
    gr::http::Fields fields;
    fields.add("PAYMENT-REQUIRED", written.header);
    return readTerms(402, fields, "{}", networks());
}

QJsonObject bodyOf(const WrittenQuote& written) {
    return QJsonDocument::fromJson(QByteArray::fromStdString(written.body)).object();
}

gr::Result<SettleAnswer> settled(const std::string& json) {
    return readSettleAnswer(x402::json(json));
}

}  // namespace

class TestX402Quote final : public QObject {
    Q_OBJECT

  private slots:
    void theBodyIsAsPublished() {
        const QJsonObject published = x402::vectors()[u"v1Body402"].toObject()[u"json"].toObject();
        QCOMPARE(bodyOf(writeQuote(quote({sale(84532)}))), published);
    }

    void theHeaderIsAsPublished() {
        Quote ours = quote({sale(84532)});
        ours.description = "Chat \u2013 1 call (\u00bc cent) \u2713";
        const auto json = decodeEnvelope(writeQuote(ours).header);
        const auto parsed = [](const std::string& text) {
            return QJsonDocument::fromJson(QByteArray::fromStdString(text));
        };
        QCOMPARE(parsed(*json), parsed(x402::headerOf("v2 402", "jsonText")));
    }

    void eachClientSeesWhatItCanTake() {
        SaleOffer upto = sale(84532);
        upto.scheme = Scheme::Upto;
        upto.method = TransferMethod::Permit2;
        upto.facilitator = upto.payTo;
        SaleOffer permit2 = sale(84532);
        permit2.method = TransferMethod::Permit2;
        SaleOffer second = sale(84532);
        second.amount = 99;
        Quote all = quote({sale(84532), sale(8453), sale(42161), sale(42161, 1), sale(1), sale(56),
                           permit2, upto, second});
        all.description = "Chat \u2713 caf\u00e9";
        all.error = "invalid_exact_evm_insufficient_balance";
        all.clientErrorName = "openai_error";
        all.clientErrorJson = "{\"message\":\"pay\"}";
        all.paymentId = true;
        all.serviceName = "Shop";
        const WrittenQuote written = writeQuote(all);

        const auto reading = headerTerms(written);
        QVERIFY(reading.kind == TermsReading::Kind::Terms);
        QVERIFY(reading.terms.skipped.empty());
        QCOMPARE(reading.terms.offers.size(), all.offers.size());
        for (std::size_t i = 0; i < all.offers.size(); ++i) {
            const Offer& read = reading.terms.offers[i];
            const SaleOffer& ours = all.offers[i];
            QVERIFY(read.scheme == ours.scheme && read.method == ours.method &&
                    read.chain == ours.network.id && read.amount == ours.amount &&
                    read.asset == ours.token.address && read.payTo == ours.payTo &&
                    read.facilitator == ours.facilitator && read.domain == ours.token.domain);
        }
        QCOMPARE(reading.terms.error, all.error);
        QCOMPARE(reading.terms.serviceName, std::string("Shop"));
        QVERIFY(reading.terms.wantsPaymentId && !reading.terms.needsPaymentId);

        const QJsonObject body = bodyOf(written);
        QCOMPARE(body[u"error"].toString().toStdString(), all.error);
        QCOMPARE(body[u"openai_error"].toObject()[u"message"].toString(), QStringLiteral("pay"));
        const QJsonArray accepts = body[u"accepts"].toArray();
        QCOMPARE(accepts.size(), 2);  // Arbitrum, Ethereum and BNB have no name that it knows
        QCOMPARE(accepts[0].toObject()[u"network"].toString(), QStringLiteral("base-sepolia"));
        QCOMPARE(accepts[0].toObject()[u"maxAmountRequired"].toString(), QStringLiteral("10000"));
        QCOMPARE(accepts[1].toObject()[u"network"].toString(), QStringLiteral("base"));
        for (const auto& value : accepts) {
            const QJsonObject entry = value.toObject();
            QCOMPARE(entry[u"scheme"].toString(), QStringLiteral("exact"));
            QCOMPARE(entry[u"description"].toString(), QStringLiteral("Chat ? caf?"));
            QVERIFY(entry[u"resource"].toString().startsWith(QStringLiteral("https://")));
            for (const auto& member : entry)
                QVERIFY(!member.isNull());
        }
        // The same terms for both (but for what version 1 cannot say).
        const auto v1 = readTerms(402, {}, written.body, networks());
        QVERIFY(v1.kind == TermsReading::Kind::Terms && v1.terms.offers.size() == 2);
        QVERIFY(v1.terms.offers[1].asset == reading.terms.offers[1].asset);
    }

    // Their schema wants one entry at least.
    void whatVersionOneCannotPayIsNo402OfIt() {
        SaleOffer upto = sale(84532);
        upto.scheme = Scheme::Upto;
        upto.method = TransferMethod::Permit2;
        upto.facilitator = upto.payTo;
        Quote only = quote({upto});
        only.clientErrorName = "openai_error";
        only.clientErrorJson = "{}";
        const WrittenQuote written = writeQuote(only);
        const QJsonObject body = bodyOf(written);
        QVERIFY(!body.contains(u"x402Version") && !body.contains(u"accepts"));
        QVERIFY(body[u"error"].isString() && body.contains(u"openai_error"));
        QCOMPARE(headerTerms(written).terms.offers.size(), std::size_t(1));
    }

    void theHeaderStaysSmall() {
        SaleOffer upto = sale(8453);
        upto.scheme = Scheme::Upto;
        upto.method = TransferMethod::Permit2;
        upto.facilitator = upto.payTo;
        Quote all = quote({sale(8453), sale(137), sale(42161), sale(42161, 1), sale(10),
                           sale(43114), sale(1, 1), upto});
        all.description = std::string(5'000, 'x');
        all.paymentId = true;
        const WrittenQuote written = writeQuote(all);
        QVERIFY2(written.header.size() < 6'000, std::to_string(written.header.size()).c_str());
    }

    void aPaymentForOurQuoteIsMatched() {
        Quote all = quote({sale(84532), sale(42161, 1)});
        all.offers[1].flow = PaymentFlow::Upfront;
        const auto reading = headerTerms(writeQuote(all));
        QVERIFY(reading.terms.offers[1].flow == PaymentFlow::Upfront);
        QVERIFY((reading.terms.offers[1].domain == TokenDomain{"USD₮0", "1"}));
    }

    void aPriceInEveryToken() {
        SaleTerms terms;
        terms.networks = {56, 8453, 42161, 999};
        terms.payTo = sale(8453).payTo;
        terms.uptoSettlers[8453] = terms.payTo;
        terms.flow = PaymentFlow::Upfront;
        const auto price = *gr::Money::parse("0.0100001");
        const auto offers = offersFor(price, terms, networks());
        QStringList said;
        for (const SaleOffer& offer : offers)
            said << QStringLiteral("%1 %2 %3 %4 %5")
                        .arg(QLatin1String(nameOf(offer.scheme)),
                             QLatin1String(nameOf(offer.method)))
                        .arg(offer.network.id)
                        .arg(QString::fromStdString(offer.token.symbol),
                             QString::fromStdString(offer.amount.toDecimal()));
        const QStringList expected{QStringLiteral("exact eip3009 8453 USDC 10001"),
                                   QStringLiteral("exact eip3009 42161 USDC 10001"),
                                   QStringLiteral("exact eip3009 42161 USDT 10001"),
                                   QStringLiteral("exact permit2 56 USDC 10000100000000000"),
                                   QStringLiteral("exact permit2 56 USDT 10000100000000000"),
                                   QStringLiteral("exact permit2 8453 USDT 10001"),
                                   QStringLiteral("upto permit2 8453 USDC 10001"),
                                   QStringLiteral("upto permit2 8453 USDT 10001")};
        QCOMPARE(said, expected);
        QVERIFY(offers.front().flow == PaymentFlow::Upfront && !offers.front().facilitator);
        QVERIFY(offers.back().flow == PaymentFlow::AfterWork && offers.back().facilitator);
        terms.most = 2;
        QCOMPARE(offersFor(price, terms, networks()).size(), std::size_t(2));
        QVERIFY(offersFor(gr::Money(), terms, networks()).empty());
        QVERIFY(offersFor(*gr::Money::parse("-1"), terms, networks()).empty());
    }

    void receiptsAsPublished_data() {
        QTest::addColumn<QByteArray>("label");
        QTest::addColumn<QByteArray>("header");
        QTest::addColumn<bool>("success");
        QTest::newRow("v2") << QByteArray("v2 receipt") << QByteArray("PAYMENT-RESPONSE") << true;
        QTest::newRow("failed") << QByteArray("v2 receipt, failed")
                                << QByteArray("payment-response") << false;
        QTest::newRow("v1") << QByteArray("v1 receipt") << QByteArray("X-Payment-Response") << true;
    }
    void receiptsAsPublished() {
        QFETCH(QByteArray, label);
        QFETCH(QByteArray, header);
        QFETCH(bool, success);
        gr::http::Fields fields;
        const std::string name = header.toStdString();
        const std::string value = x402::headerOf(label.constData());
        fields.add(name, value);
        const auto receipt = readReceipt(fields);
        QVERIFY(receipt);
        QCOMPARE(receipt->success, success);
        QCOMPARE(receipt->transactionHash().has_value(), success);
        QCOMPARE(receipt->payer->toHex(),
                 std::string("0x2c7536e3605d9c16a7a3d7b1898e529396a65c23"));
        QCOMPARE(receipt->errorReason,
                 std::string(success ? "" : "invalid_exact_evm_insufficient_balance"));
        const std::string again = writeReceipt(*receipt, label.startsWith("v1") ? 1 : 2);
        const auto parsed = [](const std::string& text) {
            return QJsonDocument::fromJson(QByteArray::fromStdString(text).toLower());
        };
        QCOMPARE(parsed(*decodeEnvelope(again)),
                 parsed(x402::headerOf(label.constData(), "jsonText")));
    }

    void receiptsOfOthers() {
        const auto old =
            settled("{'success':true,'txHash':'0xab','networkId':'base','payer':null}");
        QCOMPARE(old->transaction, std::string("0xab"));
        QCOMPARE(old->network, std::string("base"));
        QVERIFY(!old->payer && !old->transactionHash());
        QCOMPARE(settled("{'success':false,'error':'boo\\u202e'}")->errorReason,
                 std::string("boo"));
        QVERIFY(settled("{'success':false,'errorReason':'settlement_pending'}")->isPending());
        const auto upto = settled(
            "{'success':true,'transaction':'','network':'eip155:1',"
            "'amount':'102','requirements':{'a':[]},'extra':null}");
        QVERIFY(upto->amount == Uint256(102));
        for (const char* json : {"{}", "{'success':'true'}", "{'success':1}", "true", "",
                                 "{'success':true,'success':false}"})
            QVERIFY2(!settled(json), json);
        gr::http::Fields fields;
        QVERIFY(!readReceipt(fields));
        fields.add("PAYMENT-RESPONSE", "!!");
        QVERIFY(!readReceipt(fields));
    }

    // It refuses addresses whose case is no checksum, which say the same to us.
    void aPaymentGoesToTheFacilitatorInItsOneForm() {
        const std::string published = x402::headerOf("v2 payment", "jsonText");
        const auto askedFor = [](const std::string& json) {
            gr::http::Fields fields;
            const std::string value = encodeEnvelope(json);
            fields.add("PAYMENT-SIGNATURE", value);
            const PaymentReading reading = readPayment(fields);
            const Quote ours = quote({sale(84532)});
            return reading.payment ? facilitatorRequest(*reading.payment, ours.offers[0], ours,
                                                        ours.offers[0].amount)
                                   : std::string();
        };
        std::string bent = published;
        for (const char* address : {"0x2c7536E3605D9C16a7a3D7b1898e529396a65c23",
                                    "0x209693Bc6afc0C5328bA36FaF03C514EF312287C",
                                    "0x036CbD53842c5426634e7929541eC2318f3dCF7e"}) {
            const std::string small = Address::parse(address)->toHex();
            for (std::size_t at = 0; (at = bent.find(address, at)) != bent.npos;)
                bent.replace(at, small.size(), small);
        }
        QVERIFY(bent != published);
        QVERIFY(!askedFor(published).empty());
        QCOMPARE(askedFor(bent), askedFor(published));
        const auto spaced = QJsonDocument::fromJson(QByteArray::fromStdString(published))
                                .toJson(QJsonDocument::Indented)
                                .toStdString();
        QCOMPARE(askedFor(spaced), askedFor(published));

        std::string extended = published;
        extended.insert(extended.size() - 1,
                        x402::json(",'extensions':{'of-theirs':{'info':{'b':1,'a':[1.50]}}}"));
        QVERIFY(askedFor(extended).find(x402::json("{'b':1,'a':[1.50]}")) != std::string::npos);
    }

    void asksTheFacilitatorWithOurTerms() {
        gr::http::Fields fields;
        const std::string value = x402::headerOf("v2 payment");
        fields.add("PAYMENT-SIGNATURE", value);
        const auto payment = *readPayment(fields).payment;
        const Quote ours = quote({sale(84532)});
        const auto parsed = [](const std::string& text) {
            return QJsonDocument::fromJson(QByteArray::fromStdString(text)).object();
        };
        const QJsonObject body =
            parsed(facilitatorRequest(payment, ours.offers[0], ours, ours.offers[0].amount));
        QCOMPARE(body[u"x402Version"].toInt(), 2);
        const QJsonObject came = parsed(x402::headerOf("v2 payment", "jsonText"));
        const QJsonObject goes = body[u"paymentPayload"].toObject();
        QCOMPARE(goes[u"x402Version"].toInt(), 2);
        QCOMPARE(goes[u"payload"].toObject(), came[u"payload"].toObject());
        QCOMPARE(goes[u"accepted"].toObject(), came[u"accepted"].toObject());
        QCOMPARE(goes[u"resource"].toObject()[u"url"].toString().toStdString(), ours.resource);
        QCOMPARE(body[u"paymentRequirements"].toObject(), came[u"accepted"].toObject());
        const QJsonObject charged = parsed(facilitatorRequest(payment, ours.offers[0], ours, 102));
        QCOMPARE(charged[u"paymentRequirements"].toObject()[u"amount"].toString(),
                 QStringLiteral("102"));

        gr::http::Fields old;
        const std::string oldValue = x402::headerOf("v1 payment");
        old.add("X-PAYMENT", oldValue);
        const QJsonObject v1 = parsed(facilitatorRequest(*readPayment(old).payment, ours.offers[0],
                                                         ours, ours.offers[0].amount));
        QCOMPARE(v1[u"x402Version"].toInt(), 1);
        QCOMPARE(v1[u"paymentPayload"].toObject(),
                 parsed(x402::headerOf("v1 payment", "jsonText")));
        QCOMPARE(v1[u"paymentRequirements"].toObject(), x402::vectors()[u"v1Body402"]
                                                            .toObject()[u"json"]
                                                            .toObject()[u"accepts"]
                                                            .toArray()[0]
                                                            .toObject());
    }

    void readsVerifications() {
        const auto yes = readVerifyAnswer(x402::json(
            "{'isValid':true,'payer':'0x2c7536E3605D9C16a7a3D7b1898e529396a65c23','extra':null}"));
        QVERIFY(yes->valid && yes->payer);
        const auto no = readVerifyAnswer(
            x402::json("{'isValid':false,'invalidReason':'permit2_allowance_required'}"));
        QVERIFY(!no->valid);
        QCOMPARE(no->reason, std::string("permit2_allowance_required"));
        for (const char* json : {"{}", "{'isValid':'true'}", "{'isValid':1}", "[]", "",
                                 "{'isValid':null}", "{'isValid':false,'isValid':true}"})
            QVERIFY2(!readVerifyAnswer(x402::json(json)), json);
        QVERIFY(
            !readVerifyAnswer("{\"isValid\":true,\"x\":\"" + std::string(300'000, 'x') + "\"}"));
    }

    void readsWhatIsSupported() {
        const auto supported = readSupported(
            x402::json("{'kinds':[{'x402Version':2,'scheme':'exact','network':'eip155:84532'},"
                       "{'x402Version':2,'scheme':'upto','network':'eip155:84532','extra':"
                       "{'facilitatorAddress':'0x70997970C51812dc3A010C7d01b50e0d17dc79C8'}},"
                       "{'x402Version':1,'scheme':'exact','network':'base-sepolia','extra':null},"
                       "{'x402Version':2,'scheme':'batch-settlement','network':'eip155:84532'},"
                       "{'x402Version':3,'scheme':'exact','network':'eip155:84532'},5,{}],"
                       "'extensions':['bazaar',5],'signers':{'eip155:*':['0x00']}}"));
        QVERIFY(supported);
        QCOMPARE(supported->kinds.size(), std::size_t(3));
        QCOMPARE(supported->extensions, std::vector<std::string>{"bazaar"});
        SaleOffer exact = sale(84532);
        QVERIFY(supported->find(exact, 2) != nullptr && supported->find(exact, 1) != nullptr);
        QVERIFY(supported->find(sale(8453), 2) == nullptr);
        SaleOffer upto = exact;
        upto.scheme = Scheme::Upto;
        QVERIFY(supported->find(upto, 2)->facilitator.has_value());
        QVERIFY(supported->find(upto, 1) == nullptr);
        // Of the time of version 1.
        const auto old =
            readSupported(x402::json("{'kinds':[{'scheme':'exact','network':'base'}]}"));
        QVERIFY(old->find(sale(8453), 1) != nullptr && old->find(sale(8453), 2) == nullptr);
        for (const char* json : {"{}", "[]", "{'kinds':{}}", "<html>"})
            QVERIFY2(!readSupported(x402::json(json)), json);
    }
};

QTEST_APPLESS_MAIN(TestX402Quote)
#include "test_x402_quote.moc"
