// SPDX-License-Identifier: MIT
#include <QtTest>

#include "payment/contracts.h"
#include "payment/keccak.h"
#include "support/x402_vectors.h"

using namespace gr::payment;
using gr::test::text;

namespace {

const Address kOwner = *Address::parse("0x2c7536e3605d9c16a7a3d7b1898e529396a65c23");
const Address kOther = *Address::parse("0x70997970c51812dc3a010c7d01b50e0d17dc79c8");

Permit2Transfer transfer() {
    Permit2Transfer made;
    made.token = *Address::parse("0x036cbd53842c5426634e7929541ec2318f3dcf7e");
    made.amount = 500'000;
    made.nonce = *Uint256::parse(
        "33247007178036348590600198031289925668252061821958005840077069883511451257277");
    made.deadline = 4'102'444'800;
    made.to = *Address::parse("0x209693bc6afc0c5328ba36faf03c514ef312287c");
    made.validAfter = 7;
    return made;
}

Bytes32 filled(std::uint8_t byte) {
    Bytes32 value;
    value.bytes.fill(byte);
    return value;
}

std::string hexWords(std::initializer_list<const char*> endings) {
    std::string all;
    for (const std::string ending : endings)
        all += std::string(64 - ending.size(), '0') + ending;
    return *bytesFromHex("0x" + all, 10'000);
}

}  // namespace

class TestContracts final : public QObject {
    Q_OBJECT

  private slots:
    // Digests of the signatures, and that ours are among the published.
    void selectorsAreDigests() {
        const QJsonObject selectors =
            gr::test::x402File("vectors.json").value(QLatin1String("selectors")).toObject();
        QVERIFY(selectors.size() > 20);
        for (auto it = selectors.begin(); it != selectors.end(); ++it) {
            const std::string name = it.key().mid(it.key().indexOf(u' ') + 1).toStdString();
            const std::string value = it.value().toString().toStdString();
            QCOMPARE(keccak256(name).toHex().substr(0, value.size()), value);
        }
        QCOMPARE(transferTopic().toHex(),
                 selectors.value(QLatin1String("event Transfer(address,address,uint256)"))
                     .toString()
                     .toStdString());
        QCOMPARE(authorizationUsedTopic().toHex(),
                 selectors.value(QLatin1String("event AuthorizationUsed(address,bytes32)"))
                     .toString()
                     .toStdString());
    }

    void callsAreAsViemWritesThem() {
        Permit2Transfer upto = transfer();
        upto.facilitator = kOther;
        const std::string signature(65, '\xab');
        const Bytes32 word = filled(0xcd);
        const QHash<QString, std::string> made{
            {QStringLiteral("exact"), calls::settleExact(transfer(), kOwner, signature)},
            {QStringLiteral("upto"), calls::settleUpto(upto, 102, kOwner, signature)},
            {QStringLiteral("isValidSignature"),
             calls::isValidSignature(word, std::string(70, '\xab'))},
            {QStringLiteral("nonceBitmap"), calls::nonceBitmap(kOwner, transfer().nonce)},
            {QStringLiteral("allowance"), calls::allowance(kOwner, kOther)},
            {QStringLiteral("authorizationState"), calls::authorizationState(kOwner, word)},
            {QStringLiteral("nonces"), calls::permitNonce(kOwner)},
            {QStringLiteral("decimals"), calls::decimals()},
            {QStringLiteral("DOMAIN_SEPARATOR"), calls::domainSeparator()},
            {QStringLiteral("balanceOf"), calls::balanceOf(kOwner)}};
        const QJsonObject expected = gr::test::x402File("calls.json");
        QCOMPARE(expected.size(), made.size());
        for (auto it = expected.begin(); it != expected.end(); ++it)
            QCOMPARE(hexOf(made.value(it.key())), it.value().toString().toStdString());
    }

    // The data of the published transactions, made from the published authorization.
    void transfersAreAsPublished() {
        const QJsonValue vector = gr::test::x402Vectors("eip3009").at(1);
        const QJsonValue m = vector.toObject().value(QLatin1String("message"));
        const TransferAuthorization authorization{
            gr::test::address(m, "from"),       gr::test::address(m, "to"),
            gr::test::number(m, "value"),       gr::test::number(m, "validAfter"),
            gr::test::number(m, "validBefore"), gr::test::bytes32(m, "nonce")};
        const std::string signature = gr::test::bytes(vector, "signature");
        const QJsonArray published = gr::test::x402Vectors("eip1559");
        const auto dataOf = [&published](int row) {
            return text(published.at(row).toObject().value(QLatin1String("fields")), "data");
        };
        QCOMPARE(hexOf(calls::transferWithAuthorization(authorization,
                                                        *Signature::fromBytes(signature))),
                 dataOf(0));
        QCOMPARE(hexOf(calls::transferWithAuthorization(authorization, signature)), dataOf(1));
        QCOMPARE(hexOf(calls::approve(kPermit2, Uint256::max())), dataOf(2));
    }

    void noncesAreBitsOfAWord() {
        const Uint256 nonce = 0x1'05;  // word 1, bit 5
        QVERIFY(calls::usedIn(Uint256(1U << 5), nonce));
        QVERIFY(!calls::usedIn(Uint256(1U << 4), nonce));
        QVERIFY(calls::usedIn(Uint256::max(), Uint256(255)));
        QVERIFY(calls::usedIn(*Uint256::parseHex("0x8" + std::string(63, '0')), Uint256(255)));
        QVERIFY(!calls::usedIn(*Uint256::parseHex("0x7" + std::string(63, 'f')), Uint256(255)));
    }

    void answersAreRead() {
        const std::string data = hexWords({"60", "1", "0", "3"}) + "abc" + std::string(29, '\0');
        const AbiAnswer answer(data);
        QVERIFY(answer.word(0) == Uint256(0x60));
        QCOMPARE(answer.flag(1), std::optional(true));
        QCOMPARE(answer.flag(2), std::optional(false));
        QCOMPARE(answer.flag(3), std::optional<bool>());
        QVERIFY(answer.bytes(0) == "abc");
        QVERIFY(AbiAnswer(hexWords({"2c7536e3605d9c16a7a3d7b1898e529396a65c23"})).address(0) ==
                kOwner);
    }

    void wrongAnswersGiveNothing() {
        QVERIFY(!AbiAnswer("").word(0));
        QVERIFY(!AbiAnswer(std::string(31, '\1')).word(0));
        const std::string two = hexWords({"1", "2"});
        QVERIFY(!AbiAnswer(two).word(2));
        QVERIFY(!AbiAnswer(two).word(std::numeric_limits<std::size_t>::max()));
        QVERIFY(!AbiAnswer(two).word(std::numeric_limits<std::size_t>::max() / 32 + 1));
        QVERIFY(!AbiAnswer(hexWords({"12c7536e3605d9c16a7a3d7b1898e529396a65c23"})).address(0));
        // Offsets and lengths that point outside, or wrap around.
        const std::string most(64, 'f');
        const std::string eight = "ffffffffffffffff";
        for (const std::string& offset :
             {std::string("41"), std::string("40"), std::string("21"), eight, most})
            QVERIFY2(!AbiAnswer(hexWords({offset.c_str(), "0"})).bytes(0), offset.c_str());
        for (const std::string& length : {std::string("21"), eight, most})
            QVERIFY2(!AbiAnswer(hexWords({"20", length.c_str(), "0"})).bytes(0), length.c_str());
        QVERIFY(AbiAnswer(hexWords({"20", "20", "0"})).bytes(0));
        QVERIFY(AbiAnswer(hexWords({"20", "0"})).bytes(0) == "");
    }
};

QTEST_APPLESS_MAIN(TestContracts)
#include "test_contracts.moc"
