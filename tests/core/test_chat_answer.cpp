// SPDX-License-Identifier: MIT
#include <QtTest>

#include "protocol/chat_answer_reader.h"
#include "protocol/chat_request_reader.h"
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

// One step in a few letters, to compare runs of them.
std::string shortOf(const ChatEvent& event) {
    using Kind = ChatEvent::Kind;
    const std::string at = (event.choice > 0 ? std::to_string(event.choice) + "/" : "") +
                           std::to_string(event.block) + ":";
    switch (event.kind) {
        case Kind::Begin:
            return "begin " + std::string(event.id);
        case Kind::Text:
            return "text " + at + words(event.text);
        case Kind::Refusal:
            return "refusal " + at + words(event.text);
        case Kind::Reasoning:
            return "thought " + at + words(event.text) +
                   (event.signature.empty()
                        ? ""
                        : " " + std::string(event.vendor) + " " + words(event.signature));
        case Kind::ToolCall:
            return std::string(event.custom ? "custom " : "call ") + at + std::string(event.id) +
                   "," + std::string(event.name) +
                   (event.signature.empty() ? "" : "," + std::string(event.signature));
        case Kind::Arguments:
            return "args " + at + words(event.text);
        case Kind::BlockEnd:
            return "end " + at;
        case Kind::Citation:
            return "cite " + words(event.json);
        case Kind::Logprobs:
            return "logprobs " + words(event.json);
        case Kind::Usage:
            return "usage " + std::to_string(event.usage.input.value_or(-1)) + "," +
                   std::to_string(event.usage.cacheRead.value_or(-1)) + "," +
                   std::to_string(event.usage.output.value_or(-1)) + "," +
                   std::to_string(event.usage.reasoning.value_or(-1));
        case Kind::Finish:
            return "finish " + (event.choice > 0 ? std::to_string(event.choice) + "/" : "") +
                   std::string(std::array{"stop", "length", "tools", "sequence", "filter", "pause",
                                          "error"}[static_cast<std::size_t>(event.finish)]);
        case Kind::Error:
            return "error " + std::to_string(event.status) + " " + std::string(event.code) + " " +
                   std::string(event.message);
    }
    return "?";
}

constexpr std::string_view kHello = R"({"model":"m","messages":[{"role":"user","content":"Hi"}]})";

// A provider's answer, read.
struct Heard {
    std::vector<std::string> steps;
    bool complete = false;
    std::string problem;

    std::string text() const {
        std::string out;
        for (const std::string& step : steps)
            out += (out.empty() ? "" : " | ") + step;
        return out;
    }
};

// Events of a stream, each its data in single quotes.
Heard heard(const std::vector<std::string>& events, std::string_view dialect = "openai",
            std::string_view requestBody = kHello) {
    const auto request = readChatRequest(requestBody);
    Target target;
    target.dialect = &dialects().find(dialect);
    const auto reader = makeChatReader(target, *request);
    Heard out;
    for (const std::string& event : events) {
        const bool raw = event.starts_with("event:") || event.starts_with(":");
        reader->event(raw ? jsonOf(event) : "data: " + jsonOf(event) + "\n\n",
                      [&out](const ChatEvent& e) { out.steps.push_back(shortOf(e)); });
    }
    out.complete = reader->complete();
    return out;
}

Heard heardWhole(std::string_view body, std::string_view dialect = "openai",
                 std::string_view requestBody = kHello) {
    const auto request = readChatRequest(requestBody);
    Target target;
    target.dialect = &dialects().find(dialect);
    const auto reader = makeChatReader(target, *request);
    Heard out;
    const auto read = reader->whole(
        jsonOf(body), [&out](const ChatEvent& e) { out.steps.push_back(shortOf(e)); });
    if (!read)
        out.problem = read.error().message.text;
    out.complete = reader->complete();
    return out;
}

std::string delta(std::string_view inside, std::string_view finish = "null") {
    return "{'id':'a','choices':[{'index':0,'delta':{" + std::string(inside) +
           "},'finish_reason':" + std::string(finish) + "}]}";
}

std::string callDelta(std::string_view inside) {
    return delta("'tool_calls':[" + std::string(inside) + "]");
}

}  // namespace

class TestChatAnswer final : public QObject {
    Q_OBJECT

  private slots:
    void streams_data() {
        QTest::addColumn<QString>("dialect");
        QTest::addColumn<QStringList>("events");
        QTest::addColumn<QString>("steps");
        const auto row = [](const char* name, const char* dialect,
                            const std::vector<std::string>& events, const char* steps) {
            QStringList list;
            for (const std::string& event : events)
                list << QString::fromStdString(event);
            QTest::newRow(name) << dialect << list << steps;
        };
        row("text", "openai",
            {delta("'role':'assistant','content':'','refusal':null"), delta("'content':'He'"),
             delta("'content':'y'"), delta("", "'stop'"), "[DONE]"},
            "begin a | text 0:'He' | text 0:'y' | end 0: | finish stop");
        row("reasoning_content", "deepseek",
            {delta("'role':'assistant','content':null,'reasoning_content':'T'"),
             delta("'content':'y','reasoning_content':null", "'length'")},
            "begin a | thought 0:'T' | end 0: | text 1:'y' | end 1: | finish length");
        // Trap 20.
        row("reasoning", "vllm", {delta("'reasoning':'T'"), delta("'content':'y'", "'stop'")},
            "begin a | thought 0:'T' | end 0: | text 1:'y' | end 1: | finish stop");
        row("reasoning under two names counts once", "openrouter",
            {delta("'reasoning':'T','reasoning_details':[{'type':'reasoning.text','text':'T'}]"),
             delta("'reasoning_details':[{'type':'reasoning.text','signature':'S'}]"),
             delta("", "'stop'")},
            "begin a | thought 0:'T' | thought 0: openrouter "
            "{'type':'reasoning.text','signature':'S'} | end 0: | finish stop");
        row("reasoning_details alone", "openrouter",
            {delta("'reasoning_details':[{'type':'reasoning.summary','summary':'T'}]", "'stop'")},
            "begin a | thought 0:'T' | end 0: | finish stop");
        row("thinking parts", "mistral",
            {delta("'content':[{'type':'thinking','thinking':[{'type':'text','text':'T'}]},{'type':"
                   "'text','text':'y'}]",
                   "'stop'")},
            "begin a | thought 0:'T' | end 0: | text 1:'y' | end 1: | finish stop");
        row("call in pieces", "openai",
            {callDelta(
                 "{'index':0,'id':'c','type':'function','function':{'name':'f','arguments':''}}"),
             callDelta("{'index':0,'function':{'arguments':'1'}}"),
             callDelta("{'index':0,'function':{'arguments':'2'}}"), delta("", "'tool_calls'")},
            "begin a | call 0:c,f | args 0:'1' | args 0:'2' | end 0: | finish tools");
        row("whole call in one delta, and a finish that forgets it", "mistral",
            {"{'id':'a','choices':[{'index':0,'delta':{'content':'','tool_calls':[{'id':'c','"
             "function':{'name':'f','arguments':'1'},'index':0}]},'finish_reason':'stop'}]}"},
            "begin a | call 0:c,f | args 0:'1' | end 0: | finish tools");
        // Trap 3.
        row("{} as a placeholder", "openai",
            {callDelta("{'index':0,'id':'c','function':{'name':'f','arguments':'{}'}}"),
             callDelta("{'index':0,'function':{'arguments':'1'}}"), delta("", "'tool_calls'")},
            "begin a | call 0:c,f | args 0:'1' | end 0: | finish tools");
        row("{} as the arguments", "openai",
            {callDelta("{'index':0,'id':'c','function':{'name':'f','arguments':'{}'}}"),
             delta("", "'tool_calls'")},
            "begin a | call 0:c,f | args 0:'{}' | end 0: | finish tools");
        // Trap 1.
        row("parallel calls that are all number 0", "openai",
            {callDelta("{'index':0,'id':'c','function':{'name':'f','arguments':'1'}}"),
             callDelta("{'index':0,'id':'d','function':{'name':'f','arguments':'2'}}"),
             delta("", "'tool_calls'")},
            "begin a | call 0:c,f | args 0:'1' | call 1:d,f | args 1:'2' | end 0: | end 1: | "
            "finish tools");
        // Trap 2.
        row("interleaved calls", "openai",
            {callDelta("{'index':1,'id':'c','function':{'name':'f','arguments':''}}"),
             callDelta("{'index':4,'id':'d','function':{'name':'g','arguments':''}}"),
             callDelta("{'index':1,'function':{'arguments':'1'}}"),
             callDelta("{'index':4,'function':{'arguments':'2'}}"),
             callDelta("{'index':1,'function':{'arguments':'3'}}"), delta("", "'tool_calls'")},
            "begin a | call 0:c,f | call 1:d,g | args 0:'1' | args 1:'2' | args 0:'3' | end 0: | "
            "end 1: | finish tools");
        row("id and name repeated in every piece", "openai",
            {callDelta("{'index':0,'id':'c','function':{'name':'f','arguments':'1'}}"),
             callDelta("{'index':0,'id':'c','function':{'name':'f','arguments':'2'}}"),
             delta("", "'tool_calls'")},
            "begin a | call 0:c,f | args 0:'1' | args 0:'2' | end 0: | finish tools");
        row("calls without numbers", "ollama",
            {callDelta("{'id':'c','function':{'name':'f','arguments':'1'}},{'id':'d','function':{'"
                       "name':'g','arguments':'2'}}"),
             delta("", "'tool_calls'")},
            "begin a | call 0:c,f | args 0:'1' | call 1:d,g | args 1:'2' | end 0: | end 1: | "
            "finish tools");
        row("arguments as an object", "ollama",
            {callDelta("{'index':0,'id':'c','function':{'name':'f','arguments':{'z':1.10}}}"),
             delta("", "'tool_calls'")},
            R"(begin a | call 0:c,f | args 0:'{\'z\':1.10}' | end 0: | finish tools)");
        row("text, call, text", "openai",
            {delta("'content':'A'"),
             callDelta("{'index':0,'id':'c','function':{'name':'f','arguments':'1'}}"),
             delta("'content':'B'", "'tool_calls'")},
            "begin a | text 0:'A' | end 0: | call 1:c,f | args 1:'1' | text 2:'B' | end 2: | end "
            "1: | finish tools");
        row("signature of Gemini's compatible endpoint", "openai",
            {callDelta("{'index':0,'id':'c','function':{'name':'f','arguments':'1'},'extra_content'"
                       ":{'google':{'thought_signature':'SIG'}}}"),
             delta("", "'tool_calls'")},
            "begin a | call 0:c,f,SIG | args 0:'1' | end 0: | finish tools");
        row("custom call", "openai",
            {callDelta("{'index':0,'id':'c','type':'custom','custom':{'name':'g','input':''}}"),
             callDelta("{'index':0,'custom':{'input':'raw'}}"), delta("", "'tool_calls'")},
            "begin a | custom 0:c,g | args 0:'raw' | end 0: | finish tools");
        row("old function_call", "openai",
            {delta("'function_call':{'name':'f','arguments':''}"),
             delta("'function_call':{'arguments':'1'}", "'function_call'")},
            "begin a | call 0:call_");
        row("refusal", "openai", {delta("'refusal':'No.'", "'stop'")},
            "begin a | refusal 0:'No.' | end 0: | finish stop");
        row("usage in a chunk of its own", "openai",
            {delta("'content':'y'", "'stop'"),
             "{'id':'a','choices':[],'usage':{'prompt_tokens':9,'completion_tokens':3,"
             "'prompt_tokens_details':{'cached_tokens':4},'completion_tokens_details':{'reasoning_"
             "tokens':1}}}",
             "[DONE]"},
            "begin a | text 0:'y' | end 0: | finish stop | usage 5,4,2,1");
        // Trap 10.
        row("choices null, absent", "together",
            {delta("'content':'y'", "'stop'"),
             "{'id':'a','choices':null,'usage':{'prompt_tokens':9,'completion_tokens':3}}",
             "{'id':'a','usage':null}"},
            "begin a | text 0:'y' | end 0: | finish stop | usage 9,-1,3,-1");
        row("usage in the last chunk", "deepseek",
            {"{'id':'a','choices':[{'index':0,'delta':{'content':'y'},'finish_reason':'stop'}],'"
             "usage':{'prompt_tokens':9,"
             "'completion_tokens':3,'prompt_cache_hit_tokens':4,'prompt_cache_miss_tokens':5}}"},
            "begin a | usage 5,4,3,-1 | text 0:'y' | end 0: | finish stop");
        row("usage of Groq", "groq",
            {"{'id':'a','choices':[{'index':0,'delta':{'content':'y'},'finish_reason':'stop'}],'x_"
             "groq':{'usage':{'prompt_tokens':9,'completion_tokens':3}}}"},
            "begin a | usage 9,-1,3,-1 | text 0:'y' | end 0: | finish stop");
        row("usage of xAI", "xai",
            {delta("", "'stop'"),
             "{'choices':[],'usage':{'prompt_tokens':9,'completion_tokens':3,'total_tokens':17,"
             "'completion_tokens_details':{'reasoning_tokens':5}}}"},
            "begin a | finish stop | usage 9,-1,3,5");
        row("usage of OpenRouter beside an idle choice", "openrouter",
            {delta("'content':'y'", "'stop'"),
             "{'id':'a','choices':[{'index':0,'delta':{'role':'assistant','content':''},"
             "'finish_reason':null}],'usage':{'prompt_tokens':9,'completion_tokens':3,'cost':0.1}}",
             "[DONE]"},
            "begin a | text 0:'y' | end 0: | finish stop | usage 9,-1,3,-1");
        row("comments, empty events", "openrouter",
            {": OPENROUTER PROCESSING\n\n", delta("'content':'y'", "'stop'")},
            "begin a | text 0:'y' | end 0: | finish stop");
        row("logprobs", "openai",
            {"{'id':'a','choices':[{'index':0,'delta':{'content':'y'},'logprobs':{'content':[1],'"
             "refusal':null},'finish_reason':'stop'}]}"},
            "begin a | logprobs {'content':[1],'refusal':null} | text 0:'y' | end 0: | finish "
            "stop");
        row("citations", "openai",
            {delta("'content':'y'"),
             delta("'annotations':[{'type':'url_citation','url_citation':{}}]"),
             delta("'annotations':[]", "'stop'")},
            "begin a | text 0:'y' | cite {'type':'url_citation','url_citation':{}} | end 0: | "
            "finish stop");
        row("model_length", "mistral", {delta("'content':'y'", "'model_length'")},
            "begin a | text 0:'y' | end 0: | finish length");
        row("filter", "openai", {delta("", "'content_filter'")}, "begin a | finish filter");
        row("two choices", "openai",
            {"{'id':'a','choices':[{'index':1,'delta':{'content':'B'}},{'index':0,'delta':{'"
             "content':'A'}}]}",
             "{'id':'a','choices':[{'index':0,'delta':{},'finish_reason':'stop'}]}",
             "{'id':'a','choices':[{'index':1,'delta':{},'finish_reason':'length'}]}"},
            "begin a | text 1/0:'B' | text 0:'A' | end 0: | finish stop | end 1/0: | finish "
            "1/length");
        row("an end without a reason", "ollama", {delta("'content':'y'"), "[DONE]"},
            "begin a | text 0:'y' | end 0: | finish stop");
    }
    void streams() {
        QFETCH(QString, dialect);
        QFETCH(QStringList, events);
        QFETCH(QString, steps);
        std::vector<std::string> list;
        for (const QString& event : events)
            list.push_back(event.toStdString());
        const Heard out = heard(list, dialect.toStdString());
        const QString all = QString::fromStdString(out.text());
        if (steps.endsWith(QLatin1String("call_")))  // an invented id follows
            QVERIFY2(all.startsWith(steps) && all.contains(QLatin1String(",f | args 0:'1' |")),
                     qPrintable(all));
        else
            QCOMPARE(all, steps);
        QVERIFY(out.complete);
    }

    // Section 7.7: pairs torn between two deltas.
    void tornPairsAreJoined() {
        QCOMPARE(
            heard({delta(R"('content':'a\ud83d')"), delta(R"('content':'\ude42b')", "'stop'")})
                .text(),
            std::string(R"(begin a | text 0:'a' | text 0:'\ud83d\ude42b' | end 0: | finish stop)"));
    }

    // Trap 9.
    void brokenStreamsAreNotComplete_data() {
        QTest::addColumn<QStringList>("events");
        QTest::addColumn<QString>("last");
        const QString content = QString::fromStdString(delta("'content':'y'"));
        const auto row = [&content](const char* name, const std::string& event, const char* last) {
            QTest::newRow(name) << QStringList{content, QString::fromStdString(event)} << last;
        };
        row("no end", ": ping\n\n", "text 0:'y'");
        row("error chunk", "{'error':{'message':'boom','type':'server_error','code':null}}",
            "error 0 server_error boom");
        row("numeric code",
            "{'id':'a','error':{'code':429,'message':'slow','metadata':{'raw':'later'}},'choices':["
            "{'index':0,'delta':{},'finish_reason':'error'}]}",
            "error 429 429 slow: later");
        row("error as text", "{'error':'boom'}", "error 0  boom");
        row("named event",
            "event: error\ndata: {'error':{'message':'boom','code':'tool_use_failed'}}\n\n",
            "error 0 tool_use_failed boom");
        row("Mistral's", "{'object':'error','message':{'detail':[]},'type':'t','code':'500'}",
            "error 500 500 {'detail':[]}");
        row("finish_reason error", delta("", "'error'"),
            "error 502 error The provider broke the answer off (finish_reason 'error').");
        row("DeepSeek out of resources", delta("", "'insufficient_system_resource'"),
            "error 503 insufficient_system_resource The provider broke the answer off "
            "(finish_reason 'insufficient_system_resource').");
        row("not JSON", "<html>",
            "error 502 invalid_event The provider sent an event that is not JSON.");
    }
    void brokenStreamsAreNotComplete() {
        QFETCH(QStringList, events);
        QFETCH(QString, last);
        std::vector<std::string> list;
        for (const QString& event : events)
            list.push_back(event.toStdString());
        const bool open = last.startsWith(QLatin1String("text"));
        if (!open)
            list.emplace_back("[DONE]");  // said behind the error: it does not count
        const Heard out = heard(list);
        QCOMPARE(QString::fromStdString(words(out.steps.back())), last);
        QVERIFY(!out.complete);
    }

    void customToolsComeBackFromFunctions() {
        const std::string request = jsonOf(
            "{'model':'m','messages':[{'role':'user','content':'Hi'}],'tools':[{'type':'custom','"
            "custom':{'name':'g'}}]}");
        const Heard out =
            heard({callDelta("{'index':0,'id':'c','function':{'name':'g','arguments':''}}"),
                   callDelta(R"({'index':0,'function':{'arguments':'{\u0022input\u0022:'}})"),
                   callDelta(R"({'index':0,'function':{'arguments':'\u0022a\\nb\u0022}'}})"),
                   delta("", "'tool_calls'")},
                  "vllm", request);
        QCOMPARE(out.text(),
                 std::string(R"(begin a | custom 0:c,g | args 0:'a\nb' | end 0: | finish tools)"));
    }

    void inventedIdsDiffer() {
        const auto idOf = [](std::string_view answer) {
            return heard({"{'id':'" + std::string(answer) +
                          "','choices':[{'index':0,'delta':{'tool_calls':[{'index':0,'function':{'"
                          "name':'f','arguments':'1'}}]}}]}"})
                .steps[1];
        };
        QVERIFY(idOf("a") != idOf("b"));
        QVERIFY(idOf("a").starts_with("call 0:call_"));
    }

    void wholeAnswers_data() {
        QTest::addColumn<QString>("body");
        QTest::addColumn<QString>("steps");
        QTest::newRow("all of it")
            << "{'id':'a','model':'m','choices':[{'index':0,'message':{'role':'assistant','"
               "reasoning_content':'T','content':'y','refusal':null,"
               "'tool_calls':[{'id':'c','type':'function','function':{'name':'f','arguments':'1'}},"
               "{'id':'d','type':'function','function':{'name':'f','arguments':''}}]},"
               "'finish_reason':'tool_calls'}],'usage':{'prompt_tokens':9,'completion_tokens':3}}"
            << "begin a | usage 9,-1,3,-1 | thought 0:'T' | end 0: | text 1:'y' | end 1: | call "
               "2:c,f | args 2:'1' | call 3:d,f | end 2: | args 3:'{}' | end 3: | finish tools";
        QTest::newRow("empty answer, no reason") << "{'choices':[{'message':{'content':null}}]}"
                                                 << "begin  | finish stop";
    }
    void wholeAnswers() {
        QFETCH(QString, body);
        QFETCH(QString, steps);
        const Heard out = heardWhole(body.toStdString());
        QCOMPARE(QString::fromStdString(out.text()), steps);
        QVERIFY(out.complete && out.problem.empty());
    }

    void wholeAnswersThatAreNone() {
        QVERIFY(heardWhole("<html>").problem.find("not JSON") != std::string::npos);
        QVERIFY(heardWhole("{'id':'a'}").problem.find("choices") != std::string::npos);
        const Heard error = heardWhole("{'error':{'code':402,'message':'no credit'}}");
        QCOMPARE(error.text(), std::string("error 402 402 no credit"));
        QVERIFY(!error.complete);
    }
};

QTEST_APPLESS_MAIN(TestChatAnswer)
#include "test_chat_answer.moc"
