// SPDX-License-Identifier: MIT
#include <QtTest>

#include "protocol/field_reader.h"
#include "protocol/json_text.h"

using namespace gr;
using namespace gr::protocol;

class TestJsonText final : public QObject {
    Q_OBJECT

  private slots:
    void argumentsBecomeTheObjectTheyAre_data() {
        QTest::addColumn<QString>("string");
        QTest::addColumn<QString>("object");
        QTest::newRow("empty") << "\"\""
                               << "{}";
        QTest::newRow("blank") << "\" \\n\""
                               << "{}";
        QTest::newRow("order and numbers") << "\"{\\\"b\\\":1.10,\\\"a\\\":9007199254740993}\""
                                           << "{\"b\":1.10,\"a\":9007199254740993}";
        QTest::newRow("not json") << "\"{\\\"a\\\":\""
                                  << "{\"_raw\":\"{\\\"a\\\":\"}";
        QTest::newRow("a list") << "\"[1]\""
                                << "{\"_raw\":\"[1]\"}";
    }
    void argumentsBecomeTheObjectTheyAre() {
        QFETCH(QString, string);
        QFETCH(QString, object);
        QCOMPARE(argumentsObject(string.toStdString()), object.toStdString());
    }

    void tornSurrogatesAreJoined() {
        SurrogateJoiner joiner;
        QCOMPARE(joiner.join("\"a\""), std::string_view("\"a\""));
        QCOMPARE(joiner.join("\"b\\ud83d\""), std::string_view("\"b\""));
        QCOMPARE(joiner.join("\"\\ude42c\""), std::string_view("\"\\ud83d\\ude42c\""));
        QCOMPARE(joiner.join("\"\\uD83D\""), std::string_view());
        QCOMPARE(joiner.join("\"x\""), std::string_view("\"\\uD83Dx\""));
        // An escaped backslash before it makes it plain text.
        QCOMPARE(joiner.join("\"\\\\ud83d\""), std::string_view("\"\\\\ud83d\""));
        QCOMPARE(joiner.join("\"\""), std::string_view());
    }

    void plainTextIsAViewWhereNothingIsEscaped() {
        TextArena arena;
        const std::string_view text = "\"café\"";
        QVERIFY(plainIn(arena, text).data() == text.data() + 1);
        QCOMPARE(plainIn(arena, "\"a\\\"\\u00e9\""), std::string_view("a\"é"));
        QCOMPARE(quoted("a\"\n\x01"), std::string("\"a\\\"\\n\\u0001\""));
    }

    void eventsAreOneNameAndOneLine() {
        std::string out;
        appendEvent(out, "ping", "{}");
        appendEvent(out, "", "[DONE]");
        QCOMPARE(out, std::string("event: ping\ndata: {}\n\ndata: [DONE]\n\n"));
    }

    void theFirstWrongFieldIsKeptWithItsWholeName() {
        const auto object =
            json::scanObject(R"({"a":"x","b":true,"n":12,"z":null,"l":[1,"2"],"o":{"k":1.50}})");
        TextArena arena;
        std::optional<Error> problem;
        const FieldReader reader(*object, "messages[2]", arena, problem);
        QCOMPARE(reader.plain("a"), std::string_view("x"));
        QCOMPARE(reader.flag("b"), std::optional(true));
        QCOMPARE(reader.integer("n"), std::optional<std::int64_t>(12));
        QVERIFY(!reader.has("z") && reader.plain("z").empty());
        QCOMPARE(reader.list("l").size(), std::size_t(2));
        QCOMPARE(reader.object("o"), std::string_view(R"({"k":1.50})"));
        QVERIFY(reader.ok());
        QVERIFY(!reader.integer("a"));
        reader.neededPlain("gone");
        QCOMPARE(problem->message.text, std::string("\"messages[2].a\" must be a whole number."));
        QCOMPARE(problem->field, std::string("messages[2].a"));
    }
};

QTEST_APPLESS_MAIN(TestJsonText)
#include "test_json_text.moc"
