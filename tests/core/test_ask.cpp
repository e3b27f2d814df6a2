// SPDX-License-Identifier: MIT
#include <QtTest>

#include "gateway/endpoints.h"
#include "gateway/error_body.h"
#include "protocol/ask.h"

using namespace gr;
using namespace gr::protocol;

namespace {

std::string rewritten(std::string_view body, Protocol protocol, std::string_view model) {
    const Dialects dialects = Dialects::embedded();
    const auto ask = readAsk(protocol, body);
    if (!ask)
        return ask.error().message.text;
    Target target;
    target.model = model;
    target.dialect = &dialects.find("", protocol);
    const SplicedBody spliced(body, splicesFor(*ask, target));
    std::string out;
    for (const std::string_view piece : spliced.pieces())
        out += piece;
    return out;
}

}  // namespace

class TestAsk final : public QObject {
    Q_OBJECT

  private slots:
    void onlyTheModelChangesInAnyProtocol() {
        QCOMPARE(rewritten(R"({"max_tokens":1.0e2, "model":"a/b","messages":[],"stream":true})",
                           Protocol::Anthropic, "b"),
                 std::string(R"({"max_tokens":1.0e2, "model":"b","messages":[],"stream":true})"));
        QCOMPARE(rewritten(R"({"model":"a/b","models":["c"],"input":"x"})",
                           Protocol::OpenAiResponses, "b"),
                 std::string(R"({"model":"b","input":"x"})"));
        QCOMPARE(rewritten(R"({ "contents":[],"generationConfig":{}})", Protocol::Gemini, "b"),
                 std::string(R"({ "contents":[],"generationConfig":{}})"));
    }

    void whatIsMissingHasItsProtocolsName() {
        const auto field = [](Protocol protocol, std::string_view body) {
            const auto ask = readAsk(protocol, body);
            return ask ? std::string() : ask.error().field;
        };
        QCOMPARE(field(Protocol::OpenAiChat, R"({"model":"m"})"), std::string("messages"));
        QCOMPARE(field(Protocol::Anthropic, R"({"messages":[]})"), std::string("model"));
        QCOMPARE(field(Protocol::Anthropic, R"({"model":"m","messages":{}})"),
                 std::string("messages"));
        QCOMPARE(field(Protocol::Gemini, "{}"), std::string("contents"));
        QCOMPARE(field(Protocol::OpenAiResponses, R"({"model":"m"})"), std::string());
        QCOMPARE(field(Protocol::OpenAiResponses, R"({"model":"m","stream":1})"),
                 std::string("stream"));
    }

    void onlyWhatADialectRefusesIsRewritten_data() {
        QTest::addColumn<QString>("dialect");
        QTest::addColumn<QString>("more");
        QTest::addColumn<bool>("rewrite");
        const auto row = [](const char* dialect, const char* more, bool rewrite) {
            QTest::addRow("%s %s", dialect, more) << dialect << more << rewrite;
        };
        row("openai", R"("max_tokens":5,"anything":{"goes":1})", false);
        row("mistral", R"("max_tokens":5,"temperature":0.1)", false);
        row("mistral", R"("max_completion_tokens":5)", true);
        row("mistral", R"("seed":5)", true);
        row("mistral", R"("user":"u")", true);
        row("deepseek", R"("temperature":1)", false);
        row("deepseek", R"("response_format":{"type":"json_object"})", false);
        row("deepseek", R"("response_format":{"type":"json_schema","json_schema":{}})", true);
        row("groq", R"("logprobs":true)", true);
        row("groq", R"("models":["b"])", false);
    }
    void onlyWhatADialectRefusesIsRewritten() {
        QFETCH(QString, dialect);
        QFETCH(QString, more);
        QFETCH(bool, rewrite);
        const Dialects dialects = Dialects::embedded();
        const std::string body = R"({"model":"m","messages":[{"role":"user","content":"x"}],)" +
                                 more.toStdString() + "}";
        const auto ask = readAsk(Protocol::OpenAiChat, body);
        QVERIFY(ask);
        QCOMPARE(needsRewriting(*ask, dialects.find(dialect.toStdString())), rewrite);
    }

    void messagesThatADialectRefusesAreRewritten() {
        const Dialects dialects = Dialects::embedded();
        const auto rewrite = [&dialects](const char* dialect, std::string_view message) {
            const std::string body =
                "{\"model\":\"m\",\"messages\":[" + std::string(message) + "]}";
            const auto ask = readAsk(Protocol::OpenAiChat, body);
            return needsRewriting(*ask, dialects.find(dialect));
        };
        QVERIFY(rewrite("deepseek", R"({"role":"developer","content":"x"})"));
        QVERIFY(!rewrite("openai", R"({"role":"developer","content":"x"})"));
        QVERIFY(rewrite("groq", R"({"role":"user","name":"n","content":"x"})"));
        QVERIFY(rewrite("mistral", R"({"role":"tool","tool_call_id":"call_1","content":"x"})"));
        QVERIFY(!rewrite("vllm", R"({"role":"tool","tool_call_id":"call_1","content":"x"})"));
    }

    void pathsOfEveryProtocol() {
        const auto at = [](std::string_view target) {
            return gateway::matchEndpoint("POST", target);
        };
        for (const char* path : {"/v1/messages", "/messages", "/v1/v1/messages?beta=true"}) {
            QVERIFY(at(path)->endpoint == gateway::Endpoint::Generate);
            QVERIFY(at(path)->protocol == Protocol::Anthropic);
            QVERIFY(gateway::wireFormatOf(std::string_view(path)) ==
                    gateway::WireFormat::Anthropic);
        }
        QVERIFY(at("/v1/responses")->protocol == Protocol::OpenAiResponses);
        const auto gemini = at("/v1beta/models/a%2Fb:8b:streamGenerateContent?alt=sse");
        QVERIFY(gemini->protocol == Protocol::Gemini);
        QCOMPARE(gemini->path.model, std::string("a/b:8b"));
        QVERIFY(gemini->path.stream && gemini->path.sse);
        QVERIFY(!at("/v1beta/models/m:streamGenerateContent")->path.sse);
        QVERIFY(!at("/v1beta/models/m:generateContent")->path.stream);
        QVERIFY(!at("/v1beta/models/m:explode"));
        QVERIFY(gateway::matchEndpoint("GET", "/v1beta/models")->endpoint ==
                gateway::Endpoint::Models);
    }
};

QTEST_APPLESS_MAIN(TestAsk)
#include "test_ask.moc"
