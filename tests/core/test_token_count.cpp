// SPDX-License-Identifier: MIT
// Counts of tokens and embeddings: paths, questions, answers, and what the gateway counts itself.
#include <QtTest>

#include "gateway/endpoints.h"
#include "protocol/adapters.h"
#include "protocol/ask.h"
#include "protocol/prompt_tokens.h"
#include "protocol/token_count.h"

using namespace gr;
using namespace gr::protocol;

namespace {

Target target(const Dialects& dialects, const char* dialect, Protocol protocol) {
    Target value;
    value.model = "m";
    value.dialect = &dialects.find(dialect, protocol);
    return value;
}

std::string rewritten(const std::string& body, PathAsk path, std::string_view model) {
    const auto ask = readAsk(Protocol::Gemini, body, path);
    if (!ask)
        return std::string(errorInfo(ask.error().code).slug) + " " + ask.error().field;
    std::string out;
    const SplicedBody spliced(body, geminiSplicesFor(*ask, model));
    for (const std::string_view piece : spliced.pieces())
        out.append(piece);
    return out;
}

PathAsk geminiPath(Task task, std::string_view method) {
    PathAsk path;
    path.task = task;
    path.model = "google/x";
    path.method = method;
    return path;
}

}  // namespace

class TestTokenCount final : public QObject {
    Q_OBJECT

  private slots:
    void paths();
    void questionsForEachProvider();
    void whatWouldBeSent();
    void whatIsBilledAtMost();
    void answers();
    void namesInsideGeminisBodies();
    void neededFields();
    void whatIsCountedHere();
};

#ifndef Q_MOC_RUN  // moc does not know raw strings

void TestTokenCount::paths() {
    using gateway::Endpoint;
    struct Row {
        const char* path;
        Task task;
        Protocol protocol;
        const char* model;
    };
    const std::vector<Row> rows{
        {"/v1/messages/count_tokens?beta=true", Task::Count, Protocol::Anthropic, ""},
        {"/v1/responses/input_tokens", Task::Count, Protocol::OpenAiResponses, ""},
        {"/v1beta/models/google/a%2Fb:countTokens", Task::Count, Protocol::Gemini, "google/a/b"},
        {"/v1beta/models/m:embedContent", Task::Embed, Protocol::Gemini, "m"},
        {"/v1beta/models/m:batchEmbedContents", Task::Embed, Protocol::Gemini, "m"},
        {"/embeddings", Task::Embed, Protocol::OpenAiChat, ""},
        {"/v1/v1/completions", Task::Complete, Protocol::OpenAiChat, ""},
        {"/v1/messages", Task::Generate, Protocol::Anthropic, ""},
    };
    for (const Row& row : rows) {
        const auto match = gateway::matchEndpoint("POST", row.path);
        QVERIFY2(match && match->endpoint == Endpoint::Generate, row.path);
        QVERIFY2(match->path.task == row.task && match->protocol == row.protocol, row.path);
        QCOMPARE(match->path.model, std::string(row.model));
        if (row.protocol != Protocol::Gemini)
            QVERIFY(gateway::matchEndpoint("HEAD", row.path)->endpoint == Endpoint::Probe);
    }
    QVERIFY(gateway::matchEndpoint("HEAD", "/")->endpoint == Endpoint::Health);
    QVERIFY(!gateway::matchEndpoint("GET", "/"));
    QVERIFY(!gateway::matchEndpoint("POST", "/v1beta/models/m:tuneModel"));
}

void TestTokenCount::questionsForEachProvider() {
    const Dialects dialects = Dialects::embedded();
    const auto read =
        readCount(Protocol::Anthropic, R"({"model":"x","system":"S","messages":[{"role":"user",)"
                                       R"("content":"caf\u00e9"}],"max_tokens":7})");
    QVERIFY(read);
    const auto gemini =
        writeCount(Protocol::Gemini, *read, target(dialects, "gemini", Protocol::Gemini));
    QVERIFY(gemini);
    QCOMPARE(gemini->path, std::string("/models/m:countTokens"));
    QVERIFY(gemini->body.starts_with(R"({"generateContentRequest":{"model":"models/m",)"));
    QVERIFY(gemini->body.find(R"(caf\u00e9)") != std::string::npos);
    const auto responses = writeCount(Protocol::OpenAiResponses, *read,
                                      target(dialects, "openai", Protocol::OpenAiChat));
    QVERIFY(responses);
    QCOMPARE(responses->path, std::string("/responses/input_tokens"));
    for (const char* refused : {"max_output_tokens", "\"store\"", "\"stream\"", "\"include\""})
        QVERIFY2(responses->body.find(refused) == std::string::npos, responses->body.c_str());
    const auto anthropic =
        writeCount(Protocol::Anthropic, *read, target(dialects, "anthropic", Protocol::Anthropic));
    QVERIFY(anthropic);
    QCOMPARE(anthropic->path, std::string("/messages/count_tokens"));
    QVERIFY(anthropic->body.find("max_tokens") == std::string::npos);
}

void TestTokenCount::whatWouldBeSent() {
    const auto messages = countOf(
        Protocol::Anthropic, "m",
        R"({"model":"m","max_tokens":7,"stream":true,"temperature":1,"metadata":{},"system":"S",)"
        R"("tools":[ {"name":"f"} ],"messages":[],"thinking":{},"context_management":{}})");
    QCOMPARE(messages->path, std::string("/messages/count_tokens"));
    QCOMPARE(messages->body,
             std::string(R"({"model":"m","system":"S","tools":[ {"name":"f"} ],"messages":[],)"
                         R"("thinking":{}})"));
    const auto responses = countOf(Protocol::OpenAiResponses, "m",
                                   R"({"model":"m","input":"x","store":false,"text":{}})");
    QCOMPARE(responses->path, std::string("/responses/input_tokens"));
    QCOMPARE(responses->body, std::string(R"({"model":"m","input":"x","text":{}})"));
    const auto gemini =
        countOf(Protocol::Gemini, "m", R"({"model":"x","contents":[],"generationConfig":{}})");
    QCOMPARE(gemini->path, std::string("/models/m:countTokens"));
    QCOMPARE(gemini->body,
             std::string(R"({"generateContentRequest":{"model":"models/m","contents":[],)"
                         R"("generationConfig":{}}})"));
    QVERIFY(!countOf(Protocol::OpenAiChat, "m", "{}"));
}

void TestTokenCount::whatIsBilledAtMost() {
    const auto most = [](const std::string& parts, std::int64_t counted) {
        const std::string body = R"({"model":"m","max_tokens":1,"messages":[{"role":"assistant",)"
                                 R"("content":[)" +
                                 parts + "]}]}";
        return billedAtMost(*adapter(Protocol::Anthropic).readRequest(body), counted);
    };
    const std::string text = R"({"type":"text","text":"Hi"})";
    QCOMPARE(most(text, 0), 1'000);
    QCOMPARE(most(text, 2'000), 3'200);
    QVERIFY(most(text, INT64_MAX) > INT64_MAX / 4);
    // A thought counts by its bytes: its text with quotes, and its proof.
    QCOMPARE(most(R"({"type":"thinking","thinking":"12345678","signature":"123"})", 0), 1'013);
}

void TestTokenCount::answers() {
    QCOMPARE(*countIn(Protocol::Gemini, R"({"totalTokens":31,"promptTokensDetails":[]})"), 31);
    QCOMPARE(*countIn(Protocol::Anthropic, R"({"input_tokens":9})"), 9);
    for (const char* body : {"{}", R"({"input_tokens":"9"})", R"({"input_tokens":-1})", "<html>"})
        QCOMPARE(countIn(Protocol::OpenAiResponses, body).error().code,
                 ErrorCode::ProviderAnswerInvalid);
    QCOMPARE(countAnswer(Protocol::Anthropic, 3), std::string(R"({"input_tokens":3})"));
    QCOMPARE(countAnswer(Protocol::OpenAiResponses, 3),
             std::string(R"({"object":"response.input_tokens","input_tokens":3})"));
    QCOMPARE(countAnswer(Protocol::Gemini, 3), std::string(R"({"totalTokens":3})"));
}

void TestTokenCount::namesInsideGeminisBodies() {
    QCOMPARE(rewritten(R"({"contents":[ ]})", geminiPath(Task::Count, ""), "y"),
             std::string(R"({"contents":[ ]})"));
    QCOMPARE(rewritten(R"({"generateContentRequest":{"model":"models/google/x","contents":[]}})",
                       geminiPath(Task::Count, ""), "y"),
             std::string(R"({"generateContentRequest":{"model":"models/y","contents":[]}})"));
    QCOMPARE(rewritten(R"({"model":"models/google/x","content":{"parts":[]}})",
                       geminiPath(Task::Embed, "embedContent"), "y"),
             std::string(R"({"model":"models/y","content":{"parts":[]}})"));
    QCOMPARE(
        rewritten(R"({"requests":[{"model":"models/google/x"},{ "model" : "models/google/x"}]})",
                  geminiPath(Task::Embed, "batchEmbedContents"), "y"),
        std::string(R"({"requests":[{"model":"models/y"},{ "model" : "models/y"}]})"));
}

void TestTokenCount::neededFields() {
    QCOMPARE(rewritten("{}", geminiPath(Task::Count, ""), "y"),
             std::string("missing_field contents"));
    QCOMPARE(rewritten("{}", geminiPath(Task::Embed, "embedContent"), "y"),
             std::string("missing_field content"));
    QCOMPARE(rewritten(R"({"requests":{}})", geminiPath(Task::Embed, "batchEmbedContents"), "y"),
             std::string("invalid_field requests"));
    PathAsk path;
    path.task = Task::Embed;
    QCOMPARE(readAsk(Protocol::OpenAiChat, R"({"model":"m"})", path).error().field,
             std::string("input"));
    path.task = Task::Complete;
    const auto ask = readAsk(Protocol::OpenAiChat, R"({"model":"m","stream":true,"n":2})", path);
    QVERIFY(ask && ask->stream && ask->choices == 2 && ask->task == Task::Complete);
}

void TestTokenCount::whatIsCountedHere() {
    const auto encoding = tokens::Encoding::embedded(tokens::Vocabulary::O200k);
    QVERIFY(encoding);
    const auto count = [&](const std::string& body) {
        const auto request = readCount(Protocol::Anthropic, body);
        return request ? promptTokens(*request, **encoding) : -1;
    };
    const std::string begin = R"({"model":"m","messages":[{"role":"user","content":)";
    const std::int64_t hello = count(begin + R"("Hello there"}]})");
    QCOMPARE(hello, std::int64_t(3 + 3 + 2));
    // Escapes are read before they are counted.
    QCOMPARE(count(begin + R"("\u0048ello there"}]})"), hello);
    QCOMPARE(count(begin + R"([{"type":"text","text":"Hello there"},{"type":"image","source":)"
                           R"({"type":"base64","media_type":"image/png","data":"AAAA"}}]}]})"),
             hello + 1000);
    QVERIFY(count(begin +
                  R"("Hello there"}],"tools":[{"name":"look","description":"Looks around.",)"
                  R"("input_schema":{"type":"object"}}]})") > hello + 8);
    // Thoughts of earlier turns are not read again.
    QCOMPARE(
        count(begin +
              R"("Hello there"},{"role":"assistant","content":[{"type":"thinking",)"
              R"("thinking":"Long thoughts","signature":"s"},{"type":"text","text":"Yes"}]}]})"),
        hello + 3 + 1);
}

#endif

QTEST_APPLESS_MAIN(TestTokenCount)
#include "test_token_count.moc"
