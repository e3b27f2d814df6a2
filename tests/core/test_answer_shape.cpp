// SPDX-License-Identifier: MIT
// What an answer looks like, against what its request asked for.
#include <QtTest>

#include "gateway/shape_watch.h"
#include "routing/answer_shape.h"

using gr::gateway::ShapeWatch;
using gr::gateway::WantedShape;
using gr::protocol::ChatEvent;
using gr::protocol::Finish;
using Kind = ChatEvent::Kind;

namespace {

constexpr const char* kPerson =
    R"({"type":"object","required":["name","age"],"properties":{"name":{"type":"string"},)"
    R"("age":{"type":["integer","null"]},"tags":{"type":"array"},"home":{"$ref":"#/$defs/x"}}})";

// A piece of text as events have it, with ^ for the quotes inside. (moc of Qt 6.4 stumbles over raw
// strings with escapes.)
std::string escaped(std::string_view text) {
    std::string out = "\"";
    for (const char c : text)
        out += c == '^' ? std::string("\\\"") : std::string(1, c);
    return out + '"';
}

ChatEvent step(Kind kind, std::string_view text = {}, std::string_view name = {}) {
    ChatEvent event;
    event.kind = kind;
    event.text = text;
    event.name = name;
    return event;
}

// An answer of these steps and this end misses what is wanted.
bool misses(const WantedShape& wanted, const std::vector<ChatEvent>& steps,
            Finish finish = Finish::Stop) {
    ShapeWatch watch(wanted);
    for (const ChatEvent& one : steps)
        watch.take(one);
    ChatEvent end = step(Kind::Finish);
    end.finish = finish;
    watch.take(end);
    return watch.missed();
}

}  // namespace

class TestAnswerShape final : public QObject {
    Q_OBJECT

  private slots:
    void fits_data() {
        QTest::addColumn<QByteArray>("schema");
        QTest::addColumn<QByteArray>("answer");
        QTest::addColumn<bool>("fits");
        const auto row = [](const char* name, const char* schema, const char* answer, bool fits) {
            QTest::newRow(name) << QByteArray(schema) << QByteArray(answer) << fits;
        };
        row("as asked", kPerson, R"({"name":"Ada","age":36})", true);
        row("null is allowed there", kPerson, R"( {"age":null,"name":"Ada"} )", true);
        row("more than asked", kPerson, R"({"name":"Ada","age":36,"x":1,"home":7})", true);
        row("one is missing", kPerson, R"({"name":"Ada"})", false);
        row("another type", kPerson, R"({"name":["Ada"],"age":36})", false);
        row("null is not allowed there", kPerson, R"({"name":null,"age":36})", false);
        row("an optional one of another type", kPerson, R"({"name":"A","age":1,"tags":{}})", false);
        row("prose", kPerson, "Sure! Here is the JSON.", false);
        row("in a fence", kPerson, "```json\n{\"name\":\"Ada\",\"age\":36}\n```", false);
        row("cut", kPerson, R"({"name":"Ada","age")", false);
        row("two", kPerson, R"({"name":"Ada","age":1},"w":{})", false);
        row("nothing", kPerson, "", false);
        row("a list where an object was asked for", kPerson, "[]", false);
        row("a list", R"({"type":"ARRAY","items":{}})", "[1,2]", true);
        row("Google's upper case", R"({"type":"OBJECT","properties":{"a":{"type":"STRING"}}})",
            R"({"a":1})", false);
        row("Google's nullable",
            R"({"type":"OBJECT","properties":{"a":{"type":"STRING",)"
            R"("nullable":true}}})",
            R"({"a":null})", true);
        row("no type is named", R"({"anyOf":[{"type":"object"}]})", "3", true);
        row("any object", "", R"({"a":1})", true);
        row("any object, and none", "", "[1]", false);
    }
    void fits() {
        QFETCH(QByteArray, schema);
        QFETCH(QByteArray, answer);
        QFETCH(bool, fits);
        QCOMPARE(gr::routing::fitsShape(schema.toStdString(), answer.toStdString()), fits);
    }

    void isReadFromTheRequest() {
        using gr::protocol::Protocol;
        const WantedShape chat = gr::gateway::wantedShape(
            Protocol::OpenAiChat,
            R"({"model":"m","messages":[{"role":"user","content":"Hi"}],"response_format":)"
            R"({"type":"json_schema","json_schema":{"name":"n","schema":{"type":"object"}}},)"
            R"("tools":[{"type":"function","function":{"name":"f","strict":true,)"
            R"("parameters":{"type":"object","required":["q"]}}},)"
            R"({"type":"function","function":{"name":"loose","parameters":{}}}]})");
        QVERIFY(chat.json);
        QCOMPARE(chat.schema, std::string(R"({"type":"object"})"));
        QCOMPARE(chat.strictTools.size(), std::size_t(1));
        QCOMPARE(chat.strictTools[0].name, std::string("f"));
        const WantedShape plain = gr::gateway::wantedShape(
            Protocol::OpenAiChat, R"({"model":"m","messages":[{"role":"user","content":"Hi"}]})");
        QVERIFY(!plain.any());
        QVERIFY(!gr::gateway::wantedShape(Protocol::OpenAiChat, "no json").any());
    }

    void isWatchedInPieces() {
        WantedShape wanted;
        wanted.json = true;
        wanted.schema = kPerson;
        const std::string first = escaped("{^name^:^Ad");
        const std::string second = escaped("a^,^age^:36}");
        const std::vector<ChatEvent> good{step(Kind::Text, first), step(Kind::Text, second)};
        const std::vector<ChatEvent> bad{good[0]};
        QVERIFY(!misses(wanted, good));
        QVERIFY(misses(wanted, bad));
        // Who was cut, refused or called a tool did not miss it.
        QVERIFY(!misses(wanted, bad, Finish::Length));
        QVERIFY(!misses(wanted, bad, Finish::ContentFilter));
        QVERIFY(!misses(wanted, {step(Kind::Refusal, R"("No.")")}));
        QVERIFY(!misses(wanted, {step(Kind::ToolCall, {}, "f")}, Finish::ToolCalls));
        QVERIFY(!ShapeWatch(wanted).missed());
    }

    void argumentsOfStrictToolsAreLookedAt() {
        WantedShape wanted;
        wanted.strictTools.push_back({"f", R"({"type":"object","required":["q"]})"});
        const auto called = [&wanted](const char* name, std::string_view arguments) {
            return misses(wanted,
                          {step(Kind::ToolCall, {}, name), step(Kind::Arguments, arguments)},
                          Finish::ToolCalls);
        };
        QVERIFY(!called("f", escaped("{^q^:1}")));
        QVERIFY(called("f", escaped("{^x^:1}")));
        QVERIFY(called("f", escaped("{^q^:")));
        QVERIFY(!called("loose", escaped("{^x^:1}")));
        QVERIFY(!misses(wanted, {step(Kind::Text, R"("Just words.")")}));
    }
};

QTEST_APPLESS_MAIN(TestAnswerShape)
#include "test_answer_shape.moc"
