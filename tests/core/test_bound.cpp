// SPDX-License-Identifier: MIT
#include <QtTest>

#include "protocol/bound.h"

using namespace gr;
using namespace gr::protocol;

namespace {

constexpr auto kChat = Protocol::OpenAiChat;
constexpr auto kResponses = Protocol::OpenAiResponses;
constexpr auto kMessages = Protocol::Anthropic;
constexpr auto kGemini = Protocol::Gemini;

// What every request of a protocol has, with `more` members behind it.
std::string bodyWith(Protocol protocol, const std::string& more) {
    const std::string rest = more.empty() ? "}" : "," + more + "}";
    switch (protocol) {
        case Protocol::OpenAiChat:
            return R"({"model":"m","messages":[{"role":"user","content":"Hi"}])" + rest;
        case Protocol::OpenAiResponses:
            return R"({"model":"m","input":"Hi")" + rest;
        case Protocol::Anthropic:
            return R"({"model":"m","messages":[{"role":"user","content":"Hi"}])" + rest;
        case Protocol::Gemini:
            return R"({"contents":[{"parts":[{"text":"Hi"}]}])" + rest;
    }
    return {};
}

Bound read(Protocol protocol, const std::string& body, Task task = Task::Generate,
           std::string_view method = {}) {
    PathAsk path;
    path.task = task;
    path.model = "m";
    path.method = method;
    const auto ask = readAsk(protocol, body, path);
    if (!ask)
        qFatal("%s", ask.error().message.text.c_str());
    return boundOf(*ask, body);
}

Bound with(Protocol protocol, const std::string& more) {
    return read(protocol, bodyWith(protocol, more));
}

// A message, item or content in place of the usual one.
Bound saying(Protocol protocol, const std::string& turn) {
    switch (protocol) {
        case Protocol::OpenAiChat:
        case Protocol::Anthropic:
            return read(protocol, R"({"model":"m","messages":[)" + turn + "]}");
        case Protocol::OpenAiResponses:
            return read(protocol, R"({"model":"m","input":[)" + turn + "]}");
        case Protocol::Gemini:
            return read(protocol, R"({"contents":[)" + turn + "]}");
    }
    return {};
}

// A user's turn with this part.
Bound part(Protocol protocol, const std::string& text) {
    if (protocol == Protocol::Gemini)
        return saying(protocol, R"({"parts":[)" + text + "]}");
    return saying(protocol, R"({"role":"user","content":[)" + text + "]}");
}

std::string capped(Protocol protocol, const std::string& body, std::string_view dialect,
                   std::string_view model, Task task = Task::Generate) {
    const Dialects dialects = Dialects::embedded();
    PathAsk path;
    path.task = task;
    const auto ask = readAsk(protocol, body, path);
    Target target;
    target.model = model;
    target.dialect = &dialects.find(dialect, protocol);
    target.rules = dialects.rulesOf(*target.dialect, model);
    std::vector<Splice> splices;
    if (protocol != Protocol::Gemini && task == Task::Generate)
        splices = splicesFor(*ask, target);
    if (auto splice = capSplice(*ask, target, 500))
        splices.push_back(std::move(*splice));
    const SplicedBody spliced(body, std::move(splices));
    std::string out;
    for (const std::string_view piece : spliced.pieces())
        out += piece;
    return out;
}

}  // namespace

class TestBound final : public QObject {
    Q_OBJECT

  private slots:
    void whatHasNoBoundIsNamed_data() {
        QTest::addColumn<Protocol>("protocol");
        QTest::addColumn<std::string>("more");
        QTest::addColumn<std::string>("named");
        const auto row = [](Protocol protocol, const char* more, const char* named) {
            QTest::addRow("%s %s", std::string(nameOf(protocol)).c_str(), more)
                << protocol << std::string(more) << std::string(named);
        };
        row(kChat, R"("temperature":1,"store":true,"seed":null)", "");
        row(kChat, R"("background":true)", "background");
        row(kChat, R"("background":false)", "");
        row(kChat, R"("web_search_options":{"a":1})", "web_search_options");
        row(kChat, R"("web_search_options":{})", "web_search_options");
        row(kChat, R"("extra_body":{})", "extra_body");
        row(kChat, R"("extra_body":null)", "");
        row(kChat, R"("extr\u0061_body":1)", "extra_body");
        row(kChat, R"("b\u0061ckground":true)", "background");
        row(kChat, R"("tools":[{"type":"function"},{"type":"web_search_preview"}])",
            "tools[1].type web_search_preview");
        row(kChat, R"("max_tokens":1e3)", "max_tokens");
        row(kChat, R"("max_tokens":"100")", "max_tokens");
        row(kChat, R"("max_completion_tokens":-1)", "max_completion_tokens");
        row(kChat, R"("n":0)", "n");
        row(kChat, R"("modalities":["text","image"])", "modalities[1] image");
        row(kResponses, R"("background":true)", "background");
        row(kResponses, R"("conversation":"conv_1")", "conversation");
        row(kResponses, R"("prompt":{"id":"p"})", "prompt");
        row(kResponses, R"("previous_response_id":"resp_1")", "previous_response_id");
        row(kResponses, R"("context_management":[{"type":"compaction"}])", "context_management");
        row(kResponses, R"("tools":[{"type":"web_search"}])", "tools[0].type web_search");
        row(kResponses, R"("tools":[{"type":"web_search"}],"max_tool_calls":2)", "");
        row(kResponses, R"("max_tool_calls":2,"tools":[{"type":"code_interpreter"}])",
            "tools[0].type code_interpreter");
        row(kResponses, R"("tools":[{"type":"namespace","tools":[{"type":"mcp"}]}])",
            "tools[0].tools[0].type mcp");
        row(kResponses, R"("tools":[{"type":"shell","environment":{"type":"local"}}])", "");
        row(kResponses, R"("tools":[{"type":"shell"}])", "tools[0].type shell");
        row(kResponses, R"("reasoning":{"effort":"high","mode":"pro"})", "reasoning.mode pro");
        row(kMessages, R"("mcp_servers":[])", "");
        row(kMessages, R"("mcp_servers":[{"name":"a"}])", "mcp_servers");
        row(kMessages, R"("container":"c")", "container");
        row(kMessages, R"("tools":[{"name":"f","input_schema":{}},{"type":"bash_20250124"}])", "");
        row(kMessages, R"("tools":[{"type":"web_search_20250305"}])",
            "tools[0].type web_search_20250305");
        row(kMessages, R"("tools":[{"type":"web_search_20250305","max_uses":3}])", "");
        row(kMessages, R"("tools":[{"type":"code_execution_20250825"}])",
            "tools[0].type code_execution_20250825");
        row(kMessages, R"("context_management":{"edits":[{"type":"clear_tool_uses_20250919"}]})",
            "");
        row(kMessages, R"("context_management":{"edits":[{"type":"compact_20260112"}]})",
            "context_management.edits[0]");
        row(kGemini, R"("cachedContent":"cachedContents/1")", "cachedContent");
        row(kGemini, R"("cached_content":"cachedContents/1")", "cached_content");
        row(kGemini, R"("tools":[{"functionDeclarations":[]},{"googleSearch":{}}])",
            "tools[1].googleSearch");
        row(kGemini, R"("generation_config":{"max_output_tokens":10,"imageConfig":{}})",
            "generation_config.imageConfig");
        row(kGemini, R"("generationConfig":{"maxOutputTokens":9},"generation_config":{"topK":1})",
            "generation_config beside its other spelling");
        row(kGemini, R"("generation_config":{"topK":1},"generationConfig":null)",
            "generationConfig beside its other spelling");
        row(kGemini, R"("generationConfig":{"maxOutputTokens":9,"max_output_tokens":9})",
            "generationConfig.max_output_tokens beside its other spelling");
        row(kGemini, R"("systemInstruction":{"parts":[]},"system_instruction":{"parts":[]})",
            "system_instruction beside its other spelling");
        row(kGemini, R"("generationConfig":{"responseModalities":["IMAGE"]})",
            "generationConfig.responseModalities[0] image");
    }
    void whatHasNoBoundIsNamed() {
        QFETCH(Protocol, protocol);
        QFETCH(std::string, more);
        QFETCH(std::string, named);
        QCOMPARE(with(protocol, more).unbounded, named);
    }

    void whatStandsInAConversation_data() {
        QTest::addColumn<Protocol>("protocol");
        QTest::addColumn<std::string>("text");
        QTest::addColumn<std::string>("named");
        const auto row = [](Protocol protocol, const char* text, const char* named) {
            QTest::addRow("%s %s", std::string(nameOf(protocol)).c_str(), text)
                << protocol << std::string(text) << std::string(named);
        };
        row(kChat, R"({"type":"text","text":"a"})", "");
        row(kChat, R"({"type":"file","file":{"file_id":"file-1"}})",
            "messages[0].content[0].file.file_id");
        row(kChat, R"({"type":"video_url","video_url":{"url":"u"}})",
            "messages[0].content[0].type video_url");
        row(kChat, R"({"type":"image_url","image_url":{"url":"gs:a"}})",
            "messages[0].content[0].image_url.url");
        row(kResponses, R"({"type":"input_file","file_url":"u"})", "input[0].content[0].file_url");
        row(kResponses, R"({"type":"input_image","file_id":"u"})", "input[0].content[0].file_id");
        row(kMessages, R"({"type":"document","source":{"type":"url","url":"u"}})",
            "messages[0].content[0].source.url");
        row(kMessages, R"({"source":{"file_id":"f","type":"file"},"type":"image"})",
            "messages[0].content[0].source.file_id");
        row(kMessages, R"({"type":"container_upload","file_id":"f"})",
            "messages[0].content[0].type container_upload");
        row(kMessages, R"({"type":"tool_result","tool_use_id":"t","content":[{"type":"what"}]})",
            "messages[0].content[0].content[0].type what");
        row(kGemini, R"({"fileData":{"fileUri":"u"}})", "contents[0].parts[0].fileData");
        row(kGemini, R"({"inlineData":{"mimeType":"image/png","data":"A"}})", "");
        row(kGemini, R"({"inlineData":{"mime_type":"audio/wav","mimeType":"image/png"}})",
            "contents[0].parts[0].inlineData.mimeType beside its other spelling");
        row(kGemini, R"({"inline_data":{"data":"A"},"inlineData":{"data":"A"}})",
            "contents[0].parts[0].inlineData beside its other spelling");
        row(kGemini, R"({"functionResponse":{"name":"f","parts":[{"file_data":{}}]}})",
            "contents[0].parts[0].functionResponse.parts[0].file_data");
        row(kGemini, R"({"functionResponse":{"name":"f","parts":[{"file_data":{"a":1}}]}})",
            "contents[0].parts[0].functionResponse.parts[0].file_data");
    }
    void whatStandsInAConversation() {
        QFETCH(Protocol, protocol);
        QFETCH(std::string, text);
        QFETCH(std::string, named);
        QCOMPARE(part(protocol, text).unbounded, named);
    }

    void itemsThatTheProviderKeepsHaveNoBound() {
        QCOMPARE(saying(kResponses, R"({"type":"item_reference","id":"msg_1"})").unbounded,
                 std::string("input[0].type item_reference"));
        const auto kept = saying(kResponses, R"({"type":"reasoning","id":"rs_1","summary":[]})");
        QCOMPARE(kept.unbounded, std::string());
        QVERIFY(kept.fillsContext);
        QVERIFY(!saying(kResponses, R"({"type":"reasoning","id":"rs_1","encrypted_content":"x"})")
                     .fillsContext);
    }

    void choicesMultiplyTheCap() {
        QCOMPARE(with(kChat, R"("max_tokens":100,"n":3)").outputTokens, std::optional(300));
        QCOMPARE(with(kGemini, R"("generationConfig":{"candidateCount":2,"maxOutputTokens":50})")
                     .outputTokens,
                 std::optional(100));
        QCOMPARE(with(kChat, R"("n":3)").outputTokens, std::optional<std::int64_t>());
        const auto completions =
            read(kChat, R"({"model":"m","prompt":["a","b"],"n":2,"best_of":5,"max_tokens":20})",
                 Task::Complete);
        QCOMPARE(completions.outputTokens, std::optional(200));
        QCOMPARE(read(kChat, R"({"model":"m","input":["a","b"]})", Task::Embed).outputTokens,
                 std::optional(0));
    }

    void picturesCountAsPicturesAndNotAsBytes() {
        const std::string data(100'000, 'A');
        const auto seen = part(kChat, R"({"type":"image_url","image_url":{"url":"data:image/png;)"
                                      R"(base64,)" +
                                          data + R"("}})");
        QCOMPARE(seen.images, 1);
        QVERIFY(!seen.imagesElsewhere);
        const std::string address = "\"https://a.example/b\"";
        const auto openai =
            part(kChat, R"({"type":"image_url","image_url":{"url":)" + address + "}}");
        const auto anthropic =
            part(kMessages, R"({"type":"image","source":{"type":"url","url":)" + address + "}}");
        QVERIFY(openai.imagesElsewhere && anthropic.imagesElsewhere);
        ModelRules rules;
        rules.imageTokens = 1000;
        QVERIFY(*inputFor(seen, rules, {}) > 1000 && *inputFor(seen, rules, {}) < 3000);
        QVERIFY(seen.inputTokens >= ModelRules::kMostImageTokens);
    }

    void modelsSayWhatTheirPicturesTake() {
        const Dialects dialects = Dialects::embedded();
        const auto most = [&](std::string_view dialect, Protocol protocol, std::string_view model) {
            return dialects.rulesOf(dialects.find(dialect, protocol), model).imageTokens;
        };
        QCOMPARE(most("anthropic", kMessages, "claude-opus-5-5"), 5000);
        QCOMPARE(most("openai", kChat, "gpt-4o-2024-11-20"), 1500);
        QCOMPARE(most("openai", kChat, "gpt-4o-mini"), 50'000);
        QCOMPARE(most("openai", kChat, "gpt-7"), ModelRules::kMostImageTokens);
    }

    void jsonThatIsWrittenAnewGrows_data() {
        QTest::addColumn<std::string>("piece");
        QTest::addColumn<int>("most");  // bytes that one piece may become
        QTest::addRow("escapes") << std::string("\"<\"") << 8 + 1;
        QTest::addRow("letters") << std::string("\"é\"") << 8 + 1;
        QTest::addRow("numbers") << std::string("1e20") << 21 + 1;
        QTest::addRow("marks") << std::string("{}") << 4 + 1;
    }
    void jsonThatIsWrittenAnewGrows() {
        QFETCH(std::string, piece);
        QFETCH(int, most);
        std::string list = piece;
        for (int i = 1; i < 1000; ++i)
            list += "," + piece;
        for (const std::string& more : {R"("tools":[{"parameters":{"enum":[)" + list + "]}}]",
                                        R"("response_format":[)" + list + "]"}) {
            const Bound bound = with(kChat, more);
            QCOMPARE(bound.unbounded, std::string());
            QVERIFY2(bound.inputTokens >= 1000 * (most + 2),
                     std::to_string(bound.inputTokens).c_str());
        }
    }

    void thoughtsCountWhereTheyAreOnTop() {
        const Dialects dialects = Dialects::embedded();
        const auto most = [&](const Bound& bound, std::string_view dialect, Protocol protocol,
                              std::string_view model, std::optional<std::int64_t> ofModel = {},
                              bool reasons = true) {
            Target target;
            target.model = model;
            target.dialect = &dialects.find(dialect, protocol);
            target.rules = dialects.rulesOf(*target.dialect, model);
            target.maxOutput = ofModel;
            target.reasons = reasons;
            return outputFor(bound, target);
        };
        const Bound asked = with(kChat, R"("max_tokens":1000,"reasoning_effort":"high")");
        QCOMPARE(asked.outputTokens, std::optional(17'384));
        QCOMPARE(most(asked, "openai", kChat, "gpt-5"), std::optional(1000));
        QCOMPARE(most(asked, "anthropic", kMessages, "claude-haiku-4-5"), std::optional(17'384));
        QCOMPARE(most(asked, "xai", kChat, "grok-4"), std::optional<std::int64_t>());
        QCOMPARE(most(asked, "xai", kChat, "grok-4", 8000), std::optional(9000));
        // They take no effort, and think all the same.
        for (const char* model : {"grok-4.20-0309-reasoning", "grok-build-0.1", "grok-9"}) {
            QCOMPARE(most(asked, "xai", kChat, model), std::optional<std::int64_t>());
            QCOMPARE(most(asked, "xai", kChat, model, 8000), std::optional(9000));
        }
        QCOMPARE(most(asked, "xai", kChat, "grok-4.20-0309-non-reasoning", 8000, false),
                 std::optional(1000));
        const Bound open = with(kChat, R"("n":2)");
        Target target;
        target.dialect = &dialects.find("openai");
        QCOMPARE(outputFor(open, target), std::optional<std::int64_t>());
        QCOMPARE(outputFor(open, target, 300), std::optional(600));
    }

    void toolsOfTheProviderReadThePromptAgain() {
        const Bound bound =
            with(kResponses,
                 R"("tools":[{"type":"web_search"}],"max_tool_calls":2,"max_output_tokens":50)");
        QCOMPARE(bound.webSearches, 2);
        QCOMPARE(inputFor(bound, {}, 1000), std::optional(3000));
        QCOMPARE(bound.outputTokens, std::optional(50));
        const Bound messages = with(
            kMessages, R"("max_tokens":50,"tools":[{"type":"web_search_20250305","max_uses":3}])");
        QCOMPARE(messages.webSearches, 3);
        QCOMPARE(messages.readings, 14);
        QCOMPARE(messages.outputTokens, std::optional(700));
    }

    void membersThatPickAnotherPriceAreHandedOn() {
        using Modes = std::vector<std::pair<std::string, std::string>>;
        QCOMPARE(with(kChat, R"("service_tier":"pri\u006frity")").modes,
                 (Modes{{"service_tier", "priority"}}));
        QCOMPARE(with(kMessages, R"("speed":"fast","service_tier":null)").modes,
                 (Modes{{"speed", "fast"}}));
        QCOMPARE(with(kGemini, R"("serviceTier":"flex")").modes, (Modes{{"service_tier", "flex"}}));
    }

    void onlyALongCacheMarkMakesADearCacheWrite() {
        const auto marked = [](const char* ttl) {
            return part(kMessages, std::string(R"({"type":"text","text":"1h","cache_control":)") +
                                       R"({"type":"ephemeral")" + ttl + "}}")
                .cacheWrite1h;
        };
        QVERIFY(!marked(""));
        QVERIFY(!marked(R"(,"ttl":"5m")"));
        QVERIFY(marked(R"(,"ttl":"1h")"));
        QVERIFY(marked(R"(,"tt\u006c":"\u0031h")"));
        QVERIFY(
            with(kMessages, R"("tools":[{"name":"f","cache_control":{"ttl":"1h"}}])").cacheWrite1h);
    }

    void hugeNumbersDoNotOverflow() {
        const Bound bound = with(kChat, R"("max_tokens":999999999999,"n":999999999999)");
        QVERIFY(*bound.outputTokens >= 999'999'999'999);
        QCOMPARE(with(kChat, R"("max_tokens":99999999999999999999)").unbounded,
                 std::string("max_tokens"));
    }

    void documentsAndSoundsFillTheContext() {
        const auto pdf = part(kMessages, R"({"type":"document","source":{"type":"base64",)"
                                         R"("media_type":"application/pdf","data":"AAAA"}})");
        QCOMPARE(inputFor(pdf, {}, {}), std::optional<std::int64_t>());
        QCOMPARE(inputFor(pdf, {}, 200'000), std::optional<std::int64_t>(200'000));
        QVERIFY(!pdf.audioInput);
        QVERIFY(
            part(kGemini, R"({"inline_data":{"mime_type":"audio/wav","data":"AAAA"}})").audioInput);
    }

    void aMissingCapIsWrittenInItsProtocolsPlace_data() {
        QTest::addColumn<Protocol>("protocol");
        QTest::addColumn<std::string>("body");
        QTest::addColumn<std::string>("expected");
        const auto row = [](Protocol protocol, const char* body, const char* expected) {
            QTest::addRow("%s", body) << protocol << std::string(body) << std::string(expected);
        };
        row(kChat, R"({"model":"gpt-5","messages":[]})",
            R"({"max_completion_tokens":500,"model":"gpt-5","messages":[]})");
        row(kChat, R"({"model":"gpt-5","max_tokens":null,"messages":[]})",
            R"({"model":"gpt-5","max_completion_tokens":500,"messages":[]})");
        row(kChat, R"({"model":"gpt-5","messages":[],"max_completion_tokens":9})",
            R"({"model":"gpt-5","messages":[],"max_completion_tokens":9})");
        row(kResponses, R"({"model":"gpt-5","input":"x"})",
            R"({"max_output_tokens":500,"model":"gpt-5","input":"x"})");
        row(kMessages, R"({"model":"gpt-5","messages":[],"max_tokens":7})",
            R"({"model":"gpt-5","messages":[],"max_tokens":7})");
        row(kGemini, R"({"contents":[]})",
            R"({"generationConfig":{"maxOutputTokens":500},"contents":[]})");
        row(kGemini, R"({"contents":[],"generation_config":{"seed":1}})",
            R"({"contents":[],"generation_config":{"maxOutputTokens":500,"seed":1}})");
        row(kGemini, R"({"contents":[],"generationConfig":{}})",
            R"({"contents":[],"generationConfig":{"maxOutputTokens":500}})");
        row(kGemini, R"({"contents":[],"generationConfig":{"max_output_tokens":3}})",
            R"({"contents":[],"generationConfig":{"max_output_tokens":3}})");
        row(kGemini, R"({"contents":[],"generationConfig":null})",
            R"({"contents":[],"generationConfig":{"maxOutputTokens":500}})");
    }
    void aMissingCapIsWrittenInItsProtocolsPlace() {
        QFETCH(Protocol, protocol);
        QFETCH(std::string, body);
        QFETCH(std::string, expected);
        QCOMPARE(capped(protocol, body, "", "gpt-5"), expected);
    }
};

QTEST_APPLESS_MAIN(TestBound)
#include "test_bound.moc"
