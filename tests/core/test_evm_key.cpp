// SPDX-License-Identifier: MIT
#include <QtTest>

#include "base/text.h"
#include "payment/address.h"
#include "payment/keccak.h"
#include "support/x402_vectors.h"

using namespace gr::payment;
using gr::test::x402Vectors;

namespace {

// What the vectors say about a signature, in our words.
QString verdictOf(const std::string& bytes, const Bytes32& digest, const Address& signer) {
    const auto read = Signature::fromBytes(bytes);
    if (!read)
        return QStringLiteral("refused");
    const bool bare = formOf(*read) == SignatureForm::BareV;
    if (recover(digest, withContractV(*read)) != signer)
        return QStringLiteral("refused");
    return bare ? QStringLiteral("normalise") : QStringLiteral("accepted");
}

QString verdictIn(const QJsonValue& vector) {
    const QJsonValue accept = vector.toObject().value(QLatin1String("acceptAsPaymentFromEoa"));
    if (accept.isString())
        return accept.toString();
    return accept.toBool() ? QStringLiteral("accepted") : QStringLiteral("refused");
}

}  // namespace

class TestEvmKey final : public QObject {
    Q_OBJECT

  private slots:
    void keysHaveTheirAddresses() {
        for (const QJsonValue row : x402Vectors("keys")) {
            const EvmKey key = gr::test::keyOf(row);
            QCOMPARE(key.address().toHex(), gr::test::text(row, "addressLowercase"));
            QCOMPARE(checksumText(key.address()), gr::test::text(row, "address"));
            QCOMPARE(std::string(key.bytes().reveal()), gr::test::bytes(row, "privateKey"));
        }
    }

    void whatIsNoKeyIsRefused_data() {
        QTest::addColumn<QString>("hex");
        QTest::newRow("zero") << QString(64, u'0');
        QTest::newRow("the order")
            << QStringLiteral("fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141");
        QTest::newRow("the largest") << QString(64, u'f');
        QTest::newRow("31 bytes") << QString(62, u'1');
        QTest::newRow("33 bytes") << QString(66, u'1');
        QTest::newRow("none") << QString();
    }
    void whatIsNoKeyIsRefused() {
        QFETCH(QString, hex);
        QVERIFY(!EvmKey::fromBytes(*gr::fromHex(hex.toStdString())));
    }

    void freshKeysDiffer() {
        const EvmKey one = EvmKey::random();
        QVERIFY(one.address() != EvmKey::random().address());
        QVERIFY(recover(keccak256("a"), one.sign(keccak256("a"))) == one.address());
        QVERIFY(recover(keccak256("b"), one.sign(keccak256("a"))) != one.address());
    }

    void aMovedKeySignsAlike() {
        EvmKey key = EvmKey::random();
        const Signature before = key.sign(keccak256("a"));
        const EvmKey moved = std::move(key);
        QVERIFY(moved.sign(keccak256("a")) == before);
        QCOMPARE(formOf(before), SignatureForm::Strict);
    }

    void addressesHaveChecksums() {
        for (const QJsonValue row : x402Vectors("eip55")) {
            const Address address = gr::test::address(row, "lowercase");
            const std::string checksum = gr::test::text(row, "checksum");
            QCOMPARE(checksumText(address), checksum);
            QVERIFY(parseChecked(checksum) == address);
            QVERIFY(parseChecked(gr::test::text(row, "lowercase")) == address);
        }
        QVERIFY(parseChecked("0xDE709F2102306220921060314715629080E2FB77"));  // one case alone
    }

    void wrongAddressesAreRefused() {
        for (const QJsonValue row : x402Vectors("eip55Invalid"))
            QVERIFY2(!parseChecked(gr::test::text(row, "address")),
                     gr::test::text(row, "address").c_str());
        QVERIFY(!parseChecked(""));
        QVERIFY(!parseChecked("0X5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed"));
        QVERIFY(!parseChecked(" 0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed"));
    }

    void signaturesAreJudgedAsContractsDo() {
        for (const QJsonValue row : x402Vectors("signatureEdgeCases")) {
            const std::string label = gr::test::text(row, "label");
            const std::string bytes = gr::test::bytes(row, "signature");
            const Bytes32 digest = gr::test::bytes32(row, "digest");
            const Address signer = gr::test::address(row, "expectedSigner");
            QVERIFY2(verdictOf(bytes, digest, signer) == verdictIn(row), label.c_str());
            const auto read = Signature::fromBytes(bytes);
            if (read && formOf(*read) == SignatureForm::Strict)
                QVERIFY2(recover(digest, *read).value_or(Address()).toHex() ==
                             gr::toLower(gr::test::text(row, "recoversTo")),
                         label.c_str());
            else if (read)
                QVERIFY2(!recover(digest, *read), label.c_str());
        }
    }

    void formsHaveNames() {
        QHash<QString, SignatureForm> expected{
            {QStringLiteral("high s"), SignatureForm::HighS},
            {QStringLiteral("v=29"), SignatureForm::WrongV},
            {QStringLiteral("all zero"), SignatureForm::OutOfRange},
            {QStringLiteral("s = n"), SignatureForm::OutOfRange},
            {QStringLiteral("valid, v=27/28"), SignatureForm::Strict},
            {QStringLiteral("valid recovery id 0/1 instead of 27/28"), SignatureForm::BareV}};
        for (const QJsonValue row : x402Vectors("signatureEdgeCases")) {
            const auto label = QString::fromStdString(gr::test::text(row, "label"));
            if (expected.contains(label))
                QCOMPARE(formOf(*Signature::fromBytes(gr::test::bytes(row, "signature"))),
                         expected.take(label));
        }
        QVERIFY(expected.isEmpty());
    }

    void signaturesAreWrittenAsRead() {
        const Signature made = EvmKey::random().sign(keccak256("a"));
        QCOMPARE(made.bytes().size(), Signature::kBytes);
        QVERIFY(Signature::fromBytes(made.bytes()) == made);
        QCOMPARE(made.toHex(), hexOf(made.bytes()));
    }
};

QTEST_APPLESS_MAIN(TestEvmKey)
#include "test_evm_key.moc"
