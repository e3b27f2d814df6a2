// SPDX-License-Identifier: MIT
#include <QtTest>

#include "payment/contracts.h"
#include "payment/keccak.h"
#include "support/x402_vectors.h"

using namespace gr::payment;
using gr::test::address;
using gr::test::bytes32;
using gr::test::number;
using gr::test::text;
using gr::test::x402Vectors;

namespace {

QJsonValue in(const QJsonValue& object, const char* key) {
    return object.toObject().value(QLatin1String(key));
}

TransferAuthorization authorizationOf(const QJsonValue& message) {
    return {address(message, "from"),       address(message, "to"),
            number(message, "value"),       number(message, "validAfter"),
            number(message, "validBefore"), bytes32(message, "nonce")};
}

Permit2Transfer permit2Of(const QJsonValue& message) {
    const QJsonValue permitted = in(message, "permitted");
    const QJsonValue witness = in(message, "witness");
    Permit2Transfer transfer{address(permitted, "token"),   number(permitted, "amount"),
                             address(message, "spender"),   number(message, "nonce"),
                             number(message, "deadline"),   address(witness, "to"),
                             number(witness, "validAfter"), std::nullopt};
    if (witness.toObject().contains(QLatin1String("facilitator")))
        transfer.facilitator = address(witness, "facilitator");
    return transfer;
}

TokenPermit permitOf(const QJsonValue& message) {
    return {address(message, "owner"), address(message, "spender"), number(message, "value"),
            number(message, "nonce"), number(message, "deadline")};
}

// What nothing here signs, from its parts: the receiving and the cancelling kind.
Bytes32 byParts(const Bytes32& separator, const QJsonValue& vector) {
    std::vector<Bytes32> members;
    const QJsonArray types = in(in(vector, "types"), text(vector, "primaryType").c_str()).toArray();
    for (const QJsonValue type : types) {
        const std::string name = text(type, "name");
        const QJsonValue message = in(vector, "message");
        if (text(type, "type") == "address") {
            Bytes32 word;
            const Address value = address(message, name.c_str());
            std::copy(value.bytes.begin(), value.bytes.end(), word.bytes.begin() + 12);
            members.push_back(word);
        } else if (text(type, "type") == "bytes32") {
            members.push_back(bytes32(message, name.c_str()));
        } else {
            members.push_back({number(message, name.c_str()).word()});
        }
    }
    return digestOf(separator, structHash(keccak256(text(vector, "encodedType")), members));
}

// The digest, and that the signature over it is the published one and leads back to its key.
void isAsPublished(const Bytes32& digest, const QJsonValue& vector) {
    QCOMPARE(digest.toHex(), text(vector, "digest"));
    const Signature made = gr::test::keyOf(vector).sign(digest);
    QCOMPARE(made.toHex(), text(vector, "signature"));
    QVERIFY(recover(digest, made) == address(vector, "signer"));
}

}  // namespace

class TestEip712 final : public QObject {
    Q_OBJECT

  private slots:
    void transfersOfTokens() {
        int transfers = 0;
        for (const QJsonValue vector : x402Vectors("eip3009")) {
            const Bytes32 separator = domainSeparator(gr::test::domainOf(vector));
            QCOMPARE(separator.toHex(), text(vector, "domainSeparator"));
            const bool transfer = text(vector, "primaryType") == "TransferWithAuthorization";
            transfers += transfer ? 1 : 0;
            isAsPublished(transfer ? digestOf(separator, authorizationOf(in(vector, "message")))
                                   : byParts(separator, vector),
                          vector);
        }
        QCOMPARE(transfers, 10);
    }

    void transfersByPermit2() {
        for (const QJsonValue vector : x402Vectors("permit2")) {
            const Eip712Domain domain = gr::test::domainOf(vector);
            QVERIFY(!domain.version);
            const Bytes32 separator = permit2Separator(domain.chainId);
            QCOMPARE(separator.toHex(), text(vector, "domainSeparator"));
            const Permit2Transfer transfer = permit2Of(in(vector, "message"));
            QVERIFY(transfer.spender == (transfer.facilitator ? kUptoProxy : kExactProxy));
            isAsPublished(digestOf(separator, transfer), vector);
        }
    }

    void permitsOfTokens() {
        for (const QJsonValue vector : x402Vectors("eip2612")) {
            const Bytes32 separator = domainSeparator(gr::test::domainOf(vector));
            QCOMPARE(separator.toHex(), text(vector, "domainSeparator"));
            const TokenPermit permit = permitOf(in(vector, "message"));
            QVERIFY(permit.spender == kPermit2);
            isAsPublished(digestOf(separator, permit), vector);
        }
    }

    void domainsOfAllNetworks() {
        const QJsonObject networks =
            gr::test::x402File("vectors.json").value(QLatin1String("networks")).toObject();
        QCOMPARE(networks.size(), 7);
        for (auto it = networks.begin(); it != networks.end(); ++it) {
            Eip712Domain domain{text(it.value(), "name"), text(it.value(), "version"),
                                it.key().mid(7).toULongLong(), address(it.value(), "usdc")};
            QCOMPARE(domainSeparator(domain).toHex(), text(it.value(), "domainSeparator"));
        }
    }

    void everyMemberIsSigned() {
        const QJsonValue vector = x402Vectors("eip3009").at(0);
        const TransferAuthorization original = authorizationOf(in(vector, "message"));
        const Bytes32 separator = domainSeparator(gr::test::domainOf(vector));
        std::vector<TransferAuthorization> others(6, original);
        others[0].from.bytes[0] ^= 1;
        others[1].to.bytes[19] ^= 1;
        others[2].value = *original.value.plus(Uint256(1));
        others[3].validAfter = *original.validAfter.plus(Uint256(1));
        others[4].validBefore = *original.validBefore.plus(Uint256(1));
        others[5].nonce.bytes[31] ^= 1;
        for (const auto& other : others)
            QVERIFY(digestOf(separator, other) != digestOf(separator, original));
        QVERIFY(domainSeparator({"a", "", 1, {}}) != domainSeparator({"a", {}, 1, {}}));
    }
};

QTEST_APPLESS_MAIN(TestEip712)
#include "test_eip712.moc"
