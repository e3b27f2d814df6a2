// SPDX-License-Identifier: MIT
#include <QtTest>

#include "anthropic_test.h"
#include "protocol/anthropic_answer_reader.h"
#include "protocol/anthropic_answer_writer.h"
#include "protocol/json_text.h"

using namespace gr;
using namespace gr::protocol;

namespace {

using K = ChatEvent::Kind;

// A step in one line of words.
std::string told(const ChatEvent& e) {
    const std::string at = std::to_string(e.block) + " ";
    switch (e.kind) {
        case K::Begin:
            return "begin " + std::string(e.id) + " " + std::string(e.model);
        case K::Text:
            return "text " + at + std::string(e.text);
        case K::Reasoning:
            return (e.redacted ? "redacted " : "thought ") + at + std::string(e.text) +
                   std::string(e.signature) + (e.signature.empty() ? "" : " of ") +
                   std::string(e.vendor);
        case K::ToolCall:
            return "call " + at + std::string(e.id) + " " + std::string(e.name) +
                   (e.custom ? " custom" : "");
        case K::Arguments:
            return "arguments " + at + std::string(e.text);
        case K::BlockEnd:
            return "end " + std::to_string(e.block);
        case K::Citation:
            return "citation " + at + std::string(e.json);
        case K::Usage:
            return "usage " + std::to_string(e.usage.inputTotal().value_or(0)) + " " +
                   std::to_string(e.usage.outputTotal().value_or(0));
        case K::Finish:
            return "finish " + std::to_string(static_cast<int>(e.finish)) + std::string(e.text);
        case K::Error:
            return "error " + std::string(e.code) + " " + std::to_string(e.status) + " " +
                   std::string(e.message);
        default:
            return "?";
    }
}

struct Heard {
    std::string words;
    TokenUsage usage;
    bool complete = false;
};

ChatRequest plainRequest() {
    return {};
}

// What a reader tells of events given as their data.
Heard heard(const std::vector<std::string>& events, const ChatRequest& request = plainRequest()) {
    const auto reader = makeAnthropicReader(Target(), request);
    Heard out;
    const auto sink = [&out](const ChatEvent& event) {
        out.words += told(event) + "\n";
        if (event.kind == K::Usage)
            out.usage = event.usage;
    };
    for (const std::string& data : events)
        reader->event("event: x\ndata: " + q(data) + "\n\n", sink);
    out.complete = reader->complete();
    return out;
}

std::string start(int index, const std::string& block) {
    return "{'type':'content_block_start','index':" + std::to_string(index) +
           ",'content_block':" + block + "}";
}

std::string delta(int index, const std::string& inside) {
    return "{'type':'content_block_delta','index':" + std::to_string(index) + ",'delta':" + inside +
           "}";
}

std::string stop(int index) {
    return "{'type':'content_block_stop','index':" + std::to_string(index) + "}";
}

const char* const kMessageStart =
    "{'type':'message_start','message':{'id':'msg_9','type':'message','model':'claude','content':"
    "[],'usage':{'input_tokens':10,'cache_creation_input_tokens':5,'cache_read_input_tokens':3,"
    "'cache_creation':{'ephemeral_5m_input_tokens':1,'ephemeral_1h_input_tokens':4},"
    "'output_tokens':1}}}";

}  // namespace

class TestAnthropicAnswerReader final : public QObject {
    Q_OBJECT

  private slots:
    void aStreamIsToldStepByStep() {
        const Heard out = heard(
            {kMessageStart, "{'type':'ping'}",
             start(0, "{'type':'thinking','thinking':'','signature':''}"),
             delta(0, "{'type':'thinking_delta','thinking':'h\\u00e9'}"),
             delta(0, "{'type':'signature_delta','signature':'s\\/1='}"), stop(0),
             start(1, "{'type':'text','text':''}"), delta(1, "{'type':'text_delta','text':'Hi'}"),
             delta(1, "{'type':'citations_delta','citation':{'type':'char_location'}}"), stop(1),
             start(2, "{'type':'tool_use','id':'toolu_1','name':'f','input':{}}"),
             delta(2, "{'type':'input_json_delta','partial_json':''}"),
             delta(2, "{'type':'input_json_delta','partial_json':'{}'}"), stop(2),
             "{'type':'message_delta','delta':{'stop_reason':'tool_use','stop_sequence':null},"
             "'usage':{'output_tokens':20,'output_tokens_details':{'thinking_tokens':8}}}",
             "{'type':'message_stop'}"});
        QCOMPARE(out.words, std::string("begin msg_9 claude\nusage 18 1\n"
                                        "thought 0 \"h\\u00e9\"\nthought 0 s/1= of anthropic\n"
                                        "end 0\ntext 1 \"Hi\"\n"
                                        "citation 1 {\"type\":\"char_location\"}\nend 1\n"
                                        "call 2 toolu_1 f\narguments 2 \"{}\"\nend 2\n"
                                        "usage 18 20\nfinish 2\n"));
        QVERIFY(out.complete);
    }

    void usageIsToldInDisjointClasses() {
        const Heard out =
            heard({kMessageStart,
                   "{'type':'message_delta','delta':{'stop_reason':'end_turn'},'usage':"
                   "{'input_tokens':10,'cache_creation_input_tokens':5,'output_tokens':20,"
                   "'output_tokens_details':{'thinking_tokens':8}}}"});
        QCOMPARE(out.usage.input, std::optional<std::int64_t>(10));
        QCOMPARE(out.usage.cacheRead, std::optional<std::int64_t>(3));
        QCOMPARE(out.usage.cacheWrite5m, std::optional<std::int64_t>(1));
        QCOMPARE(out.usage.cacheWrite1h, std::optional<std::int64_t>(4));
        QCOMPARE(out.usage.output, std::optional<std::int64_t>(12));
        QCOMPARE(out.usage.reasoning, std::optional<std::int64_t>(8));
    }

    void aStreamWithoutItsLastEventIsNotComplete() {
        QVERIFY(!heard({kMessageStart, start(0, "{'type':'text','text':''}"),
                        delta(0, "{'type':'text_delta','text':'Hi'}"), stop(0)})
                     .complete);
    }

    void errorsAreSteps() {
        QCOMPARE(
            heard({"{'type':'error','error':{'type':'overloaded_error','message':'Busy'}}"}).words,
            std::string("error overloaded_error 529 Busy\n"));
        QVERIFY(heard({"{'type':'message_st"}).words.starts_with("error provider_answer_invalid"));
        QVERIFY(heard({"{'type':'a_new_one','x':1}"}).words.empty());
    }

    void finishesAreUnderstood_data() {
        QTest::addColumn<QString>("reason");
        QTest::addColumn<int>("finish");
        QTest::newRow("end") << "end_turn" << int(Finish::Stop);
        QTest::newRow("length") << "max_tokens" << int(Finish::Length);
        QTest::newRow("window") << "model_context_window_exceeded" << int(Finish::Length);
        QTest::newRow("tools") << "tool_use" << int(Finish::ToolCalls);
        QTest::newRow("stop") << "stop_sequence" << int(Finish::StopSequence);
        QTest::newRow("refusal") << "refusal" << int(Finish::ContentFilter);
        QTest::newRow("pause") << "pause_turn" << int(Finish::PauseTurn);
    }
    void finishesAreUnderstood() {
        QFETCH(QString, reason);
        QFETCH(int, finish);
        QCOMPARE(heard({"{'type':'message_delta','delta':{'stop_reason':'" + reason.toStdString() +
                        "','stop_sequence':'E'}}"})
                     .words,
                 "finish " + std::to_string(finish) + "\"E\"\n");
    }

    void blocksOfToolsThatTheProviderRunsAreLeftOut() {
        const Heard out =
            heard({start(0, "{'type':'server_tool_use','id':'s','name':'web_search','input':{}}"),
                   delta(0, "{'type':'input_json_delta','partial_json':'{}'}"), stop(0),
                   start(1, "{'type':'text','text':'a'}"), stop(1)});
        QCOMPARE(out.words, std::string("text 0 \"a\"\nend 0\n"));
    }

    void customToolsAndNamespacesAreMappedBack() {
        ChatRequest request;
        Tool& custom = request.tools.emplace_back();
        custom.kind = Tool::Kind::Custom;
        custom.name = "exec";
        Tool& odd = request.tools.emplace_back();
        odd.nameSpace = "ns";
        odd.name = "ns__a.b";
        const Heard out = heard(
            {start(0, "{'type':'tool_use','id':'t1','name':'exec','input':{}}"),
             delta(0, "{'type':'input_json_delta','partial_json':'{\\\"input\\\":\\\"ls \\\\n'}"),
             delta(0, "{'type':'input_json_delta','partial_json':'-l\\\"}'}"), stop(0),
             start(1, "{'type':'tool_use','id':'t2','name':'gr_ns_5f_5fa_2eb','input':{}}"),
             stop(1)},
            request);
        QCOMPARE(out.words, std::string("call 0 t1 exec custom\narguments 0 \"ls \\n-l\"\nend 0\n"
                                        "call 1 t2 ns__a.b\nend 1\n"));
    }

    // Other servers of this format tell the whole input at the start of the block.
    void inputToldAtTheStartIsKept() {
        const Heard out = heard(
            {start(0, "{'type':'tool_use','id':'t','name':'f','input':{'a':1.10}}"), stop(0)});
        QCOMPARE(out.words, std::string("call 0 t f\narguments 0 \"{\\\"a\\\":1.10}\"\nend 0\n"));
        // Unless its pieces follow: then it was a placeholder.
        QCOMPARE(heard({start(0, "{'type':'tool_use','id':'t','name':'f','input':{'a':0}}"),
                        delta(0, "{'type':'input_json_delta','partial_json':'{}'}"), stop(0)})
                     .words,
                 std::string("call 0 t f\narguments 0 \"{}\"\nend 0\n"));
    }

    // wire.md 7.7: halves of a surrogate pair may come in two deltas.
    void tornSurrogatesAreJoined() {
        const Heard out = heard({start(0, "{'type':'text','text':''}"),
                                 delta(0, "{'type':'text_delta','text':'a\\ud83d'}"),
                                 delta(0, "{'type':'text_delta','text':'\\ude42'}"), stop(0)});
        QCOMPARE(out.words, std::string("text 0 \"a\"\ntext 0 \"\\ud83d\\ude42\"\nend 0\n"));
    }

    void aWholeAnswerIsTheSameStepsAtOnce() {
        const std::string body =
            q("{'id':'msg_1','type':'message','role':'assistant','model':'c','content':["
              "{'type':'thinking','thinking':'hm','signature':'s'},"
              "{'type':'redacted_thinking','data':'blob'},"
              "{'type':'text','text':'a','citations':[{'type':'char_location'}]},"
              "{'type':'tool_use','id':'t','name':'f','input':{'n':9007199254740993}}],"
              "'stop_reason':'tool_use','stop_sequence':null,'usage':{'input_tokens':2,"
              "'output_tokens':3}}");
        const auto reader = makeAnthropicReader(Target(), plainRequest());
        std::string words;
        QVERIFY(reader->whole(body, [&](const ChatEvent& e) { words += told(e) + "\n"; }));
        QCOMPARE(words, std::string("begin msg_1 c\nusage 2 3\nthought 0 \"hm\"\n"
                                    "thought 0 s of anthropic\nend 0\n"
                                    "redacted 1 blob of anthropic\nend 1\ntext 2 \"a\"\n"
                                    "citation 2 {\"type\":\"char_location\"}\nend 2\ncall 3 t f\n"
                                    "arguments 3 \"{\\\"n\\\":9007199254740993}\"\nend 3\n"
                                    "usage 2 3\nfinish 2\n"));
        QVERIFY(reader->complete());
    }

    void whatIsNoMessageIsRefused() {
        for (const char* body : {"<html>", "{}", "{\"content\":1}", "[]"}) {
            const auto read =
                makeAnthropicReader(Target(), plainRequest())->whole(body, [](const ChatEvent&) {});
            QVERIFY(!read && read.error().code == ErrorCode::ProviderAnswerInvalid);
        }
    }

    // reader(writer(x)): an answer that goes through both faces of this protocol keeps everything.
    void anAnswerSurvivesItsOwnProtocol() {
        const std::vector<std::string> events{
            kMessageStart,
            start(0, "{'type':'thinking','thinking':'','signature':''}"),
            delta(0, "{'type':'thinking_delta','thinking':'h'}"),
            delta(0, "{'type':'signature_delta','signature':'sig'}"),
            stop(0),
            start(1, "{'type':'text','text':''}"),
            delta(1, "{'type':'text_delta','text':'\\ud83d\\ude42'}"),
            stop(1),
            start(2, "{'type':'tool_use','id':'t','name':'f','input':{}}"),
            delta(2, "{'type':'input_json_delta','partial_json':'{\\\"a\\\":1.10}'}"),
            stop(2),
            "{'type':'message_delta','delta':{'stop_reason':'tool_use'},'usage':"
            "{'output_tokens':2}}",
            "{'type':'message_stop'}"};
        for (const bool stream : {true, false}) {
            AnswerContext context;
            context.id = "req_9";
            context.model = "claude";
            context.stream = stream;
            const auto writer = makeAnthropicWriter(context);
            const auto reader = makeAnthropicReader(Target(), plainRequest());
            std::string out;
            for (const std::string& data : events) {
                reader->event("data: " + q(data) + "\n\n",
                              [&](const ChatEvent& e) { writer->write(e, out); });
            }
            writer->end(out);
            std::string words;
            const auto again = makeAnthropicReader(Target(), plainRequest());
            const auto sink = [&words](const ChatEvent& e) { words += told(e) + "\n"; };
            for (std::size_t at = 0; stream && at < out.size();) {
                const std::size_t end = out.find("\n\n", at) + 2;
                again->event(std::string_view(out).substr(at, end - at), sink);
                at = end;
            }
            if (!stream)
                QVERIFY(again->whole(out, sink));
            QCOMPARE(words, std::string("begin msg_9 claude\nusage 18 ") + (stream ? "1" : "2") +
                                "\nthought 0 \"h\"\nthought 0 sig of anthropic\nend 0\n"
                                "text 1 \"\\ud83d\\ude42\"\nend 1\ncall 2 t f\n"
                                "arguments 2 \"{\\\"a\\\":1.10}\"\nend 2\nusage 18 2\nfinish 2\n");
        }
    }
};

QTEST_APPLESS_MAIN(TestAnthropicAnswerReader)
#include "test_anthropic_answer_reader.moc"
