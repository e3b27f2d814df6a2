// SPDX-License-Identifier: MIT
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QtTest>
#include <algorithm>

#include "http/sse.h"
#include "sandbox/answers.h"

using namespace gr;
using namespace gr::sandbox;

namespace {

std::string body(const std::string& model, const std::string& more = "",
                 const std::string& content = R"("One two, three.")") {
    return "{\"model\":\"" + model +
           "\",\"messages\":[{\"role\":\"system\",\"content\":\"Be kind.\"}," +
           R"({"role":"user","content":)" + content + "}]" + more + "}";
}

QJsonObject object(std::string_view text) {
    const QByteArray bytes(text.data(), static_cast<qsizetype>(text.size()));
    return QJsonDocument::fromJson(bytes).object();
}

QJsonObject whole(const std::string& request) {
    const auto simulated = answer(request);
    return simulated ? object(wholeAnswer(*simulated, "id-1", 1767225600)) : QJsonObject();
}

// A stream, put together as a client does.
struct Streamed {
    QString text;
    QString toolName;
    QString toolArguments;
    QString finishReason;
    QJsonObject usage;
    bool done = false;
};

Streamed streamed(const std::string& request) {
    const auto simulated = answer(request);
    Streamed out;
    for (const std::string& event : streamedAnswer(*simulated, "id-1", 1767225600)) {
        std::string scratch;
        const std::string_view data = http::sseData(event, scratch);
        if (data == "[DONE]") {
            out.done = true;
            continue;
        }
        const QJsonObject chunk = object(data);
        if (out.done || chunk[u"object"] != u"chat.completion.chunk"_qs)
            return {};
        if (chunk[u"usage"].isObject())
            out.usage = chunk[u"usage"].toObject();
        for (const QJsonValue choice : chunk[u"choices"].toArray()) {
            const QJsonValue delta = choice[u"delta"];
            out.text += delta[u"content"].toString();
            for (const QJsonValue call : delta[u"tool_calls"].toArray()) {
                out.toolName += call[u"function"][u"name"].toString();
                out.toolArguments += call[u"function"][u"arguments"].toString();
            }
            if (choice[u"finish_reason"].isString())
                out.finishReason = choice[u"finish_reason"].toString();
        }
    }
    return out;
}

// JSON with ' for ", to be read by people.
std::string quoted(std::string text) {
    std::replace(text.begin(), text.end(), '\'', '"');
    return text;
}

const std::string kTools = quoted(
    ",'tools':["
    "{'type':'function','function':{'name':'first','parameters':{'type':'object','properties':{"
    "  'city':{'type':'string'},'days':{'type':'integer'},'share':{'type':'number'},"
    "  'deep':{'type':'boolean'},'unit':{'type':'string','enum':['C','F']},"
    "  'list':{'type':'array','items':{'type':'string'}},"
    "  'place':{'type':'object','required':['lat'],'properties':{'lat':{'type':'number'}}},"
    "  'fr\\u00e9e':{}},'required':['city']}}},"
    "{'type':'function','function':{'name':'second'}}]");

}  // namespace

class TestSandbox final : public QObject {
    Q_OBJECT

  private slots:
    void theSameRequestGetsTheSameWords() {
        for (const char* model : {"echo", "story", "tools"}) {
            const std::string request = body(model, kTools);
            const auto first = answer(request);
            const auto second = answer(request);
            QCOMPARE(wholeAnswer(*first, "i", 1), wholeAnswer(*second, "i", 1));
            QVERIFY(streamedAnswer(*first, "i", 1) == streamedAnswer(*second, "i", 1));
        }
    }

    void echoRepeatsTheLastUser_data() {
        QTest::addColumn<QByteArray>("content");
        QTest::addColumn<QString>("text");
        const auto row = [](const char* content, const QString& text) {
            QTest::newRow(content) << QByteArray(content) << text;
        };
        row(R"("Hi")", u"Hi"_qs);
        row(R"("")", u""_qs);
        row("\"a\\n b  \\\"c\\\" \\u00e9 \\ud83d\\ude00\"", u"a\n b  \"c\" é 😀"_qs);
        row(R"([{"type":"text","text":"a "},{"type":"image_url","image_url":{}},{"type":"text","text":"b"}])",
            u"a b"_qs);
    }
    void echoRepeatsTheLastUser() {
        QFETCH(QByteArray, content);
        QFETCH(QString, text);
        const std::string request = body("echo", "", content.toStdString());
        const QJsonObject answered = whole(request);
        QCOMPARE(answered[u"choices"][0][u"message"][u"content"].toString(), text);
        QCOMPARE(answered[u"choices"][0][u"finish_reason"].toString(), u"stop"_qs);
        QCOMPARE(streamed(request).text, text);
    }

    void theStreamSaysWhatTheWholeAnswerSays() {
        for (const char* model : {"echo", "story", "tools"}) {
            const std::string more =
                kTools + R"(,"stream":true,"stream_options":{"include_usage":true})";
            const QJsonObject answered = whole(body(model, more));
            const QJsonValue message = answered[u"choices"][0][u"message"];
            const Streamed stream = streamed(body(model, more));
            QVERIFY(stream.done);
            QCOMPARE(stream.text, message[u"content"].toString());
            QCOMPARE(stream.finishReason, answered[u"choices"][0][u"finish_reason"].toString());
            QCOMPARE(stream.usage, answered[u"usage"].toObject());
            const QJsonValue call = message[u"tool_calls"][0];
            QCOMPARE(stream.toolName, call[u"function"][u"name"].toString());
            QCOMPARE(stream.toolArguments, call[u"function"][u"arguments"].toString());
        }
    }

    void usageComesOnlyWhenAsked() {
        QVERIFY(streamed(body("echo", R"(,"stream":true)")).usage.isEmpty());
        const QJsonObject usage = whole(body("echo"))[u"usage"].toObject();
        QCOMPARE(usage[u"prompt_tokens"].toInt(), 2 + 4);  // 8 and 15 bytes, four to a token
        QCOMPARE(usage[u"completion_tokens"].toInt(), 4);
        QCOMPARE(usage[u"total_tokens"].toInt(), 10);
    }

    void everyAnswerSaysThatItIsSimulated() {
        for (const char* model : {"echo", "story", "tools"})
            QCOMPARE(whole(body(model))[u"system_fingerprint"].toString(), u"simulated"_qs);
        QVERIFY(whole(body("story"))[u"choices"][0][u"message"][u"content"].toString().contains(
            u"simulated"));
    }

    void toolArgumentsFitTheirSchema() {
        const QJsonObject answered = whole(body("tools", kTools));
        const QJsonValue message = answered[u"choices"][0][u"message"];
        QVERIFY(message[u"content"].isNull());
        QCOMPARE(answered[u"choices"][0][u"finish_reason"].toString(), u"tool_calls"_qs);
        const QJsonValue call = message[u"tool_calls"][0];
        QCOMPARE(call[u"type"].toString(), u"function"_qs);
        QVERIFY(!call[u"id"].toString().isEmpty());
        QCOMPARE(call[u"function"][u"name"].toString(), u"first"_qs);
        const QJsonObject arguments =
            object(call[u"function"][u"arguments"].toString().toStdString());
        QCOMPARE(arguments.size(), 8);
        QVERIFY(arguments[u"city"].isString() && arguments[u"deep"].isBool());
        QVERIFY(arguments[u"days"].isDouble() && arguments[u"share"].isDouble());
        QCOMPARE(arguments[u"days"].toDouble(), double(arguments[u"days"].toInt()));
        QCOMPARE(arguments[u"unit"].toString(), u"C"_qs);
        QVERIFY(arguments[u"list"].isArray());
        QVERIFY(arguments[u"place"][u"lat"].isDouble());
        QVERIFY(arguments.contains(u"frée"_qs));
    }

    void theToolThatIsChosenIsCalled() {
        const QJsonObject answered = whole(
            body("tools",
                 kTools + R"(,"tool_choice":{"type":"function","function":{"name":"second"}})"));
        const QJsonValue function =
            answered[u"choices"][0][u"message"][u"tool_calls"][0][u"function"];
        QCOMPARE(function[u"name"].toString(), u"second"_qs);
        QCOMPARE(function[u"arguments"].toString(), u"{}"_qs);
    }

    void toolResultsAreReported() {
        const std::string request =
            R"({"model":"tools","messages":[{"role":"user","content":"?"},{"role":"assistant",)"
            R"("content":null,"tool_calls":[]},{"role":"tool","tool_call_id":"x","content":"21 C"}])" +
            kTools + "}";
        const QJsonValue choice = whole(request)[u"choices"][0];
        QVERIFY(choice[u"message"][u"content"].toString().contains(u"21 C"));
        QCOMPARE(choice[u"finish_reason"].toString(), u"stop"_qs);
        // Without tools it says so.
        QVERIFY(!whole(body("tools"))[u"choices"][0][u"message"][u"content"].toString().isEmpty());
    }

    void answersAreCutAtTheLimit() {
        const QString story = streamed(body("story")).text;
        for (const char* name : {"max_tokens", "max_completion_tokens"}) {
            for (const int limit : {0, 1, 5, 40}) {
                const std::string more = ",\"" + std::string(name) + "\":" + std::to_string(limit);
                const QJsonObject answered = whole(body("story", more));
                const QString text = answered[u"choices"][0][u"message"][u"content"].toString();
                QCOMPARE(answered[u"choices"][0][u"finish_reason"].toString(), u"length"_qs);
                QVERIFY(answered[u"usage"][u"completion_tokens"].toInt() <= limit);
                QVERIFY(story.startsWith(text) && (limit < 5 || !text.isEmpty()));
                QCOMPARE(streamed(body("story", more)).text, text);
            }
        }
        QCOMPARE(whole(body("story", R"(,"max_tokens":100000)"))[u"choices"][0][u"finish_reason"]
                     .toString(),
                 u"stop"_qs);
    }

    void refusals_data() {
        QTest::addColumn<QByteArray>("request");
        QTest::addColumn<int>("code");
        QTest::newRow("not JSON") << QByteArray("x") << int(ErrorCode::InvalidJson);
        QTest::newRow("other model")
            << QByteArray::fromStdString(body("gpt")) << int(ErrorCode::ModelNotFound);
        QTest::newRow("no model") << QByteArray(R"({"messages":[{"role":"user","content":"a"}]})")
                                  << int(ErrorCode::ModelNotFound);
        QTest::newRow("no messages")
            << QByteArray(R"({"model":"echo","messages":[]})") << int(ErrorCode::InvalidField);
    }
    void refusals() {
        QFETCH(QByteArray, request);
        QFETCH(int, code);
        const auto simulated = answer(request.toStdString());
        QVERIFY(!simulated);
        QCOMPARE(int(simulated.error().code), code);
    }
};

QTEST_APPLESS_MAIN(TestSandbox)
#include "test_sandbox.moc"
