// SPDX-License-Identifier: MIT
#include <QtTest>

#include "protocol/json_text.h"
#include "protocol/responses_request_reader.h"
#include "protocol/responses_tools.h"
#include "support/transcript.h"

using namespace gr;
using namespace gr::protocol;
using gr::test::jsonOf;

namespace {

using Kind = Part::Kind;

// A request as Codex sends it: developer items, replayed items with ids and status, a result with
// an id of its own, tools of every kind.
const std::string kCodex = jsonOf(
    "{'model':'gr/model','instructions':'You are Codex.','input':["
    "{'type':'message','role':'developer','content':[{'type':'input_text','text':'rules'}]},"
    "{'type':'message','role':'user','content':[{'type':'input_text','text':'do it'}]},"
    "{'type':'reasoning','id':'rs_1','summary':[{'type':'summary_text','text':'a'},{'type':"
    "'summary_text','text':'b'}],'encrypted_content':'gr1.x'},"
    "{'type':'message','role':'assistant','id':'msg_1','status':'completed','phase':'commentary',"
    "'content':[{'type':'output_text','text':'on it','annotations':[]}]},"
    "{'type':'function_call','id':'fc_1','call_id':'call_1','name':'exec','arguments':"
    "'{\\'n\\':9007199254740993,\\'a\\':1.10}','status':'completed'},"
    "{'type':'custom_tool_call','id':'ctc_1','call_id':'call_2','name':'patch','input':'*** x'},"
    "{'type':'function_call','call_id':'call_3','namespace':'agents','name':'spawn','arguments':"
    "''},"
    "{'type':'function_call_output','id':'fco_1','call_id':'call_1','output':'ok'},"
    "{'type':'custom_tool_call_output','call_id':'call_2','output':[{'type':'input_text','text':"
    "'see'},{'type':'input_image','image_url':'data:image/png;base64,AAAA','detail':'high'}]},"
    "{'type':'additional_tools','role':'developer','tools':[{'type':'function','name':'late',"
    "'parameters':{},'strict':false}]},"
    "{'type':'web_search_call','id':'ws_1','status':'completed','action':{}}],"
    "'tools':[{'type':'function','name':'exec','description':'d','parameters':{'type':'object',"
    "'properties':{'z':{},'a':{}}},'strict':true},{'type':'custom','name':'patch','format':{"
    "'type':'grammar','syntax':'lark','definition':'x'}},{'type':'namespace','name':'agents',"
    "'description':'d','tools':[{'type':'function','name':'spawn','parameters':{}}]},{'type':"
    "'web_search','external_web_access':false}],"
    "'tool_choice':'auto','parallel_tool_calls':true,'reasoning':{'effort':'high','summary':"
    "'auto'},'store':false,'stream':true,'include':['reasoning.encrypted_content'],"
    "'prompt_cache_key':'k','text':{'verbosity':'low'},'client_metadata':{'x':1}}");

}  // namespace

class TestResponsesRequest final : public QObject {
    Q_OBJECT

  private slots:
    void codexRequestsAreRead() {
        const std::string body = kCodex;
        const auto request = readResponsesRequest(body);
        QVERIFY2(request.has_value(), request ? "" : request.error().message.text.c_str());
        QCOMPARE(request->model, std::string("gr/model"));
        QVERIFY(request->stream && request->encryptedReasoningAsked && request->usageAsked);
        QCOMPARE(request->turns.size(), std::size_t(6));
        QVERIFY(request->turns[0].role == Role::System);
        QCOMPARE(request->turns[0].parts[0].text, std::string_view("\"You are Codex.\""));
        QVERIFY(request->turns[1].role == Role::Developer);
        QVERIFY(request->turns[2].role == Role::User);
        const Turn& answer = request->turns[3];
        QVERIFY(answer.role == Role::Assistant);
        QCOMPARE(answer.parts.size(), std::size_t(5));
        QCOMPARE(answer.parts[0].reasoning.text, std::string_view("\"a\\n\\nb\""));
        QCOMPARE(answer.parts[0].reasoning.signature, std::string_view("gr1.x"));
        QVERIFY(answer.parts[0].reasoning.vendor.empty());
        QCOMPARE(answer.parts[1].text, std::string_view("\"on it\""));
        QCOMPARE(answer.parts[2].call.arguments,
                 std::string_view("{\"n\":9007199254740993,\"a\":1.10}"));
        QCOMPARE(answer.parts[3].call.input, std::string_view("\"*** x\""));
        QCOMPARE(answer.parts[4].call.name, std::string_view("agents__spawn"));
        QCOMPARE(answer.parts[4].call.arguments, std::string_view("{}"));
        const Turn& results = request->turns[4];
        QVERIFY(results.role == Role::User);
        QCOMPARE(results.parts.size(), std::size_t(2));
        QCOMPARE(results.parts[0].result->callId, std::string_view("call_1"));
        QVERIFY(request->turns[5].parts[0].kind == Kind::Other);
        const ToolResult& second = *results.parts[1].result;
        QVERIFY(second.custom);
        QCOMPARE(second.parts[1].media.type, std::string_view("image/png"));
        QCOMPARE(second.parts[1].media.data, std::string_view("AAAA"));
        QCOMPARE(second.parts[1].media.detail, std::string_view("high"));
    }

    void toolsOfEveryKind() {
        const std::string body = kCodex;
        const auto request = readResponsesRequest(body);
        QVERIFY(request.has_value());
        QCOMPARE(request->tools.size(), std::size_t(5));
        QCOMPARE(request->tools[0].strict, std::optional(true));
        QCOMPARE(request->tools[0].parameters,
                 std::string_view("{\"type\":\"object\",\"properties\":{\"z\":{},\"a\":{}}}"));
        QVERIFY(request->tools[1].kind == Tool::Kind::Custom);
        QCOMPARE(request->tools[2].name, std::string_view("agents__spawn"));
        QCOMPARE(request->tools[2].nameSpace, std::string_view("agents"));
        QVERIFY(request->tools[3].kind == Tool::Kind::Hosted);
        QCOMPARE(request->tools[3].type, std::string_view("web_search"));
        QCOMPARE(request->tools[4].name, std::string_view("late"));
        QCOMPARE(ownToolName("agents__spawn", "agents"), std::string_view("spawn"));
        QCOMPARE(toolNamed(*request, "spawn"), &request->tools[2]);
        QCOMPARE(toolNamed(*request, "none"), nullptr);
    }

    void settingsAreRead() {
        const std::string body = jsonOf(
            "{'model':'m','input':'hi','max_output_tokens':5,'temperature':0.10,'top_p':1e-1,"
            "'top_logprobs':3,'include':['message.output_text.logprobs'],'text':{'format':{'type':"
            "'json_schema','name':'n','schema':{'b':1,'a':2},'strict':true}},'reasoning':{"
            "'effort':'none'},'tool_choice':{'type':'allowed_tools','mode':'required','tools':[{"
            "'type':'function','name':'f'},{'type':'namespace','name':'ns'}]},'tools':[{'type':"
            "'function','name':'f'},{'type':'namespace','name':'ns','tools':[{'type':'function',"
            "'name':'g'}]}],'safety_identifier':'u','parallel_tool_calls':false}");
        const auto request = readResponsesRequest(body);
        QVERIFY2(request.has_value(), request ? "" : request.error().message.text.c_str());
        QCOMPARE(request->maxOutput, std::optional<std::int64_t>(5));
        QCOMPARE(request->sampling.temperature, std::string_view("0.10"));
        QCOMPARE(request->sampling.topP, std::string_view("1e-1"));
        QVERIFY(request->sampling.logprobs);
        QVERIFY(request->format.kind == OutputFormat::Kind::JsonSchema);
        QCOMPARE(request->format.schema, std::string_view("{\"b\":1,\"a\":2}"));
        QVERIFY(request->thinking.effort == Effort::None);
        QVERIFY(!request->thinking.includeThoughts);
        QVERIFY(request->toolChoice->mode == ToolChoice::Mode::Required);
        QCOMPARE(request->toolChoice->names, (std::vector<std::string_view>{"f", "ns__g"}));
        QCOMPARE(request->user, std::string_view("u"));
        QCOMPARE(request->parallelTools, std::optional(false));
    }

    void wrongFieldsAreNamed_data() {
        QTest::addColumn<QString>("body");
        QTest::addColumn<QString>("field");
        const auto row = [](const char* body, const char* field) {
            QTest::newRow(field) << QString::fromUtf8(body) << QString::fromUtf8(field);
        };
        row("{'input':'hi'}", "model");
        row("{'model':'','input':'hi'}", "model");
        row("{'model':'m'}", "input");
        row("{'model':'m','input':7}", "input");
        row("{'model':'m','input':['x']}", "input[0]");
        row("{'model':'m','input':[{'foo':1}]}", "input[0].type");
        row("{'model':'m','input':[{'role':'tool','content':'x'}]}", "input[0].role");
        row("{'model':'m','input':[{'role':'user'}]}", "input[0].content");
        row("{'model':'m','input':[{'role':'user','content':[{'type':'image'}]}]}",
            "input[0].content[0].type");
        row("{'model':'m','input':[{'role':'user','content':[{'type':'input_text','text':1}]}]}",
            "input[0].content[0].text");
        row("{'model':'m','input':[{'role':'user','content':[{'type':'input_image',"
            "'image_url':'data:png;base64,AA=='}]}]}",
            "input[0].content[0].image_url");
        row("{'model':'m','input':[{'role':'user','content':[{'type':'input_image',"
            "'image_url':'data:image/png;base64,'}]}]}",
            "input[0].content[0].image_url");
        row("{'model':'m','input':[{'role':'user','content':[{'type':'input_audio',"
            "'input_audio':{'data':'AA==','format':'a,b'}}]}]}",
            "input[0].content[0].input_audio.format");
        row("{'model':'m','input':[{'role':'user','content':[{'type':'input_image'}]}]}",
            "input[0].content[0].image_url");
        row("{'model':'m','input':[{'type':'function_call','name':'f','arguments':''}]}",
            "input[0].call_id");
        row("{'model':'m','input':[{'type':'function_call_output','call_id':'c'}]}",
            "input[0].output");
        row("{'model':'m','input':[{'type':'item_reference','id':'msg_1'}]}", "input[0].id");
        row("{'model':'m','input':'x','previous_response_id':'resp_1'}", "previous_response_id");
        row("{'model':'m','input':'x','conversation':'c'}", "conversation");
        row("{'model':'m','input':'x','background':true}", "background");
        row("{'model':'m','input':'x','stream':'yes'}", "stream");
        row("{'model':'m','input':'x','max_output_tokens':0}", "max_output_tokens");
        row("{'model':'m','input':'x','max_output_tokens':1.5}", "max_output_tokens");
        row("{'model':'m','input':'x','temperature':'1'}", "temperature");
        row("{'model':'m','input':'x','reasoning':{'effort':'huge'}}", "reasoning.effort");
        row("{'model':'m','input':'x','text':{'format':{'type':'xml'}}}", "text.format.type");
        row("{'model':'m','input':'x','text':{'format':{'type':'json_schema','name':'n'}}}",
            "text.format.schema");
        row("{'model':'m','input':'x','tools':[{'type':'function'}]}", "tools[0].name");
        row("{'model':'m','input':'x','tools':[1]}", "tools[0]");
        row("{'model':'m','input':'x','tools':[{'type':'namespace','name':'n','tools':[{}]}]}",
            "tools[0].tools[0].type");
        row("{'model':'m','input':'x','tool_choice':'always'}", "tool_choice");
        row("{'model':'m','input':'x','tool_choice':{'type':'function'}}", "tool_choice.name");
        row("{'model':'m','input':'x','include':[1]}", "include[0]");
    }
    void wrongFieldsAreNamed() {
        QFETCH(QString, body);
        QFETCH(QString, field);
        const std::string text = jsonOf(body.toStdString());
        const auto request = readResponsesRequest(text);
        QVERIFY(!request.has_value());
        QCOMPARE(QString::fromStdString(request.error().field), field);
        QVERIFY(request.error().code == ErrorCode::InvalidField ||
                request.error().code == ErrorCode::MissingField);
        QVERIFY2(
            request.error().message.text.find('"' + field.toStdString() + '"') != std::string::npos,
            request.error().message.text.c_str());
    }

    void filesAndSounds() {
        const std::string body = jsonOf(
            "{'model':'m','input':[{'role':'user','content':[{'type':'input_file','filename':"
            "'a.pdf','file_data':'data:application/pdf;base64,JVBE'},{'type':'input_file',"
            "'file_url':'https://x/y.pdf'},{'type':'input_file','file_id':'file-1'},{'type':"
            "'input_audio','input_audio':{'data':'UklG','format':'wav'}},{'type':'input_image',"
            "'image_url':'https://x/y.png'}]}]}");
        const auto request = readResponsesRequest(body);
        QVERIFY2(request.has_value(), request ? "" : request.error().message.text.c_str());
        const auto& parts = request->turns[0].parts;
        QCOMPARE(parts[0].media.type, std::string_view("application/pdf"));
        QCOMPARE(parts[0].media.data, std::string_view("JVBE"));
        QCOMPARE(parts[0].media.fileName, std::string_view("a.pdf"));
        QCOMPARE(parts[1].media.url, std::string_view("https://x/y.pdf"));
        QCOMPARE(parts[2].media.fileId, std::string_view("file-1"));
        QCOMPARE(parts[3].media.type, std::string_view("audio/wav"));
        QCOMPARE(parts[4].media.url, std::string_view("https://x/y.png"));
    }
};

QTEST_GUILESS_MAIN(TestResponsesRequest)
#include "test_responses_request.moc"
