// SPDX-License-Identifier: MIT
#include <QtTest>

#include "core/gemini_steps.h"
#include "protocol/gemini_answer_reader.h"
#include "protocol/gemini_answer_writer.h"

using namespace gr;
using namespace gr::protocol;

class TestGeminiAnswer final : public QObject {
    Q_OBJECT

  private slots:
    void streamsBecomeSteps_data();
    void streamsBecomeSteps();
    void aStreamWithoutAFinishReasonIsNotComplete();
    void changedToolsGetTheirNamesBack();
    void idsDifferFromAnswerToAnswerEvenWithoutOne();
    void wholeAnswersAreStepsAtOnce();
    void streamsAreWrittenAsGooglesOwn();
    void interleavedCallsLeaveWholeAndInOrder();
    void wholeAnswersHaveOnePartABlock();
    void thoughtsAreShownOnlyToThoseWhoAsked();
    void theArrayFormIsOneJsonList();
    void aBrokenStreamNeverLooksFinished();
    void keepAlivesAreChunksThatEverySdkReads();
    void aGeminiAnswerComesOutAsItCameIn();
    void sourcesAreNamedInEveryProtocolsWords();
    void probabilitiesGoBothWays();
    void countsAndErrors();
};

#ifndef Q_MOC_RUN  // moc does not know raw strings

namespace {

std::string text(const QString& value) {
    return value.toStdString();
}

// The steps of a stream whose events have these data, or of a whole answer.
std::string stepsOf(const std::vector<std::string>& chunks, const ChatRequest& request = {},
                    bool* complete = nullptr) {
    const Target target;
    const auto reader = makeGeminiReader(target, request);
    std::string out;
    for (const std::string& chunk : chunks)
        reader->event("data: " + chunk + "\r\n\r\n",
                      [&out](const ChatEvent& e) { out += test::lineOf(e) + "\n"; });
    if (complete != nullptr)
        *complete = reader->complete();
    return out;
}

std::string candidate(const std::string& parts, const std::string& finish = {}) {
    return "{\"candidates\":[{\"content\":{\"role\":\"model\",\"parts\":[" + parts + "]}" +
           (finish.empty() ? "" : ",\"finishReason\":\"" + finish + "\"") +
           "}],\"modelVersion\":\"m\",\"responseId\":\"r-1\"}";
}

AnswerContext context(bool stream) {
    AnswerContext context;
    context.id = "req_1";
    context.model = "google/m";
    context.stream = stream;
    context.seal = [](std::string_view vendor, std::string_view signature) {
        return "gr1." + std::string(vendor) + "." + std::string(signature);
    };
    return context;
}

ChatEvent step(ChatEvent::Kind kind, std::size_t block = 0, std::string_view json = {}) {
    ChatEvent event;
    event.kind = kind;
    event.block = block;
    event.text = json;
    return event;
}

ChatEvent finish(Finish reason) {
    ChatEvent event = step(ChatEvent::Kind::Finish);
    event.finish = reason;
    return event;
}

ChatEvent callStep(std::size_t block, std::string_view id, std::string_view name) {
    ChatEvent event = step(ChatEvent::Kind::ToolCall, block);
    event.id = id;
    event.name = name;
    return event;
}

std::string written(const std::vector<ChatEvent>& events, AnswerContext context) {
    const auto writer = makeGeminiWriter(std::move(context));
    std::string out;
    for (const ChatEvent& event : events)
        writer->write(event, out);
    writer->end(out);
    return out;
}

constexpr std::string_view kTail = R"("modelVersion":"google/m","responseId":"req_1"})";

std::string chunk(const std::string& part) {
    return R"(data: {"candidates":[{"content":{"parts":[)" + part +
           R"(],"role":"model"},"index":0}],)" + std::string(kTail) + "\r\n\r\n";
}

}  // namespace

void TestGeminiAnswer::streamsBecomeSteps_data() {
    QTest::addColumn<QStringList>("chunks");
    QTest::addColumn<QString>("steps");
    const auto row = [](const char* name, const std::vector<std::string>& chunks,
                        const char* steps) {
        QStringList list;
        for (const std::string& chunk : chunks)
            list.append(QString::fromStdString(chunk));
        QTest::newRow(name) << list << QString::fromUtf8(steps);
    };
    row("thoughts, text and a signature behind",
        {candidate(R"({"text":"hm","thought":true})"), candidate(R"({"text":"a\u00e9"})"),
         candidate(R"({"text":"b"})"),
         candidate(R"({"text":"","thoughtSignature":"U2ln"})", "STOP")},
        "begin r-1 m\n0/0 thought \"hm\"\n0/0 end\n0/1 text \"a\\u00e9\"\n0/1 text \"b\"\n"
        "0/1 end\n0/2 thought  gemini:U2ln\n0/2 end\nfinish 0 0\n");
    row("calls come whole, STOP means calls, ids are the answer's",
        {candidate(
             R"({"functionCall":{"name":"f","args":{"b":1.10,"a":9007199254740993}},"thoughtSignature":"U2ln"})"),
         candidate(R"({"functionCall":{"id":"own","name":"g"}})", "STOP")},
        "begin r-1 m\n0/0 call call_r-1_1 f gemini:U2ln\n"
        "0/0 args \"{\\\"b\\\":1.10,\\\"a\\\":9007199254740993}\"\n0/0 end\n"
        "0/1 call own g\n0/1 args \"{}\"\n0/1 end\nfinish 0 2\n");
    row("usage is told in every chunk, thoughts beside the output, cached inside the prompt",
        {R"({"candidates":[],"usageMetadata":{"promptTokenCount":10},"modelVersion":"m","responseId":"r"})",
         R"({"candidates":[{"finishReason":"MAX_TOKENS"}],"usageMetadata":{"promptTokenCount":10,"cachedContentTokenCount":4,"toolUsePromptTokenCount":3,"candidatesTokenCount":5,"thoughtsTokenCount":7,"totalTokenCount":25}})"},
        "begin r m\nusage 10 - 0 -\nusage 9 4 5 7\nfinish 0 1\n");
    row("a blocked question", {R"({"promptFeedback":{"blockReason":"SAFETY"},"responseId":"r"})"},
        "begin r \nfinish 0 4\n");
    row("a blocked answer without content",
        {R"({"candidates":[{"finishReason":"PROHIBITED_CONTENT"}]})"}, "begin  \nfinish 0 4\n");
    row("an unusable call", {candidate("", "MALFORMED_FUNCTION_CALL")},
        "begin r-1 m\nfinish 0 6\n");
    row("two candidates",
        {R"({"candidates":[{"index":1,"content":{"parts":[{"text":"x"}]},"finishReason":"STOP"},{"index":0,"content":{"parts":[{"text":"y"}]}}],"responseId":"r"})"},
        "begin r \n1/0 text \"x\"\n1/0 end\nfinish 1 0\n0/0 text \"y\"\n");
    row("an error inside a stream",
        {candidate(R"({"text":"a"})"),
         R"({"error":{"code":503,"message":"busy","status":"UNAVAILABLE"}})"},
        "begin r-1 m\n0/0 text \"a\"\nerror 503 UNAVAILABLE busy\n");
    row("what is no JSON", {"{\"candidates\":["},
        "error 502 invalid_answer The provider sent an event that is not JSON.\n");
    row("probabilities",
        {R"({"candidates":[{"content":{"parts":[{"text":"a"}]},"logprobsResult":{"topCandidates":[{"candidates":[{"token":"a","logProbability":-0.10},{"token":"b","logProbability":-2}]}],"chosenCandidates":[{"token":"a","logProbability":-0.10}]}}]})"},
        "begin  \n0/0 text \"a\"\n0/0 logprobs "
        "{\"content\":[{\"token\":\"a\",\"logprob\":-0.10,"
        "\"bytes\":[97],\"top_logprobs\":[{\"token\":\"a\",\"logprob\":-0.10,\"bytes\":[97]},"
        "{\"token\":\"b\",\"logprob\":-2,\"bytes\":[98]}]}],\"refusal\":null}\n");
}

void TestGeminiAnswer::streamsBecomeSteps() {
    QFETCH(QStringList, chunks);
    QFETCH(QString, steps);
    std::vector<std::string> list;
    for (const QString& chunk : chunks)
        list.push_back(text(chunk));
    QCOMPARE(QString::fromStdString(stepsOf(list)), steps);
}

void TestGeminiAnswer::aStreamWithoutAFinishReasonIsNotComplete() {
    bool complete = true;
    stepsOf({candidate(R"({"text":"a"})")}, {}, &complete);
    QVERIFY(!complete);
    stepsOf({candidate(R"({"text":"a"})", "STOP")}, {}, &complete);
    QVERIFY(complete);
}

void TestGeminiAnswer::changedToolsGetTheirNamesBack() {
    ChatRequest request;
    Tool freeText;
    freeText.kind = Tool::Kind::Custom;
    freeText.name = "exec";
    Tool odd;
    odd.name = "odd name";
    request.tools = {freeText, odd};
    const std::string steps =
        stepsOf({candidate(R"({"functionCall":{"name":"exec","args":{"input":"l\u0073 -l"}}},)"
                           R"({"functionCall":{"name":"odd_name_ef5bac7799"}})")},
                request);
    QVERIFY(steps.find("custom call_r-1_1 exec\n0/0 args \"l\\u0073 -l\"\n") != std::string::npos);
}

void TestGeminiAnswer::idsDifferFromAnswerToAnswerEvenWithoutOne() {
    const auto idOf = [](const std::string& args) {
        const std::string steps = stepsOf(
            {R"({"candidates":[{"content":{"parts":[{"functionCall":{"name":"f","args":{"n":)" +
             args + "}}}]}}]}"});
        const auto at = steps.find("call call_");
        return steps.substr(at, steps.find(' ', at + 10) - at);
    };
    QVERIFY(idOf("1") == idOf("1"));
    QVERIFY(idOf("1") != idOf("2"));
}

void TestGeminiAnswer::wholeAnswersAreStepsAtOnce() {
    const auto reader = makeGeminiReader(Target(), ChatRequest());
    std::string steps;
    const auto sink = [&steps](const ChatEvent& e) { steps += test::lineOf(e) + "\n"; };
    QVERIFY(reader->whole(candidate(R"({"text":"a"})", "STOP"), sink).has_value());
    QCOMPARE(steps, std::string("begin r-1 m\n0/0 text \"a\"\n0/0 end\nfinish 0 0\n"));
    const auto bad = makeGeminiReader(Target(), ChatRequest());
    QVERIFY(!bad->whole("<html>", sink).has_value());
    QVERIFY(!bad->whole(R"({"usageMetadata":{}})", sink).has_value());
}

void TestGeminiAnswer::streamsAreWrittenAsGooglesOwn() {
    ChatEvent usage = step(ChatEvent::Kind::Usage);
    usage.usage.input = 6;
    usage.usage.cacheRead = 4;
    usage.usage.output = 5;
    usage.usage.reasoning = 7;
    const std::string out =
        written({step(ChatEvent::Kind::Begin), step(ChatEvent::Kind::Text, 0, R"("a\u00e9")"),
                 step(ChatEvent::Kind::Text, 0, R"("\ud83d")"),
                 step(ChatEvent::Kind::Text, 0, R"("\ude42")"), finish(Finish::Length), usage},
                context(true));
    QCOMPARE(out, chunk(R"({"text":"a\u00e9"})") + chunk(R"({"text":"\ud83d\ude42"})") +
                      R"(data: {"candidates":[{"content":{"parts":[{"text":""}],"role":"model"},)"
                      R"("finishReason":"MAX_TOKENS","index":0}],"usageMetadata":)"
                      R"({"promptTokenCount":10,"cachedContentTokenCount":4,)"
                      R"("candidatesTokenCount":5,"thoughtsTokenCount":7,"totalTokenCount":22},)" +
                      std::string(kTail) + "\r\n\r\n");
}

void TestGeminiAnswer::interleavedCallsLeaveWholeAndInOrder() {
    const std::string out = written(
        {callStep(0, "c1", "f"), callStep(1, "c2", "g"),
         step(ChatEvent::Kind::Arguments, 1, R"("{\"x\":")"),
         step(ChatEvent::Kind::Arguments, 1, R"("1.10}")"), step(ChatEvent::Kind::BlockEnd, 1),
         step(ChatEvent::Kind::Arguments, 0, R"("{\"y\":2}")"), step(ChatEvent::Kind::BlockEnd, 0),
         finish(Finish::ToolCalls)},
        context(true));
    QVERIFY(out.starts_with(chunk(R"({"functionCall":{"id":"c1","name":"f","args":{"y":2}}})") +
                            chunk(R"({"functionCall":{"id":"c2","name":"g","args":{"x":1.10}}})")));
    QVERIFY(out.find("\"finishReason\":\"STOP\"") != std::string::npos);
}

void TestGeminiAnswer::wholeAnswersHaveOnePartABlock() {
    ChatEvent proof = step(ChatEvent::Kind::Reasoning, 0);
    proof.signature = "sig";
    proof.vendor = "anthropic";
    const std::string out = written(
        {step(ChatEvent::Kind::Reasoning, 0, "\"h\""), step(ChatEvent::Kind::Reasoning, 0, "\"m\""),
         proof, step(ChatEvent::Kind::Text, 1, "\"a\""), step(ChatEvent::Kind::Text, 1, "\"b\""),
         finish(Finish::Stop)},
        context(false));
    QCOMPARE(out, std::string(R"({"candidates":[{"content":{"parts":[{"text":"hm","thought":true,)"
                              R"("thoughtSignature":"Z3IxLmFudGhyb3BpYy5zaWc="},{"text":"ab"}],)"
                              R"("role":"model"},"finishReason":"STOP","index":0}],)") +
                      std::string(kTail));
}

void TestGeminiAnswer::thoughtsAreShownOnlyToThoseWhoAsked() {
    ChatRequest request;
    request.thinking.includeThoughts = false;
    AnswerContext hidden = context(true);
    hidden.request = &request;
    const std::string out = written({step(ChatEvent::Kind::Reasoning, 0, "\"hm\""),
                                     step(ChatEvent::Kind::Text, 1, "\"a\""), finish(Finish::Stop)},
                                    hidden);
    QVERIFY(out.find("hm") == std::string::npos);
    QVERIFY(out.starts_with(chunk(R"({"text":"a"})")));
}

void TestGeminiAnswer::theArrayFormIsOneJsonList() {
    AnswerContext array = context(true);
    array.sseArray = true;
    const std::string out =
        written({step(ChatEvent::Kind::Text, 0, "\"a\""), finish(Finish::Stop)}, array);
    QVERIFY(out.starts_with("[{\"candidates\""));
    QVERIFY(out.find("},\r\n{\"candidates\"") != std::string::npos);
    QVERIFY(out.ends_with("}\r\n]"));
}

void TestGeminiAnswer::aBrokenStreamNeverLooksFinished() {
    for (const bool array : {false, true}) {
        AnswerContext broken = context(true);
        broken.sseArray = array;
        const auto writer = makeGeminiWriter(broken);
        std::string out;
        writer->write(step(ChatEvent::Kind::Text, 0, "\"a\""), out);
        writer->breakOff(gr::Error(ErrorCode::StreamBroken, "It stopped."), out);
        QVERIFY(out.find(R"({"error":{"code":502,"message":"It stopped.","status":"INTERNAL"}})") !=
                std::string::npos);
        QVERIFY(out.find("finishReason") == std::string::npos);
        QVERIFY(!out.ends_with("]"));
    }
}

void TestGeminiAnswer::keepAlivesAreChunksThatEverySdkReads() {
    const auto writer = makeGeminiWriter(context(true));
    std::string out;
    writer->keepAlive(out);
    QCOMPARE(out, chunk(R"({"text":""})"));
    const auto whole = makeGeminiWriter(context(false));
    out.clear();
    whole->keepAlive(out);
    QCOMPARE(out, std::string());
}

void TestGeminiAnswer::aGeminiAnswerComesOutAsItCameIn() {
    const std::string body =
        R"({"candidates":[{"content":{"parts":[{"text":"hm","thought":true},{"text":"a"},)"
        R"({"text":"","thoughtSignature":"U2ln"},)"
        R"({"functionCall":{"id":"c","name":"f","args":{"b":1,"a":2.0}},"thoughtSignature":"Q2Fs"}],)"
        R"("role":"model"},"finishReason":"STOP","index":0}],"usageMetadata":{"promptTokenCount":3,)"
        R"("candidatesTokenCount":2,"totalTokenCount":5},)" +
        std::string(kTail);
    const auto reader = makeGeminiReader(Target(), ChatRequest());
    const auto writer = makeGeminiWriter(context(false));
    std::string out;
    const auto sink = [&](const ChatEvent& e) { writer->write(e, out); };
    QVERIFY(reader->whole(body, sink).has_value());
    writer->end(out);
    QCOMPARE(out, body);
}

void TestGeminiAnswer::sourcesAreNamedInEveryProtocolsWords() {
    const std::string steps = stepsOf(
        {R"({"candidates":[{"content":{"parts":[{"text":"a"}]},"groundingMetadata":{"groundingChunks":)"
         R"([{"web":{"uri":"u","title":"t"}}]},"citationMetadata":{"citationSources":[{"uri":"v"}]}}]})"});
    QVERIFY(steps.find(R"(0/0 citation {"type":"url_citation","url":"u","title":"t"})") !=
            std::string::npos);
    QVERIFY(steps.find(R"(0/0 citation {"type":"url_citation","url":"v","title":""})") !=
            std::string::npos);
    ChatEvent citation = step(ChatEvent::Kind::Citation);
    citation.json = R"({"type":"url_citation","url_citation":{"url":"u","title":"t"}})";
    QVERIFY(
        written({step(ChatEvent::Kind::Text, 0, "\"a\""), citation}, context(false))
            .find(R"("groundingMetadata":{"groundingChunks":[{"web":{"uri":"u","title":"t"}}]})") !=
        std::string::npos);
}

void TestGeminiAnswer::probabilitiesGoBothWays() {
    ChatEvent first = step(ChatEvent::Kind::Logprobs);
    first.json =
        R"({"content":[{"token":"a","logprob":-0.10,"bytes":[97],"top_logprobs":[{"token":"b","logprob":-2.0,"bytes":null}]}],"refusal":null})";
    ChatEvent second = step(ChatEvent::Kind::Logprobs);
    second.json = R"({"content":[{"token":"c","logprob":0,"bytes":[99],"top_logprobs":[]}]})";
    QVERIFY(
        written({first, second}, context(true))
            .find(
                R"("logprobsResult":{"topCandidates":[{"candidates":[{"token":"b","logProbability":-2.0}]},{"candidates":[]}],"chosenCandidates":[{"token":"a","logProbability":-0.10},{"token":"c","logProbability":0}]})") !=
        std::string::npos);
}

void TestGeminiAnswer::countsAndErrors() {
    QCOMPARE(geminiTokenCount(12), std::string(R"({"totalTokens":12})"));
    QCOMPARE(geminiErrorBody(gr::Error(ErrorCode::Unauthorized, "No.")),
             std::string(R"({"error":{"code":401,"message":"No.","status":"UNAUTHENTICATED"}})"));
}

#endif  // Q_MOC_RUN

QTEST_APPLESS_MAIN(TestGeminiAnswer)
#include "test_gemini_answer.moc"
