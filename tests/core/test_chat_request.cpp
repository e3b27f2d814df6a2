// SPDX-License-Identifier: MIT
#include <QtTest>

#include "json/scan.h"
#include "protocol/chat_request_reader.h"
#include "protocol/chat_request_writer.h"
#include "protocol/chat_tools.h"
#include "protocol/json_text.h"
#include "support/json_words.h"

using namespace gr;
using namespace gr::protocol;
using test::jsonOf;
using test::words;

namespace {

const Dialects& dialects() {
    static const Dialects table = Dialects::embedded();
    return table;
}

Target targetOf(std::string_view dialect, std::string_view model) {
    Target target;
    target.model = model;
    target.dialect = &dialects().find(dialect);
    target.rules = dialects().rulesOf(*target.dialect, model);
    return target;
}

// What a provider of that dialect gets of a request, in single quotes; or why it gets nothing.
std::string sent(const std::string& body, std::string_view dialect = "openai",
                 std::string_view model = "gpt-4o") {
    const auto request = readChatRequest(body);
    if (!request)
        return "refused " + request.error().field + ": " + request.error().message.text;
    const auto written = writeChatRequest(*request, targetOf(dialect, model));
    if (!written)
        return "refused " + written.error().field + ": " + written.error().message.text;
    return gr::json::scanObject(written->body) ? words(written->body)
                                               : "not JSON: " + written->body;
}

// The same of a request whose messages are `messages`: its messages alone.
std::string sentMessages(std::string_view messages, std::string_view dialect = "openai",
                         std::string_view model = "gpt-4o") {
    const std::string body = jsonOf("{'model':'x','messages':" + std::string(messages) + "}");
    const std::string out = sent(body, dialect, model);
    const std::string head = "{'model':'" + std::string(model) + "','messages':";
    if (!out.starts_with(head))
        return out;
    return out.substr(head.size(), out.size() - head.size() - 1);
}

// The top-level fields behind the messages, of a request with `fields`.
std::string sentFields(std::string_view fields, std::string_view dialect = "openai",
                       std::string_view model = "gpt-4o") {
    const std::string hello = "'messages':[{'role':'user','content':'Hi'}]";
    const std::string out = sent(
        jsonOf("{'model':'x'," + hello + (fields.empty() ? "" : ",") + std::string(fields) + "}"),
        dialect, model);
    const std::size_t at = out.find(hello);
    return at == std::string::npos
               ? out
               : out.substr(at + hello.size(), out.size() - at - hello.size() - 1);
}

std::vector<std::string> dropped(std::string_view fields, std::string_view dialect,
                                 std::string_view model) {
    const std::string body = jsonOf("{'model':'x','messages':[{'role':'user','content':'Hi'}]," +
                                    std::string(fields) + "}");
    const auto request = readChatRequest(body);
    const auto written = writeChatRequest(*request, targetOf(dialect, model));
    return written->dropped;
}

const std::string kTool =
    "'tools':[{'type':'function','function':{'name':'f','parameters':{'type':'object',"
    "'properties':{'b':{'type':'string'},'a':{'type':'integer'}}}}}]";

}  // namespace

class TestChatRequest final : public QObject {
    Q_OBJECT

  private slots:
    void messages_data() {
        QTest::addColumn<QString>("in");
        QTest::addColumn<QString>("out");
        const auto row = [](const char* name, const char* in, const char* out = nullptr) {
            QTest::newRow(name) << in << (out != nullptr ? out : in);
        };
        row("text as it stands", R"([{'role':'user','content':'caf\u00e9 \ud83d\ude42 \/ 1.10'}])");
        row("roles in their places",
            "[{'role':'system','content':'S'},{'role':'user','name':'u','content':'A'},"
            "{'role':'assistant','content':'B'},{'role':'system','content':'T'},"
            "{'role':'user','content':'C'}]");
        row("text parts become one text",
            "[{'role':'user','content':[{'type':'text','text':'A'},{'type':'text','text':''},"
            "{'type':'text','text':'B'}]}]",
            R"([{'role':'user','content':'A\nB'}])");
        row("developer is system where no model reasons", "[{'role':'developer','content':'D'}]",
            "[{'role':'system','content':'D'}]");
        row("image",
            "[{'role':'user','content':[{'type':'text','text':'?'},{'type':'image_url',"
            "'image_url':{'url':'data:image/png;base64,iVBORw0K','detail':'low'}}]}]");
        row("image by URL, as Mistral's clients write it",
            "[{'role':'user','content':[{'type':'image_url','image_url':'https://a.test/b.png'}]}]",
            "[{'role':'user','content':[{'type':'image_url','image_url':{'url':'https://a.test/"
            "b.png'}}]}]");
        row("file",
            "[{'role':'user','content':[{'type':'file','file':{'filename':'a.pdf',"
            "'file_data':'data:application/pdf;base64,JVBERi0='}}]}]");
        row("text file needs no file",
            "[{'role':'user','content':[{'type':'file','file':{"
            "'filename':'a.txt','file_data':'data:text/plain;base64,SGk='}}]}]",
            R"([{'role':'user','content':[{'type':'text','text':'a.txt:\nHi'}]}])");
        row("sound",
            "[{'role':'user','content':[{'type':'input_audio','input_audio':{'data':'UklGRg==',"
            "'format':'wav'}}]}]");
        row("calls and results",
            "[{'role':'user','content':'A'},{'role':'assistant','content':null,"
            "'tool_calls':[{'id':'c1','type':'function','function':{'name':'f','arguments':'{}'}},"
            "{'id':'c2','type':'custom','custom':{'name':'g','input':'raw'}}]},"
            "{'role':'tool','tool_call_id':'c1','content':'1'},"
            "{'role':'tool','tool_call_id':'c2','content':'2'}]");
        row("no arguments are an empty object",
            "[{'role':'assistant','tool_calls':[{'id':'c','function':{'name':'f','arguments':''}}]}"
            ","
            "{'role':'tool','tool_call_id':'c','content':''}]",
            "[{'role':'assistant','content':null,'tool_calls':[{'id':'c','type':'function',"
            "'function':{'name':'f','arguments':'{}'}}]},{'role':'tool','tool_call_id':'c','"
            "content':''}]");
        row("a result that nobody asked for is text",
            "[{'role':'user','content':'A'},{'role':'tool','tool_call_id':'zz','name':'f','content'"
            ":'R'}]",
            R"([{'role':'user','content':'A'},{'role':'user','content':'Result of the tool f:\nR'}])");
        row("a call that nobody answered is answered",
            "[{'role':'assistant','content':'x','tool_calls':[{'id':'c','type':'function','"
            "function':"
            "{'name':'f','arguments':'{}'}}]},{'role':'user','content':'go on'}]",
            "[{'role':'assistant','content':'x','tool_calls':[{'id':'c','type':'function','"
            "function':"
            "{'name':'f','arguments':'{}'}}]},{'role':'tool','tool_call_id':'c','content':'[no "
            "result]'},"
            "{'role':'user','content':'go on'}]");
        row("results come before what the user says",
            "[{'role':'assistant','tool_calls':[{'id':'c','type':'function','function':{'name':'f',"
            "'arguments':'{}'}},{'id':'d','type':'function','function':{'name':'f','arguments':'{}'"
            "}}]},"
            "{'role':'tool','tool_call_id':'d','content':'D'},{'role':'user','content':'U'},"
            "{'role':'tool','tool_call_id':'c','content':'C'}]",
            "[{'role':'assistant','content':null,'tool_calls':[{'id':'c','type':'function','"
            "function':"
            "{'name':'f','arguments':'{}'}},{'id':'d','type':'function','function':{'name':'f',"
            "'arguments':'{}'}}]},{'role':'tool','tool_call_id':'c','content':'C'},"
            "{'role':'tool','tool_call_id':'d','content':'D'},{'role':'user','content':'U'}]");
        row("an image that a tool gives goes into a message of its own",
            "[{'role':'assistant','tool_calls':[{'id':'c','type':'function','function':{'name':'f',"
            "'arguments':'{}'}}]},{'role':'tool','tool_call_id':'c','content':[{'type':'image_url',"
            "'image_url':{'url':'data:image/png;base64,AA=='}}]}]",
            "[{'role':'assistant','content':null,'tool_calls':[{'id':'c','type':'function','"
            "function':"
            "{'name':'f','arguments':'{}'}}]},{'role':'tool','tool_call_id':'c','content':"
            "'The result is in the next message.'},{'role':'user','content':[{'type':'text','text':"
            "'Result of the tool f (call c):'},{'type':'image_url','image_url':{'url':"
            "'data:image/png;base64,AA=='}}]}]");
        row("neighbouring turns of the model are one step",
            "[{'role':'assistant','tool_calls':[{'id':'c','type':'function','function':{'name':'f',"
            "'arguments':'{}'}}]},{'role':'assistant','tool_calls':[{'id':'d','type':'function','"
            "function':"
            "{'name':'f','arguments':'{}'}}]},{'role':'tool','tool_call_id':'c','content':'C'},"
            "{'role':'tool','tool_call_id':'d','content':'D'}]",
            "[{'role':'assistant','content':null,'tool_calls':[{'id':'c','type':'function','"
            "function':"
            "{'name':'f','arguments':'{}'}},{'id':'d','type':'function','function':{'name':'f',"
            "'arguments':'{}'}}]},{'role':'tool','tool_call_id':'c','content':'C'},"
            "{'role':'tool','tool_call_id':'d','content':'D'}]");
        row("old function_call and its answer",
            "[{'role':'assistant','content':null,'function_call':{'name':'f','arguments':'{}'}},"
            "{'role':'function','name':'f','content':'R'}]",
            "[{'role':'assistant','content':null,'tool_calls':[{'id':'call_function0','type':'"
            "function',"
            "'function':{'name':'f','arguments':'{}'}}]},"
            "{'role':'tool','tool_call_id':'call_function0','content':'R'}]");
        row("empty turns of the model are left out",
            "[{'role':'user','content':'A'},{'role':'assistant','content':''},{'role':'user','"
            "content':'B'}]",
            "[{'role':'user','content':'A'},{'role':'user','content':'B'}]");
        row("thoughts are not for OpenAI",
            "[{'role':'user','content':'A'},{'role':'assistant','content':'B','reasoning_content':'"
            "T'}]",
            "[{'role':'user','content':'A'},{'role':'assistant','content':'B'}]");
    }
    void messages() {
        QFETCH(QString, in);
        QFETCH(QString, out);
        QCOMPARE(QString::fromStdString(sentMessages(in.toStdString())), out);
    }

    // Trap 13, and fact 5: parsers that make doubles and sorted maps.
    void argumentsAndSchemasKeepTheirTextAndOrder() {
        const std::string arguments =
            R"({\"z\":9007199254740993,\"a\":1.10,\"s\":\"\\ud83d\\ude42 \\\"q\\\"\"})";
        const std::string body =
            jsonOf(
                "{'model':'x','messages':[{'role':'assistant','tool_calls':[{'id':'c','type':"
                "'function','function':{'name':'f','arguments':'") +
            arguments +
            jsonOf("'}}]},{'role':'tool','tool_call_id':'c','content':'1'}]," + kTool + "}");
        const std::string out = sent(body);
        QVERIFY2(out.find(words(arguments)) != std::string::npos, out.c_str());
        QVERIFY2(out.find(kTool) != std::string::npos, out.c_str());
    }

    void argumentsThatAreNoObjectAreKept() {
        const std::string out = sentMessages(
            R"([{'role':'assistant','tool_calls':[{'id':'c','type':'function','function':{'name':'f','arguments':'{\u0022a'}}]}])");
        QVERIFY2(out.find("_raw") != std::string::npos, out.c_str());
    }

    void fields_data() {
        QTest::addColumn<QString>("dialect");
        QTest::addColumn<QString>("model");
        QTest::addColumn<QString>("in");
        QTest::addColumn<QString>("out");
        const auto row = [](const char* name, const char* dialect, const char* model,
                            const std::string& in, const std::string& out) {
            QTest::newRow(name) << dialect << model << QString::fromStdString(in)
                                << QString::fromStdString(out);
        };
        row("numbers as they are written", "openai", "gpt-4o",
            "'temperature':0.70,'top_p':1.0,'seed':9007199254740993",
            ",'temperature':0.70,'top_p':1.0,'seed':9007199254740993");
        row("usage is always asked for", "openai", "gpt-4o", "'stream':true",
            ",'stream':true,'stream_options':{'include_usage':true}");
        row("but not of Mistral", "mistral", "m", "'stream':true", ",'stream':true");
        row("one limit: OpenAI", "openai", "gpt-4o", "'max_tokens':5,'max_completion_tokens':7",
            ",'max_completion_tokens':7");
        row("one limit: others", "together", "m", "'max_completion_tokens':7", ",'max_tokens':7");
        row("Mistral's seed", "mistral", "m",
            "'seed':1,'user':'u','safety_identifier':'s','logprobs':true", ",'random_seed':1");
        row("sampling that a model forbids", "openai", "o3",
            "'temperature':0,'logprobs':true,'top_logprobs':2,'seed':1", ",'seed':1");
        row("sampling only without thought: with", "openai", "gpt-5.2",
            "'temperature':0,'reasoning_effort':'low'", ",'reasoning_effort':'low'");
        row("sampling only without thought: without", "openai", "gpt-5.2",
            "'temperature':0,'reasoning_effort':'none'",
            ",'temperature':0,'reasoning_effort':'none'");
        row("effort: next below", "openai", "gpt-5.1", "'reasoning_effort':'max'",
            ",'reasoning_effort':'high'");
        row("effort: next above", "openai", "o3", "'reasoning_effort':'minimal'",
            ",'reasoning_effort':'low'");
        row("effort: some is never none", "groq", "qwen/qwen3-32b", "'reasoning_effort':'high'",
            "");
        row("effort for a model that does not reason", "openai", "gpt-4o",
            "'reasoning_effort':'high'", "");
        row("effort in DeepSeek's words", "deepseek", "deepseek-v4-pro",
            "'reasoning_effort':'medium'",
            ",'thinking':{'type':'enabled'},'reasoning_effort':'high'");
        row("DeepSeek's switch", "deepseek", "deepseek-v4-pro",
            "'reasoning_effort':'none','temperature':1.5",
            ",'temperature':1.5,'thinking':{'type':'disabled'}");
        row("tools where they need /v1/responses", "openai", "gpt-5.6", kTool,
            "," + kTool + ",'reasoning_effort':'none'");
        row("stop", "openai", "gpt-4o", "'stop':['a','','b']", ",'stop':['a','b']");
        row("stop: one", "openai", "gpt-4o", "'stop':['a']", ",'stop':'a'");
        row("schema", "openai", "gpt-4o",
            "'response_format':{'type':'json_schema','json_schema':{'name':'n','strict':true,'"
            "schema':{'z':1,'a':2}}}",
            ",'response_format':{'type':'json_schema','json_schema':{'name':'n','schema':{'z':1,'a'"
            ":2},'strict':true}}");
        row("tool choice", "openai", "gpt-4o",
            kTool +
                ",'tool_choice':{'type':'function','function':{'name':'f'}},'parallel_tool_calls':"
                "false",
            "," + kTool +
                ",'tool_choice':{'type':'function','function':{'name':'f'}},'parallel_tool_calls':"
                "false");
        row("tool choice that Ollama ignores", "ollama", "m",
            kTool + ",'tool_choice':'required','parallel_tool_calls':false", "," + kTool);
        row("some tools are allowed", "openai", "gpt-4o",
            "'tools':[{'type':'function','function':{'name':'f'}},{'type':'function','function':{'"
            "name':'g'}}],"
            "'tool_choice':{'type':'allowed_tools','allowed_tools':{'mode':'required','tools':[{'"
            "type':'function','function':{'name':'g'}}]}}",
            ",'tools':[{'type':'function','function':{'name':'g','parameters':{'type':'object','"
            "properties':{}}}}],'tool_choice':'required'");
        row("custom tool for OpenAI", "openai", "gpt-4o",
            "'tools':[{'type':'custom','custom':{'name':'c','format':{'type':'text'}}}],'tool_"
            "choice':{'type':'custom','custom':{'name':'c'}}",
            ",'tools':[{'type':'custom','custom':{'name':'c','format':{'type':'text'}}}],'tool_"
            "choice':{'type':'custom','custom':{'name':'c'}}");
        row("custom tool for others", "vllm", "m",
            "'tools':[{'type':'custom','custom':{'name':'c'}}],'tool_choice':{'type':'custom','"
            "custom':{'name':'c'}}",
            ",'tools':[{'type':'function','function':{'name':'c','parameters':{'type':'object','"
            "properties':{'input':{'type':'string'}},"
            "'required':['input']}}}],'tool_choice':{'type':'function'"
            ",'function':{'name':'c'}}");
        row("old functions", "openai", "gpt-4o",
            "'functions':[{'name':'f'}],'function_call':{'name':'f'}",
            ",'tools':[{'type':'function','function':{'name':'f','parameters':{'type':'object','"
            "properties':{}}}}],"
            "'tool_choice':{'type':'function','function':{'name':'f'}},'parallel_tool_calls':"
            "false");
        row("who asks: OpenAI", "openai", "gpt-4o", "'user':'u','prompt_cache_key':'k'",
            ",'safety_identifier':'u','prompt_cache_key':'k'");
        row("who asks: others", "groq", "m", "'safety_identifier':'u','prompt_cache_key':'k'",
            ",'user':'u'");
        row("OpenAI's own fields stay with it", "openai", "gpt-4o",
            "'store':true,'verbosity':'low','service_tier':'flex','metadata':{'a':'b'}",
            ",'verbosity':'low','metadata':{'a':'b'},'service_tier':'flex','store':true");
        row("OpenAI's own fields elsewhere", "vllm", "m",
            "'store':true,'verbosity':'low','prediction':{'type':'content','content':'x'}", "");
        row("fields of a dialect", "vllm", "m",
            "'min_p':0.10,'chat_template_kwargs':{'z':1,'a':2},'x-gaterouter-session':'s','models':"
            "['a']",
            ",'min_p':0.10,'chat_template_kwargs':{'z':1,'a':2}");
        row("n", "openai", "gpt-4o", "'n':2", ",'n':2");
    }
    void fields() {
        QFETCH(QString, dialect);
        QFETCH(QString, model);
        QFETCH(QString, in);
        QFETCH(QString, out);
        QCOMPARE(QString::fromStdString(
                     sentFields(in.toStdString(), dialect.toStdString(), model.toStdString())),
                 out);
    }

    void whatIsDroppedIsNamed() {
        QCOMPARE(dropped("'logit_bias':{'1':2},'reasoning_effort':'low'", "groq", "llama"),
                 (std::vector<std::string>{"logit_bias", "reasoning_effort"}));
        QCOMPARE(dropped("'temperature':1", "openai", "gpt-6"),
                 std::vector<std::string>{"temperature"});
    }

    void dialectsChangeMessages_data() {
        QTest::addColumn<QString>("dialect");
        QTest::addColumn<QString>("model");
        QTest::addColumn<QString>("in");
        QTest::addColumn<QString>("out");
        const auto row = [](const char* name, const char* dialect, const char* model,
                            const char* in, const char* out) {
            QTest::newRow(name) << dialect << model << in << out;
        };
        constexpr auto kCall =
            "[{'role':'assistant','content':'x','reasoning_content':'T','tool_calls':[{'id':"
            "'abcDEF123','type':'function','function':{'name':'f','arguments':'{}'}}]},"
            "{'role':'tool','tool_call_id':'abcDEF123','content':'1'}]";
        constexpr auto kCallWithout =
            "[{'role':'assistant','content':'x','tool_calls':[{'id':"
            "'abcDEF123','type':'function','function':{'name':'f','arguments':'{}'}}]},"
            "{'role':'tool','tool_call_id':'abcDEF123','content':'1'}]";
        row("developer for OpenAI's models that reason", "openai", "gpt-5.2",
            "[{'role':'developer','content':'D'}]", "[{'role':'developer','content':'D'}]");
        // Trap 16.
        row("developer for DeepSeek", "deepseek", "deepseek-v4-pro",
            "[{'role':'developer','content':'D'}]", "[{'role':'system','content':'D'}]");
        // Trap 5.
        row("DeepSeek gets its thoughts back", "deepseek", "deepseek-v4-pro", kCall, kCall);
        row("DeepSeek gets a space where they are gone", "deepseek", "deepseek-v4-pro",
            kCallWithout,
            "[{'role':'assistant','content':'x','reasoning_content':' ','tool_calls':[{'id':"
            "'abcDEF123','type':'function','function':{'name':'f','arguments':'{}'}}]},"
            "{'role':'tool','tool_call_id':'abcDEF123','content':'1'}]");
        row("Groq's name of thoughts", "groq", "m",
            "[{'role':'assistant','content':'x','reasoning_content':'T'}]",
            "[{'role':'assistant','content':'x','reasoning':'T'}]");
        row("no names for Groq", "groq", "m", "[{'role':'user','name':'u','content':'A'}]",
            "[{'role':'user','content':'A'}]");
        row("an id that Mistral takes stays", "mistral", "m", kCallWithout, kCallWithout);
        row("OpenRouter's proof of thoughts goes back to it", "openrouter", "m",
            "[{'role':'assistant','content':'x','reasoning':'T','reasoning_details':[{'type':'"
            "reasoning.text','text':'T',"
            "'signature':'sig','index':0},{'type':'reasoning.encrypted','data':'abc'}]}]",
            "[{'role':'assistant','content':'x','reasoning_details':[{'type':'reasoning.text','"
            "text':'T',"
            "'signature':'sig','index':0},{'type':'reasoning.encrypted','data':'abc'}]}]");
        row("and to nobody else", "vllm", "m",
            "[{'role':'assistant','content':'x','reasoning':'T','reasoning_details':[{'type':'"
            "reasoning.encrypted','data':'abc'}]}]",
            "[{'role':'assistant','content':'x','reasoning':'T'}]");
        row("cache marks for OpenRouter", "openrouter", "m",
            "[{'role':'user','content':[{'type':'text','text':'A','cache_control':{'type':'"
            "ephemeral'}}]}]",
            "[{'role':'user','content':[{'type':'text','text':'A','cache_control':{'type':'"
            "ephemeral'}}]}]");
        row("cache marks for others", "vllm", "m",
            "[{'role':'user','content':[{'type':'text','text':'A','cache_control':{'type':'"
            "ephemeral'}}]}]",
            "[{'role':'user','content':'A'}]");
        row("custom call for others", "vllm", "m",
            "[{'role':'assistant','tool_calls':[{'id':'c','type':'custom','custom':{'name':'g','"
            "input':'raw'}}]},"
            "{'role':'tool','tool_call_id':'c','content':'2'}]",
            R"([{'role':'assistant','content':null,'tool_calls':[{'id':'c','type':'function','function':{'name':'g','arguments':'{\'input\':\'raw\'}'}}]},)"
            "{'role':'tool','tool_call_id':'c','content':'2'}]");
    }
    void dialectsChangeMessages() {
        QFETCH(QString, dialect);
        QFETCH(QString, model);
        QFETCH(QString, in);
        QFETCH(QString, out);
        QCOMPARE(QString::fromStdString(
                     sentMessages(in.toStdString(), dialect.toStdString(), model.toStdString())),
                 out);
    }

    // Trap 6: nine characters, the same for a call and its result, another for every call.
    void mistralGetsIdsOfNine() {
        const std::string out = sentMessages(
            "[{'role':'assistant','tool_calls':[{'id':'call_one','type':'function','function':{'"
            "name':'f',"
            "'arguments':'{}'}},{'id':'call_two','type':'function','function':{'name':'f','"
            "arguments':'{}'}}]},"
            "{'role':'tool','tool_call_id':'call_two','content':'2'},"
            "{'role':'tool','tool_call_id':'call_one','content':'1'}]",
            "mistral", "m");
        const auto at = [&out](std::string_view key, std::size_t from) {
            return out.find(key, from) + key.size();
        };
        const std::size_t one = at("'id':'", 0);
        const std::size_t two = at("'id':'", one);
        const std::string first = out.substr(one, 9);
        const std::string second = out.substr(two, 9);
        QCOMPARE(out[one + 9], '\'');
        QVERIFY(first != second);
        QVERIFY(
            std::all_of(first.begin(), first.end(), [](char c) { return std::isalnum(c) != 0; }));
        QVERIFY(out.find("'tool_call_id':'" + first + "','content':'1'") != std::string::npos);
        QVERIFY(out.find("'tool_call_id':'" + second + "','content':'2'") != std::string::npos);
    }

    // DeepSeek refuses json_schema, and json_object without the word.
    void schemasInWords() {
        const std::string body = jsonOf(
            "{'model':'x','messages':[{'role':'system','content':'S'},{'role':'user','content':'Hi'"
            "}],"
            "'response_format':{'type':'json_schema','json_schema':{'name':'n','schema':{'z':1,'a':"
            "2}}}}");
        const std::string whole = sent(body, "deepseek", "deepseek-v4-pro");
        const std::string expected =
            R"({'role':'system','content':'S'},{'role':'system','content':'Answer with one JSON object that follows this JSON schema, and with nothing else:\n{\'z\':1,\'a\':2}'},{'role':'user')";
        QVERIFY2(whole.find(expected) != std::string::npos, whole.c_str());
        QVERIFY2(whole.ends_with(",'response_format':{'type':'json_object'}}"), whole.c_str());
    }

    void namesThatOpenAiRefusesAreRewritten() {
        const std::string body = jsonOf(
            "{'model':'x','messages':[{'role':'user','content':'A'}],'tools':[{'type':'function','"
            "function':"
            "{'name':'a.b'}},{'type':'function','function':{'name':'a_b'}},{'type':'function','"
            "function':{'name':'" +
            std::string(70, 'n') + "'}}]}");
        const auto request = readChatRequest(body);
        const ToolNames names(*request);
        const std::string dotted(names.toProvider("a.b"));
        const std::string lengthy(names.toProvider(std::string(70, 'n')));
        QVERIFY(dotted != "a_b" && dotted.starts_with("a_b_"));
        QCOMPARE(names.fromProvider(dotted), std::string_view("a.b"));
        QCOMPARE(lengthy.size(), std::size_t(64));
        QCOMPARE(names.fromProvider(lengthy), std::string_view(std::string(70, 'n')));
        QCOMPARE(names.toProvider("a_b"), std::string_view("a_b"));
    }

    void longIdentitiesAreShortened() {
        const std::string lengthy(100, 'u');
        const std::string out = sentFields("'user':'" + lengthy + "'");
        QCOMPARE(out.size(), std::string(",'safety_identifier':''").size() + 64);
    }

    void whatAProviderCannotDoIsRefused_data() {
        QTest::addColumn<QString>("dialect");
        QTest::addColumn<QString>("fields");
        QTest::addColumn<QString>("field");
        const auto part = [](const std::string& inside) {
            return QString::fromStdString("'messages':[{'role':'user','content':[" + inside +
                                          "]}]");
        };
        const auto hi = [](const std::string& more) {
            return QString::fromStdString("'messages':[{'role':'user','content':'A'}]," + more);
        };
        QTest::newRow("n") << "groq" << hi("'n':2") << "n";
        QTest::newRow("stops") << "openai" << hi("'stop':['1','2','3','4','5']") << "stop";
        QTest::newRow("image URL")
            << "ollama" << part("{'type':'image_url','image_url':{'url':'https://a.test/b'}}")
            << "messages";
        QTest::newRow("file")
            << "groq"
            << part("{'type':'file','file':{'file_data':'data:application/pdf;base64,AA=='}}")
            << "messages";
        QTest::newRow("text that is none")
            << "openai"
            << part("{'type':'file','file':{'file_data':'data:text/plain;base64,/w=='}}")
            << "messages";
        QTest::newRow("a type that is none")
            << "openai" << part("{'type':'image_url','image_url':{'url':'data:png;base64,AA=='}}")
            << "messages[0].content[0].image_url.url";
        QTest::newRow("a format that is none")
            << "openai" << part("{'type':'input_audio','input_audio':{'data':'A','format':'a,b'}}")
            << "messages[0].content[0].input_audio.format";
        QTest::newRow("sound")
            << "groq" << part("{'type':'input_audio','input_audio':{'data':'AA==','format':'mp3'}}")
            << "messages";
    }
    void whatAProviderCannotDoIsRefused() {
        QFETCH(QString, dialect);
        QFETCH(QString, fields);
        QFETCH(QString, field);
        const std::string out =
            sent(jsonOf("{'model':'x'," + fields.toStdString() + "}"), dialect.toStdString(), "m");
        QVERIFY2(out.starts_with("refused " + field.toStdString() + ":"), out.c_str());
    }

    // The first block of Claude Code's system text names its version.
    void billingHeadersStayBehind() {
        QCOMPARE(
            sentMessages(
                "[{'role':'system','content':[{'type':'text','text':'x-anthropic-billing-header: "
                "cc_version=1'},{'type':'text','text':'S'}]},{'role':'user','content':'A'}]"),
            std::string("[{'role':'system','content':'S'},{'role':'user','content':'A'}]"));
    }
};

QTEST_APPLESS_MAIN(TestChatRequest)
#include "test_chat_request.moc"
