// SPDX-License-Identifier: MIT
#include <QtTest>

#include "protocol/ask.h"
#include "protocol/wishes.h"

using namespace gr;
using namespace gr::protocol;

namespace {

// What a body with this member wishes, or the field that is wrong.
std::string ofBody(const std::string& member) {
    const auto ask = readAsk(Protocol::OpenAiChat, R"({"model":"m","messages":[],)" + member + "}");
    if (!ask)
        return "wrong: " + ask.error().field;
    const Wishes& wishes = ask->wishes;
    std::string out = wishes.maxCost ? "$" + wishes.maxCost->toDecimal() : "";
    out += wishes.session;
    if (wishes.preference)
        out += "#" + std::to_string(static_cast<int>(*wishes.preference));
    return out;
}

std::string ofHeaders(const http::Fields& headers, Wishes wishes = {}) {
    const auto read = readWishes(headers, wishes);
    if (!read)
        return std::string(errorInfo(read.error().code).slug) + ": " + read.error().field;
    return (wishes.maxCost ? "$" + wishes.maxCost->toDecimal() : "") + wishes.session;
}

}  // namespace

class WishesTest final : public QObject {
    Q_OBJECT

  private slots:
    void members_data() {
        QTest::addColumn<QString>("value");
        QTest::addColumn<QString>("expected");
        const auto row = [](const char* name, const QString& value, const QString& expected) {
            QTest::addRow("%s %s", name, qPrintable(value.left(40)))
                << QStringLiteral("\"x-gaterouter-%1\":%2").arg(QString::fromLatin1(name), value)
                << (expected == QStringLiteral("no")
                        ? QStringLiteral("wrong: x-gaterouter-%1").arg(QString::fromLatin1(name))
                        : expected);
        };
        const QString no = QStringLiteral("no");
        row("max-cost", QStringLiteral("0.01"), QStringLiteral("$0.01"));
        row("max-cost", QStringLiteral("\"0.0000015\""), QStringLiteral("$0.0000015"));
        row("max-cost", QStringLiteral("3"), QStringLiteral("$3.00"));
        row("max-cost", QStringLiteral("0"), QStringLiteral("$0.00"));
        row("max-cost", QStringLiteral("null"), QString());
        for (const char* const wrong : {"1e-2", "-0.01", "\"$1\"", "\"\"", "true", "[1]", "{}",
                                        "\"0.0000000000001\"", "\"1 \"", "\"99999999999\""})
            row("max-cost", QString::fromLatin1(wrong), no);
        row("session", QStringLiteral("\"a b~1\""), QStringLiteral("a b~1"));
        row("session", QLatin1Char('"') + QString(128, QLatin1Char('s')) + QLatin1Char('"'),
            QString(128, QLatin1Char('s')));
        row("session", QLatin1Char('"') + QString(129, QLatin1Char('s')) + QLatin1Char('"'), no);
        for (const char* const wrong : {"\"\"", "7", "\"a\\n\"", "\"\\u00e4\"", "[\"s\"]"})
            row("session", QString::fromLatin1(wrong), no);
        row("preference", QStringLiteral("\"cheap\""), QStringLiteral("#0"));
        row("preference", QStringLiteral("\"balanced\""), QStringLiteral("#1"));
        row("preference", QStringLiteral("\"best\""), QStringLiteral("#2"));
        row("preference", QStringLiteral("\"fast\""), QStringLiteral("#3"));
        for (const char* const wrong : {"\"Best\"", "\"\"", "0.5", "\"fastest\""})
            row("preference", QString::fromLatin1(wrong), no);
    }
    void members() {
        QFETCH(QString, value);
        QFETCH(QString, expected);
        QCOMPARE(QString::fromStdString(ofBody(value.toStdString())), expected);
    }

    void headersGoBeforeMembers() {
        http::Fields headers;
        headers.add("Content-Type", "application/json");
        Wishes wishes;
        wishes.maxCost = Money::parse("5");
        wishes.session = "s";
        QCOMPARE(ofHeaders(headers, wishes), std::string("$5.00s"));
        headers.add("X-GateRouter-Max-Cost", " 0.25 ");
        QCOMPARE(ofHeaders(headers, wishes), std::string("$0.25s"));
        headers.add("x-gaterouter-max-cost", "0.25");
        QCOMPARE(ofHeaders(headers), std::string("duplicate_key: x-gaterouter-max-cost"));
    }

    void headersAreReadAsStrictly() {
        const auto of = [](std::string_view name, std::string_view value) {
            http::Fields headers;
            headers.add(name, value);
            return ofHeaders(headers);
        };
        QCOMPARE(of("x-gaterouter-max-cost", "cheap"),
                 std::string("invalid_field: x-gaterouter-max-cost"));
        QCOMPARE(of("x-gaterouter-session", ""),
                 std::string("invalid_field: x-gaterouter-session"));
        QCOMPARE(of("x-gaterouter-preference", "Fast"),
                 std::string("invalid_field: x-gaterouter-preference"));
        QCOMPARE(of("x-gaterouter-max-costs", "?"), std::string());
    }

    // They are nobody's business but ours.
    void noMemberGoesToTheProvider() {
        const Dialects dialects = Dialects::embedded();
        const std::string body =
            R"({"x-gaterouter-max-cost":0.01,"model":"m","x-gaterouter-session":"s","messages":[],)"
            R"("x-gaterouter-preference":null})";
        for (const Protocol protocol : {Protocol::OpenAiChat, Protocol::Anthropic}) {
            const auto ask = readAsk(protocol, body);
            QVERIFY(ask);
            Target target;
            target.model = "m";
            target.dialect = &dialects.find("", protocol);
            const SplicedBody spliced(body, splicesFor(*ask, target));
            std::string out;
            for (const std::string_view piece : spliced.pieces())
                out += piece;
            QCOMPARE(out, std::string(R"({"model":"m","messages":[]})"));
        }
    }
};

QTEST_APPLESS_MAIN(WishesTest)
#include "test_wishes.moc"
