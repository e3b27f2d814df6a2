// SPDX-License-Identifier: MIT
#include <QtTest>

#include "anthropic_test.h"
#include "json/scan.h"
#include "protocol/anthropic_request_reader.h"
#include "protocol/anthropic_request_writer.h"
#include "protocol/json_text.h"

using namespace gr;
using namespace gr::protocol;

namespace {

const Dialects kDialects = Dialects::embedded();

Target target(std::string_view model) {
    Target out;
    out.model = model;
    out.dialect = &kDialects.find("anthropic");
    out.rules = kDialects.rulesOf(*out.dialect, model);
    return out;
}

ChatRequest chat() {
    ChatRequest request;
    request.model = "anthropic/claude-sonnet-4-5";
    return request;
}

void say(ChatRequest& request, Role role, std::string_view text) {
    Turn& turn = request.turns.emplace_back();
    turn.role = role;
    turn.parts.emplace_back().text = text;
}

Part& add(ChatRequest& request, Role role, Part::Kind kind) {
    if (request.turns.empty() || request.turns.back().role != role)
        request.turns.emplace_back().role = role;
    Part& part = request.turns.back().parts.emplace_back();
    part.kind = kind;
    return part;
}

void call(ChatRequest& request, std::string_view id, std::string_view name,
          std::string_view arguments = "{}") {
    Part& part = add(request, Role::Assistant, Part::Kind::ToolCall);
    part.call.id = id;
    part.call.name = name;
    part.call.arguments = arguments;
}

void answer(ChatRequest& request, std::string_view id, std::string_view text,
            bool isError = false) {
    auto result = std::make_shared<ToolResult>();
    result->callId = id;
    result->isError = isError;
    result->parts.emplace_back().text = text;
    add(request, Role::User, Part::Kind::ToolResult).result = std::move(result);
}

void think(ChatRequest& request, std::string_view vendor, std::string_view signature) {
    Part& part = add(request, Role::Assistant, Part::Kind::Reasoning);
    part.reasoning.text = "\"hm\"";
    part.reasoning.vendor = vendor;
    part.reasoning.signature = signature;
}

WrittenRequest written(const ChatRequest& request, std::string_view model = "claude-sonnet-4-5") {
    const auto out = writeAnthropicRequest(request, target(model));
    if (!out)
        qFatal("%s", out.error().message.text.c_str());
    if (!json::scanObject(out->body))
        qFatal("not JSON: %s", out->body.c_str());
    return *out;
}

// The value of one field of the body.
std::string field(const WrittenRequest& request, std::string_view key) {
    const auto object = json::scanObject(request.body);
    const json::Member* member = object->find(key);
    return member == nullptr ? "" : std::string(object->raw(*member));
}

std::string error(const ChatRequest& request, std::string_view model = "claude-sonnet-4-5") {
    const auto out = writeAnthropicRequest(request, target(model));
    return out ? "" : out.error().field;
}

bool dropped(const WrittenRequest& request, const std::string& name) {
    return std::find(request.dropped.begin(), request.dropped.end(), name) != request.dropped.end();
}

}  // namespace

class TestAnthropicRequestWriter final : public QObject {
    Q_OBJECT

  private slots:
    void textOfOtherProtocolsIsPutPlainly() {
        ChatRequest request = chat();
        say(request, Role::System, "\"Be brief\"");
        say(request, Role::User, "\"a\\u00e9\"");
        say(request, Role::Assistant, "\"b\"");
        say(request, Role::Assistant, "\"\"");
        say(request, Role::User, "\"c\"");
        request.stream = true;
        const WrittenRequest out = written(request);
        QCOMPARE(out.path, std::string("/messages"));
        QCOMPARE(out.headers.front().second, std::string("2023-06-01"));
        QCOMPARE(out.body, q("{'model':'claude-sonnet-4-5','max_tokens':32000,'stream':true,"
                             "'system':'Be brief','messages':[{'role':'user','content':'a\\u00e9'},"
                             "{'role':'assistant','content':'b'},{'role':'user','content':'c'}]}"));
    }

    void theOutputLimitIsTheModelsOrTheClients() {
        ChatRequest request = chat();
        say(request, Role::User, "\"a\"");
        Target small = target("claude-3-5-haiku");
        small.maxOutput = 8192;
        QCOMPARE(field(*writeAnthropicRequest(request, small), "max_tokens"), std::string("8192"));
        request.maxOutput = 100;
        QCOMPARE(field(written(request), "max_tokens"), std::string("100"));
        request.maxOutput = 9000;
        QCOMPARE(field(*writeAnthropicRequest(request, small), "max_tokens"), std::string("8192"));
    }

    void systemTurnsInMidConversationKeepTheirPlace() {
        ChatRequest request = chat();
        say(request, Role::User, "\"a\"");
        say(request, Role::Assistant, "\"b\"");
        say(request, Role::Developer, "\"later\"");
        say(request, Role::User, "\"c\"");
        QCOMPARE(field(written(request), "messages"),
                 q("[{'role':'user','content':'a'},{'role':'assistant','content':'b'},"
                   "{'role':'user','content':[{'type':'text','text':"
                   "'<system-reminder>later</system-reminder>'},{'type':'text','text':'c'}]}]"));
        QVERIFY(contains(field(written(request, "claude-opus-5"), "messages"),
                         q("{'role':'system','content':'later'}")));
    }

    // A turn of the system may not stand between a call and its result.
    void systemTurnsDoNotPartACallFromItsResult() {
        ChatRequest request = chat();
        say(request, Role::User, "\"go\"");
        call(request, "c", "f");
        say(request, Role::System, "\"now\"");
        answer(request, "c", "\"x\"");
        QVERIFY(contains(field(written(request, "claude-opus-5"), "messages"),
                         q("{'role':'user','content':[{'type':'tool_result','tool_use_id':'c',"
                           "'content':'x'},{'type':'text','text':"
                           "'<system-reminder>now</system-reminder>'}]}]")));
    }

    void emptyTextIsLeftOutOfResults() {
        ChatRequest request = chat();
        say(request, Role::User, "\"go\"");
        call(request, "c", "f");
        auto result = std::make_shared<ToolResult>();
        result->callId = "c";
        result->parts.emplace_back().text = "\"\"";
        Part& image = result->parts.emplace_back();
        image.kind = Part::Kind::Image;
        image.media.url = "https://e/x.png";
        add(request, Role::User, Part::Kind::ToolResult).result = std::move(result);
        QVERIFY(
            contains(written(request).body, q("'content':[{'type':'image','source':{'type':'url',"
                                              "'url':'https://e/x.png'}}]")));
    }

    void resultsComeFirstInOneUserMessage() {
        ChatRequest request = chat();
        say(request, Role::User, "\"go\"");
        call(request, "c1", "f", "{\"b\":1.10,\"a\":9007199254740993}");
        call(request, "c2", "g");
        say(request, Role::User, "\"and\"");
        answer(request, "c1", "\"one\"");
        request.turns.emplace_back().role = Role::User;
        answer(request, "c2", "\"two\"", true);
        QCOMPARE(field(written(request), "messages"),
                 q("[{'role':'user','content':'go'},{'role':'assistant','content':["
                   "{'type':'tool_use','id':'c1','name':'f','input':{'b':1.10,"
                   "'a':9007199254740993}},{'type':'tool_use','id':'c2','name':'g','input':{}}]},"
                   "{'role':'user','content':[{'type':'tool_result','tool_use_id':'c1',"
                   "'content':'one'},{'type':'tool_result','tool_use_id':'c2','content':'two',"
                   "'is_error':true},{'type':'text','text':'and'}]}]"));
    }

    void everyCallIsAnsweredAndOrphansBecomeText() {
        ChatRequest request = chat();
        say(request, Role::User, "\"go\"");
        call(request, "c1", "f");
        say(request, Role::User, "\"never mind\"");
        say(request, Role::Assistant, "\"ok\"");
        answer(request, "c9", "\"late\"");
        const std::string out = field(written(request), "messages");
        QVERIFY(contains(out, q("[{'type':'tool_result','tool_use_id':'c1','content':"
                                "'[no result]'},{'type':'text','text':'never mind'}]")));
        QVERIFY(
            contains(out, q("{'type':'text','text':'[Result of an earlier tool call] late'}")) ||
            contains(out, q("'content':'[Result of an earlier tool call] late'")));
    }

    void idsAndNamesAreRewrittenOnlyWhenTheyMust() {
        ChatRequest request = chat();
        say(request, Role::User, "\"go\"");
        call(request, "call:1.a", "f");
        call(request, "call_1-a", "f");
        answer(request, "call:1.a", "\"x\"");
        answer(request, "call_1-a", "\"y\"");
        const std::string out = written(request).body;
        QVERIFY(contains(out, q("'id':'gr_call_3a1_2ea'")));
        QVERIFY(contains(out, q("'tool_use_id':'gr_call_3a1_2ea'")));
        QVERIFY(contains(out, q("'id':'call_1-a'")));
        const std::string longName(200, 'n');
        request.tools.emplace_back().name = longName;
        const std::string tools = field(written(request), "tools");
        QVERIFY(!contains(tools, longName) && contains(tools, std::string(111, 'n') + "_"));
    }

    void onlyOwnThoughtsGoBack() {
        ChatRequest request = chat();
        say(request, Role::User, "\"go\"");
        think(request, "gemini", "g");
        think(request, "", "unknown");
        call(request, "c", "f");
        think(request, "anthropic", "own");
        answer(request, "c", "\"x\"");
        const std::string out = field(written(request), "messages");
        // The thought comes first in the turn that goes on.
        QVERIFY(contains(out, q("'content':[{'type':'thinking','thinking':'hm','signature':'own'},"
                                "{'type':'tool_use'")));
        QVERIFY(!contains(out, "unknown") && !contains(out, q("'g'")));
    }

    void toolsOfEveryKindAreFunctions() {
        const std::string schema = q("{'type':'object','properties':{'z':{},'a':{}}}");
        ChatRequest request = chat();
        say(request, Role::User, "\"go\"");
        Tool& plain = request.tools.emplace_back();
        plain.name = "f";
        plain.description = "\"d\"";
        plain.parameters = schema;
        Tool& bare = request.tools.emplace_back();
        bare.nameSpace = "ns";
        bare.name = "ns__g";
        Tool& custom = request.tools.emplace_back();
        custom.kind = Tool::Kind::Custom;
        custom.name = "exec";
        custom.format = "{\"type\":\"text\"}";
        Tool& hosted = request.tools.emplace_back();
        hosted.kind = Tool::Kind::Hosted;
        hosted.type = "web_search";
        request.parallelTools = false;
        const WrittenRequest out = written(request);
        QCOMPARE(field(out, "tools"),
                 "[" + q("{'name':'f','description':'d','input_schema':") + schema +
                     q("},{'name':'ns__g','input_schema':{'type':'object','properties':{}}},"
                       "{'name':'exec','description':'The input follows this format: "
                       "{\\'type\\':\\'text\\'}','input_schema':{'type':'object','properties':"
                       "{'input':{'type':'string'}},'required':['input']}}]"));
        QCOMPARE(field(out, "tool_choice"), q("{'type':'auto','disable_parallel_tool_use':true}"));
        QVERIFY(dropped(out, "tools: web_search"));
    }

    void toolChoicesHaveTheirWords_data() {
        QTest::addColumn<int>("mode");
        QTest::addColumn<QString>("model");
        QTest::addColumn<QString>("choice");
        const auto row = [](const char* name, ToolChoice::Mode mode, const char* model,
                            const std::string& choice) {
            QTest::newRow(name) << int(mode) << model << QString::fromStdString(q(choice));
        };
        using M = ToolChoice::Mode;
        row("auto", M::Auto, "claude-sonnet-4-5", "{'type':'auto'}");
        row("none", M::None, "claude-sonnet-4-5", "{'type':'none'}");
        row("required", M::Required, "claude-sonnet-4-5", "{'type':'any'}");
        row("named", M::Named, "claude-sonnet-4-5", "{'type':'tool','name':'f'}");
        row("required where it is refused", M::Required, "claude-opus-5-5", "{'type':'auto'}");
        row("named where it is refused", M::Named, "claude-fable-5-1", "{'type':'auto'}");
        row("fable 5 takes it", M::Named, "claude-fable-5", "{'type':'tool','name':'f'}");
    }
    void toolChoicesHaveTheirWords() {
        QFETCH(int, mode);
        QFETCH(QString, model);
        QFETCH(QString, choice);
        ChatRequest request = chat();
        say(request, Role::User, "\"go\"");
        request.tools.emplace_back().name = "f";
        request.toolChoice.emplace().mode = static_cast<ToolChoice::Mode>(mode);
        request.toolChoice->names = {"f"};
        const WrittenRequest out = written(request, model.toStdString());
        QCOMPARE(QString::fromStdString(field(out, "tool_choice")), choice);
        QCOMPARE(dropped(out, "tool_choice"), mode >= 2 && contains(choice.toStdString(), "auto"));
    }

    void allowedToolsFilterTheList() {
        ChatRequest request = chat();
        say(request, Role::User, "\"go\"");
        request.tools.emplace_back().name = "f";
        request.tools.emplace_back().name = "g";
        request.toolChoice.emplace().mode = ToolChoice::Mode::Required;
        request.toolChoice->names = {"g"};
        const WrittenRequest out = written(request);
        QVERIFY(!contains(field(out, "tools"), q("'name':'f'")));
        QCOMPARE(field(out, "tool_choice"), q("{'type':'any'}"));
    }

    void thinkingTakesTheModelsForm_data() {
        QTest::addColumn<QString>("model");
        QTest::addColumn<QString>("asked");
        QTest::addColumn<QString>("thinking");
        QTest::addColumn<QString>("config");
        QTest::addColumn<int>("maxTokens");
        const auto row = [](const char* name, const char* model, const char* asked,
                            const std::string& thinking, const std::string& config,
                            int maxTokens = 20000) {
            QTest::newRow(name) << model << asked << QString::fromStdString(q(thinking))
                                << QString::fromStdString(q(config)) << maxTokens;
        };
        const std::string on = "{'type':'adaptive','display':'summarized'}";
        row("budget low", "claude-sonnet-4-5", "low", "{'type':'enabled','budget_tokens':2048}",
            "");
        row("budget high", "claude-haiku-4-5", "high", "{'type':'enabled','budget_tokens':16384}",
            "");
        row("budget max raises the limit", "claude-opus-4-5", "max",
            "{'type':'enabled','budget_tokens':32000}", "", 52000);
        row("budget none", "claude-sonnet-4-5", "none", "", "");
        row("nothing asked", "claude-opus-5", "", "", "");
        row("adaptive minimal", "claude-opus-4-7", "minimal", on, "{'effort':'low'}");
        row("adaptive xhigh", "claude-opus-5-5", "xhigh", on, "{'effort':'xhigh'}");
        row("adaptive none", "claude-opus-5", "none", "{'type':'disabled'}", "");
        row("adaptive none where it cannot be", "claude-opus-5-5", "none", "", "{'effort':'low'}");
        row("budget to adaptive", "claude-opus-5", "5000", on, "{'effort':'medium'}");
        row("budget where both are taken", "claude-sonnet-4-6", "5000",
            "{'type':'enabled','budget_tokens':5000}", "");
        row("no thinker", "claude-3-5-haiku", "high", "", "");
    }
    void thinkingTakesTheModelsForm() {
        QFETCH(QString, model);
        QFETCH(QString, asked);
        ChatRequest request = chat();
        say(request, Role::User, "\"go\"");
        request.maxOutput = 20000;
        request.thinking.effort = effortNamed(asked.toStdString());
        if (asked.toInt() > 0)
            request.thinking.budget = asked.toInt();
        const WrittenRequest out = written(request, model.toStdString());
        QTEST(QString::fromStdString(field(out, "thinking")), "thinking");
        QTEST(QString::fromStdString(field(out, "output_config")), "config");
        QTEST(std::atoi(field(out, "max_tokens").c_str()), "maxTokens");
    }

    void theBudgetStaysUnderTheModelsLimit() {
        ChatRequest request = chat();
        say(request, Role::User, "\"go\"");
        request.maxOutput = 4000;
        request.thinking.effort = Effort::Max;
        Target small = target("claude-sonnet-4-5");
        small.maxOutput = 8192;
        const auto out = writeAnthropicRequest(request, small);
        QCOMPARE(field(*out, "max_tokens"), std::string("8192"));
        QCOMPARE(field(*out, "thinking"), q("{'type':'enabled','budget_tokens':4096}"));
    }

    // wire.md 7.4: the thought of a call that is being answered is gone.
    void withoutTheThoughtOfACallABudgetModelThinksNot() {
        ChatRequest request = chat();
        say(request, Role::User, "\"go\"");
        call(request, "c", "f");
        answer(request, "c", "\"x\"");
        request.thinking.effort = Effort::High;
        const WrittenRequest out = written(request);
        QCOMPARE(field(out, "thinking"), std::string());
        QVERIFY(dropped(out, "thinking"));
        QVERIFY(contains(field(written(request, "claude-opus-5"), "thinking"), "adaptive"));
    }

    void aForcedToolTurnsThoughtsOff() {
        ChatRequest request = chat();
        say(request, Role::User, "\"go\"");
        request.tools.emplace_back().name = "f";
        request.toolChoice.emplace().mode = ToolChoice::Mode::Required;
        request.thinking.effort = Effort::High;
        QCOMPARE(field(written(request), "thinking"), std::string());
        const WrittenRequest out = written(request, "claude-opus-5");
        QCOMPARE(field(out, "thinking"), q("{'type':'disabled'}"));
        QCOMPARE(field(out, "tool_choice"), q("{'type':'any'}"));
        // Fable 5 thinks whatever it is told and takes a forced choice all the same.
        const WrittenRequest fable = written(request, "claude-fable-5");
        QCOMPARE(field(fable, "tool_choice"), q("{'type':'any'}"));
        QCOMPARE(field(fable, "thinking"), std::string());
    }

    void samplingFollowsTheModel() {
        ChatRequest request = chat();
        say(request, Role::User, "\"go\"");
        request.sampling.temperature = "1.70";
        request.sampling.topP = "0.5";
        request.sampling.seed = "7";
        request.sampling.stop = {"\"END\"", "\"\\n\""};
        const WrittenRequest out = written(request);
        QCOMPARE(field(out, "temperature"), std::string("1"));
        QCOMPARE(field(out, "stop_sequences"), q("['END']"));
        QVERIFY(dropped(out, "top_p") && dropped(out, "seed"));
        const WrittenRequest newer = written(request, "claude-opus-5");
        QCOMPARE(field(newer, "temperature"), std::string());
        QVERIFY(dropped(newer, "temperature"));
        request.thinking.effort = Effort::Low;
        QCOMPARE(field(written(request), "temperature"), std::string());
        request.thinking = {};
        request.sampling.temperature = "0.70";
        QCOMPARE(field(written(request), "temperature"), std::string("0.70"));
    }

    void aPrefillIsTrimmedOrContinued() {
        ChatRequest request = chat();
        say(request, Role::User, "\"go\"");
        say(request, Role::Assistant, "\"It is \\n\"");
        QVERIFY(contains(written(request).body, q("{'role':'assistant','content':'It is'}]")));
        const WrittenRequest out = written(request, "claude-opus-5");
        QVERIFY(contains(field(out, "messages"), "Continue your last message"));
        QCOMPARE(out.dropped.size(), std::size_t(1));
    }

    void mediaIsTurnedIntoSources() {
        ChatRequest request = chat();
        add(request, Role::User, Part::Kind::Image).media = {.type = "image/jpg",
                                                             .data = "AA==",
                                                             .url = {},
                                                             .fileId = {},
                                                             .fileName = {},
                                                             .detail = {}};
        add(request, Role::User, Part::Kind::Image).media.url = "https://e/x.png";
        Part& pdf = add(request, Role::User, Part::Kind::File);
        pdf.media.data = "JVBERi0=";
        pdf.media.fileName = "a \"b\".pdf";
        Part& note = add(request, Role::User, Part::Kind::File);
        note.media.type = "text/plain";
        note.media.data = "Y2Fmw6k=";
        QCOMPARE(field(written(request), "messages"),
                 q("[{'role':'user','content':[{'type':'image','source':{'type':'base64',"
                   "'media_type':'image/jpeg','data':'AA=='}},{'type':'image','source':"
                   "{'type':'url','url':'https://e/x.png'}},{'type':'document','source':"
                   "{'type':'base64','media_type':'application/pdf','data':'JVBERi0='},"
                   "'title':'a \\'b\\'.pdf'},{'type':'document','source':{'type':'text',"
                   "'media_type':'text/plain','data':'caf\u00e9'}}]}]"));
    }

    void whatAnthropicCannotTakeIsRefusedByName() {
        const auto with = [](Part::Kind kind, const Media& media, Protocol from) {
            ChatRequest request = chat();
            request.from = from;
            add(request, Role::User, kind).media = media;
            return error(request);
        };
        Media media;
        media.data = "AA==";
        media.type = "audio/wav";
        QCOMPARE(with(Part::Kind::Audio, media, Protocol::OpenAiChat), std::string("messages"));
        media.type = "image/tiff";
        QCOMPARE(with(Part::Kind::Image, media, Protocol::OpenAiResponses), std::string("input"));
        media.type = "text/plain";
        media.data = "/w==";  // not UTF-8
        QCOMPARE(with(Part::Kind::File, media, Protocol::OpenAiChat), std::string("messages"));
        media.type = "application/zip";
        QCOMPARE(with(Part::Kind::File, media, Protocol::Gemini), std::string("contents"));
        Media file;
        file.fileId = "file-1";
        QCOMPARE(with(Part::Kind::File, file, Protocol::OpenAiChat), std::string("messages"));
        ChatRequest several = chat();
        say(several, Role::User, "\"a\"");
        several.sampling.choices = 2;
        QCOMPARE(error(several), std::string("n"));
        QCOMPARE(error(chat()), std::string("messages"));
        ChatRequest blind = chat();
        add(blind, Role::User, Part::Kind::Image).media.url = "https://e/x.png";
        Target words = target("claude-sonnet-4-5");
        words.rules.images = false;
        QVERIFY(!writeAnthropicRequest(blind, words));
    }

    void structuredOutputIsReducedToWhatIsTaken() {
        const std::string schema =
            q("{'type':'object','properties':{'z':{'type':'integer','minimum':1,'description':'n'},"
              "'a':{'oneOf':[{'type':'string','format':'uri','maxLength':5},{'type':'null'}]},"
              "'minimum':{'type':'array','items':{'type':'string','format':'regex'},'minItems':1,"
              "'maxItems':3}},'required':['z'],'additionalProperties':true}");
        ChatRequest request = chat();
        say(request, Role::User, "\"go\"");
        request.format.kind = OutputFormat::Kind::JsonSchema;
        request.format.schema = schema;
        QCOMPARE(field(written(request), "output_config"),
                 q("{'format':{'type':'json_schema','schema':{'type':'object','properties':{"
                   "'z':{'type':'integer','description':'n\\n\\n{minimum: 1}'},"
                   "'a':{'anyOf':[{'type':'string','format':'uri','description':'{maxLength: 5}'},"
                   "{'type':'null'}]},'minimum':{'type':'array','items':{'type':'string',"
                   "'description':'{format: \\'regex\\'}'},'minItems':1,'description':"
                   "'{maxItems: 3}'}},'required':['z'],'additionalProperties':false}}}"));
    }

    void oneOfBesideAnyOfMovesIntoTheDescription() {
        const std::string schema = q("{'anyOf':[{'type':'null'}],'oneOf':[{'type':'null'}]}");
        ChatRequest request = chat();
        say(request, Role::User, "\"go\"");
        request.format.kind = OutputFormat::Kind::JsonSchema;
        request.format.schema = schema;
        QVERIFY(contains(field(written(request), "output_config"),
                         q("{'anyOf':[{'type':'null'}],'description':'{oneOf: ")));
        // Models that take no schema are told it in words.
        const WrittenRequest old = written(request, "claude-3-5-haiku");
        QCOMPARE(field(old, "output_config"), std::string());
        QVERIFY(contains(field(old, "system"), q("{\\'anyOf\\':[{\\'type\\':\\'null\\'}]")));
    }

    void onlyShortUserIdsGoOn() {
        ChatRequest request = chat();
        say(request, Role::User, "\"go\"");
        request.user = "u1";
        QCOMPARE(field(written(request), "metadata"), q("{'user_id':'u1'}"));
        const std::string endless(300, 'u');
        request.user = endless;
        QCOMPARE(field(written(request), "metadata"), std::string());
    }

    void countingAsksForTheSameWithoutItsOutput() {
        ChatRequest request = chat();
        say(request, Role::User, "\"go\"");
        request.stream = true;
        request.sampling.temperature = "1";
        const auto out = writeAnthropicCount(request, target("claude-sonnet-4-5"));
        QCOMPARE(out->path, std::string("/messages/count_tokens"));
        QCOMPARE(out->body, q("{'model':'claude-sonnet-4-5','messages':[{'role':'user',"
                              "'content':'go'}]}"));
    }

    void aJsonObjectIsAskedForInWords() {
        ChatRequest request = chat();
        say(request, Role::User, "\"go\"");
        request.format.kind = OutputFormat::Kind::JsonObject;
        QVERIFY(contains(field(written(request), "system"), "one JSON object"));
    }

    void strictToolsAndOddRootsAreMended() {
        const std::string strict = q("{'type':'object','properties':{'a':{'pattern':'x'}}}");
        const std::string odd = q("{'anyOf':[{'required':['a']}],'properties':{'a':{}}}");
        ChatRequest request = chat();
        say(request, Role::User, "\"go\"");
        Tool& one = request.tools.emplace_back();
        one.name = "f";
        one.parameters = strict;
        one.strict = true;
        Tool& two = request.tools.emplace_back();
        two.name = "g";
        two.parameters = odd;
        QCOMPARE(field(written(request), "tools"),
                 q("[{'name':'f','input_schema':{'type':'object','properties':{'a':"
                   "{'description':'{pattern: \\'x\\'}'}},'additionalProperties':false},"
                   "'strict':true},{'name':'g','input_schema':{'type':'object','properties':"
                   "{'a':{}},'description':'{anyOf: [{\\'required\\':[\\'a\\']}]}'}}]"));
    }
};

QTEST_APPLESS_MAIN(TestAnthropicRequestWriter)
#include "test_anthropic_request_writer.moc"
