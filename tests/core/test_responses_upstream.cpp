// SPDX-License-Identifier: MIT
#include <QtTest>

#include "protocol/json_text.h"
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
    PublishedSchema m_schema{QStringLiteral("openai-spec/wire.json"), false};

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

    void billingLinesStayBehind() {
        ChatRequest request = chatRequest();
        request.from = Protocol::Anthropic;
        auto& system = request.turns.front().parts;
        system.insert(system.begin(), textPart("\"x-anthropic-billing-header: cc_version=1\""));
        const QJsonObject body = written(request);
        const QJsonValue content = body[u"input"][0][u"content"];
        QCOMPARE(content.toArray().size(), 1);
        QCOMPARE(content[0][u"text"].toString(), QStringLiteral("be kind"));
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
    void namesOfToolsAreMadeToFit() {
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
};

QTEST_GUILESS_MAIN(TestResponsesUpstream)
#include "test_responses_upstream.moc"
