// SPDX-License-Identifier: MIT
#include <QtTest>

#include "base/text.h"
#include "protocol/gemini_request_reader.h"

using namespace gr;
using namespace gr::protocol;

class TestGeminiRequest final : public QObject {
    Q_OBJECT

  private slots:
    void turnsKeepTheirText_data();
    void turnsKeepTheirText();
    void sealsComeBackFromBase64();
    void settings();
    void tools();
    void countsTakeBothForms();
    void wrongFieldsAreNamed_data();
    void wrongFieldsAreNamed();
};

#ifndef Q_MOC_RUN  // moc does not know raw strings

namespace {

// The turns in one line each: role, then the parts.
std::string partLine(const Part& part) {
    const auto text = [](std::string_view view) { return std::string(view); };
    switch (part.kind) {
        case Part::Kind::Text:
            return text(part.text);
        case Part::Kind::Reasoning:
            return "thought(" + text(part.reasoning.text) + "," + text(part.reasoning.signature) +
                   ")";
        case Part::Kind::ToolCall:
            return "call(" + text(part.call.id) + "," + text(part.call.name) + "," +
                   text(part.call.arguments) + "," + text(part.call.signature) + ")";
        case Part::Kind::ToolResult: {
            std::string out = "result(" + text(part.result->callId) + "," +
                              (part.result->isError ? "error" : "") + text(part.result->json);
            for (const Part& inner : part.result->parts)
                out += "," + partLine(inner);
            return out + ")";
        }
        case Part::Kind::Image:
        case Part::Kind::File:
        case Part::Kind::Audio:
            return "media" + std::to_string(static_cast<int>(part.kind)) + "(" +
                   text(part.media.type) + "," + text(part.media.data) + text(part.media.url) + ")";
        default:
            return "other(" + text(part.source) + ")";
    }
}

std::string turnsOf(const ChatRequest& request) {
    constexpr std::string_view kRoles = "sdua";
    std::string out;
    for (const Turn& turn : request.turns) {
        out += kRoles[static_cast<std::size_t>(turn.role)];
        out += ":";
        for (const Part& part : turn.parts)
            out += " " + partLine(part);
        out += "\n";
    }
    return out;
}

ChatRequest read(std::string_view body) {
    auto request = readGeminiRequest(body);
    if (!request)
        qFatal("%s", request.error().message.text.c_str());
    return std::move(*request);
}

std::string withContents(const std::string& contents) {
    return "{\"contents\":[" + contents + "]}";
}

}  // namespace

void TestGeminiRequest::turnsKeepTheirText_data() {
    QTest::addColumn<QString>("contents");
    QTest::addColumn<QString>("turns");
    const auto row = [](const char* name, const char* contents, const char* turns) {
        QTest::newRow(name) << QString::fromUtf8(contents) << QString::fromUtf8(turns);
    };
    row("text with its escapes", R"({"role":"user","parts":[{"text":"caf\u00e9 \ud83d"}]})",
        "u: \"caf\\u00e9 \\ud83d\"\n");
    row("no role is the user", R"({"parts":[{"text":"a"}]})", "u: \"a\"\n");
    row("calls with numbers as written, results by order",
        R"({"role":"user","parts":[{"text":"go"}]},
           {"role":"model","parts":[
             {"functionCall":{"name":"f","args":{"b":1.10,"a":9007199254740993}},"thoughtSignature":"U2ln"},
             {"functionCall":{"name":"g"}},{"functionCall":{"name":"f","args":{}}}]},
           {"role":"user","parts":[
             {"functionResponse":{"name":"f","response":{"output":"one"}}},
             {"functionResponse":{"name":"f","response":{"x":2}}},
             {"functionResponse":{"name":"g","response":{"error":"no"}}}]})",
        "u: \"go\"\n"
        "a: call(gr_call_1,f,{\"b\":1.10,\"a\":9007199254740993},U2ln) call(gr_call_2,g,{},)"
        " call(gr_call_3,f,{},)\n"
        "u: result(gr_call_1,{\"output\":\"one\"},\"one\")"
        " result(gr_call_3,{\"x\":2},\"{\\\"x\\\":2}\")"
        " result(gr_call_2,error{\"error\":\"no\"},\"no\")\n");
    row("results by id",
        R"({"role":"model","parts":[{"functionCall":{"id":"a","name":"f"}},
             {"functionCall":{"id":"b","name":"f"}}]},
           {"role":"function","parts":[{"functionResponse":{"id":"b","name":"f","response":{}}},
             {"functionResponse":{"id":"a","name":"f","response":{}}}]})",
        "a: call(a,f,{},) call(b,f,{},)\nu: result(b,{},\"{}\") result(a,{},\"{}\")\n");
    row("an unanswered call of an earlier step is not answered later",
        R"({"role":"model","parts":[{"functionCall":{"name":"f"}}]},
           {"role":"user","parts":[{"text":"stop"}]},
           {"role":"model","parts":[{"functionCall":{"name":"f"}}]},
           {"role":"user","parts":[{"functionResponse":{"name":"f","response":{}}}]})",
        "a: call(gr_call_1,f,{},)\nu: \"stop\"\na: call(gr_call_2,f,{},)\n"
        "u: result(gr_call_2,{},\"{}\")\n");
    row("an orphan result keeps what it says",
        R"({"role":"user","parts":[{"functionResponse":{"name":"f","response":{"output":"x"}}}]})",
        "u: result(,{\"output\":\"x\"},\"x\")\n");
    row("thoughts of several chunks and contents belong to their signature",
        R"({"role":"model","parts":[{"text":"a","thought":true}]},
           {"role":"model","parts":[{"text":"b","thought":true}]},
           {"role":"model","parts":[{"text":"","thought":true,"thoughtSignature":"s"},{"text":"c"}]})",
        "a: thought(\"ab\",s) \"c\"\n");
    row("signs of life do not part thoughts",
        R"({"role":"model","parts":[{"text":"a","thought":true}]},{"role":"model","parts":[{"text":""}]},
           {"role":"model","parts":[{"text":"b","thought":true,"thoughtSignature":"s"}]})",
        "a: thought(\"ab\",s)\n");
    row("signed text", R"({"role":"model","parts":[{"text":"a","thought_signature":"s"}]})",
        "a: \"a\" thought(,s)\n");
    row("pictures, documents, sounds; both alphabets of base64",
        R"({"parts":[{"inlineData":{"mimeType":"image/png","data":"-_-_"}},
             {"inline_data":{"mime_type":"application/pdf","data":"QUI"}},
             {"inlineData":{"mimeType":"audio/wav","data":"QUJD"}},
             {"fileData":{"fileUri":"gs://b/o","mimeType":"image/png"}}]})",
        "u: media2(image/png,+/+/) media3(application/pdf,QUI=) media4(audio/wav,QUJD)"
        " media2(image/png,gs://b/o)\n");
    row("a picture in a result",
        R"({"role":"model","parts":[{"functionCall":{"name":"f"}}]},
           {"parts":[{"functionResponse":{"name":"f","response":{"output":"x"},
              "parts":[{"inlineData":{"mimeType":"image/png","data":"QUJD"}}]}}]})",
        "a: call(gr_call_1,f,{},)\n"
        "u: result(gr_call_1,{\"output\":\"x\"},\"x\",media2(image/png,QUJD))\n");
    row("what only Google knows", R"({"role":"model","parts":[{"executableCode":{"code":"1"}}]})",
        "a: other({\"executableCode\":{\"code\":\"1\"}})\n");
    row("an empty turn of the model says nothing",
        R"({"parts":[{"text":"a"}]},{"role":"model","parts":[]},{"parts":[{"text":"b"}]})",
        "u: \"a\" \"b\"\n");
}

void TestGeminiRequest::turnsKeepTheirText() {
    QFETCH(QString, contents);
    QFETCH(QString, turns);
    const std::string body = withContents(contents.toStdString());
    QCOMPARE(QString::fromStdString(turnsOf(read(body))), turns);
}

void TestGeminiRequest::sealsComeBackFromBase64() {
    const std::string seal = "gr1.abc-_";
    const std::string body =
        withContents(R"({"role":"model","parts":[{"text":"","thought":true,"thoughtSignature":")" +
                     toBase64(seal) + "\"}]}");
    QCOMPARE(read(body).turns[0].parts[0].reasoning.signature, std::string_view(seal));
}

void TestGeminiRequest::settings() {
    const std::string body = R"({"system_instruction":{"parts":[{"text":"be"},{"text":"kind"}]},
        "contents":[{"parts":[{"text":"a"}]}],
        "generationConfig":{"temperature":0.70,"top_p":1e-1,"topK":3,"maxOutputTokens":77,
          "candidateCount":2,"stopSequences":["x","\u00e9"],"seed":5,"presencePenalty":0.5,
          "frequency_penalty":-1,"responseLogprobs":true,"logprobs":4,
          "responseMimeType":"application/json","responseJsonSchema":{"z":1,"a":2},
          "thinkingConfig":{"includeThoughts":true,"thinkingLevel":"HIGH"}}})";
    const ChatRequest request = read(body);
    QVERIFY(request.from == Protocol::Gemini);
    QVERIFY(request.turns[0].role == Role::System);
    QCOMPARE(request.turns[0].parts.size(), std::size_t(2));
    QCOMPARE(request.sampling.temperature, std::string_view("0.70"));
    QCOMPARE(request.sampling.topP, std::string_view("1e-1"));
    QCOMPARE(request.sampling.topK, std::string_view("3"));
    QCOMPARE(request.sampling.frequencyPenalty, std::string_view("-1"));
    QCOMPARE(request.sampling.choices, std::int64_t(2));
    QCOMPARE(request.sampling.stop[1], std::string_view("\"\\u00e9\""));
    QVERIFY(request.sampling.logprobs);
    QCOMPARE(request.maxOutput, std::optional<std::int64_t>(77));
    QVERIFY(request.format.kind == OutputFormat::Kind::JsonSchema);
    QCOMPARE(request.format.schema, std::string_view(R"({"z":1,"a":2})"));
    QVERIFY(request.thinking.includeThoughts);
    QVERIFY(request.thinking.effort == Effort::High);
    QVERIFY(!read(withContents(R"({"parts":[{"text":"a"}]})")).thinking.includeThoughts);
}

void TestGeminiRequest::tools() {
    const std::string body = R"({"contents":[{"parts":[{"text":"a"}]}],
        "tools":[{"functionDeclarations":[
          {"name":"f","description":"does","parametersJsonSchema":{"type":"object"}},
          {"name":"g","parameters":{"type":"OBJECT","properties":{"n":{"type":"INTEGER","nullable":true}}}}]},
          {"google_search":{}}],
        "toolConfig":{"functionCallingConfig":{"mode":"ANY","allowedFunctionNames":["f"]}}})";
    const ChatRequest request = read(body);
    QCOMPARE(request.tools.size(), std::size_t(3));
    QCOMPARE(request.tools[0].parameters, std::string_view(R"({"type":"object"})"));
    QCOMPARE(
        request.tools[1].parameters,
        std::string_view(R"({"type":"object","properties":{"n":{"type":["integer","null"]}}})"));
    QVERIFY(request.tools[2].kind == Tool::Kind::Hosted);
    QCOMPARE(request.tools[2].type, std::string_view("google_search"));
    QVERIFY(request.toolChoice->mode == ToolChoice::Mode::Named);
    QCOMPARE(request.toolChoice->names[0], std::string_view("f"));
}

void TestGeminiRequest::countsTakeBothForms() {
    const auto plain = readGeminiCount(R"({"contents":[{"parts":[{"text":"a"}]}]})");
    QVERIFY(plain.has_value());
    const auto whole = readGeminiCount(
        R"({"generateContentRequest":{"model":"models/x","contents":[{"parts":[{"text":"b"}]}]}})");
    QVERIFY(whole.has_value());
    QCOMPARE(turnsOf(*whole), std::string("u: \"b\"\n"));
}

void TestGeminiRequest::wrongFieldsAreNamed_data() {
    QTest::addColumn<QString>("body");
    QTest::addColumn<QString>("field");
    const auto row = [](const char* field, const char* body) {
        QTest::newRow(body) << QString::fromUtf8(body) << QString::fromUtf8(field);
    };
    row("contents", R"({})");
    row("contents", R"({"contents":[]})");
    row("contents", R"({"contents":"hi"})");
    row("contents[0]", R"({"contents":["hi"]})");
    row("contents[0].parts", R"({"contents":[{"role":"user"}]})");
    row("contents[0].role", R"({"contents":[{"role":"system","parts":[{"text":"a"}]}]})");
    row("contents[0].parts[1]", R"({"contents":[{"parts":[{"text":"a"},{}]}]})");
    row("contents[0].parts[0].text", R"({"contents":[{"parts":[{"text":1}]}]})");
    row("contents[0].parts[0].inlineData.data",
        R"({"contents":[{"parts":[{"inlineData":{"mimeType":"image/png"}}]}]})");
    row("contents[0].parts[0].functionCall.name",
        R"({"contents":[{"role":"model","parts":[{"functionCall":{"args":{}}}]}]})");
    row("contents[0].parts[0].functionCall.args",
        R"({"contents":[{"role":"model","parts":[{"functionCall":{"name":"f","args":"{}"}}]}]})");
    row("contents[0].parts[0].inlineData.mimeType",
        R"({"contents":[{"parts":[{"inlineData":{"mimeType":"image/png,x","data":"AA=="}}]}]})");
    row("contents[0].parts[0].inlineData.data",
        R"({"contents":[{"parts":[{"inlineData":{"mimeType":"image/png","data":""}}]}]})");
    row("contents[0].parts[0].fileData.fileUri",
        R"({"contents":[{"parts":[{"fileData":{"mimeType":"image/png","fileUri":""}}]}]})");
    row("contents[0].parts[1].functionCall",
        R"({"contents":[{"parts":[{"text":"a"},{"functionCall":{"name":"f"}}]}]})");
    row("contents[0].parts[0].functionResponse",
        R"({"contents":[{"role":"model","parts":[{"functionResponse":{"name":"f","response":{}}}]}]})");
    row("generationConfig.topP",
        R"({"contents":[{"parts":[{"text":"a"}]}],"generationConfig":{"topP":1,"top_p":2}})");
    row("generationConfig.thinkingConfig.thinkingLevel",
        R"({"contents":[{"parts":[{"text":"a"}]}],"generationConfig":{"thinkingConfig":{"thinkingLevel":"HUGE"}}})");
    row("toolConfig.functionCallingConfig.mode",
        R"({"contents":[{"parts":[{"text":"a"}]}],"toolConfig":{"functionCallingConfig":{"mode":"SOME"}}})");
    row("tools[0].functionDeclarations[0].name",
        R"({"contents":[{"parts":[{"text":"a"}]}],"tools":[{"functionDeclarations":[{}]}]})");
}

void TestGeminiRequest::wrongFieldsAreNamed() {
    QFETCH(QString, body);
    QFETCH(QString, field);
    const std::string text = body.toStdString();
    const auto request = readGeminiRequest(text);
    QVERIFY(!request.has_value());
    QCOMPARE(QString::fromStdString(request.error().field), field);
    QCOMPARE(errorInfo(request.error().code).status, 400);
}

#endif  // Q_MOC_RUN

QTEST_APPLESS_MAIN(TestGeminiRequest)
#include "test_gemini_request.moc"
