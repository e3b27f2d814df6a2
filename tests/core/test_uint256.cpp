// SPDX-License-Identifier: MIT
#include <QtTest>
#include <random>

#include "payment/evm_types.h"

using gr::payment::Address;
using gr::payment::Bytes32;
using gr::payment::Uint256;

namespace {

const std::string kMax =
    "115792089237316195423570985008687907853269984665640564039457584007913129639935";

Uint256 number(const std::string& decimal) {
    return *Uint256::parse(decimal);
}

}  // namespace

class TestUint256 final : public QObject {
    Q_OBJECT

  private slots:
    void readsAndWritesDecimals_data() {
        QTest::addColumn<QByteArray>("text");
        QTest::addColumn<QByteArray>("hex");
        QTest::newRow("nothing") << QByteArray("0") << QByteArray("0x0");
        QTest::newRow("a cent of USDC") << QByteArray("10000") << QByteArray("0x2710");
        QTest::newRow("2^63") << QByteArray("9223372036854775808")
                              << QByteArray("0x8000000000000000");
        QTest::newRow("2^64") << QByteArray("18446744073709551616")
                              << QByteArray("0x10000000000000000");
        QTest::newRow("2^256 - 1")
            << QByteArray::fromStdString(kMax) << QByteArray("0x" + QByteArray(64, 'f'));
    }
    void readsAndWritesDecimals() {
        QFETCH(QByteArray, text);
        QFETCH(QByteArray, hex);
        const auto value = Uint256::parse(text.toStdString());
        QVERIFY(value);
        QCOMPARE(QByteArray::fromStdString(value->toDecimal()), text);
        QCOMPARE(QByteArray::fromStdString(value->toHex()), hex);
        QVERIFY(Uint256::parseHex(hex.toStdString()) == value);
    }

    void refusesOtherNumbers_data() {
        QTest::addColumn<QByteArray>("text");
        for (const char* text : {"", "-1", "+1", "0.01", "0x2710", "1e4", " 10000", "10000 ", "00",
                                 "010000", "1_000", "١"})
            QTest::newRow(text) << QByteArray(text);
        QTest::newRow("2^256") << QByteArray(
            "1157920892373161954235709850086879078532699846656405"
            "64039457584007913129639936");
        QTest::newRow("79 digits") << QByteArray(79, '1');
        QTest::newRow("a zero byte") << QByteArray("1\0", 2);
    }
    void refusesOtherNumbers() {
        QFETCH(QByteArray, text);
        QVERIFY(!Uint256::parse(text.toStdString()));
    }

    void refusesOtherQuantities_data() {
        QTest::addColumn<QByteArray>("text");
        for (const char* text : {"", "0x", "0X1", "1", "0xg", "0x-1", "0x 1"})
            QTest::newRow(text) << QByteArray(text);
        QTest::newRow("65 digits") << QByteArray("0x" + QByteArray(65, '1'));
    }
    void refusesOtherQuantities() {
        QFETCH(QByteArray, text);
        QVERIFY(!Uint256::parseHex(text.toStdString()));
    }

    void neverWraps() {
        const Uint256 most = Uint256::max();
        QVERIFY(!most.plus(1));
        QVERIFY(most.plus(0) == most);
        QVERIFY(!Uint256().minus(1));
        QVERIFY(!most.times(2));
        QVERIFY(most.times(1) == most);
        QVERIFY(!most.dividedBy(0));
        QVERIFY(!most.toUint64());
        QVERIFY(Uint256(5) < Uint256(256));
        QVERIFY(number("18446744073709551616") > Uint256(UINT64_MAX));
    }

    // What was multiplied and added comes back by division, whatever the sizes.
    void dividesWhatItMultiplied() {
        std::mt19937_64 random(42);
        for (int i = 0; i < 5'000; ++i) {
            const Uint256 a(random() >> (random() % 64));
            const Uint256 b((random() >> (random() % 64)) | 1);
            const auto product = a.times(b);
            QVERIFY(product);
            const auto sum = product->plus(Uint256(b.toUint64().value() - 1));
            const auto back = sum->dividedBy(b);
            QVERIFY(back->quotient == a);
            QVERIFY(back->remainder == *b.minus(1));
            QVERIFY(*sum->minus(*product) == back->remainder);
            QVERIFY(Uint256::parse(sum->toDecimal()) == sum);
        }
    }

    void readsAddressesInEitherCase() {
        const auto large = Address::parse("0x5AAEB6053F3E94C9B9A09F33669435E7EF1BEAED");
        const auto small = Address::parse("0x5aaeb6053f3e94c9b9a09f33669435e7ef1beaed");
        QVERIFY(large && small && *large == *small);
        QCOMPARE(small->toHex(), std::string("0x5aaeb6053f3e94c9b9a09f33669435e7ef1beaed"));
        QVERIFY(!Address::parse("5aaeb6053f3e94c9b9a09f33669435e7ef1beaed"));
        QVERIFY(!Address::parse("0x5aaeb6053f3e94c9b9a09f33669435e7ef1beae"));
        QVERIFY(!Address::parse("0x5aaeb6053f3e94c9b9a09f33669435e7ef1beaedaa"));
        QVERIFY(!Address::parse("0x5aaeb6053f3e94c9b9a09f33669435e7ef1beaeg"));
        QVERIFY(!Bytes32::parse("0x5aaeb6053f3e94c9b9a09f33669435e7ef1beaed"));
    }
};

QTEST_APPLESS_MAIN(TestUint256)
#include "test_uint256.moc"
