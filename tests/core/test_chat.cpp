// SPDX-License-Identifier: MIT
#include <QtTest>
#include <algorithm>

#include "base/text.h"
#include "protocol/ask.h"
#include "protocol/chat_answer_shapes.h"
#include "protocol/openai_chat.h"

using namespace gr;
using namespace gr::protocol;
using Seen = ChatStream::Verdict;

namespace {

std::string joined(const SplicedBody& body) {
    std::string out;
    for (const std::string_view piece : body.pieces())
        out += piece;
    return out;
}

// What a provider gets of `body`.
std::string sent(const std::string& body, std::string_view model, std::string_view dialectId = "") {
    const auto ask = readAsk(Protocol::OpenAiChat, body);
    if (!ask)
        return "refused: " + ask.error().message.text;
    static const Dialects dialects = Dialects::embedded();
    Target target;
    target.model = model;
    target.dialect = &dialects.find(dialectId);
    target.rules = dialects.rulesOf(*target.dialect, model);
    const SplicedBody spliced(body, splicesFor(*ask, target));
    const std::string out = joined(spliced);
    return out.size() == spliced.size() ? out : "size and pieces differ";
}

std::string eventOf(std::string_view json) {
    return "data: " + std::string(json) + "\n\n";
}

std::string delta(std::string_view inside, std::string_view finish = "null") {
    return eventOf("{\"id\":\"c\",\"choices\":[{\"index\":0,\"delta\":{" + std::string(inside) +
                   "},\"finish_reason\":" + std::string(finish) + "}]}");
}

const std::string kUsageChunk = eventOf(
    R"({"choices":[],"usage":{"prompt_tokens":9,"completion_tokens":3,"total_tokens":12}})");

}  // namespace

class TestChat final : public QObject {
    Q_OBJECT

  private slots:
    void readsWhatTheRoadNeeds() {
        const std::string body =
            "{\"mod\\u0065l\":\"a\\/b\",\"messages\":[],\"stream\":true,"
            "\"stream_options\":{\"include_usage\":true},\"models\":[\"x\",\"y\\n\"],"
            R"("x-gaterouter-session":"s"})";
        const auto ask = readAsk(Protocol::OpenAiChat, body);
        QVERIFY(ask);
        QCOMPARE(ask->model, std::string("a/b"));
        QVERIFY(ask->stream && ask->usageAsked);
        QCOMPARE(ask->fallbacks, (std::vector<std::string>{"x", "y\n"}));
        QCOMPARE(ask->extensions.size(), std::size_t(2));
    }

    void namesTheFieldAtFault_data() {
        QTest::addColumn<QByteArray>("body");
        QTest::addColumn<QByteArray>("field");
        QTest::addColumn<int>("code");
        const auto row = [](const char* name, const QByteArray& body, const char* field,
                            ErrorCode code = ErrorCode::InvalidField) {
            QTest::newRow(name) << body << QByteArray(field) << int(code);
        };
        row("not JSON", "{", "", ErrorCode::InvalidJson);
        row("an array", "[]", "", ErrorCode::InvalidJson);
        row("twice", "{\"model\":\"m\",\"mod\\u0065l\":\"n\",\"messages\":[]}", "",
            ErrorCode::DuplicateKey);
        row("no model", R"({"messages":[]})", "model", ErrorCode::MissingField);
        row("model a number", R"({"model":1,"messages":[]})", "model");
        row("model null", R"({"model":null,"messages":[]})", "model");
        row("model empty", R"({"model":"","messages":[]})", "model");
        row("model long", "{\"model\":\"" + QByteArray(257, 'm') + "\",\"messages\":[]}", "model");
        row("no messages", R"({"model":"m"})", "messages", ErrorCode::MissingField);
        row("messages text", R"({"model":"m","messages":"hi"})", "messages");
        row("stream text", R"({"model":"m","messages":[],"stream":"true"})", "stream");
        row("stream one", R"({"model":"m","messages":[],"stream":1})", "stream");
        row("usage text", R"({"model":"m","messages":[],"stream_options":{"include_usage":"yes"}})",
            "stream_options.include_usage");
        row("models text", R"({"model":"m","messages":[],"models":"a"})", "models");
        row("models mixed", R"({"model":"m","messages":[],"models":["a",1]})", "models");
        row("models many",
            R"({"model":"m","messages":[],"models":[)" + QByteArray("\"a\",").repeated(16) +
                R"("a"]})",
            "models");
    }
    void namesTheFieldAtFault() {
        QFETCH(QByteArray, body);
        QFETCH(QByteArray, field);
        QFETCH(int, code);
        const auto ask = readAsk(Protocol::OpenAiChat, body.toStdString());
        QVERIFY(!ask);
        QCOMPARE(int(ask.error().code), code);
        QCOMPARE(QByteArray::fromStdString(ask.error().field), field);
        QVERIFY(!ask.error().message.text.empty());
    }

    void nothingToChangeChangesNothing_data() {
        QTest::addColumn<QByteArray>("body");
        for (
            const char* body :
            {R"({"model":"m","messages":[]})",
             " {\n\t\"messages\" : [ ],\"model\":\"m\" , \"n\":1.0 }\r\n",
             "{\"model\":\"m\",\"messages\":[{\"content\":\"\\ud83d\\u0041\\/"
             "é😀\"}],\"seed\":1e400}",
             R"({"model":"m","messages":[],"stream":false,"temperature":1.00})",
             R"({"model":"m","messages":[],"stream":true,"stream_options":{"include_usage":true}})",
             R"({"model":"m","messages":[{"models":["a"],"x-gaterouter-session":1}]})",
             "{\"model\":\"\\u006d\",\"messages\":[]}"})
            QTest::newRow(body) << QByteArray(body);
    }
    void nothingToChangeChangesNothing() {
        QFETCH(QByteArray, body);
        QCOMPARE(QByteArray::fromStdString(sent(body.toStdString(), "m")), body);
    }

    void onlyTheNameIsChanged() {
        QCOMPARE(sent("{ \"n\":1.0 ,\"model\" : \"p\\/m\", \"messages\":[ ] }", "m"),
                 std::string(R"({ "n":1.0 ,"model" : "m", "messages":[ ] })"));
        QCOMPARE(sent(R"({"model":"alias","messages":[]})", "a\"b\\c\n"),
                 std::string("{\"model\":\"a\\\"b\\\\c\\n\",\"messages\":[]}"));
    }

    // Many tools know the bound of an answer under its old name only.
    void reasoningModelsGetTheNewNameOfTheBound_data() {
        QTest::addColumn<QByteArray>("model");
        QTest::addColumn<QByteArray>("dialect");
        QTest::addColumn<QByteArray>("body");
        QTest::addColumn<QByteArray>("expected");
        const QByteArray old = R"({"max_tokens":1.0e3 ,"model":"m","messages":[]})";
        const auto row = [](const char* name, const char* model, const char* dialect,
                            const QByteArray& body, const QByteArray& expected) {
            QTest::newRow(name) << QByteArray(model) << QByteArray(dialect) << body << expected;
        };
        const auto to = [](QByteArray body, const char* model) {
            return body.replace("\"m\"", QByteArray("\"").append(model).append("\""));
        };
        row("reasoning", "gpt-5.6", "openai", old,
            to(QByteArray(old).replace("max_tokens", "max_completion_tokens"), "gpt-5.6"));
        row("in a stream", "o3", "openai",
            R"({"max_tokens":9,"stream":true,"messages":[],"model":"o3"})",
            R"({"stream_options":{"include_usage":true},"max_completion_tokens":9,"stream":true,"messages":[],"model":"o3"})");
        row("not reasoning", "gpt-4o", "openai", old, to(old, "gpt-4o"));
        const QByteArray both =
            R"({"max_tokens":1,"max_completion_tokens":2,"model":"gpt-5","messages":[]})";
        row("both", "gpt-5", "openai", both, both);
        row("a server of the old name", "gpt-5", "vllm", old, to(old, "gpt-5"));
    }
    void reasoningModelsGetTheNewNameOfTheBound() {
        QFETCH(QByteArray, model);
        QFETCH(QByteArray, dialect);
        QFETCH(QByteArray, body);
        QFETCH(QByteArray, expected);
        QCOMPARE(QByteArray::fromStdString(
                     sent(body.toStdString(), model.toStdString(), dialect.toStdString())),
                 expected);
    }

    // Our own members are taken out wherever they stand, every other byte stays.
    void extensionsAreTakenOut_data() {
        QTest::addColumn<QByteArray>("body");
        QTest::addColumn<QByteArray>("expected");
        const QByteArray m = R"("model":"m")";
        const QByteArray t = R"("messages":[])";
        const QByteArray x = R"("models":["a", "b"])";
        const QByteArray y = R"("x-gaterouter-session" : "s")";
        const QByteArray z = R"("x-gaterouter-max-cost":0.01)";
        const auto row = [](const char* name, const QByteArray& body, const QByteArray& expected) {
            QTest::newRow(name) << body << expected;
        };
        const QByteArray kept = "{" + m + "," + t + "}";
        row("first", "{" + x + "," + m + "," + t + "}", kept);
        row("middle", "{" + m + "," + x + "," + t + "}", kept);
        row("last", "{" + m + "," + t + "," + x + "}", kept);
        row("first two", "{" + x + "," + y + "," + m + "," + t + "}", kept);
        row("last two", "{" + m + "," + t + "," + x + "," + y + "}", kept);
        row("around", "{" + x + "," + m + "," + y + "," + t + "," + z + "}", kept);
        row("spaced", "{ " + x + " , " + m + " ,\n" + y + "\t, " + t + " , " + z + " }",
            "{ " + m + " ,\n" + t + " }");
        row("escaped", "{\"model\\u0073\":[\"a\"]," + m + "," + t + "}", kept);
    }
    void extensionsAreTakenOut() {
        QFETCH(QByteArray, body);
        QFETCH(QByteArray, expected);
        QCOMPARE(QByteArray::fromStdString(sent(body.toStdString(), "m")), expected);
    }

    void usageIsAskedForWhereAStreamWouldNotTellIt_data() {
        QTest::addColumn<QByteArray>("body");
        QTest::addColumn<QByteArray>("expected");
        const auto row = [](const char* options, const char* expected) {
            const QByteArray head = R"({"model":"m","messages":[],"stream":true,"stream_options":)";
            QTest::newRow(options)
                << QByteArray(head + options + "}") << QByteArray(head + expected + "}");
        };
        row("null", R"({"include_usage":true})");
        row("{}", R"({"include_usage":true})");
        row("{ }", R"({"include_usage":true })");
        row(R"({"include_usage":false})", R"({"include_usage":true})");
        row(R"({"include_usage" : null })", R"({"include_usage" : true })");
        row(R"({"x":1})", R"({"include_usage":true,"x":1})");
        row(R"({"x":1,"include_usage":false})", R"({"x":1,"include_usage":true})");
        const QByteArray added = R"("stream_options":{"include_usage":true},)";
        QTest::newRow("absent") << QByteArray(R"({"model":"m","messages":[],"stream":true})")
                                << QByteArray("{" + added +
                                              R"("model":"m","messages":[],"stream":true})");
        // An insertion and a removal at the same place.
        QTest::newRow("behind an extension")
            << QByteArray(R"({"models":["a"],"model":"m","messages":[],"stream":true})")
            << QByteArray("{" + added + R"("model":"m","messages":[],"stream":true})");
        QTest::newRow("model first, renamed")
            << QByteArray(R"({"model":"p/m","stream":true,"messages":[],"models":[]})")
            << QByteArray("{" + added + R"("model":"m","stream":true,"messages":[]})");
    }
    void usageIsAskedForWhereAStreamWouldNotTellIt() {
        QFETCH(QByteArray, body);
        QFETCH(QByteArray, expected);
        QCOMPARE(QByteArray::fromStdString(sent(body.toStdString(), "m")), expected);
    }

    void usageIsNotAskedForWhereTheProviderDoesNotKnowIt() {
        const std::string body = R"({"model":"m","messages":[],"stream":true})";
        QCOMPARE(sent(body, "m", "mistral"), body);
    }

    void everyMixtureIsTheBodyWithoutWhatIsOurs() {
        // Every order of five members, of which two are ours: compared with the text built without.
        std::vector<std::string> parts{R"("model":"m")", R"("messages":[])", R"("models":["a"])",
                                       R"("x-gaterouter-preference":"best")", R"("n":1)"};
        std::sort(parts.begin(), parts.end());
        do {
            std::string body;
            std::string kept;
            for (const std::string& part : parts) {
                body += (body.empty() ? "{" : ",") + part;
                if (!part.starts_with("\"models\"") && !part.starts_with("\"x-"))
                    kept += (kept.empty() ? "{" : ",") + part;
            }
            QCOMPARE(sent(body + "}", "m"), kept + "}");
        } while (std::next_permutation(parts.begin(), parts.end()));
    }

    void manyPiecesAreJoined() {
        std::string source(100, '.');
        std::vector<Splice> splices;
        for (std::size_t i = 0; i < 20; ++i)
            splices.push_back({95 - i * 5, 97 - i * 5, "<>"});
        std::string expected = source;
        for (std::size_t at = 0; at < 100; at += 5)
            expected.replace(at, 2, "<>");
        const SplicedBody body(source, splices);
        QVERIFY(body.pieces().size() <= SplicedBody::kMaxPieces);
        QCOMPARE(joined(body), expected);
        QCOMPARE(body.size(), expected.size());
    }

    void readsUsage() {
        const std::string openai =
            R"({"usage":{"prompt_tokens":100,"completion_tokens":20,"total_tokens":120,)"
            R"("prompt_tokens_details":{"cached_tokens":64},)"
            R"("completion_tokens_details":{"reasoning_tokens":16}}})";
        const auto object = json::scanObject(openai);
        const auto usage = chatUsage(*object, false);
        QVERIFY(usage);
        QVERIFY(*usage == TokenUsage({.input = 36, .cacheRead = 64, .output = 4, .reasoning = 16}));
        QCOMPARE(usage->inputTotal(), std::optional<std::int64_t>(100));
        QCOMPARE(usage->outputTotal(), std::optional<std::int64_t>(20));

        const std::string deepseek =
            R"({"usage":{"prompt_tokens":100,"completion_tokens":20,"prompt_cache_hit_tokens":30,)"
            R"("prompt_cache_miss_tokens":70}})";
        const auto second = json::scanObject(deepseek);
        QVERIFY(chatUsage(*second, false) ==
                TokenUsage({.input = 70, .cacheRead = 30, .output = 20}));

        for (const char* text :
             {"{}", R"({"usage":null})", R"({"usage":[1]})", R"({"usage":{}})",
              R"({"usage":{"prompt_tokens":-1,"completion_tokens":"3"}})",
              R"({"usage":{"prompt_tokens":1.5,"completion_tokens":99999999999999999999}})"}) {
            const auto none = json::scanObject(text);
            QVERIFY2(!chatUsage(*none, false), text);
        }
    }

    void firstEventsAreHeldUntilSomethingIsSaid_data() {
        QTest::addColumn<QByteArray>("event");
        QTest::addColumn<bool>("commits");
        const auto row = [](const char* name, const std::string& event, bool commits) {
            QTest::newRow(name) << QByteArray::fromStdString(event) << commits;
        };
        row("comment", ": keep-alive\n\n", false);
        row("role", delta(R"("role":"assistant")"), false);
        row("empty content", delta(R"("role":"assistant","content":"")"), false);
        row("null content", delta(R"("role":"assistant","content":null,"refusal":null)"), false);
        row("no calls", delta(R"("tool_calls":[])"), false);
        row("no choices", eventOf(R"({"choices":[]})"), false);
        row("usage first", kUsageChunk, false);
        row("content", delta(R"("content":"a")"), true);
        row("space", delta(R"("content":" ")"), true);
        row("reasoning", delta(R"("content":null,"reasoning_content":"hm")"), true);
        row("tool call", delta(R"("tool_calls":[{"index":0}])"), true);
        row("refusal", delta(R"("refusal":"no")"), true);
        row("finish", delta("", "\"stop\""), true);
        row("unknown member", delta(R"("audio":{"id":"x"})"), true);
        row("not JSON", eventOf("hello"), true);
    }
    void firstEventsAreHeldUntilSomethingIsSaid() {
        QFETCH(QByteArray, event);
        QFETCH(bool, commits);
        ChatStream stream(true);
        QCOMPARE(stream.see(event.toStdString()), commits ? Seen::Content : Seen::Hold);
        QCOMPARE(stream.see(delta(R"("content":"b")")), commits ? Seen::Forward : Seen::Content);
    }

    void theUsageChunkIsDroppedOnlyWhenNobodyAsked() {
        for (const bool drop : {true, false}) {
            ChatStream stream(drop);
            QCOMPARE(stream.see(delta(R"("content":"a")")), Seen::Content);
            QVERIFY(!stream.complete());
            QCOMPARE(stream.see(delta("", "\"stop\"")), Seen::Forward);
            QVERIFY(stream.complete());
            QCOMPARE(stream.see(kUsageChunk), drop ? Seen::Drop : Seen::Forward);
            QCOMPARE(stream.usage().output, std::optional<std::int64_t>(3));
            QCOMPARE(stream.see(eventOf("[DONE]")), Seen::Forward);
        }
    }

    void usageBesideContentIsReadAndForwarded() {
        ChatStream stream(true);
        stream.see(delta(R"("content":"a")"));
        QCOMPARE(stream.see(eventOf(R"({"choices":[{"index":0,"delta":{},"finish_reason":"stop"}],)"
                                    R"("usage": {"prompt_tokens":1,"completion_tokens":2}})")),
                 Seen::Forward);
        QCOMPARE(stream.usage().input, std::optional<std::int64_t>(1));
        QVERIFY(stream.complete());
    }

    void textThatMentionsTheWordsIsOnlyText() {
        ChatStream stream(true);
        stream.see(delta(R"("content":"a")"));
        QCOMPARE(
            stream.see(delta(
                "\"content\":\"\\\"usage\\\":{\\\"completion_tokens\\\":7} \\\"error\\\":{\"")),
            Seen::Forward);
        QVERIFY(!stream.usage().output && !stream.complete());
    }

    void doneCompletesWithoutAFinishReason() {
        ChatStream stream(true);
        stream.see(delta(R"("content":"a")"));
        QVERIFY(!stream.complete());
        QCOMPARE(stream.see("data:[DONE]\r\n\r\n"), Seen::Forward);
        QVERIFY(stream.complete());
    }

    void everyChoiceHasToFinish_data() {
        QTest::addColumn<QByteArray>("n");         // of the request
        QTest::addColumn<QByteArray>("finished");  // indexes in their order; - is [DONE], x is none
        QTest::addColumn<bool>("complete");
        const auto row = [](const char* n, const char* finished, bool complete) {
            QTest::addRow("n %s: %s", n, finished)
                << QByteArray(n) << QByteArray(finished) << complete;
        };
        row("", "0", true);
        row("null", "0", true);
        row("1", "0", true);
        row("1", "", false);
        row("1", "x", true);  // an index that is not there is the only one
        row("2", "0", false);
        row("2", "1", false);
        row("2", "00", false);
        row("2", "xx", false);
        row("2", "01", true);
        row("2", "10", true);
        row("2", "x1", true);
        row("2", "0-", true);
        row("2", "-", true);
        row("3", "0211", true);
        row("3", "0011", false);
        row("0", "0", true);  // not ours to refuse: the provider says what it thinks of it
        row("\"2\"", "0", true);
        row("2.5", "0", true);
        row("-2", "0", true);
        row("99999999999999999999", "0", true);
    }
    void everyChoiceHasToFinish() {
        QFETCH(QByteArray, n);
        QFETCH(QByteArray, finished);
        QFETCH(bool, complete);
        const std::string body = R"({"model":"m","messages":[],"stream":true)" +
                                 (n.isEmpty() ? "" : ",\"n\":" + n.toStdString()) + "}";
        const auto ask = readAsk(Protocol::OpenAiChat, body);
        QVERIFY(ask);
        ChatStream stream(true, ask->choices);
        stream.see(delta(R"("content":"a")"));
        for (const char index : finished) {
            const std::string place = index == 'x' ? "" : std::string("\"index\":") + index + ",";
            stream.see(index == '-' ? eventOf("[DONE]")
                                    : eventOf("{\"choices\":[{" + place +
                                              R"("delta":{},"finish_reason":"stop"}]})"));
        }
        QCOMPARE(stream.complete(), complete);
    }

    void choicesMayFinishTogether() {
        ChatStream stream(true, 2);
        stream.see(eventOf(R"({"choices":[{"index":0,"delta":{},"finish_reason":"stop"},)"
                           R"({"index":1,"delta":{"content":"b"},"finish_reason":null}]})"));
        QVERIFY(!stream.complete());
        // A provider may count before the last choice is done.
        QCOMPARE(stream.see(kUsageChunk), Seen::Drop);
        stream.see(eventOf(R"({"choices":[{"index":1,"delta":{},"finish_reason":"length"}]})"));
        QVERIFY(stream.complete());
    }

    void errorsAreSeenBeforeAndAfterContent() {
        const std::string error =
            eventOf("{\"error\":{\"message\":\"over\\nloaded\",\"code\":503}}");
        ChatStream first(true);
        QCOMPARE(first.see(error), Seen::Error);
        QCOMPARE(first.errorText(), std::string("over\nloaded"));
        ChatStream later(true);
        later.see(delta(R"("content":"a")"));
        QCOMPARE(later.see(error), Seen::Error);
        ChatStream text(true);
        QCOMPARE(text.see(eventOf(R"({"error":"down"})")), Seen::Error);
        ChatStream none(true);
        QCOMPARE(none.see(eventOf(R"({"error":null,"choices":[]})")), Seen::Hold);
    }
};

QTEST_APPLESS_MAIN(TestChat)
#include "test_chat.moc"
