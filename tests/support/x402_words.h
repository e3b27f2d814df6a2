// SPDX-License-Identifier: MIT
#pragma once

#include <QFile>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <algorithm>
#include <string>

// The published bytes of tests/data/x402/vectors.json, for tests.
namespace x402 {

inline QJsonObject vectors() {
    QFile file(QStringLiteral(GR_TEST_DATA "/x402/vectors.json"));
    return file.open(QIODevice::ReadOnly) ? QJsonDocument::fromJson(file.readAll()).object()
                                          : QJsonObject();
}

// A header field's value of the table `http`, by its label; empty when there is none.
inline std::string headerOf(const char* label, const char* member = "headerValue") {
    const QJsonArray rows = vectors()[u"http"].toArray();
    for (const auto& row : rows) {
        if (row.toObject()[u"label"].toString() == QString::fromLatin1(label))
            return row.toObject()[QString::fromLatin1(member)].toString().toStdString();
    }
    return {};
}

// JSON with single quotes: moc of Qt 6.4 stumbles over raw strings that hold "//".
inline std::string json(std::string text) {
    std::replace(text.begin(), text.end(), '\'', '"');
    return text;
}

}  // namespace x402
