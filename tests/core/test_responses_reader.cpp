// SPDX-License-Identifier: MIT
#include <QtTest>

#include "protocol/responses_answer_reader.h"
#include "protocol/responses_answer_writer.h"
#include "protocol/responses_request_reader.h"
#include "support/transcript.h"

using namespace gr;
using namespace gr::protocol;
using gr::test::jsonOf;

namespace {

ChatRequest chatRequest() {
    ChatRequest request;
    request.from = Protocol::OpenAiChat;
    return request;
}

}  // namespace

class TestResponsesReader final : public QObject {
    Q_OBJECT

    Dialects m_dialects = Dialects::embedded();

    Target target(std::string_view dialect, std::string_view model) const {
        Target out;
        out.model = model;
        out.dialect = &m_dialects.find(dialect, Protocol::OpenAiResponses);
        out.rules = m_dialects.rulesOf(*out.dialect, model);
        return out;
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
            event.usage = {
                .input = 6, .cacheRead = 4, .cacheWrite5m = 1, .output = 3, .reasoning = 5};
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
    // OpenAI takes less in a name than other protocols do.
    void rewrittenNamesOfToolsComeBack() {
        ChatRequest request = chatRequest();
        request.tools.emplace_back().name = "files.read";
        const auto lines =
            read(event("{'type':'response.output_item.added','output_index':0,'item':{'type':"
                       "'function_call','call_id':'c','name':'files_read','arguments':''}}"),
                 request, target("openai", "m"));
        QCOMPARE(lines.back(), std::string("ToolCall 0 c files.read"));
    }

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

QTEST_GUILESS_MAIN(TestResponsesReader)
#include "test_responses_reader.moc"
