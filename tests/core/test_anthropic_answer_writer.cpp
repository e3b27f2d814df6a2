// SPDX-License-Identifier: MIT
#include <QtTest>

#include "anthropic_test.h"
#include "json/scan.h"
#include "protocol/anthropic_answer_writer.h"
#include "protocol/json_text.h"

using namespace gr;
using namespace gr::protocol;

namespace {

using K = ChatEvent::Kind;

ChatEvent step(K kind, std::size_t block = 0, std::string_view text = {}) {
    ChatEvent event;
    event.kind = kind;
    event.block = block;
    event.text = text;
    return event;
}

ChatEvent call(std::size_t block, std::string_view id, std::string_view name) {
    ChatEvent event = step(K::ToolCall, block);
    event.id = id;
    event.name = name;
    return event;
}

ChatEvent thought(std::size_t block, std::string_view vendor, std::string_view signature) {
    ChatEvent event = step(K::Reasoning, block);
    event.vendor = vendor;
    event.signature = signature;
    return event;
}

ChatEvent finish(Finish how, std::string_view text = {}) {
    ChatEvent event = step(K::Finish, 0, text);
    event.finish = how;
    return event;
}

AnswerContext context(bool stream) {
    AnswerContext out;
    out.id = "req_1";
    out.model = "p/m";
    out.stream = stream;
    out.seal = [](std::string_view vendor, std::string_view signature) {
        return "gr1." + std::string(vendor) + "." + std::string(signature);
    };
    return out;
}

std::string written(const std::vector<ChatEvent>& events, bool stream = true) {
    const auto writer = makeAnthropicWriter(context(stream));
    std::string out;
    for (const ChatEvent& event : events)
        writer->write(event, out);
    writer->end(out);
    return out;
}

// The data of a stream without the frame of message events: the content's alone, one a line.
std::string contentOf(const std::string& stream) {
    std::string out;
    std::size_t at = 0;
    while ((at = stream.find("data: ", at)) != std::string::npos) {
        const std::string data = stream.substr(at + 6, stream.find('\n', at) - at - 6);
        if (data.starts_with("{\"type\":\"content_block"))
            out += data + "\n";
        at += 6;
    }
    return out;
}

std::string member(const std::string& object, std::string_view key) {
    const auto read = json::scanObject(object);
    if (!read || read->find(key) == nullptr)
        return "?";
    return std::string(read->raw(*read->find(key)));
}

// The events of a stream are valid: a name and one line of JSON of that type each, blocks one after
// the other with indexes that count.
bool wellFormed(const std::string& stream) {
    std::size_t at = 0;
    int open = -1;
    int next = 0;
    while (at < stream.size()) {
        const std::size_t end = stream.find("\n\n", at);
        const std::string event = stream.substr(at, end - at);
        at = end + 2;
        const std::size_t line = event.find('\n');
        const std::string name = event.substr(7, line - 7);
        const std::string data = event.substr(line + 7);
        if (!event.starts_with("event: ") || member(data, "type") != "\"" + name + "\"")
            return false;
        const int index = std::atoi(member(data, "index").c_str());
        if (name == "content_block_start" && (open != -1 || index != next))
            return false;
        if (name == "content_block_start")
            open = index;
        if (name == "content_block_delta" && index != open)
            return false;
        if (name == "content_block_stop" && index != open)
            return false;
        if (name == "content_block_stop") {
            open = -1;
            ++next;
        }
    }
    return open == -1;
}

}  // namespace

class TestAnthropicAnswerWriter final : public QObject {
    Q_OBJECT

  private slots:
    void textIsStreamedInItsFrame() {
        TokenUsage usage;
        usage.input = 10;
        usage.cacheRead = 5;
        usage.cacheWrite1h = 2;
        usage.output = 3;
        usage.reasoning = 4;
        ChatEvent counted = step(K::Usage);
        counted.usage = usage;
        const std::string out =
            written({step(K::Begin), counted, step(K::Text, 0, "\"Hi\""),
                     step(K::Text, 0, "\"\\u00e9\""), step(K::BlockEnd), finish(Finish::Stop)});
        QVERIFY(wellFormed(out));
        QVERIFY(
            out.starts_with("event: message_start\ndata: "
                            "{\"type\":\"message_start\",\"message\":{\"id\":\"msg_1\""));
        QVERIFY(out.find("\"model\":\"p/m\"") != std::string::npos);
        QVERIFY(out.find("\"input_tokens\":10,\"cache_creation_input_tokens\":2,"
                         "\"cache_read_input_tokens\":5") != std::string::npos);
        QVERIFY(out.find("\"output_tokens\":7,\"output_tokens_details\":{\"thinking_tokens\":4}") !=
                std::string::npos);
        QVERIFY(contentOf(out).find("{\"type\":\"text_delta\",\"text\":\"\\u00e9\"}") !=
                std::string::npos);
        QVERIFY(out.find("\"stop_reason\":\"end_turn\"") != std::string::npos);
        QVERIFY(out.ends_with("event: message_stop\ndata: {\"type\":\"message_stop\"}\n\n"));
    }

    // wire.md 8, trap 2: an Anthropic client cannot take two open blocks.
    void interleavedCallsAreToldOneAfterTheOther() {
        const std::string out =
            written({step(K::Begin), step(K::Text, 0, "\"a\""), call(1, "c1", "f"),
                     step(K::Arguments, 1, "\"{\\\"x\\\":\""), call(2, "c2", "g"),
                     step(K::Arguments, 2, "\"{}\""), step(K::Arguments, 1, "\"1}\""),
                     step(K::Text, 0, "\"b\""), step(K::BlockEnd, 2), finish(Finish::Stop)});
        QVERIFY(wellFormed(out));
        const std::string content = contentOf(out);
        const auto at = [&](const char* what) { return content.find(what); };
        QVERIFY(at("\"id\":\"c1\"") < at("\"partial_json\":\"{\\\"x\\\":\""));
        QVERIFY(at("\"partial_json\":\"1}\"") < at("\"id\":\"c2\""));
        QVERIFY(at("\"id\":\"c2\"") < at("\"partial_json\":\"{}\""));
        QVERIFY(at("\"text\":\"b\"") != std::string::npos);
        QCOMPARE(QByteArray::fromStdString(content).count("content_block_start"), 4);
        // Calls finish as calls, whatever the provider's finish says.
        QVERIFY(out.find("\"stop_reason\":\"tool_use\"") != std::string::npos);
    }

    void theNextCallGoesOutWhenTheOneBeforeEnds() {
        const auto writer = makeAnthropicWriter(context(true));
        std::string out;
        for (const ChatEvent& event :
             {call(0, "c0", "f"), call(1, "c1", "g"), step(K::Arguments, 1, "\"{}\"")})
            writer->write(event, out);
        QVERIFY(out.find("c1") == std::string::npos);
        writer->write(step(K::BlockEnd, 0), out);
        QVERIFY(out.find("c1") != std::string::npos);
        QVERIFY(out.ends_with("\"partial_json\":\"{}\"}}\n\n"));
        writer->end(out);
        QVERIFY(wellFormed(out));
    }

    // A call that ended while it waited does not hold up those behind it.
    void callsThatEndedWhileTheyWaitedAreClosedAtOnce() {
        const auto writer = makeAnthropicWriter(context(true));
        std::string out;
        for (const ChatEvent& event :
             {call(0, "c0", "f"), call(1, "c1", "g"), step(K::BlockEnd, 1), call(2, "c2", "h"),
              step(K::BlockEnd, 0), step(K::Arguments, 2, "\"{}\"")})
            writer->write(event, out);
        QVERIFY(contains(out, q("'partial_json':'{}'")));
        writer->end(out);
        QVERIFY(wellFormed(out));
    }

    void argumentsOfNoCallAreLeftOut() {
        for (const bool stream : {true, false}) {
            const std::string out =
                written({step(K::Text, 0, "\"a\""), step(K::Arguments, 1, "\"{}\"")}, stream);
            QVERIFY(!contains(out, q("'type':'tool_use'")) && !contains(out, "input_json_delta"));
        }
    }

    void thoughtsEndWithTheirProof() {
        const std::string own =
            contentOf(written({step(K::Reasoning, 0, "\"hm\""), thought(0, "anthropic", "sig=="),
                               step(K::Text, 1, "\"a\"")}));
        QVERIFY(own.find("{\"type\":\"thinking\",\"thinking\":\"\",\"signature\":\"\"}") !=
                std::string::npos);
        QVERIFY(own.find("{\"type\":\"signature_delta\",\"signature\":\"sig==\"}") !=
                std::string::npos);
        QVERIFY(own.find("signature_delta") > own.find("thinking_delta"));
        const std::string foreign = contentOf(written(
            {step(K::Reasoning, 0, "\"hm\""), thought(0, "gemini", "g"), finish(Finish::Stop)}));
        QVERIFY(foreign.find("\"signature\":\"gr1.gemini.g\"") != std::string::npos);
        // Clients insist on a signature even where the provider has none.
        const std::string bare = contentOf(written({step(K::Reasoning, 0, "\"hm\"")}));
        QVERIFY(bare.find("\"signature\":\"gr1..\"") != std::string::npos);
    }

    void redactedThoughtsAreABlockOfTheirOwn() {
        ChatEvent event = thought(0, "anthropic", "blob");
        event.redacted = true;
        for (const bool stream : {true, false}) {
            QVERIFY(written({event, step(K::Text, 1, "\"a\"")}, stream)
                        .find("{\"type\":\"redacted_thinking\",\"data\":\"blob\"}") !=
                    std::string::npos);
        }
    }

    void aWholeAnswerIsOneMessage() {
        const std::string out =
            written({step(K::Begin), step(K::Reasoning, 0, "\"h\""), step(K::Reasoning, 0, "\"m\""),
                     thought(0, "anthropic", "s"), step(K::Text, 1, "\"a\""), call(2, "c1", "f"),
                     call(3, "c2", "g"), step(K::Arguments, 2, "\"{\\\"n\\\":9007199254740993\""),
                     step(K::Text, 1, "\"b\""), step(K::Arguments, 2, "\",\\\"m\\\":1.10}\""),
                     step(K::Text, 4, "\"\""), finish(Finish::ToolCalls)},
                    false);
        QVERIFY(json::scanObject(out));
        QCOMPARE(member(out, "id"), std::string("\"msg_1\""));
        QCOMPARE(member(out, "stop_reason"), std::string("\"tool_use\""));
        QCOMPARE(member(out, "content"),
                 std::string("[{\"type\":\"thinking\",\"thinking\":\"hm\",\"signature\":\"s\"},"
                             "{\"type\":\"text\",\"text\":\"ab\",\"citations\":null},"
                             "{\"type\":\"tool_use\",\"id\":\"c1\",\"name\":\"f\","
                             "\"input\":{\"n\":9007199254740993,\"m\":1.10},"
                             "\"caller\":{\"type\":\"direct\"}},"
                             "{\"type\":\"tool_use\",\"id\":\"c2\",\"name\":\"g\",\"input\":{},"
                             "\"caller\":{\"type\":\"direct\"}}]"));
        for (const char* key : {"usage", "stop_sequence", "stop_details", "container", "role"})
            QVERIFY(member(out, key) != "?");
    }

    void finishesHaveTheirWords_data() {
        QTest::addColumn<int>("finish");
        QTest::addColumn<QString>("reason");
        QTest::newRow("stop") << int(Finish::Stop) << "end_turn";
        QTest::newRow("length") << int(Finish::Length) << "max_tokens";
        QTest::newRow("tools") << int(Finish::ToolCalls) << "tool_use";
        QTest::newRow("stop sequence") << int(Finish::StopSequence) << "stop_sequence";
        QTest::newRow("filter") << int(Finish::ContentFilter) << "refusal";
        QTest::newRow("pause") << int(Finish::PauseTurn) << "pause_turn";
    }
    void finishesHaveTheirWords() {
        QFETCH(int, finish);
        QFETCH(QString, reason);
        for (const bool stream : {true, false}) {
            const std::string out =
                written({::finish(static_cast<Finish>(finish), "\"END\"")}, stream);
            const std::string word = reason.toStdString();
            QVERIFY(contains(out, "\"stop_reason\":\"" + word + "\""));
            QCOMPARE(contains(out, q("'stop_sequence':'END'")), word == "stop_sequence");
            QCOMPARE(contains(out, q("'type':'refusal'")), word == "refusal");
        }
    }

    // wire.md 8, trap 11.
    void emptyTextIsNoBlock() {
        const std::vector<ChatEvent> events{step(K::Text, 0, "\"\""), step(K::Text, 1, "\"a\""),
                                            step(K::Text, 2, "\"\"")};
        QCOMPARE(member(written(events, false), "content"),
                 q("[{'type':'text','text':'a','citations':null}]"));
        QCOMPARE(QByteArray::fromStdString(written(events)).count("content_block_start\n"), 1);
    }

    void aRefusalInWordsIsARefusal() {
        const std::string out =
            written({step(K::Refusal, 0, "\"No.\""), finish(Finish::Stop)}, false);
        QCOMPARE(member(out, "stop_reason"), std::string("\"refusal\""));
        QVERIFY(out.find("\"text\":\"No.\"") != std::string::npos);
    }

    // wire.md 8, trap 9: a stream that breaks must not look finished.
    void aBrokenStreamEndsWithAnError() {
        const auto writer = makeAnthropicWriter(context(true));
        std::string out;
        writer->write(step(K::Text, 0, "\"a\""), out);
        writer->breakOff(Error(ErrorCode::StreamBroken, "The provider went away."), out);
        writer->end(out);
        QVERIFY(
            out.ends_with("event: error\ndata: {\"type\":\"error\",\"error\":{\"type\":"
                          "\"api_error\",\"message\":\"The provider went away.\"},"
                          "\"request_id\":\"req_1\"}\n\n"));
        QVERIFY(out.find("message_stop") == std::string::npos);
        QVERIFY(out.find("stop_reason\":\"") == std::string::npos);
    }

    void aProvidersErrorAndAMalformedEndAreErrors() {
        ChatEvent event = step(K::Error);
        event.code = "overloaded_error";
        event.message = "Overloaded";
        QVERIFY(written({step(K::Text, 0, "\"a\""), event})
                    .find("{\"type\":\"overloaded_error\",\"message\":\"Overloaded\"}") !=
                std::string::npos);
        event.code = "server_busy";
        event.status = 429;
        QVERIFY(written({event}, false).find("\"rate_limit_error\"") != std::string::npos);
        for (const bool stream : {true, false}) {
            const std::string out = written({finish(Finish::Error)}, stream);
            QVERIFY(out.find("\"type\":\"error\"") != std::string::npos);
            QVERIFY(out.find("stop_reason") == std::string::npos);
        }
    }

    void citationsAreToldInAnthropicsForm() {
        ChatEvent own = step(K::Citation);
        const std::string ownJson =
            q("{'type':'char_location','cited_text':'x','document_index':0}");
        ChatEvent foreign = step(K::Citation);
        const std::string foreignJson =
            q("{'type':'url_citation','url_citation':{'url':'https://e','title':'E'}}");
        ChatEvent unknown = step(K::Citation);
        const std::string unknownJson = q("{'page':3}");
        own.json = ownJson;
        foreign.json = foreignJson;
        unknown.json = unknownJson;
        for (const bool stream : {true, false}) {
            const std::string out =
                written({step(K::Text, 0, "\"a\""), own, foreign, unknown}, stream);
            QVERIFY(out.find(std::string(own.json)) != std::string::npos);
            QVERIFY(out.find("{\"type\":\"web_search_result_location\",\"cited_text\":\"\","
                             "\"encrypted_index\":\"\",\"title\":\"E\",\"url\":\"https://e\"}") !=
                    std::string::npos);
            QVERIFY(out.find("\"page\"") == std::string::npos);
        }
    }

    void silenceIsFilledWithPings() {
        const auto writer = makeAnthropicWriter(context(true));
        std::string out;
        writer->keepAlive(out);
        QCOMPARE(out, std::string("event: ping\ndata: {\"type\":\"ping\"}\n\n"));
        writer->end(out);
        const std::size_t size = out.size();
        writer->keepAlive(out);
        QCOMPARE(out.size(), size);
    }
};

QTEST_APPLESS_MAIN(TestAnthropicAnswerWriter)
#include "test_anthropic_answer_writer.moc"
