// SPDX-License-Identifier: MIT
#include <QtTest>

#include "payment/keccak.h"
#include "payment/rlp.h"
#include "payment/transaction.h"
#include "support/x402_vectors.h"

using namespace gr::payment;
using gr::test::text;
using gr::test::x402Vectors;

namespace {

std::string encoded(const QJsonValue& value) {
    if (value.isString())
        return rlp::bytes(*bytesFromHex(value.toString().toStdString(), 100'000));
    std::string items;
    for (const QJsonValue item : value.toArray())
        items += encoded(item);
    return rlp::list(items);
}

Transaction transactionOf(const QJsonValue& fields) {
    Transaction made;
    made.chainId = *gr::test::number(fields, "chainId").toUint64();
    made.nonce = *gr::test::number(fields, "nonce").toUint64();
    made.maxPriorityFeePerGas = gr::test::number(fields, "maxPriorityFeePerGas");
    made.maxFeePerGas = gr::test::number(fields, "maxFeePerGas");
    made.gasLimit = *gr::test::number(fields, "gas").toUint64();
    made.to = gr::test::address(fields, "to");
    made.value = gr::test::number(fields, "value");
    made.data = gr::test::bytes(fields, "data");
    return made;
}

}  // namespace

class TestTransaction final : public QObject {
    Q_OBJECT

  private slots:
    void itemsAreWrittenAsPublished() {
        for (const QJsonValue row : x402Vectors("rlp"))
            QCOMPARE(hexOf(encoded(row.toObject().value(QLatin1String("value")))),
                     text(row, "encoded"));
    }

    void numbersHaveNoLeadingZeros_data() {
        QTest::addColumn<QString>("number");
        QTest::addColumn<QString>("item");
        QTest::newRow("0") << QStringLiteral("0x0") << QStringLiteral("0x80");
        QTest::newRow("127") << QStringLiteral("0x7f") << QStringLiteral("0x7f");
        QTest::newRow("128") << QStringLiteral("0x80") << QStringLiteral("0x8180");
        QTest::newRow("256") << QStringLiteral("0x100") << QStringLiteral("0x820100");
        QTest::newRow("2^256 - 1") << QString(QStringLiteral("0x") + QString(64, u'f'))
                                   << QString(QStringLiteral("0xa0") + QString(64, u'f'));
    }
    void numbersHaveNoLeadingZeros() {
        QFETCH(QString, number);
        QFETCH(QString, item);
        QCOMPARE(hexOf(rlp::number(*Uint256::parseHex(number.toStdString()))), item.toStdString());
    }

    void longItemsHaveLongLengths() {
        QCOMPARE(hexOf(rlp::bytes(std::string(256, 'a')).substr(0, 4)), std::string("0xb9010061"));
        QCOMPARE(hexOf(rlp::list(std::string(65536, '\1')).substr(0, 5)),
                 std::string("0xfa01000001"));
    }

    void transactionsAreSignedAsPublished() {
        for (const QJsonValue row : x402Vectors("eip1559")) {
            const Transaction transaction =
                transactionOf(row.toObject().value(QLatin1String("fields")));
            QCOMPARE(signingHash(transaction).toHex(), text(row, "signingHash"));
            const SignedTransaction made = sign(transaction, gr::test::keyOf(row));
            QCOMPARE(hexOf(made.raw), text(row, "signedBytes"));
            QCOMPARE(made.hash.toHex(), text(row, "transactionHash"));
            QVERIFY(readTransaction(made.raw) == transaction);
        }
    }

    void onlyWholeTransactionsAreReadBack() {
        Transaction transaction;
        transaction.chainId = 84532;
        transaction.nonce = 0;
        transaction.data = std::string(300, '\7');
        const EvmKey key = *EvmKey::fromBytes(std::string(31, '\0') + '\1');
        const std::string raw = sign(transaction, key).raw;
        QVERIFY(readTransaction(raw) == transaction);
        for (std::size_t size = 0; size < raw.size(); ++size)
            QVERIFY(!readTransaction(std::string_view(raw).substr(0, size)));
        QVERIFY(!readTransaction(raw + '\0'));
        QVERIFY(!readTransaction("\1" + raw.substr(1)));
        // What is not signed: nine items.
        const std::string items =
            rlp::number(1) + rlp::number(0) + rlp::number(1) + rlp::number(1) + rlp::number(1) +
            rlp::bytes(std::string(20, '\1')) + rlp::number(0) + rlp::bytes("") + rlp::list("");
        QVERIFY(!readTransaction("\2" + rlp::list(items)));
        const std::string more = rlp::number(1) + rlp::number(5) + rlp::number(5);
        QVERIFY(readTransaction("\2" + rlp::list(items + more)));
        QVERIFY(!readTransaction("\2" + rlp::list(items + more + rlp::number(5))));
    }

    // One thing has one form: whatever is written longer is no item.
    void itemsAreTakenInTheirShortestForm() {
        const auto taken = [](std::string items) {
            std::string_view rest = items;
            const auto item = rlp::take(rest);
            return item ? std::to_string(item->payload.size()) + (item->isList ? "l " : " ") +
                              std::to_string(rest.size())
                        : std::string("nothing");
        };
        QCOMPARE(taken("a"), std::string("1 0"));
        QCOMPARE(taken(rlp::bytes("ab") + "x"), std::string("2 1"));
        QCOMPARE(taken(rlp::bytes(std::string(60, 'a'))), std::string("60 0"));
        QCOMPARE(taken(rlp::list(std::string(70'000, 'a'))), std::string("70000l 0"));
        QCOMPARE(taken(""), std::string("nothing"));
        QCOMPARE(taken("\x81\x7f"), std::string("nothing"));
        QCOMPARE(taken("\xb8\x01\x80"), std::string("nothing"));
        QCOMPARE(taken(std::string("\xb9\x00\x40", 3) + std::string(64, 'a')),
                 std::string("nothing"));
        QCOMPARE(taken("\xbf\xff\xff\xff\xff\xff\xff\xff\xff"), std::string("nothing"));
        QCOMPARE(taken("\x83"
                       "ab"),
                 std::string("nothing"));
    }

    // A leading zero byte of r or s must not be written: about one in 128 signatures has one.
    void shortScalarsAreWrittenShort() {
        const EvmKey key = *EvmKey::fromBytes(std::string(31, '\0') + '\1');
        Transaction transaction;
        transaction.chainId = 1;
        int seen = 0;
        for (transaction.nonce = 0; transaction.nonce < 2'000 && seen < 5; ++transaction.nonce) {
            const Signature signature = key.sign(signingHash(transaction));
            if (signature.r.bytes[0] != 0 || signature.r.bytes[1] == 0)
                continue;
            ++seen;
            const std::string raw = sign(transaction, key).raw;
            const std::string r(signature.r.view().substr(1));
            QVERIFY(raw.find("\x9f" + r) != std::string::npos);
        }
        QCOMPARE(seen, 5);
    }
};

QTEST_APPLESS_MAIN(TestTransaction)
#include "test_transaction.moc"
