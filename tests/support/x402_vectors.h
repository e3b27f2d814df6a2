// SPDX-License-Identifier: MIT
#pragma once

#include <QFile>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <string>

#include "payment/eip712.h"
#include "payment/evm_key.h"

// The vectors of tests/data/x402 as values. What is not as expected ends the test program.
namespace gr::test {

inline QJsonObject x402File(const char* name) {
    QFile file(QStringLiteral(GR_TEST_DATA "/x402/") + QLatin1String(name));
    if (!file.open(QIODevice::ReadOnly))
        qFatal("tests/data/x402/%s cannot be read", name);
    return QJsonDocument::fromJson(file.readAll()).object();
}

inline QJsonArray x402Vectors(const char* part) {
    const QJsonArray rows = x402File("vectors.json").value(QLatin1String(part)).toArray();
    if (rows.isEmpty())
        qFatal("no vectors named %s", part);
    return rows;
}

inline std::string text(const QJsonValue& object, const char* key) {
    return object.toObject().value(QLatin1String(key)).toString().toStdString();
}

inline std::string bytes(const QJsonValue& object, const char* key) {
    return payment::bytesFromHex(text(object, key), 1'000'000).value();
}

inline payment::Address address(const QJsonValue& object, const char* key) {
    return payment::Address::parse(text(object, key)).value();
}

inline payment::Bytes32 bytes32(const QJsonValue& object, const char* key) {
    return payment::Bytes32::parse(text(object, key)).value();
}

// A number that stands there as one, or in decimal digits.
inline payment::Uint256 number(const QJsonValue& object, const char* key) {
    const QJsonValue value = object.toObject().value(QLatin1String(key));
    if (value.isDouble())
        return static_cast<std::uint64_t>(value.toInteger());
    return payment::Uint256::parse(value.toString().toStdString()).value();
}

inline payment::EvmKey keyOf(const QJsonValue& object) {
    return payment::EvmKey::fromBytes(bytes(object, "privateKey")).value();
}

inline payment::Eip712Domain domainOf(const QJsonValue& vector) {
    const QJsonValue domain = vector.toObject().value(QLatin1String("domain"));
    payment::Eip712Domain made;
    made.name = text(domain, "name");
    if (domain.toObject().contains(QLatin1String("version")))
        made.version = text(domain, "version");
    made.chainId = number(domain, "chainId").toUint64().value();
    made.contract = address(domain, "verifyingContract");
    return made;
}

}  // namespace gr::test
