// SPDX-License-Identifier: MIT
#include <QtTest>

#include "json/scan.h"
#include "protocol/gemini_request_reader.h"
#include "protocol/gemini_request_writer.h"
#include "protocol/gemini_schema.h"
#include "protocol/gemini_thinking.h"
#include "protocol/gemini_words.h"

using namespace gr;
using namespace gr::protocol;

class TestGeminiOut final : public QObject {
    Q_OBJECT

  private slots:
    void pathNamesTheModel();
    void neighboursAreMergedAndEmptyTextIsDropped();
    void aSystemTextAloneIsAsked();
    void claudeCodesBillingLineStaysHere();
    void asManyResultsAsCallsInTheirOrder();
    void aConversationNeitherBeginsNorEndsWithACall();
    void onlyTheFirstCallOfAStepIsSigned();
    void foreignProofsAreDroppedAndOwnOnesFindTheirCall();
    void aProofThatItsCallHasAgainIsNotRepeated();
    void mediaGoInlineAndAddressesAreRefused();
    void picturesOfResultsGoInsideOrBehind();
    void toolsAndChoices();
    void toolNamesThatDoNotFitAreChangedApart();
    void numbersPassAsWritten();
    void modelsBeforeThreeAreToldTheFormInWordsBesideTools();
    void constBecomesAnEnumWhereItIsAKeyword_data();
    void constBecomesAnEnumWhereItIsAKeyword();
    void googlesSchemasBecomeJsonSchema();
    void thinking_data();
    void thinking();
    void aGeminiClientsRequestKeepsEverything();
};

#ifndef Q_MOC_RUN  // moc does not know raw strings

namespace {

const Dialects& dialects() {
    static const Dialects data = Dialects::embedded();
    return data;
}

Target target(std::string_view model) {
    const Dialect& dialect = dialects().find("gemini", Protocol::Gemini);
    return {model, &dialect, dialects().rulesOf(dialect, model), {}};
}

constexpr std::string_view kLevels = "gemini-3-flash";
constexpr std::string_view kBudgets = "gemini-2.5-flash";

Part text(std::string_view json) {
    Part part;
    part.text = json;
    return part;
}

Part call(std::string_view id, std::string_view name, std::string_view signature = {}) {
    Part part;
    part.kind = Part::Kind::ToolCall;
    part.call = {id, name, {}, R"({"n":1.10})", {}, signature};
    return part;
}

Part result(std::string_view id, std::string_view json, bool isError = false) {
    ToolResult value;
    value.callId = id;
    value.parts.push_back(text(json));
    value.isError = isError;
    Part part;
    part.kind = Part::Kind::ToolResult;
    part.result = std::make_shared<const ToolResult>(std::move(value));
    return part;
}

Part proof(std::string_view signature, std::string_view vendor, std::string_view thought = {}) {
    Part part;
    part.kind = Part::Kind::Reasoning;
    part.reasoning.text = thought;
    part.reasoning.signature = signature;
    part.reasoning.vendor = vendor;
    return part;
}

Part image(std::string_view data, std::string_view url = {}) {
    Part part;
    part.kind = Part::Kind::Image;
    part.media.type = "image/png";
    part.media.data = data;
    part.media.url = url;
    return part;
}

Turn turn(Role role, std::vector<Part> parts) {
    return {role, {}, std::move(parts)};
}

ChatRequest conversation(std::vector<Turn> turns) {
    ChatRequest request;
    request.turns = std::move(turns);
    request.thinking.includeThoughts = false;
    return request;
}

WrittenRequest write(const ChatRequest& request, std::string_view model = kBudgets) {
    auto written = writeGeminiRequest(request, target(model));
    if (!written)
        qFatal("%s", written.error().message.text.c_str());
    if (!json::scanObject(written->body))
        qFatal("not JSON: %s", written->body.c_str());
    return std::move(*written);
}

std::string member(const std::string& body, std::string_view key) {
    const auto object = json::scanObject(body);
    const json::Member* found = object->find(key);
    return found != nullptr ? std::string(object->raw(*found)) : std::string();
}

std::string contents(const ChatRequest& request, std::string_view model = kBudgets) {
    return member(write(request, model).body, "contents");
}

}  // namespace

void TestGeminiOut::pathNamesTheModel() {
    ChatRequest request = conversation({turn(Role::User, {text("\"a\"")})});
    QCOMPARE(write(request).path, std::string("/models/gemini-2.5-flash:generateContent"));
    request.stream = true;
    QCOMPARE(write(request, "models/gemini-3-pro").path,
             std::string("/models/gemini-3-pro:streamGenerateContent?alt=sse"));
    // A model's name is a name and no piece of a URL.
    QCOMPARE(write(request, "../x?key=y#z").path,
             std::string("/models/..%2Fx%3Fkey%3Dy%23z:streamGenerateContent?alt=sse"));
}

void TestGeminiOut::neighboursAreMergedAndEmptyTextIsDropped() {
    const ChatRequest request = conversation(
        {turn(Role::System, {text("\"s\"")}), turn(Role::User, {text("\"a\"")}),
         turn(Role::User, {text("\"b\""), text("\"\"")}), turn(Role::Assistant, {text("\"\"")}),
         turn(Role::User, {text("\" \"")}), turn(Role::System, {text("\"late\"")})});
    const WrittenRequest written = write(request);
    QCOMPARE(member(written.body, "contents"),
             std::string(R"([{"role":"user","parts":[{"text":"a"},{"text":"b"},{"text":" "},)"
                         R"({"text":"<system-reminder>\nlate\n</system-reminder>"}]}])"));
    QCOMPARE(member(written.body, "systemInstruction"), std::string(R"({"parts":[{"text":"s"}]})"));
}

void TestGeminiOut::aSystemTextAloneIsAsked() {
    const ChatRequest request = conversation({turn(Role::System, {text("\"s\"")})});
    QCOMPARE(contents(request), std::string(R"([{"role":"user","parts":[{"text":"s"}]}])"));
    QVERIFY(!writeGeminiRequest(conversation({}), target(kBudgets)));
}

void TestGeminiOut::claudeCodesBillingLineStaysHere() {
    const ChatRequest request = conversation(
        {turn(Role::System, {text("\"x-anthropic-billing-header: cc\""), text("\"s\"")}),
         turn(Role::User, {text("\"a\"")})});
    QCOMPARE(member(write(request).body, "systemInstruction"),
             std::string(R"({"parts":[{"text":"s"}]})"));
}

void TestGeminiOut::asManyResultsAsCallsInTheirOrder() {
    const ChatRequest request =
        conversation({turn(Role::User, {text("\"a\"")}),
                      turn(Role::Assistant, {call("1", "f"), call("2", "g"), call("3", "h")}),
                      turn(Role::User, {text("\"and\""), result("3", "\"three\"")}),
                      turn(Role::User, {result("1", "\"bad\"", true), result("9", "\"orphan\"")})});
    QCOMPARE(
        contents(request),
        std::string(R"([{"role":"user","parts":[{"text":"a"}]},{"role":"model","parts":[)"
                    R"({"functionCall":{"name":"f","args":{"n":1.10}}},)"
                    R"({"functionCall":{"name":"g","args":{"n":1.10}}},)"
                    R"({"functionCall":{"name":"h","args":{"n":1.10}}}]},{"role":"user","parts":[)"
                    R"({"functionResponse":{"name":"f","response":{"error":"bad"}}},)"
                    R"({"functionResponse":{"name":"g","response":{"result":"[no result]"}}},)"
                    R"({"functionResponse":{"name":"h","response":{"result":"three"}}},)"
                    R"({"text":"and"},{"text":"orphan"}]}])"));
}

void TestGeminiOut::aConversationNeitherBeginsNorEndsWithACall() {
    const std::string written = contents(conversation({turn(Role::Assistant, {call("1", "f")})}));
    QCOMPARE(written,
             std::string(R"([{"role":"user","parts":[{"text":"…"}]},{"role":"model","parts":[)"
                         R"({"functionCall":{"name":"f","args":{"n":1.10}}}]},{"role":"user",)"
                         R"("parts":[{"functionResponse":{"name":"f","response":)"
                         R"({"result":"[no result]"}}}]}])"));
}

void TestGeminiOut::onlyTheFirstCallOfAStepIsSigned() {
    const ChatRequest request = conversation(
        {turn(Role::User, {text("\"a\"")}), turn(Role::Assistant, {call("1", "f"), call("2", "g")}),
         turn(Role::User, {result("1", "\"x\""), result("2", "\"y\"")}),
         turn(Role::Assistant, {call("3", "f", "U2ln"), call("4", "g")}),
         turn(Role::User, {result("3", "\"x\""), result("4", "\"y\"")})});
    const std::string written = contents(request, kLevels);
    const std::string skip =
        std::string("\"thoughtSignature\":\"") + std::string(kSkipSignature) + "\"";
    QVERIFY(written.find("{\"functionCall\":{\"id\":\"1\",\"name\":\"f\",\"args\":{\"n\":1.10}}," +
                         skip + "}") != std::string::npos);
    QVERIFY(written.find(skip) == written.rfind(skip));
    QVERIFY(written.find(R"("id":"3","name":"f","args":{"n":1.10}},"thoughtSignature":"U2ln"})") !=
            std::string::npos);
    QVERIFY(written.find(R"({"functionResponse":{"id":"4","name":"g",)") != std::string::npos);
    // Models before Gemini 3 know neither.
    QVERIFY(contents(request, kBudgets).find("skip_") == std::string::npos);
    QVERIFY(contents(request, kBudgets).find("\"id\"") == std::string::npos);
}

void TestGeminiOut::foreignProofsAreDroppedAndOwnOnesFindTheirCall() {
    const ChatRequest request =
        conversation({turn(Role::User, {text("\"a\"")}),
                      turn(Role::Assistant, {proof("anth", "anthropic", "\"hm\""),
                                             proof("gr1.x", "gemini"), proof("T3du", "gemini"),
                                             call("1", "f", "gr1.y"), proof("RW5k", "gemini")}),
                      turn(Role::User, {result("1", "\"x\"")})});
    const std::string written = contents(request, kLevels);
    QCOMPARE(
        written,
        std::string(R"([{"role":"user","parts":[{"text":"a"}]},{"role":"model","parts":[)"
                    R"({"functionCall":{"id":"1","name":"f","args":{"n":1.10}},)"
                    R"("thoughtSignature":"T3du"},)"
                    R"({"text":"","thoughtSignature":"RW5k"}]},{"role":"user","parts":[)"
                    R"({"functionResponse":{"id":"1","name":"f","response":{"result":"x"}}}]}])"));
}

void TestGeminiOut::aProofThatItsCallHasAgainIsNotRepeated() {
    const ChatRequest request =
        conversation({turn(Role::User, {text("\"a\"")}),
                      turn(Role::Assistant, {proof("T3du", "gemini"), call("1", "f", "T3du")}),
                      turn(Role::User, {result("1", "\"x\"")})});
    QVERIFY(contents(request, kLevels)
                .find(R"({"role":"model","parts":[{"functionCall":{"id":"1","name":"f",)"
                      R"("args":{"n":1.10}},"thoughtSignature":"T3du"}]})") != std::string::npos);
}

void TestGeminiOut::mediaGoInlineAndAddressesAreRefused() {
    QVERIFY(contents(conversation({turn(Role::User, {image("QUJD")})}))
                .find(R"({"inlineData":{"mimeType":"image/png","data":"QUJD"}})") !=
            std::string::npos);
    const auto refused = writeGeminiRequest(
        conversation({turn(Role::User, {image("", "https://a.example/x.png")})}), target(kBudgets));
    QVERIFY(!refused.has_value());
    QCOMPARE(refused.error().field, std::string("messages"));
    QVERIFY(refused.error().message.text.find("data: URL") != std::string::npos);
    const auto google = writeGeminiRequest(
        conversation({turn(Role::User, {image("", "gs://bucket/x.png")})}), target(kBudgets));
    QVERIFY(google->body.find(R"("fileUri":"gs://bucket/x.png")") != std::string::npos);
}

void TestGeminiOut::picturesOfResultsGoInsideOrBehind() {
    ToolResult value;
    value.callId = "1";
    value.parts = {text("\"see\""), image("QUJD")};
    Part answer;
    answer.kind = Part::Kind::ToolResult;
    answer.result = std::make_shared<const ToolResult>(std::move(value));
    const ChatRequest request =
        conversation({turn(Role::User, {text("\"a\"")}), turn(Role::Assistant, {call("1", "f")}),
                      turn(Role::User, {answer})});
    const std::string picture = R"({"inlineData":{"mimeType":"image/png","data":"QUJD"}})";
    QVERIFY(contents(request, kLevels)
                .find("\"response\":{\"result\":\"see\"},\"parts\":[" + picture + "]}}]") !=
            std::string::npos);
    QVERIFY(contents(request, kBudgets).find("{\"result\":\"see\"}}}," + picture + "]") !=
            std::string::npos);
}

void TestGeminiOut::toolsAndChoices() {
    ChatRequest request = conversation({turn(Role::User, {text("\"a\"")})});
    Tool function;
    function.name = "f";
    function.description = "\"does\"";
    function.parameters = R"({"type":"object","properties":{"z":{"const":1},"a":{}}})";
    Tool bare;
    bare.name = "bare";
    Tool freeText;
    freeText.kind = Tool::Kind::Custom;
    freeText.name = "9 odd";
    Tool search;
    search.kind = Tool::Kind::Hosted;
    search.type = "web_search";
    request.tools = {function, bare, freeText, search};
    request.toolChoice.emplace();
    request.toolChoice->mode = ToolChoice::Mode::Named;
    request.toolChoice->names = {"9 odd"};
    request.parallelTools = false;
    const WrittenRequest written = write(request);
    const std::string odd = geminiToolName("9 odd");
    QCOMPARE(
        member(written.body, "tools"),
        R"([{"functionDeclarations":[{"name":"f","description":"does","parametersJsonSchema":)"
        R"({"type":"object","properties":{"z":{"enum":[1]},"a":{}}}},{"name":"bare"},{"name":")" +
            odd +
            R"(","parametersJsonSchema":{"type":"object","properties":{"input":{"type":"string"}},)"
            R"("required":["input"]}}]}])");
    QCOMPARE(member(written.body, "toolConfig"),
             R"({"functionCallingConfig":{"mode":"ANY","allowedFunctionNames":[")" + odd + "\"]}}");
    QCOMPARE(written.dropped.size(), std::size_t(2));
    QCOMPARE(written.dropped[0], std::string("web_search"));
    QCOMPARE(written.dropped[1], std::string("parallel_tool_calls"));
    // Of the allowed ones only those are told.
    request.toolChoice->mode = ToolChoice::Mode::Auto;
    request.toolChoice->names = {"bare"};
    QCOMPARE(member(write(request).body, "tools"),
             std::string(R"([{"functionDeclarations":[{"name":"bare"}]}])"));
    // Without tools there is nothing to choose.
    request.tools.clear();
    request.toolChoice->mode = ToolChoice::Mode::None;
    QVERIFY(member(write(request).body, "toolConfig").empty());
}

void TestGeminiOut::toolNamesThatDoNotFitAreChangedApart() {
    QCOMPARE(geminiToolName("mcp__a-b.c:d"), std::string("mcp__a-b.c:d"));
    const std::string longName(80, 'x');
    QCOMPARE(geminiToolName(longName).size(), std::size_t(64));
    QVERIFY(geminiToolName(longName) != geminiToolName(longName + "y"));
    QVERIFY(geminiToolName("a b") != geminiToolName("a/b"));
    QVERIFY(geminiToolName("1a").starts_with("_1a_"));
}

void TestGeminiOut::numbersPassAsWritten() {
    ChatRequest request = conversation({turn(Role::User, {text("\"a\"")})});
    request.sampling.temperature = "0.70";
    request.sampling.topP = "1e-1";
    request.sampling.topK = "40";
    request.sampling.seed = "12345678901";
    request.sampling.choices = 2;
    request.sampling.logprobs = true;
    request.sampling.topLogprobs = "3";
    request.sampling.logitBias = "{}";
    request.sampling.stop = {"\"\\u00e9\""};
    request.maxOutput = 100;
    request.format.kind = OutputFormat::Kind::JsonSchema;
    request.format.schema = R"({"b":{"const":"x"},"type":"object"})";
    const WrittenRequest written = write(request, "gemini-2.0-flash");
    QCOMPARE(member(written.body, "generationConfig"),
             std::string(R"({"maxOutputTokens":100,"temperature":0.70,"topP":1e-1,"topK":40,)"
                         R"("seed":12345678901,"candidateCount":2,"responseLogprobs":true,)"
                         R"("logprobs":3,"stopSequences":["\u00e9"],)"
                         R"("responseMimeType":"application/json","responseJsonSchema":)"
                         R"({"b":{"const":"x"},"type":"object"}})"));
    QCOMPARE(written.dropped, std::vector<std::string>{"logit_bias"});
    request.sampling.stop.assign(6, "\"a\"");
    QCOMPARE(writeGeminiRequest(request, target(kBudgets)).error().field, std::string("stop"));
}

void TestGeminiOut::modelsBeforeThreeAreToldTheFormInWordsBesideTools() {
    ChatRequest request = conversation({turn(Role::User, {text("\"a\"")})});
    Tool tool;
    tool.name = "f";
    request.tools = {tool};
    request.format.kind = OutputFormat::Kind::JsonSchema;
    request.format.schema = R"({"type":"object"})";
    QVERIFY(write(request, kLevels).body.find("responseJsonSchema") != std::string::npos);
    const std::string body = write(request, kBudgets).body;
    QVERIFY(body.find("responseJsonSchema") == std::string::npos);
    QVERIFY(member(body, "systemInstruction").find(R"({\"type\":\"object\"})") !=
            std::string::npos);
}

void TestGeminiOut::constBecomesAnEnumWhereItIsAKeyword_data() {
    QTest::addColumn<QString>("schema");
    QTest::addColumn<QString>("gemini");
    const auto row = [](const char* name, const char* schema, const char* gemini) {
        QTest::newRow(name) << QString::fromUtf8(schema) << QString::fromUtf8(gemini);
    };
    row("untouched", R"({ "b":1, "a": [1.0] })", R"({ "b":1, "a": [1.0] })");
    row("at the root", R"({"const":{"k":1}})", R"({"enum":[{"k":1}]})");
    row("narrower than an enum", R"({"enum":[1,2],"const":1})", R"({"enum":[1]})");
    row("a property of that name stays",
        R"({"properties":{"const":{"type":"string"},"x":{"anyOf":[{"const":1},true]}}})",
        R"({"properties":{"const":{"type":"string"},"x":{"anyOf":[{"enum":[1]},true]}}})");
    row("values stay", R"({"default":{"const":1},"examples":[{"const":2}]})",
        R"({"default":{"const":1},"examples":[{"const":2}]})");
    row("deep", R"({"$defs":{"a":{"items":[{"not":{"const":null}}]}}})",
        R"({"$defs":{"a":{"items":[{"not":{"enum":[null]}}]}}})");
}

void TestGeminiOut::constBecomesAnEnumWhereItIsAKeyword() {
    QFETCH(QString, schema);
    QFETCH(QString, gemini);
    QCOMPARE(QString::fromStdString(geminiJsonSchema(schema.toStdString())), gemini);
}

void TestGeminiOut::googlesSchemasBecomeJsonSchema() {
    QCOMPARE(
        jsonSchemaOfGemini(
            R"({"type":"OBJECT","property_ordering":["b","a"],"properties":{"b":{"type":"STRING",)"
            R"("enum":["x"],"nullable":true},"a":{"type":"ARRAY","minItems":"2","max_items":3,)"
            R"("items":{"any_of":[{"type":"NUMBER"},{"type":"BOOLEAN","example":true}]}},)"
            R"("nullable":{"type":"STRING","minLength":"x"}},"required":["b"]})"),
        std::string(
            R"({"type":"object","properties":{"b":{"type":["string","null"],"enum":["x",null]},)"
            R"("a":{"type":"array","minItems":2,"maxItems":3,"items":{"anyOf":[{"type":"number"},)"
            R"({"type":"boolean"}]}},"nullable":{"type":"string","minLength":"x"}},)"
            R"("required":["b"]})"));
}

void TestGeminiOut::thinking_data() {
    QTest::addColumn<QString>("model");
    QTest::addColumn<QString>("effort");
    QTest::addColumn<int>("budget");  // -2: none
    QTest::addColumn<int>("most");
    QTest::addColumn<QString>("config");
    const auto row = [](const char* model, const char* effort, int budget, int most,
                        const char* config) {
        const std::string name = std::string(model) + " " + effort + " " + std::to_string(budget) +
                                 " " + std::to_string(most);
        QTest::newRow(name.c_str()) << model << effort << budget << most << config;
    };
    row("gemini-2.0-flash", "high", -2, 0, "");
    row("gemini-2.5-flash", "", -2, 0, R"({"includeThoughts":true})");
    row("gemini-2.5-flash", "none", -2, 0, R"({"thinkingBudget":0})");
    row("gemini-2.5-pro", "none", -2, 0, R"({"thinkingBudget":128,"includeThoughts":true})");
    row("gemini-2.5-flash", "low", -2, 0, R"({"thinkingBudget":1024,"includeThoughts":true})");
    row("gemini-2.5-flash", "medium", -2, 0, R"({"thinkingBudget":8192,"includeThoughts":true})");
    row("gemini-2.5-flash", "max", -2, 0, R"({"thinkingBudget":24576,"includeThoughts":true})");
    row("gemini-2.5-pro", "max", -2, 0, R"({"thinkingBudget":32768,"includeThoughts":true})");
    row("gemini-2.5-flash", "high", -2, 1000, R"({"thinkingBudget":500,"includeThoughts":true})");
    row("gemini-2.5-flash", "", -1, 0, R"({"thinkingBudget":-1,"includeThoughts":true})");
    row("gemini-2.5-flash", "", 60000, 0, R"({"thinkingBudget":24576,"includeThoughts":true})");
    row("gemini-3-flash", "none", -2, 0, R"({"thinkingLevel":"minimal","includeThoughts":true})");
    row("gemini-3-pro", "none", -2, 0, R"({"thinkingLevel":"low","includeThoughts":true})");
    row("gemini-3-pro", "medium", -2, 0, R"({"thinkingLevel":"high","includeThoughts":true})");
    row("gemini-3-flash", "xhigh", -2, 0, R"({"thinkingLevel":"high","includeThoughts":true})");
    row("gemini-3-flash", "", 1024, 0, R"({"thinkingLevel":"low","includeThoughts":true})");
    row("gemini-3-flash", "", 10000, 0, R"({"thinkingLevel":"medium","includeThoughts":true})");
    row("gemini-3-flash", "", -1, 0, R"({"includeThoughts":true})");
    row("gemini-4-pro", "", 20000, 0, R"({"thinkingLevel":"high","includeThoughts":true})");
}

void TestGeminiOut::thinking() {
    QFETCH(QString, model);
    QFETCH(QString, effort);
    QFETCH(int, budget);
    QFETCH(int, most);
    QFETCH(QString, config);
    Thinking wanted;
    wanted.effort = effortNamed(effort.toStdString());
    if (budget > -2)
        wanted.budget = budget;
    const std::string name = model.toStdString();
    const auto limit = most > 0 ? std::optional<std::int64_t>(most) : std::nullopt;
    QCOMPARE(QString::fromStdString(geminiThinking(wanted, target(name).rules, name, limit)),
             config);
}

void TestGeminiOut::aGeminiClientsRequestKeepsEverything() {
    const std::string body =
        R"({"contents":[{"role":"user","parts":[{"text":"a","partMetadata":{"k":1}}]},)"
        R"({"role":"model","parts":[{"text":"hm","thought":true},{"text":"b","thoughtSignature":"U2ln"},)"
        R"({"functionCall":{"name":"f","args":{"z":1,"a":2}},"thoughtSignature":"Q2Fs"}]},)"
        R"({"role":"user","parts":[{"functionResponse":{"name":"f","response":{"x":1.0}}}]}],)"
        R"("systemInstruction":{"parts":[{"text":"s"}]},)"
        R"("tools":[{"functionDeclarations":[{"name":"f","parameters":{"type":"OBJECT"}}]},{"googleSearch":{}}],)"
        R"("generationConfig":{"temperature":1.0,"speechConfig":{"x":1}},)"
        R"("safetySettings":[{"category":"C","threshold":"T"}],"labels":{"a":"b"}})";
    const auto request = readGeminiRequest(body);
    QVERIFY(request.has_value());
    QCOMPARE(write(*request, kLevels).body, body);
}

#endif  // Q_MOC_RUN

QTEST_APPLESS_MAIN(TestGeminiOut)
#include "test_gemini_out.moc"
