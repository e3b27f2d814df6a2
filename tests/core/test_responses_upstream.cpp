// SPDX-License-Identifier: MIT
#include <QtTest>

#include "protocol/json_text.h"
#include "protocol/responses_answer_reader.h"
#include "protocol/responses_answer_writer.h"
#include "protocol/responses_request_reader.h"
#include "protocol/responses_request_writer.h"
#include "support/json_schema.h"
#include "support/transcript.h"

using namespace gr;
using namespace gr::protocol;
using gr::test::jsonOf;

namespace {

using Kind = Part::Kind;

Part textPart(std::string_view text) {
    Part part;
    part.text = text;
    return part;
}

Turn turn(Role role, std::vector<Part> parts) {
    Turn out;
    out.role = role;
    out.parts = std::move(parts);
    return out;
}

Part callPart(std::string_view id, std::string_view name, std::string_view arguments) {
    Part part;
    part.kind = Kind::ToolCall;
    part.call.id = id;
    part.call.name = name;
    part.call.arguments = arguments;
    return part;
}

Part resultPart(std::string_view id, std::string_view text, bool isError = false) {
    ToolResult result;
    result.callId = id;
    result.isError = isError;
    result.parts.push_back(textPart(text));
    Part part;
    part.kind = Kind::ToolResult;
    part.result = std::make_shared<const ToolResult>(std::move(result));
    return part;
}

// A request of a chat client with everything plain in it.
ChatRequest chatRequest() {
    ChatRequest request;
    request.from = Protocol::OpenAiChat;
    request.turns.push_back(turn(Role::System, {textPart("\"be kind\"")}));
    request.turns.push_back(turn(Role::User, {textPart("\"hi\"")}));
    return request;
}

}  // namespace

class TestResponsesUpstream final : public QObject {
    Q_OBJECT

    Dialects m_dialects = Dialects::embedded();
    PublishedSchema m_schema{QStringLiteral("openai-spec/responses.json"), false};

    Target target(std::string_view dialect, std::string_view model) const {
        Target out;
        out.model = model;
        out.dialect = &m_dialects.find(dialect, Protocol::OpenAiResponses);
        out.rules = m_dialects.rulesOf(*out.dialect, model);
        return out;
    }

    // The body for OpenAI, checked against the published description.
    QJsonObject written(const ChatRequest& request, std::string_view model = "gpt-5.6") {
        const auto out = writeResponsesRequest(request, target("openai", model));
        if (!out)
            return {{QStringLiteral("refused"), QString::fromStdString(out.error().message.text)}};
        const QJsonObject body = objectOf(out->body);
        const QString problem = m_schema.problem(QStringLiteral("CreateResponse"), body);
        if (!problem.isEmpty()) {
            qWarning("%s", qPrintable(problem));
            return {{QStringLiteral("invalid"), problem}};
        }
        return body;
    }

    static std::vector<std::string> read(const std::string& stream, const ChatRequest& request,
                                         const Target& target, bool* complete = nullptr) {
        std::vector<std::string> lines;
        const auto reader = makeResponsesReader(target, request);
        const EventSink sink = [&lines](const ChatEvent& e) { lines.push_back(lineOf(e)); };
        http::SseSplitter splitter;
        (void)splitter.feed(stream, [&](std::string_view event) { reader->event(event, sink); });
        if (complete != nullptr)
            *complete = reader->complete();
        return lines;
    }

    static std::string event(const std::string& data) {
        return "event: x\r\ndata: " + jsonOf(data) + "\r\n\r\n";
    }

    // An answer with everything in it, as a client of this gateway gets it.
    static std::string rewritten(const ChatRequest& request, bool stream) {
        using Step = ChatEvent::Kind;
        AnswerContext context;
        context.id = "req_1";
        context.model = "m";
        context.stream = stream;
        context.request = &request;
        context.seal = [](std::string_view, std::string_view signature) {
            return std::string(signature.substr(signature.find(':') + 1));
        };
        const auto writer = makeResponsesWriter(std::move(context));
        std::string out;
        const auto say = [&](Step kind, std::size_t block, std::string_view text = {},
                             std::string_view id = {}, std::string_view name = {}) {
            ChatEvent event;
            event.kind = kind;
            event.block = block;
            event.text = text;
            event.id = id;
            event.name = name;
            event.custom = name == "patch";
            if (kind == Step::Reasoning && text.empty()) {
                event.signature = "rs_9:ENC";
                event.vendor = "openai";
            }
            event.usage = {6, 4, 1, std::nullopt, 3, 5};
            event.finish = Finish::ToolCalls;
            writer->write(event, out);
        };
        say(Step::Begin, 0);
        say(Step::Reasoning, 0, "\"th\\u00f6\"");
        say(Step::Reasoning, 0);
        say(Step::BlockEnd, 0);
        say(Step::Text, 1, "\"a\\n\\ud83d\\ude42\"");
        say(Step::BlockEnd, 1);
        say(Step::Refusal, 2, "\"no\"");
        say(Step::BlockEnd, 2);
        say(Step::ToolCall, 3, {}, "c1", "sh__run");
        say(Step::Arguments, 3, "\"{\\\"n\\\":1.10}\"");
        say(Step::BlockEnd, 3);
        say(Step::ToolCall, 4, {}, "c2", "patch");
        say(Step::Arguments, 4, "\"*\"");
        say(Step::BlockEnd, 4);
        say(Step::Usage, 0);
        say(Step::Finish, 0);
        writer->end(out);
        return out;
    }

    static QString shown(const std::vector<std::string>& lines) {
        QStringList list;
        for (const std::string& line : lines)
            list << QString::fromStdString(line);
        return list.join(u'\n');
    }

  private slots:
    void textAndToolsOfAChatClient() {
        ChatRequest request = chatRequest();
        request.maxOutput = 5;
        request.stream = true;
        Tool tool;
        tool.name = "get";
        tool.description = "\"d\"";
        tool.parameters = "{\"type\":\"object\",\"properties\":{\"z\":{},\"a\":{}}}";
        request.tools.push_back(tool);
        request.turns.push_back(
            turn(Role::Assistant, {textPart("\"ok\""), callPart("c1", "get", "{\"n\":1.10}")}));
        request.turns.push_back(
            turn(Role::User, {resultPart("c1", "\"sun\""), textPart("\"and?\"")}));
        const QJsonObject body = written(request);
        QCOMPARE(body[u"model"].toString(), QStringLiteral("gpt-5.6"));
        QCOMPARE(body[u"store"].toBool(true), false);
        QCOMPARE(body[u"max_output_tokens"].toInt(), 16);
        QCOMPARE(body[u"tools"][0][u"strict"].toBool(true), false);
        QCOMPARE(body[u"include"],
                 QJsonValue(QJsonArray{QStringLiteral("reasoning.encrypted_content")}));
        QCOMPARE(body[u"input"][0][u"role"].toString(), QStringLiteral("system"));
        QCOMPARE(body[u"input"][2][u"content"].toString(), QStringLiteral("ok"));
        QCOMPARE(body[u"input"][3][u"arguments"].toString(), QStringLiteral("{\"n\":1.10}"));
        QCOMPARE(body[u"input"][4][u"output"].toString(), QStringLiteral("sun"));
        QCOMPARE(body[u"input"][5][u"content"][0][u"text"].toString(), QStringLiteral("and?"));
    }

    void whatThisProtocolLacksIsNamed() {
        ChatRequest request = chatRequest();
        request.sampling.temperature = "0.5";
        request.sampling.seed = "1";
        request.sampling.topK = "4";
        const auto out = writeResponsesRequest(request, target("openai", "gpt-5.6"));
        QVERIFY(out.has_value());
        QCOMPARE(out->dropped, (std::vector<std::string>{"temperature", "top_k", "seed"}));
        QCOMPARE(out->path, std::string("/responses"));
        request.thinking.effort = Effort::None;
        const QJsonObject body = written(request);
        QCOMPARE(body[u"temperature"].toDouble(), 0.5);
        QVERIFY(!body.contains(u"include"));
        QCOMPARE(body[u"reasoning"][u"effort"].toString(), QStringLiteral("none"));
        request.sampling.choices = 2;
        QVERIFY(written(request)[u"refused"].toString().contains(u"\"n\""));
    }

    void effortsAreThoseOfTheModel_data() {
        QTest::addColumn<QString>("model");
        QTest::addColumn<int>("wish");
        QTest::addColumn<QString>("effort");
        const auto row = [](const char* model, Effort wish, const char* effort) {
            QTest::newRow(qPrintable(QString::fromUtf8(model) + QString::number(int(wish))))
                << model << static_cast<int>(wish) << effort;
        };
        row("gpt-5.6", Effort::Max, "max");
        row("gpt-5.2", Effort::Max, "xhigh");
        row("o3", Effort::XHigh, "high");
        row("o3", Effort::None, "low");
        row("gpt-5.1", Effort::Minimal, "low");
        row("gpt-4.1", Effort::High, "");
    }
    void effortsAreThoseOfTheModel() {
        QFETCH(QString, model);
        QFETCH(int, wish);
        QFETCH(QString, effort);
        ChatRequest request = chatRequest();
        request.thinking.effort = static_cast<Effort>(wish);
        const QJsonObject body = written(request, model.toStdString());
        QVERIFY(!body.contains(u"invalid"));
        QCOMPARE(body[u"reasoning"][u"effort"].toString(), effort);
        QCOMPARE(body.contains(u"include"), !effort.isEmpty());
    }

    void picturesAndFilesPass() {
        ChatRequest request = chatRequest();
        Part picture;
        picture.kind = Kind::Image;
        picture.media.type = "image/png";
        picture.media.data = "AAAA";
        Part file;
        file.kind = Kind::File;
        file.media.type = "application/pdf";
        file.media.data = "JVBE";
        request.turns.back().parts = {picture, file};
        const QJsonValue content = written(request)[u"input"][1][u"content"];
        QCOMPARE(content[0][u"image_url"].toString(), QStringLiteral("data:image/png;base64,AAAA"));
        QCOMPARE(content[1][u"file_data"].toString(),
                 QStringLiteral("data:application/pdf;base64,JVBE"));
        QVERIFY(!content[1][u"filename"].toString().isEmpty());
        request.turns.back().parts[0].media.data = {};
        request.turns.back().parts[0].media.fileId = "file-1";
        QVERIFY(written(request)[u"refused"].toString().contains(u"\"messages\""));
    }

    void onlyOwnThoughtsGoBack() {
        ChatRequest request = chatRequest();
        Part foreign;
        foreign.kind = Kind::Reasoning;
        foreign.reasoning.text = "\"hm\"";
        foreign.reasoning.signature = "SIG";
        foreign.reasoning.vendor = "anthropic";
        Part own = foreign;
        own.reasoning.vendor = "openai";
        own.reasoning.signature = "rs_9:SIG";
        own.reasoning.summary = true;
        own.reasoning.id = "rs_01ABC_0";  // of this gateway: the proof names another
        request.turns.push_back(turn(Role::Assistant, {foreign, own, textPart("\"ok\"")}));
        const QJsonArray input = written(request)[u"input"].toArray();
        QCOMPARE(input.size(), 4);
        QCOMPARE(input[2][u"encrypted_content"].toString(), QStringLiteral("SIG"));
        QCOMPARE(input[2][u"summary"][0][u"text"].toString(), QStringLiteral("hm"));
        QCOMPARE(input[2][u"id"].toString(), QStringLiteral("rs_9"));
    }

    void callsAndResultsFindEachOther() {
        ChatRequest request = chatRequest();
        const std::string longId(80, 'x');
        request.turns.push_back(
            turn(Role::Assistant, {callPart(longId, "a", "{}"), callPart("lost", "b", "{}")}));
        request.turns.push_back(
            turn(Role::User, {resultPart(longId, "\"1\"", true), resultPart("orphan", "\"2\"")}));
        const QJsonArray input = written(request)[u"input"].toArray();
        QCOMPARE(input.size(), 7);
        QVERIFY(input[2][u"call_id"].toString().size() <= 64);
        QCOMPARE(input[4][u"call_id"].toString(), QStringLiteral("lost"));
        QCOMPARE(input[4][u"output"].toString(), QStringLiteral("[no result]"));
        QCOMPARE(input[5][u"call_id"], input[2][u"call_id"]);
        QCOMPARE(input[5][u"output"].toString(), QStringLiteral("Error: 1"));
        QCOMPARE(input[6][u"role"].toString(), QStringLiteral("user"));
        QCOMPARE(input[6][u"content"][1][u"text"].toString(), QStringLiteral("2"));
    }

    void customToolsStayCustomOrBecomeFunctions() {
        ChatRequest request = chatRequest();
        Tool tool;
        tool.kind = Tool::Kind::Custom;
        tool.name = "patch";
        tool.format =
            "{\"type\":\"grammar\",\"grammar\":{\"syntax\":\"lark\",\"definition\":\"x\"}}";
        request.tools.push_back(tool);
        Part call = callPart("c", "patch", {});
        call.call.input = "\"a\\\"b\"";
        request.turns.push_back(turn(Role::Assistant, {call}));
        request.turns.push_back(turn(Role::User, {resultPart("c", "\"ok\"")}));
        const QJsonObject body = written(request);
        QCOMPARE(body[u"tools"][0][u"format"][u"syntax"].toString(), QStringLiteral("lark"));
        QCOMPARE(body[u"input"][2][u"input"].toString(), QStringLiteral("a\"b"));
        QCOMPARE(body[u"input"][3][u"type"].toString(), QStringLiteral("custom_tool_call_output"));
        const auto out = writeResponsesRequest(request, target("ollama", "x"));
        const QJsonObject plain = objectOf(out->body);
        QCOMPARE(plain[u"tools"][0][u"type"].toString(), QStringLiteral("function"));
        QCOMPARE(plain[u"input"][2][u"arguments"].toString(),
                 QStringLiteral("{\"input\":\"a\\\"b\"}"));
        QCOMPARE(plain[u"input"][3][u"type"].toString(), QStringLiteral("function_call_output"));
    }

    // Other protocols take more in a name than OpenAI does.
    void namesOfToolsFitAndComeBack() {
        ChatRequest request = chatRequest();
        Tool tool;
        tool.name = "files.read";
        request.tools.push_back(tool);
        request.toolChoice.emplace().mode = ToolChoice::Mode::Named;
        request.toolChoice->names.push_back("files.read");
        request.turns.push_back(turn(Role::Assistant, {callPart("c", "files.read", "{}")}));
        request.turns.push_back(turn(Role::User, {resultPart("c", "\"1\"")}));
        const QJsonObject body = written(request);
        const QString name = body[u"tools"][0][u"name"].toString();
        QCOMPARE(name, QStringLiteral("files_read"));
        QCOMPARE(body[u"input"][2][u"name"].toString(), name);
        QCOMPARE(body[u"tool_choice"][u"name"].toString(), name);
        const auto lines =
            read(event("{'type':'response.output_item.added','output_index':0,'item':{'type':"
                       "'function_call','call_id':'c','name':'files_read','arguments':''}}"),
                 request, target("openai", "m"));
        QCOMPARE(lines.back(), std::string("ToolCall 0 c files.read"));
    }

    // What came in this protocol leaves as it came.
    void ownItemsAndToolsPassUnchanged() {
        const std::string items = jsonOf(
            "[{ 'type':'message','role':'assistant','id':'msg_1','phase':'commentary','status':"
            "'completed','content':[{'type':'output_text','text':'a','annotations':[]},{'type':"
            "'output_text','text':'b','annotations':[]}]},{'type':'function_call','id':'fc_1',"
            "'call_id':'c','name':'run','namespace':'sh','arguments':'not json'},{'type':"
            "'function_call_output','id':'fco_1','call_id':'c','output':'x'},{'type':"
            "'web_search_call','id':'ws_1','status':'completed','action':{'type':'search',"
            "'query':'q'}}]");
        const std::string tools = jsonOf(
            "[{'type':'namespace','name':'sh','description':'d','tools':[{'type':'function',"
            "'name':'run'},{'type':'function','name':'stop'}]},{'type':'web_search'},{'type':"
            "'function','name':'f','parameters':{'b':1, 'a':2}}]");
        const std::string body =
            jsonOf(
                "{'model':'m','instructions':'i','truncation':'auto','client_metadata':{'k':'v'},"
                "'reasoning':{'effort':'high','context':'auto'},'include':["
                "'web_search_call.action.sources'],'input':") +
            items + ",\"tools\":" + tools + ",\"tool_choice\":{\"type\":\"web_search_preview\"}}";
        const auto request = readResponsesRequest(body);
        QVERIFY2(request.has_value(), request ? "" : request.error().message.text.c_str());
        const auto out = writeResponsesRequest(*request, target("openai", "gpt-5.6"));
        QVERIFY(out.has_value());
        const std::string inner = items.substr(1, items.size() - 2);
        QVERIFY2(objectOf(out->body)[u"input"] == objectOf("{\"i\":" + items + "}")[u"i"],
                 out->body.c_str());
        QVERIFY(out->body.find(jsonOf("{ 'type':'message'")) != std::string::npos);
        QVERIFY2(out->body.find("\"tools\":" + tools) != std::string::npos, out->body.c_str());
        const QJsonObject object = objectOf(out->body);
        QCOMPARE(object[u"instructions"].toString(), QStringLiteral("i"));
        QCOMPARE(object[u"truncation"].toString(), QStringLiteral("auto"));
        QCOMPARE(object[u"client_metadata"][u"k"].toString(), QStringLiteral("v"));
        QCOMPARE(object[u"reasoning"][u"context"].toString(), QStringLiteral("auto"));
        QCOMPARE(object[u"include"].toArray().size(), 2);
        QCOMPARE(object[u"tool_choice"][u"type"].toString(), QStringLiteral("web_search_preview"));
        QVERIFY(out->dropped.empty());
    }

    void elsewhereNamespacesAreFlatAndHostedToolsDropped() {
        const std::string body = jsonOf(
            "{'model':'m','input':[{'type':'function_call','call_id':'c','name':'run',"
            "'namespace':'sh','arguments':'{}'},{'type':'function_call_output','call_id':'c',"
            "'output':'x'},{'type':'web_search_call','id':'ws_1'}],'tools':[{'type':'namespace',"
            "'name':'sh','tools':[{'type':'function','name':'run'}]},{'type':'web_search'}]}");
        const auto request = readResponsesRequest(body);
        const auto out = writeResponsesRequest(*request, target("vllm", "x"));
        const QJsonObject object = objectOf(out->body);
        QCOMPARE(object[u"tools"].toArray().size(), 1);
        QCOMPARE(object[u"tools"][0][u"name"].toString(), QStringLiteral("sh__run"));
        QCOMPARE(object[u"input"][0][u"name"].toString(), QStringLiteral("sh__run"));
        QCOMPARE(out->dropped, (std::vector<std::string>{"web_search_call", "web_search"}));
    }

    // ---- answers

    void allEventsBecomeSteps() {
        const std::string stream =
            event("{'type':'response.created','response':{'id':'resp_9','model':'gpt'}}") +
            event(
                "{'type':'response.output_item.added','output_index':0,'item':{'type':"
                "'reasoning','id':'rs_9'}}") +
            event("{'type':'response.reasoning_summary_part.added','output_index':0}") +
            event("{'type':'response.reasoning_summary_text.delta','output_index':0,'delta':'a'}") +
            event("{'type':'response.reasoning_summary_part.added','output_index':0}") +
            event("{'type':'response.reasoning_summary_text.delta','output_index':0,'delta':'b'}") +
            event(
                "{'type':'response.output_item.done','output_index':0,'item':{'type':"
                "'reasoning','id':'rs_9','summary':[],'encrypted_content':'ENC'}}") +
            event(
                "{'type':'response.output_text.delta','output_index':1,'content_index':0,"
                "'delta':'Hi \\ud83d','logprobs':[]}") +
            event(
                "{'type':'response.output_text.delta','output_index':1,'content_index':0,"
                "'delta':'\\ude42','obfuscation':'zzz'}") +
            event(
                "{'type':'response.output_text.annotation.added','output_index':1,"
                "'content_index':0,'annotation':{'type':'url_citation'}}") +
            event(
                "{'type':'response.refusal.delta','output_index':1,'content_index':1,"
                "'delta':'no'}") +
            event(
                "{'type':'response.output_item.added','output_index':2,'item':{'type':"
                "'function_call','call_id':'c1','name':'run','namespace':'sh','arguments':''}}") +
            event(
                "{'type':'response.output_item.added','output_index':3,'item':{'type':"
                "'custom_tool_call','call_id':'c2','name':'patch','input':''}}") +
            event(
                "{'type':'response.function_call_arguments.delta','output_index':2,'delta':"
                "'{}'}") +
            event(
                "{'type':'response.custom_tool_call_input.delta','output_index':3,'delta':"
                "'***'}") +
            event(
                "{'type':'response.completed','response':{'status':'completed','output':[],"
                "'usage':{'input_tokens':10,'input_tokens_details':{'cached_tokens':4},"
                "'output_tokens':9,'output_tokens_details':{'reasoning_tokens':5}}}}");
        bool complete = false;
        const auto lines = read(stream, chatRequest(), target("openai", "gpt-5.6"), &complete);
        const std::vector<std::string> expected{
            "Begin resp_9 gpt",
            "Reasoning 0 \"a\"",
            "Reasoning 0 \"\\n\\n\"",
            "Reasoning 0 \"b\"",
            "Reasoning 0 openai=rs_9:ENC",
            "BlockEnd 0",
            "Text 1 \"Hi \"",
            "Text 1 \"\\ud83d\\ude42\"",
            "Citation 1 " + jsonOf("{'type':'url_citation'}"),
            "Refusal 2 \"no\"",
            "ToolCall 3 c1 sh__run",
            "ToolCall 4 c2 patch custom",
            "Arguments 3 \"{}\"",
            "Arguments 4 \"***\"",
            "Usage 6 4 - 4 5",
            "Finish 2",
        };
        QCOMPARE(shown(lines), shown(expected));
        QVERIFY(complete);
    }

    // Some servers send items without their pieces, or only the last event.
    void whatIsLeftOutIsTakenFromWhatFollows() {
        const std::string output = jsonOf(
            "[{'type':'reasoning','id':'r','summary':[{'type':'summary_text','text':'t'}]},{"
            "'type':'message','content':[{'type':'output_text','text':'hi'}]},{'type':"
            "'function_call','call_id':'c','name':'f','arguments':'{\\'a\\':1}'}]");
        const std::vector<std::string> expected{
            "Begin r1 m",
            "Reasoning 0 \"t\"",
            "BlockEnd 0",
            "Text 1 \"hi\"",
            "BlockEnd 1",
            "ToolCall 2 c f",
            "Arguments 2 \"{\\\"a\\\":1}\"",
            "BlockEnd 2",
            "Finish 2",
        };
        const std::string response =
            "{\"id\":\"r1\",\"model\":\"m\",\"status\":\"completed\",\"output\":" + output + "}";
        const auto lines =
            read("data: {\"type\":\"response.completed\",\"response\":" + response + "}\n\n",
                 chatRequest(), target("openai", "m"));
        QCOMPARE(shown(lines), shown(expected));
        std::vector<std::string> whole;
        const ChatRequest request = chatRequest();
        const auto reader = makeResponsesReader(target("openai", "m"), request);
        const auto ok =
            reader->whole(response, [&whole](const ChatEvent& e) { whole.push_back(lineOf(e)); });
        QVERIFY(ok.has_value() && reader->complete());
        QCOMPARE(shown(whole), shown(expected));
    }

    void endsAndFailures_data() {
        QTest::addColumn<QString>("data");
        QTest::addColumn<QString>("line");
        QTest::addColumn<bool>("complete");
        const auto row = [](const char* name, const char* data, const char* line, bool complete) {
            QTest::newRow(name) << QString::fromUtf8(data) << QString::fromUtf8(line) << complete;
        };
        row("length",
            "{'type':'response.incomplete','response':{'status':'incomplete','output':[],"
            "'incomplete_details':{'reason':'max_output_tokens'}}}",
            "Finish 1", true);
        row("filter",
            "{'type':'response.incomplete','response':{'status':'incomplete','output':[],"
            "'incomplete_details':{'reason':'content_filter'}}}",
            "Finish 4", true);
        row("failed",
            "{'type':'response.failed','response':{'status':'failed','error':{'code':"
            "'server_error','message':'bad'}}}",
            "Error server_error 500 bad", false);
        row("error event", "{'type':'error','code':'rate_limit_exceeded','message':'slow'}",
            "Error rate_limit_exceeded 429 slow", false);
        row("error object", "{'error':{'type':'x','message':'m'}}", "Error x 0 m", false);
        row("garbage", "{'type':", "Error  502 The provider sent an event that is not readable.",
            false);
        row("unknown", "{'type':'response.steer.new'}", "Begin  ", false);
    }
    void endsAndFailures() {
        QFETCH(QString, data);
        QFETCH(QString, line);
        QFETCH(bool, complete);
        bool ended = false;
        const auto lines =
            read(event(data.toStdString()), chatRequest(), target("openai", "m"), &ended);
        QCOMPARE(lines.empty() ? QString() : QString::fromStdString(lines.back()), line);
        QCOMPARE(ended, complete);
    }

    void wholeAnswersThatAreNone() {
        const ChatRequest request = chatRequest();
        const auto reader = makeResponsesReader(target("openai", "m"), request);
        const EventSink none = [](const ChatEvent&) {};
        for (const char* body : {"<html>", "{\"id\":\"x\"}", ""}) {
            const auto ok = reader->whole(body, none);
            QVERIFY(!ok && ok.error().code == ErrorCode::ProviderAnswerInvalid);
        }
        QVERIFY(!reader->complete());
    }

    // What the writer for clients writes, the reader of providers reads: nothing is lost between.
    void answersSurviveBothFaces() {
        const std::string body = jsonOf(
            "{'model':'m','input':'x','include':['reasoning.encrypted_content'],'tools':["
            "{'type':'custom','name':'patch'},{'type':'namespace','name':'sh','tools':[{"
            "'type':'function','name':'run'}]}]}");
        const auto request = readResponsesRequest(body);
        const std::vector<std::string> lines{
            "Reasoning 0 \"th\\u00f6\"",
            "Reasoning 0 openai=rs_1_0:ENC",
            "BlockEnd 0",
            "Text 1 \"a\\n\\ud83d\\ude42\"",
            "BlockEnd 1",
            "Refusal 2 \"no\"",
            "BlockEnd 2",
            "ToolCall 3 c1 sh__run",
            "Arguments 3 \"{\\\"n\\\":1.10}\"",
            "BlockEnd 3",
            "ToolCall 4 c2 patch custom",
            "Arguments 4 \"*\"",
            "BlockEnd 4",
            "Usage 6 4 1 3 5",
            "Finish 2",
        };
        for (const bool stream : {true, false}) {
            const std::string answer = rewritten(*request, stream);
            std::vector<std::string> back{"Begin resp_1 m"};
            back.insert(back.end(), lines.begin(), lines.end());
            if (stream) {
                // The end of a part of a message is told with the message.
                std::vector<std::string> order = read(answer, *request, target("openai", "m"));
                const auto at = [&order](const char* line) {
                    return std::find(order.begin(), order.end(), line) - order.begin();
                };
                QVERIFY(at("BlockEnd 1") < at("ToolCall 3 c1 sh__run"));
                std::sort(order.begin(), order.end());
                std::sort(back.begin(), back.end());
                QCOMPARE(shown(order), shown(back));
                continue;
            }
            std::vector<std::string> whole;
            const auto reader = makeResponsesReader(target("openai", "m"), *request);
            const auto ok =
                reader->whole(answer, [&whole](const ChatEvent& e) { whole.push_back(lineOf(e)); });
            QVERIFY(ok.has_value());
            QCOMPARE(shown(whole), shown(back));
        }
    }

    // There is no `stop` in this protocol.
    void stopSequencesAreCut() {
        ChatRequest request = chatRequest();
        request.sampling.stop = {"\"END\"", "\"\\u00e9!\""};
        const auto text = [](const std::string& delta) {
            return event(
                "{'type':'response.output_text.delta','output_index':0,'content_index':0,"
                "'delta':'" +
                delta + "'}");
        };
        const std::string done = event(
            "{'type':'response.completed','response':{'status':'completed','output':[],'usage':{"
            "'input_tokens':1,'output_tokens':2}}}");
        QCOMPARE(shown(read(text("a E") + text("N") + text("D b") + text("c") + done, request,
                            target("openai", "m"))),
                 shown({"Begin  ", "Text 0 \"a \"", "Usage 1 - - 2 -", "Finish 3 \"END\""}));
        QCOMPARE(shown(read(text("a E") + text("NO") + text("x\\u00e9") + done, request,
                            target("openai", "m"))),
                 shown({"Begin  ", "Text 0 \"a \"", "Text 0 \"ENO\"", "Text 0 \"x\"",
                        "Text 0 \"é\"", "Usage 1 - - 2 -", "Finish 0"}));
    }
};

QTEST_GUILESS_MAIN(TestResponsesUpstream)
#include "test_responses_upstream.moc"
