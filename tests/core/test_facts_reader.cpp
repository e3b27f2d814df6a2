// SPDX-License-Identifier: MIT
#include <QtTest>

#include "routing/facts_reader.h"

using namespace gr;
using namespace gr::routing;
using protocol::Protocol;

// Declared in front of all texts: moc does not read what stands behind some of them.
class FactsReaderTest final : public QObject {
    Q_OBJECT

  private slots:
    void needs_data();
    void needs();
    void theLastWordsOfAPerson();
    void textIsCutBetweenCharacters();
    void whatRepeats();
    void dataOfPicturesIsNoText();
    void marksOfTheCache();
    void toolsThatFailed();
    void sessions();
    void whatWasAskedFor();
};

namespace {

RequestFacts factsOf(Protocol protocol, const std::string& body, std::string_view named = {},
                     std::string_view client = "me") {
    protocol::PathAsk path;
    path.model = "m";
    const auto ask = protocol::readAsk(protocol, body, path);
    if (!ask)
        qFatal("%s", ask.error().message.text.c_str());
    return readFacts(*ask, body, {client, "secret", named});
}

RequestFacts chat(const std::string& members, std::string_view named = {},
                  std::string_view client = "me") {
    return factsOf(Protocol::OpenAiChat, R"({"model":"auto",)" + members + "}", named, client);
}

std::string saying(const std::string& text) {
    return R"("messages":[{"role":"user","content":")" + text + R"("}])";
}

// What an answer needs, in a word for each.
std::string needsOf(const RequestFacts& facts) {
    std::string out;
    const auto add = [&out](bool is, const char* word) {
        if (is)
            out += std::string(out.empty() ? "" : " ") + word;
    };
    add(facts.hasImage, "image");
    add(facts.hasFile, "file");
    add(facts.hasAudio, "audio");
    add(facts.hasVideo, "video");
    add(facts.hasTools, "tools");
    add(facts.structured, "structured");
    add(facts.reasoning, "reasoning");
    add(!facts.stateId.empty(), "state");
    return out;
}

}  // namespace

void FactsReaderTest::needs_data() {
    QTest::addColumn<int>("protocol");
    QTest::addColumn<QByteArray>("body");
    QTest::addColumn<QByteArray>("needs");
    const auto row = [](const char* name, Protocol protocol, const char* body, const char* needs) {
        QTest::newRow(name) << static_cast<int>(protocol) << QByteArray(body) << QByteArray(needs);
    };
    row("plain", Protocol::OpenAiChat,
        R"({"model":"a","messages":[{"role":"user","content":"\"type\":\"image\""}]})", "");
    row("chat", Protocol::OpenAiChat,
        R"({"model":"a","reasoning_effort":"low","response_format":{"type":"json_schema"},
            "tools":[{"type":"function"}],"messages":[{"role":"user","content":[
            {"type":"image_url","image_url":{"url":"data:image/png;base64,AA"}},
            {"type":"input_audio","input_audio":{"data":"AA"}},
            {"type":"file","file":{"file_id":"file-1"}}]}]})",
        "image file audio tools structured reasoning state");
    row("chat without", Protocol::OpenAiChat,
        R"({"model":"a","reasoning_effort":"none","response_format":{"type":"text"},"tools":[],
            "messages":[{"role":"user","content":"x"}]})",
        "");
    row("arguments are the client's own words", Protocol::OpenAiChat,
        R"({"model":"a","messages":[{"role":"assistant","tool_calls":[{"id":"1","function":
            {"name":"f","arguments":"{\"type\":\"image\"}"}}]}]})",
        "");
    row("responses", Protocol::OpenAiResponses,
        R"({"model":"a","text":{"format":{"type":"json_object"}},"reasoning":{"effort":"high"},
            "input":[{"role":"user","content":[{"type":"input_image","image_url":"https://x"},
            {"type":"input_file","file_id":"file-2"}]}]})",
        "image file structured reasoning state");
    row("messages", Protocol::Anthropic,
        R"({"model":"a","thinking":{"type":"enabled","budget_tokens":2000},"messages":[
            {"role":"user","content":[{"type":"tool_result","content":[{"type":"image","source":
            {"type":"base64","media_type":"image/png","data":"AA"}}]}]}]})",
        "image reasoning");
    row("messages, disabled", Protocol::Anthropic,
        R"({"model":"a","thinking":{"type":"disabled"},"messages":[{"role":"assistant",
            "content":[{"type":"tool_use","input":{"type":"document"}}]}]})",
        "");
    row("gemini", Protocol::Gemini,
        R"({"generationConfig":{"responseMimeType":"application/json","thinkingConfig":
            {"thinkingBudget":100}},"tools":[{"functionDeclarations":[{"name":"a"}]}],
            "contents":[{"parts":[{"inlineData":{"mimeType":"video/mp4","data":"AA"}},
            {"inline_data":{"mime_type":"application/pdf","data":"AA"}}]}]})",
        "file video tools structured reasoning");
    row("gemini, no thoughts", Protocol::Gemini,
        R"({"generationConfig":{"thinkingConfig":{"thinkingBudget":0}},"contents":[]})", "");
}
void FactsReaderTest::needs() {
    QFETCH(int, protocol);
    QFETCH(QByteArray, body);
    QFETCH(QByteArray, needs);
    const auto facts = factsOf(static_cast<Protocol>(protocol), body.toStdString());
    QCOMPARE(QByteArray::fromStdString(needsOf(facts)), needs);
}

void FactsReaderTest::theLastWordsOfAPerson() {
    const auto calls = chat(R"("messages":[{"role":"user","content":"first"},
        {"role":"assistant","content":"yes"},{"role":"user","content":"l\u00e4st"},
        {"role":"assistant","tool_calls":[]},{"role":"tool","content":"42"}])");
    QCOMPARE(calls.lastUser, std::string("l\xC3\xA4st"));
    const auto results = factsOf(Protocol::Anthropic, R"({"model":"a","messages":[
        {"role":"user","content":[{"type":"text","text":"one"},{"type":"text","text":"two"}]},
        {"role":"assistant","content":"x"},
        {"role":"user","content":[{"type":"tool_result","content":"no words"}]}]})");
    QCOMPARE(results.lastUser, std::string("one\ntwo"));
    const auto text = factsOf(Protocol::OpenAiResponses, R"({"model":"a","input":"just this"})");
    QCOMPARE(text.lastUser, std::string("just this"));
    const auto many = chat(saying(std::string(100'000, 'x')));
    QCOMPARE(many.lastUser, std::string(1'500, 'x'));
}

void FactsReaderTest::textIsCutBetweenCharacters() {
    const std::string escaped = R"("a\nb\u00e4c")";
    QCOMPARE(textStart(escaped, 4), std::string("a\nb\xC3\xA4"));
    QCOMPARE(textStart("\"\xC3\xA4\xC3\xB6\"", 1), std::string("\xC3\xA4"));
    QCOMPARE(textStart("\"\"", 5), std::string());
    QCOMPARE(textStart("\"abc\"", 5), std::string("abc"));
}

// The tokens in front of what is new, and how many answers stand there.
void FactsReaderTest::whatRepeats() {
    const auto first = chat(R"("messages":[{"role":"system","content":")" +
                            std::string(40'000, 's') + R"("},{"role":"user","content":"short"}])");
    QCOMPARE(first.turns, 0);
    QVERIFY(first.prefixTokens > 10'000 && first.prefixTokens < first.promptTokens);
    const auto later = chat(R"("messages":[{"role":"user","content":"go"},
        {"role":"assistant","content":"1"},{"role":"tool","content":"a"},
        {"role":"assistant","content":"2"},{"role":"tool","content":")" +
                            std::string(8'000, 'r') + R"("}])");
    QCOMPARE(later.turns, 2);
    QVERIFY(later.promptTokens > 2'000 && later.prefixTokens < 100);
    // One answer of Responses may be several items.
    const auto items = factsOf(Protocol::OpenAiResponses,
                               R"({"model":"a","input":[{"role":"user","content":"x"},
        {"type":"reasoning"},{"type":"function_call"},{"type":"function_call_output"}]})");
    QCOMPARE(items.turns, 1);
}

void FactsReaderTest::dataOfPicturesIsNoText() {
    const auto facts = chat(R"("messages":[{"role":"user","content":[{"type":"image_url",
        "image_url":{"url":"data:image/png;base64,)" +
                            std::string(400'000, 'A') + R"("}}]}])");
    QVERIFY(facts.promptTokens < 2'000);
}

void FactsReaderTest::marksOfTheCache() {
    const auto words = chat(R"("messages":[{"role":"user","content":"\"cache_control\""}])");
    QCOMPARE(words.cacheMarks, CacheMarks::None);
    const auto marked = [](const std::string& ttl) {
        return factsOf(Protocol::Anthropic, R"({"model":"a","system":[{"type":"text","text":"s",
            "cache_control":{"type":"ephemeral")" +
                                                ttl + R"(}}],"messages":[]})")
            .cacheMarks;
    };
    QCOMPARE(marked(""), CacheMarks::FiveMinutes);
    QCOMPARE(marked(",\"ttl\":\"1h\""), CacheMarks::OneHour);
}

void FactsReaderTest::toolsThatFailed() {
    const auto messages = [](const std::string& last) {
        return factsOf(
                   Protocol::Anthropic,
                   R"({"model":"a","max_tokens":9,"messages":[{"role":"user","content":"go"},)" +
                       last + "]}")
            .toolFailed;
    };
    const std::string call =
        R"({"role":"assistant","content":[{"type":"tool_use","id":"t","name":"f","input":{}}]})";
    const auto result = [](const char* isError) {
        return std::string(
                   R"({"role":"user","content":[{"type":"tool_result","tool_use_id":"t",)") +
               "\"is_error\":" + isError + "}]}";
    };
    QVERIFY(!messages(call));
    QVERIFY(messages(call + "," + result("true")));
    QVERIFY(!messages(call + "," + result("false")));
    QVERIFY(!messages(call + "," + result("true") + "," + call + "," + result("false")));
}

void FactsReaderTest::sessions() {
    const std::string begin =
        R"("messages":[{"role":"system","content":"s"},{"role":"user","content":"hi"})";
    const std::string more =
        R"(,{"role":"assistant","content":"x"},{"role":"user","content":"more"}])";
    const std::string key = R"(,"prompt_cache_key":"k")";
    const auto one = chat(begin + "]").session;
    QCOMPARE(one.size(), std::size_t{16});
    QCOMPARE(chat(begin + more).session, one);
    QVERIFY(chat(begin + "]", {}, "another").session != one);
    QVERIFY(chat(saying("hi")).session != one);
    const auto named = chat(begin + "]", "mine").session;
    QVERIFY(named != one);
    QCOMPARE(chat(saying("else"), "mine").session, named);
    const auto byTool = chat(begin + "]" + key).session;
    QCOMPARE(chat(saying("else") + key).session, byTool);
    QVERIFY(byTool != named && byTool != one);
}

void FactsReaderTest::whatWasAskedFor() {
    const auto facts = chat("\"max_completion_tokens\":99,\"messages\":[]");
    QCOMPARE(facts.maxOutput.value_or(0), 99);
    QVERIFY(facts.session.empty());
    QVERIFY(facts.lastUser.empty());
}

QTEST_APPLESS_MAIN(FactsReaderTest)
#include "test_facts_reader.moc"
