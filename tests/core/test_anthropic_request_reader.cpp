// SPDX-License-Identifier: MIT
#include <QtTest>

#include "anthropic_test.h"
#include "protocol/anthropic_request_reader.h"
#include "protocol/json_text.h"

using namespace gr;
using namespace gr::protocol;

namespace {

// A request with one message of the user and `more` members.
std::string body(const std::string& content, const std::string& more = "",
                 const std::string& role = "user") {
    return q("{'model':'m','max_tokens':100,'messages':[{'role':'") + role + q("','content':") +
           content + "}]" + more + "}";
}

std::string systemAndMore(const std::string& system) {
    return body(q("'hi'"), q(",'system':") + system);
}

}  // namespace

class TestAnthropicRequestReader final : public QObject {
    Q_OBJECT

  private slots:
    void settingsAreRead() {
        const std::string text =
            body(q("'hi'"), q(",'stream':true,'temperature':0.70,'top_p':0.9,'top_k':5,"
                              "'stop_sequences':['a','b\\n'],'metadata':{'user_id':'u1'},"
                              "'thinking':{'type':'adaptive','display':'omitted'},"
                              "'output_config':{'effort':'xhigh','format':{'type':'json_schema',"
                              "'schema':{'type':'object','b':1,'a':2}}}"));
        const auto read = readAnthropicRequest(text);
        QVERIFY2(read, read ? "" : read.error().message.text.c_str());
        const ChatRequest& r = *read;
        QVERIFY(r.from == Protocol::Anthropic && r.stream && r.usageAsked);
        QCOMPARE(r.maxOutput, std::optional<std::int64_t>(100));
        QCOMPARE(r.sampling.temperature, std::string_view("0.70"));
        QCOMPARE(r.sampling.topK, std::string_view("5"));
        QCOMPARE(r.sampling.stop.size(), std::size_t(2));
        QCOMPARE(r.user, std::string_view("u1"));
        QVERIFY(r.thinking.on == true && r.thinking.adaptive && !r.thinking.includeThoughts);
        QVERIFY(r.thinking.effort == Effort::XHigh);
        QVERIFY(r.format.kind == OutputFormat::Kind::JsonSchema);
        QCOMPARE(std::string(r.format.schema), std::string(q("{'type':'object','b':1,'a':2}")));
    }

    void turnsKeepTheirOrderAndTheirText() {
        const std::string text =
            q("{'model':'p/m','max_tokens':1,'system':[{'type':'text',"
              "'text':'x-anthropic-billing-header: 1'},{'type':'text','text':'Be \\u00e9',"
              "'cache_control':{'type':'ephemeral','ttl':'1h'}}],"
              "'messages':[{'role':'user','content':'a\\ud83d\\ude42'},"
              "{'role':'system','content':'later'},"
              "{'role':'assistant','content':[{'type':'text','text':''}]}]}");
        const auto read = readAnthropicRequest(text);
        QVERIFY(read);
        QCOMPARE(read->turns.size(), std::size_t(4));
        const Turn& system = read->turns[0];
        QVERIFY(system.role == Role::System && system.parts.size() == 2);
        // By its source a writer for others knows the block of Claude Code's billing.
        QVERIFY(system.parts[0].source.find("x-anthropic-billing-header") != std::string::npos);
        QCOMPARE(system.parts[1].text, std::string_view("\"Be \\u00e9\""));
        QCOMPARE(std::string(system.parts[1].cacheControl),
                 std::string(q("{'type':'ephemeral','ttl':'1h'}")));
        QCOMPARE(read->turns[1].parts[0].text, std::string_view("\"a\\ud83d\\ude42\""));
        QVERIFY(read->turns[2].role == Role::System);
        QVERIFY(read->turns[3].role == Role::Assistant);
    }

    void toolTurnsAreRead() {
        const std::string text = q(
            "{'model':'m','max_tokens':1,'messages':["
            "{'role':'user','content':'go'},"
            "{'role':'assistant','content':[{'type':'thinking','thinking':'hm','signature':'s\\/"
            "1'},"
            "{'type':'redacted_thinking','data':'blob'},"
            "{'type':'tool_use','id':'toolu_1','name':'f','input':{'b':1.10,'a':9007199254740993}}]"
            "},"
            "{'role':'user','content':[{'type':'tool_result','tool_use_id':'toolu_1','is_error':"
            "true,"
            "'content':[{'type':'text','text':'no'},{'type':'image','source':{'type':'base64',"
            "'media_type':'image/png','data':'AAA='}},{'type':'tool_reference','tool_name':'g'}]},"
            "{'type':'text','text':'and'}]}],"
            "'tools':[{'name':'f','description':'d','input_schema':{'type':'object'},'strict':true,"
            "'cache_control':{'type':'ephemeral'}},{'type':'web_search_20250305','name':'web_"
            "search'}],"
            "'tool_choice':{'type':'tool','name':'f','disable_parallel_tool_use':true}}");
        const auto read = readAnthropicRequest(text);
        QVERIFY2(read, read ? "" : read.error().message.text.c_str());
        const auto& parts = read->turns[1].parts;
        QCOMPARE(parts[0].reasoning.signature, std::string_view("s/1"));
        QVERIFY(parts[0].reasoning.vendor.empty());
        QVERIFY(parts[1].reasoning.redacted);
        QCOMPARE(parts[1].reasoning.signature, std::string_view("blob"));
        QCOMPARE(std::string(parts[2].call.arguments),
                 std::string(q("{'b':1.10,'a':9007199254740993}")));
        const ToolResult& result = *read->turns[2].parts[0].result;
        QVERIFY(result.isError && result.callId == "toolu_1" && result.parts.size() == 3);
        QCOMPARE(result.parts[1].media.type, std::string_view("image/png"));
        QCOMPARE(result.parts[2].text, std::string_view("\"The tool g is loaded.\""));
        QVERIFY(read->tools[0].kind == Tool::Kind::Function && read->tools[0].strict == true);
        QVERIFY(read->tools[1].kind == Tool::Kind::Hosted);
        QCOMPARE(read->tools[1].type, std::string_view("web_search_20250305"));
        QVERIFY(read->toolChoice->mode == ToolChoice::Mode::Named);
        QVERIFY(read->parallelTools == false);
    }

    void documentsAreReadByTheirSource() {
        const std::string text =
            body(q("["
                   "{'type':'document','title':'T','source':{'type':'base64','media_type':'"
                   "application/pdf',"
                   "'data':'JVBERi0='}},"
                   "{'type':'document','source':{'type':'text','media_type':'text/"
                   "plain','data':'caf\\u00e9'}},"
                   "{'type':'document','source':{'type':'content','content':[{'type':'text','text':"
                   "'x'}]}},"
                   "{'type':'document','source':{'type':'url','url':'https://e/x.pdf'}},"
                   "{'type':'image','source':{'type':'file','file_id':'f1'}},"
                   "{'type':'search_result','source':'https://s','title':'S','content':["
                   "{'type':'text','text':'found'}]}]"));
        const auto read = readAnthropicRequest(text);
        QVERIFY2(read, read ? "" : read.error().message.text.c_str());
        const auto& parts = read->turns[0].parts;
        QCOMPARE(parts[0].media.fileName, std::string_view("T"));
        QCOMPARE(parts[0].media.data, std::string_view("JVBERi0="));
        QCOMPARE(parts[1].media.type, std::string_view("text/plain"));
        QCOMPARE(parts[1].media.data, std::string_view("Y2Fmw6k="));
        QVERIFY(parts[2].kind == Part::Kind::Text && parts[2].text == "\"x\"");
        QCOMPARE(parts[3].media.url, std::string_view("https://e/x.pdf"));
        QCOMPARE(parts[4].media.fileId, std::string_view("f1"));
        QCOMPARE(plainOf(parts[5].text), std::string("S (https://s)\nfound"));
    }

    void blocksThatOnlyAnthropicKnowsComeBackAsTheyAre() {
        const std::string block =
            q("{'type':'web_search_tool_result','tool_use_id':'srv','content':[]}");
        const std::string text = body("[" + block + "]", "", "assistant");
        const auto read = readAnthropicRequest(text);
        QVERIFY(read);
        QVERIFY(read->turns[0].parts[0].kind == Part::Kind::Other);
        QCOMPARE(read->turns[0].parts[0].source, std::string_view(block));
    }

    void countingNeedsNoOutputLimit() {
        const std::string text = q("{'model':'m','messages':[{'role':'user','content':'hi'}]}");
        QVERIFY(readAnthropicCount(text));
        const auto read = readAnthropicRequest(text);
        QVERIFY(!read && read.error().code == ErrorCode::MissingField);
        QCOMPARE(read.error().field, std::string("max_tokens"));
    }

    void whatIsWrongIsNamed_data() {
        QTest::addColumn<QString>("body");
        QTest::addColumn<QString>("field");
        const auto row = [](const char* name, const std::string& text, const char* field) {
            QTest::newRow(name) << QString::fromStdString(text) << field;
        };
        row("model", q("{'max_tokens':1,'messages':[]}"), "model");
        row("model number", q("{'model':1,'max_tokens':1,'messages':[]}"), "model");
        row("no messages", q("{'model':'m','max_tokens':1}"), "messages");
        row("empty messages", q("{'model':'m','max_tokens':1,'messages':[]}"), "messages");
        row("message is text", q("{'model':'m','max_tokens':1,'messages':['x']}"), "messages[0]");
        row("unknown role", body(q("'x'"), "", "tool"), "messages[0].role");
        row("content is a number", body("1"), "messages[0].content");
        row("content is gone", q("{'model':'m','max_tokens':1,'messages':[{'role':'user'}]}"),
            "messages[0].content");
        row("block without type", body(q("[{'text':'x'}]")), "messages[0].content[0].type");
        row("text is a number", body(q("[{'type':'text','text':1}]")),
            "messages[0].content[0].text");
        row("unknown block", body(q("[{'type':'poem'}]")), "messages[0].content[0].type");
        row("call of the user", body(q("[{'type':'tool_use','id':'a','name':'f','input':{}}]")),
            "messages[0].content[0].type");
        row("input is text",
            body(q("[{'type':'tool_use','id':'a','name':'f','input':'x'}]"), "", "assistant"),
            "messages[0].content[0].input");
        row("result without id", body(q("[{'type':'tool_result','content':'x'}]")),
            "messages[0].content[0].tool_use_id");
        row("source of an image", body(q("[{'type':'image','source':{'type':'disk'}}]")),
            "messages[0].content[0].source.type");
        row("media type",
            body(q(
                "[{'type':'image','source':{'type':'base64','media_type':'a,b/c','data':'AA'}}]")),
            "messages[0].content[0].source.media_type");
        row("no data",
            body(q("[{'type':'image','source':{'type':'base64','media_type':'a/b','data':''}}]")),
            "messages[0].content[0].source.data");
        row("no address", body(q("[{'type':'image','source':{'type':'url','url':''}}]")),
            "messages[0].content[0].source.url");
        row("image in the system", systemAndMore(q("[{'type':'image'}]")), "system[0].type");
        row("max_tokens",
            q("{'model':'m','max_tokens':0,'messages':[{'role':'user','content':'x'}]}"),
            "max_tokens");
        row("stream", body(q("'x'"), q(",'stream':'yes'")), "stream");
        row("temperature", body(q("'x'"), q(",'temperature':'hot'")), "temperature");
        row("stop", body(q("'x'"), q(",'stop_sequences':[1]")), "stop_sequences");
        row("tool without schema", body(q("'x'"), q(",'tools':[{'name':'f'}]")),
            "tools[0].input_schema");
        row("tool of OpenAI", body(q("'x'"), q(",'tools':[{'type':'function','function':{}}]")),
            "tools[0].type");
        row("tool choice", body(q("'x'"), q(",'tool_choice':{'type':'one'}")), "tool_choice.type");
        row("thinking", body(q("'x'"), q(",'thinking':{'type':'hard'}")), "thinking.type");
        row("small budget", body(q("'x'"), q(",'thinking':{'type':'enabled','budget_tokens':5}")),
            "thinking.budget_tokens");
        row("effort", body(q("'x'"), q(",'output_config':{'effort':'much'}")),
            "output_config.effort");
    }
    void whatIsWrongIsNamed() {
        QFETCH(QString, body);
        QFETCH(QString, field);
        const std::string text = body.toStdString();
        const auto read = readAnthropicRequest(text);
        QVERIFY(!read);
        QVERIFY(errorInfo(read.error().code).status == 400);
        QCOMPARE(QString::fromStdString(read.error().field), field);
        QVERIFY(QString::fromStdString(read.error().message.text).contains(field));
    }
};

QTEST_APPLESS_MAIN(TestAnthropicRequestReader)
#include "test_anthropic_request_reader.moc"
