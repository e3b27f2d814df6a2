// SPDX-License-Identifier: MIT
#include <QtTest>

#include "protocol/chat_request_reader.h"
#include "protocol/json_text.h"
#include "support/json_words.h"

using namespace gr;
using namespace gr::protocol;
using test::jsonOf;

// What is read of clients' requests, and what is refused; test_chat_request has the way through.
class TestChatReader final : public QObject {
    Q_OBJECT

  private slots:
    void whatClientsMayCarryBack() {
        const std::string body = jsonOf(
            "{'model':'x','messages':[{'role':'assistant','content':[{'type':'thinking','thinking':"
            "[{'type':"
            "'text','text':'T1'},{'type':'text','text':'T2'}]},{'type':'text','text':'x'}],'tool_"
            "calls':[{'id':'c',"
            "'type':'function','function':{'name':'f','arguments':'{}'},'extra_content':{'google':"
            "{'thought_signature':'SIG'}}}]},{'role':'tool','tool_call_id':'c','content':'1'}]}");
        const auto request = readChatRequest(body);
        QVERIFY(request);
        const auto& parts = request->turns.front().parts;
        QCOMPARE(parts.size(), std::size_t(3));
        QCOMPARE(plainOf(parts[0].reasoning.text), std::string("T1T2"));
        QCOMPARE(parts[2].call.signature, std::string_view("SIG"));
        QCOMPARE(request->turns[1].parts.front().result->name, std::string_view("f"));
    }

    void wrongRequestsAreRefused_data() {
        QTest::addColumn<QString>("body");
        QTest::addColumn<QString>("field");
        const auto row = [](const char* name, const char* body, const char* field) {
            QTest::newRow(name) << body << field;
        };
        const auto message = [&row](const char* name, const std::string& inside,
                                    const std::string& field) {
            row(name,
                ("{'model':'x','messages':[{'role':'user','content':'A'}," + inside + "]}").c_str(),
                field.c_str());
        };
        const auto setting = [&row](const char* name, const std::string& inside,
                                    const std::string& field) {
            row(name,
                ("{'model':'x','messages':[{'role':'user','content':'A'}]," + inside + "}").c_str(),
                field.c_str());
        };
        row("no model", "{'messages':[{'role':'user','content':'A'}]}", "model");
        row("no messages", "{'model':'x'}", "messages");
        row("empty messages", "{'model':'x','messages':[]}", "messages");
        row("message is a string", "{'model':'x','messages':['A']}", "messages[0]");
        message("unknown role", "{'role':'bot','content':'x'}", "messages[1].role");
        message("no role", "{'content':'x'}", "messages[1].role");
        message("no content", "{'role':'user'}", "messages[1].content");
        message("content is a number", "{'role':'user','content':1}", "messages[1].content");
        message("unknown part", "{'role':'user','content':[{'type':'video'}]}",
                "messages[1].content[0].type");
        message(
            "image in a system message",
            "{'role':'system','content':[{'type':'image_url','image_url':{'url':'https://a'}}]}",
            "messages[1].content[0].type");
        message("image without URL",
                "{'role':'user','content':[{'type':'image_url','image_url':{}}]}",
                "messages[1].content[0].image_url.url");
        message("data URL without base64",
                "{'role':'user','content':[{'type':'image_url','image_url':{'url':'data:image/"
                "png,x'}}]}",
                "messages[1].content[0].image_url.url");
        message("result without id", "{'role':'tool','content':'x'}", "messages[1].tool_call_id");
        message("arguments are an object",
                "{'role':'assistant','tool_calls':[{'id':'c','type':'function','function':{'name':'"
                "f','arguments':{}}}]}",
                "messages[1].tool_calls[0].function.arguments");
        message("call without id",
                "{'role':'assistant','tool_calls':[{'type':'function','function':{'name':'f','"
                "arguments':'{}'}}]}",
                "messages[1].tool_calls[0].id");
        setting("n", "'n':0", "n");
        setting("temperature", "'temperature':'warm'", "temperature");
        setting("limit", "'max_tokens':0", "max_tokens");
        setting("stop", "'stop':[1]", "stop");
        setting("effort", "'reasoning_effort':'huge'", "reasoning_effort");
        setting("format", "'response_format':{'type':'yaml'}", "response_format.type");
        setting("schema without name",
                "'response_format':{'type':'json_schema','json_schema':{'schema':{}}}",
                "response_format.json_schema.name");
        setting("tool type", "'tools':[{'type':'web_search'}]", "tools[0].type");
        setting("tool without name", "'tools':[{'type':'function','function':{}}]",
                "tools[0].function.name");
        setting("tool choice",
                "'tools':[{'type':'function','function':{'name':'f'}}],'tool_choice':{'type':'"
                "function','function':{'name':'g'}}",
                "tool_choice.function.name");
        setting("tool choice word", "'tool_choice':'maybe'", "tool_choice");
        setting("spoken answers", "'modalities':['text','audio']", "modalities");
        setting("stream", "'stream':'yes'", "stream");
        setting("usage", "'stream_options':{'include_usage':1}", "stream_options.include_usage");
    }
    void wrongRequestsAreRefused() {
        QFETCH(QString, body);
        QFETCH(QString, field);
        const auto request = readChatRequest(jsonOf(body.toStdString()));
        QVERIFY(!request);
        QCOMPARE(QString::fromStdString(request.error().field), field);
        QVERIFY(request.error().message.text.find(field.toStdString()) != std::string::npos);
        QCOMPARE(errorInfo(request.error().code).status, 400);
    }
};

QTEST_APPLESS_MAIN(TestChatReader)
#include "test_chat_reader.moc"
