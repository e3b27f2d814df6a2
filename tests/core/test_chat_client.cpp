// SPDX-License-Identifier: MIT
#include <QtTest>

#include "protocol/chat_answer_reader.h"
#include "protocol/chat_answer_writer.h"
#include "protocol/chat_request_reader.h"
#include "support/json_words.h"

using namespace gr;
using namespace gr::protocol;
using test::jsonOf;
using test::words;

namespace {

std::string delta(std::string_view inside, std::string_view finish = "null") {
    return "{'id':'a','choices':[{'index':0,'delta':{" + std::string(inside) +
           "},'finish_reason':" + std::string(finish) + "}]}";
}

std::string callDelta(std::string_view inside) {
    return delta("'tool_calls':[" + std::string(inside) + "]");
}

ChatEvent step(ChatEvent::Kind kind, std::size_t block = 0, std::string_view text = "") {
    ChatEvent event;
    event.kind = kind;
    event.block = block;
    event.text = text;
    return event;
}

ChatEvent callStep(std::size_t block, std::string_view id, std::string_view name) {
    ChatEvent event = step(ChatEvent::Kind::ToolCall, block);
    event.id = id;
    event.name = name;
    return event;
}

ChatEvent finishStep(Finish finish, std::size_t choice = 0) {
    ChatEvent event = step(ChatEvent::Kind::Finish);
    event.finish = finish;
    event.choice = choice;
    return event;
}

ChatEvent usageStep() {
    ChatEvent event = step(ChatEvent::Kind::Usage);
    event.usage.input = 5;
    event.usage.cacheRead = 4;
    event.usage.output = 3;
    event.usage.reasoning = 2;
    return event;
}

AnswerContext contextOf(bool stream, bool usageAsked = false,
                        const ChatRequest* request = nullptr) {
    AnswerContext context;
    context.id = "req_1";
    context.model = "a/m";
    context.created = 7;
    context.stream = stream;
    context.usageAsked = usageAsked;
    context.request = request;
    return context;
}

const std::string kHead =
    "data: {'id':'chatcmpl-1','object':'chat.completion.chunk','created':7,"
    "'model':'a/m','choices':[{'index':0,'delta':{";

std::string chunk(std::string_view inside, std::string_view finish = "null") {
    return kHead + std::string(inside) +
           "},'logprobs':null,'finish_reason':" + std::string(finish) + "}]}\n\n";
}

std::string written(const std::vector<ChatEvent>& steps, AnswerContext context, bool end = true) {
    const auto writer = makeChatWriter(std::move(context));
    std::string out;
    for (const ChatEvent& event : steps)
        writer->write(event, out);
    if (end)
        writer->end(out);
    return words(out);
}

const std::string kFirst = chunk("'role':'assistant','content':'','refusal':null");
const std::string kFirstOfCall = chunk("'role':'assistant','content':null,'refusal':null");
const std::string kDone = "data: [DONE]\n\n";

}  // namespace

// What clients get: the stream and the whole answer.
class TestChatClient final : public QObject {
    Q_OBJECT

  private slots:
    void aStreamOfText() {
        QCOMPARE(
            written({step(ChatEvent::Kind::Begin), step(ChatEvent::Kind::Reasoning, 0, "\"T\""),
                     step(ChatEvent::Kind::Text, 1, R"("caf\u00e9")"), usageStep(),
                     finishStep(Finish::Stop)},
                    contextOf(true)),
            kFirst + chunk("'reasoning_content':'T'") + chunk(R"('content':'caf\u00e9')") +
                chunk("", "'stop'") + kDone);
    }

    // Traps 1 and 2: numbers of their own, and pieces go where they belong.
    void aStreamOfCalls() {
        QCOMPARE(written({callStep(3, "c", "f"), callStep(5, "d", "g"),
                          step(ChatEvent::Kind::Arguments, 5, "\"2\""),
                          step(ChatEvent::Kind::Arguments, 3, "\"1\""), finishStep(Finish::Stop)},
                         contextOf(true)),
                 kFirstOfCall +
                     chunk("'tool_calls':[{'index':0,'id':'c','type':'function','function':{'name':"
                           "'f','arguments':''}}]") +
                     chunk("'tool_calls':[{'index':1,'id':'d','type':'function','function':{'name':"
                           "'g','arguments':''}}]") +
                     chunk("'tool_calls':[{'index':1,'function':{'arguments':'2'}}]") +
                     chunk("'tool_calls':[{'index':0,'function':{'arguments':'1'}}]") +
                     chunk("", "'tool_calls'") + kDone);
    }

    void callsWithoutArgumentsGetAnEmptyObject() {
        const std::string out =
            written({callStep(0, "c", "f"), finishStep(Finish::ToolCalls)}, contextOf(true));
        QVERIFY(out.find("{'index':0,'function':{'arguments':'{}'}}") != std::string::npos);
    }

    void usageIsToldWhenAsked() {
        const std::string usage =
            "{'prompt_tokens':9,'completion_tokens':5,'total_tokens':14,'prompt_tokens_details':"
            "{'cached_tokens':4},'completion_tokens_details':{'reasoning_tokens':2}}";
        const std::string out = written(
            {step(ChatEvent::Kind::Text, 0, "\"y\""), finishStep(Finish::Stop), usageStep()},
            contextOf(true, true));
        QVERIFY(
            out.find(
                "'delta':{'content':'y'},'logprobs':null,'finish_reason':null}],'usage':null}") !=
            std::string::npos);
        QVERIFY2(out.ends_with("'model':'a/m','choices':[],'usage':" + usage + "}\n\n" + kDone),
                 out.c_str());
        // Not known is not 0.
        QVERIFY(written({finishStep(Finish::Stop)}, contextOf(true, true)).find("tokens") ==
                std::string::npos);
    }

    void logprobsTravelWithTheNextChunk() {
        ChatEvent logprobs = step(ChatEvent::Kind::Logprobs);
        logprobs.json = R"({"content":[1],"refusal":null})";
        const std::string out =
            written({logprobs, step(ChatEvent::Kind::Text, 0, "\"y\""), finishStep(Finish::Stop)},
                    contextOf(true));
        QVERIFY(
            out.find(
                "{'content':'y'},'logprobs':{'content':[1],'refusal':null},'finish_reason':null") !=
            std::string::npos);
        QVERIFY(out.find("'delta':{},'logprobs':null,'finish_reason':'stop'") != std::string::npos);
    }

    void citationsBecomeAnnotations() {
        ChatEvent citation = step(ChatEvent::Kind::Citation);
        citation.json =
            R"({"type":"web_search_result_location","url":"https://a.test/","title":"A","cited_text":"x"})";
        const std::string expected =
            "'annotations':[{'type':'url_citation','url_citation':{'start_index':0,'end_index':3,"
            "'url':'https://a.test/','title':'A'}}]";
        const std::vector<ChatEvent> steps{
            step(ChatEvent::Kind::Text, 0, R"("\u00e9\ud83d\ude42é")"), citation,
            finishStep(Finish::Stop)};
        QVERIFY(written(steps, contextOf(true)).find(expected) != std::string::npos);
        QVERIFY(written(steps, contextOf(false)).find(expected) != std::string::npos);
    }

    void keepAliveSaysNothing() {
        const auto writer = makeChatWriter(contextOf(true));
        std::string out;
        writer->keepAlive(out);
        QCOMPARE(words(out), chunk(""));
    }

    // Trap 9.
    void aBrokenStreamHasNoEnd() {
        const auto writer = makeChatWriter(contextOf(true));
        std::string out;
        writer->write(step(ChatEvent::Kind::Text, 0, "\"y\""), out);
        writer->breakOff({ErrorCode::StreamBroken, "It broke."}, out);
        writer->write(finishStep(Finish::Stop), out);
        writer->end(out);
        QVERIFY2(words(out).ends_with(chunk("'content':'y'") +
                                      "data: {'error':{'message':'It broke.','type':'server_error',"
                                      "'param':null,'code':'stream_broken'}}\n\n"),
                 out.c_str());
        QVERIFY(written({finishStep(Finish::Error)}, contextOf(true)).find("DONE") ==
                std::string::npos);
    }

    void oldFunctionsAreAnsweredInTheirForm() {
        const std::string body = jsonOf(
            "{'model':'m','messages':[{'role':'user','content':'A'}],'functions':[{'name':'f'}]}");
        const auto request = readChatRequest(body);
        const std::vector<ChatEvent> steps{callStep(0, "c", "f"),
                                           step(ChatEvent::Kind::Arguments, 0, "\"1\""),
                                           finishStep(Finish::ToolCalls)};
        QCOMPARE(written(steps, contextOf(true, false, &*request)),
                 kFirstOfCall + chunk("'function_call':{'name':'f','arguments':''}") +
                     chunk("'function_call':{'arguments':'1'}") + chunk("", "'function_call'") +
                     kDone);
        QVERIFY(written(steps, contextOf(false, false, &*request))
                    .find("'refusal':null,'function_call':{'name':'f','arguments':'1'}},'logprobs':"
                          "null,'finish_reason':'function_call'") != std::string::npos);
    }

    void aWholeAnswer() {
        ChatEvent custom = callStep(3, "d", "g");
        custom.custom = true;
        ChatEvent signedCall = callStep(2, "c", "f");
        signedCall.signature = "SIG";
        QCOMPARE(written({step(ChatEvent::Kind::Reasoning, 0, "\"T\""),
                          step(ChatEvent::Kind::Text, 1, "\"a\""),
                          step(ChatEvent::Kind::Text, 1, "\"b\""), signedCall, custom,
                          step(ChatEvent::Kind::Arguments, 3, "\"raw\""), finishStep(Finish::Stop)},
                         contextOf(false)),
                 std::string("{'id':'chatcmpl-1','object':'chat.completion','created':7,'model':'a/"
                             "m','choices':[{'index':0,"
                             "'message':{'role':'assistant','content':'ab','refusal':null,'"
                             "reasoning_content':'T','tool_calls':["
                             "{'id':'c','type':'function','function':{'name':'f','arguments':'{}'},"
                             "'extra_content':{'google':{'thought_signature':'SIG'}}},"
                             "{'id':'d','type':'custom','custom':{'name':'g','input':'raw'}}]},'"
                             "logprobs':null,'finish_reason':'tool_calls'}]}"));
        QVERIFY(written({step(ChatEvent::Kind::Refusal, 0, "\"No.\""),
                         finishStep(Finish::ContentFilter)},
                        contextOf(false))
                    .find("'content':null,'refusal':'No.'},'logprobs':null,'finish_reason':'"
                          "content_filter'") != std::string::npos);
    }

    // What a provider streams reaches the client as it was said.
    void throughBothFaces() {
        const auto request =
            readChatRequest(R"({"model":"m","messages":[{"role":"user","content":"Hi"}]})");
        const Dialects dialects = Dialects::embedded();
        Target target;
        target.dialect = &dialects.find("openai");
        const auto reader = makeChatReader(target, *request);
        const auto writer = makeChatWriter(contextOf(false));
        std::string out;
        for (
            const std::string& event :
            {delta("'content':'a'"),
             callDelta(
                 R"({'index':0,'id':'c','function':{'name':'f','arguments':'{\u0022n\u0022:9007199254740993,'}})"),
             callDelta(R"({'index':0,'function':{'arguments':'\u0022a\u0022:1.10}'}})"),
             delta("", "'tool_calls'")})
            reader->event("data: " + jsonOf(event) + "\n\n",
                          [&](const ChatEvent& e) { writer->write(e, out); });
        writer->end(out);
        QVERIFY2(out.find(R"("arguments":"{\u0022n\u0022:9007199254740993,\u0022a\u0022:1.10}")") !=
                     std::string::npos,
                 out.c_str());
    }
};

QTEST_APPLESS_MAIN(TestChatClient)
#include "test_chat_client.moc"
