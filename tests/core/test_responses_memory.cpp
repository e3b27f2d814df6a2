// SPDX-License-Identifier: MIT
#include <QtTest>

#include "protocol/json_member.h"
#include "protocol/responses_answer_writer.h"
#include "protocol/responses_memory.h"
#include "protocol/responses_request_reader.h"
#include "support/json_words.h"

using namespace gr;
using namespace gr::protocol;
using gr::test::jsonOf;

namespace {

Ask ask(const std::string& body) {
    auto read = readAsk(Protocol::OpenAiResponses, body);
    return std::move(read.value());
}

// Ids of the items that a page shows, and whether there are more.
std::string page(std::string_view items, const ItemsQuery& query) {
    const auto body = itemsPage(items, "resp_9", query);
    if (!body)
        return body.error().field;
    const auto object = json::scanObject(*body).value();
    std::string ids;
    std::vector<std::string> all;
    for (const std::string_view item : listOf(object, "data")) {
        all.push_back(plainOf(json::objectIn(item).value(), "id"));
        ids += all.back() + " ";
    }
    if (plainOf(object, "first_id") != (all.empty() ? "" : all.front()))
        ids += "FIRST ";
    if (plainOf(object, "last_id") != (all.empty() ? "" : all.back()))
        ids += "LAST ";
    return ids + (rawOf(object, "has_more") == "true" ? "more" : "end");
}

// A passage that gives what it gets.
class Plain final : public Passage {
  public:
    Verdict event(std::string_view raw, std::string& out) override {
        out.append(raw);
        return Verdict::Content;
    }
    Result<std::string_view> whole(std::string_view body) override {
        if (body == "broken")
            return fail(ErrorCode::ProviderAnswerInvalid, "broken");
        return body;
    }
    void end(std::string&) override {}
    void breakOff(const Error&, std::string&) override {}
    void keepAlive(std::string&) override {}
    bool complete() const override { return true; }
    TokenUsage usage() const override { return {}; }
    std::string errorText() const override { return {}; }
    bool passesErrorsOn() const override { return true; }
};

}  // namespace

class TestResponsesMemory final : public QObject {
    Q_OBJECT

  private slots:
    void whatARequestSaysAboutMemory_data() {
        QTest::addColumn<QByteArray>("fields");
        QTest::addColumn<QByteArray>("want");
        const auto row = [](const char* fields, const char* want) {
            QTest::newRow(*fields ? fields : "nothing") << QByteArray(fields) << QByteArray(want);
        };
        row("", "store");
        row(",'store':true", "store");
        row(",'store':null", "store");
        row(",'store':false", "");
        row(",'store':'no'", "store wrong");
        row(",'store':0", "store wrong");
        row(",'previous_response_id':null", "store");
        row(",'previous_response_id':'resp_1'", "store resp_1");
        row(",'previous_response_id':'re\\u0073p_1','store':false", "resp_1");
        row(",'previous_response_id':7", "previous_response_id wrong");
    }
    void whatARequestSaysAboutMemory() {
        QFETCH(const QByteArray, fields);
        QFETCH(const QByteArray, want);
        const std::string body = jsonOf("{'model':'m','input':'x'" + fields.toStdString() + "}");
        const Ask asked = ask(body);
        const auto memory = readMemoryAsk(asked);
        std::string got = memory ? (memory->store ? "store" : "") : memory.error().field + " wrong";
        if (memory && memory->previous != nullptr)
            got += (got.empty() ? "" : " ") + memory->previousId;
        QCOMPARE(QByteArray::fromStdString(got), want);
    }

    void theRequestsOwnItems() {
        const auto items = [](const char* fields) {
            const std::string body = jsonOf(std::string("{'model':'m'") + fields + "}");
            return inputItems(ask(body));
        };
        QCOMPARE(items(",'input':'caf\\u00e9 1.10'"),
                 jsonOf("[{'type':'message','role':'user','content':[{'type':'input_text','text':"
                        "'caf\\u00e9 1.10'}]}]"));
        QCOMPARE(items(",'input':[ {'role':'user', 'content':1.10} ]"),
                 jsonOf("[ {'role':'user', 'content':1.10} ]"));
        for (const char* none : {"", ",'input':null", ",'input':7"})
            QCOMPARE(items(none), std::string("[]"));
    }

    void historyComesInFront_data() {
        QTest::addColumn<QByteArray>("body");
        QTest::addColumn<QByteArray>("history");
        QTest::addColumn<QByteArray>("want");
        const auto row = [](const char* name, const char* body, const char* history,
                            const char* want) {
            QTest::newRow(name) << QByteArray(body) << QByteArray(history) << QByteArray(want);
        };
        row("a text", "{'model':'m','input':'x','previous_response_id':'r','a':1.10}", "[{'k':1}]",
            "{'model':'m','input':[{'k':1},{'type':'message','role':'user','content':[{'type':"
            "'input_text','text':'x'}]}],'a':1.10}");
        row("a list, id first", "{'previous_response_id':'r','model':'m', 'input':[{'a':1}, 2]}",
            "[{'k':1},{'k':2}]", "{'model':'m', 'input':[{'k':1},{'k':2},{'a':1}, 2]}");
        row("an empty list", "{'model':'m','input':[ ],'previous_response_id':'r'}", "[{'k':1}]",
            "{'model':'m','input':[{'k':1} ]}");
        row("no history", "{'model':'m','input':[1],'previous_response_id':'r'}", "[]",
            "{'model':'m','input':[1]}");
        row("no input", "{'model':'m','previous_response_id':'r','z':0}", "[{'k':1}]",
            "{'model':'m','input':[{'k':1}],'z':0}");
        row("a wrong input stays", "{'model':'m','input':7,'previous_response_id':'r'}", "[]",
            "{'model':'m','input':7}");
        row("ids of messages and calls go", "{'model':'m','input':[],'previous_response_id':'r'}",
            "[{'id':'msg_1','role':'user'},{'type':'message','id':'msg_2','a':9007199254740993},"
            "{'type':'function_call','name':'f','id':'fc_1'},"
            "{'type':'function_call_output','id':'fco_1','output':''},"
            "{'type':'reasoning','id':'rs_1'},{'type':'web_search_call','id':'ws_1'}]",
            "{'model':'m','input':[{'role':'user'},{'type':'message','a':9007199254740993},"
            "{'type':'function_call','name':'f'},{'type':'function_call_output','output':''},"
            "{'type':'reasoning','id':'rs_1'},{'type':'web_search_call','id':'ws_1'}]}");
    }
    void historyComesInFront() {
        QFETCH(const QByteArray, body);
        QFETCH(const QByteArray, history);
        QFETCH(const QByteArray, want);
        const std::string text = jsonOf(body.toStdString());
        const Ask asked = ask(text);
        const auto memory = readMemoryAsk(asked).value();
        const std::string got = bodyWithHistory(asked, memory, jsonOf(history.toStdString()));
        QCOMPARE(QByteArray::fromStdString(got),
                 QByteArray::fromStdString(jsonOf(want.toStdString())));
        QVERIFY(json::scanObject(got));
    }

    void listsJoin() {
        QCOMPARE(joinedItems("[1,2]", "[ 3 ]"), std::string("[1,2, 3 ]"));
        QCOMPARE(joinedItems("[]", "[3]"), std::string("[3]"));
        QCOMPARE(joinedItems("[1]", "[\n]"), std::string("[1\n]"));
        QCOMPARE(joinedItems("[]", "[]"), std::string("[]"));
    }

    void pagesOfItems() {
        const std::string items = jsonOf(
            "[{'id':'msg_a','type':'message'},{'role':'user','content':'x'},"
            "{'type':'function_call','name':'f'},{'type':'reasoning','id':'rs_a'}]");
        const auto asked = [](std::size_t limit, bool descending, const char* after = "") {
            return ItemsQuery{limit, descending, after, false};
        };
        QCOMPARE(page(items, asked(20, true)), std::string("rs_a fc_9_in2 msg_9_in1 msg_a end"));
        QCOMPARE(page(items, asked(20, false)), std::string("msg_a msg_9_in1 fc_9_in2 rs_a end"));
        QCOMPARE(page(items, asked(2, false)), std::string("msg_a msg_9_in1 more"));
        QCOMPARE(page(items, asked(2, false, "msg_9_in1")), std::string("fc_9_in2 rs_a end"));
        QCOMPARE(page(items, asked(1, true, "rs_a")), std::string("fc_9_in2 more"));
        QCOMPARE(page(items, asked(1, true, "msg_a")), std::string("end"));
        QCOMPARE(page(items, asked(1, true, "msg_x")), std::string("after"));
        QCOMPARE(page("[]", asked(20, true)), std::string("end"));
    }

    void itemsAreShownInFull() {
        const std::string items = jsonOf(
            "[{'role':'assistant','content':'x','n':1.10},{'type':'reasoning','id':'rs_a',"
            "'encrypted_content':'gr1.x','summary':[]}]");
        ItemsQuery query{20, false, {}, false};
        QCOMPARE(itemsPage(items, "resp_9", query).value(),
                 jsonOf("{'object':'list','data':[{'id':'msg_9_in0','type':'message','role':"
                        "'assistant','content':[{'type':'output_text','text':'x'}],'n':1.10},"
                        "{'id':'rs_a','type':'reasoning','summary':[]}],'first_id':'msg_9_in0',"
                        "'last_id':'rs_a','has_more':false}"));
        query.encryptedToo = true;
        QVERIFY(itemsPage(items, "resp_9", query).value().find("gr1.x") != std::string::npos);
    }

    // ---- what passes untouched

    void aFinishedAnswerIsHandedOver_data() {
        QTest::addColumn<QByteArray>("object");
        QTest::addColumn<bool>("kept");
        const auto row = [](const char* object, bool kept) {
            QTest::newRow(object) << QByteArray(object) << kept;
        };
        row("{'id':'resp_1','status':'completed','output':[{'a':1.10}]}", true);
        row("{'id':'resp_1','status':'incomplete','output':[]}", true);
        row("{'id':'resp_1','status':'failed','output':[]}", false);
        row("{'id':'resp_1','status':'queued','output':[]}", false);
        row("{'status':'completed','output':[]}", false);
        row("{'id':'resp_1','status':'completed'}", false);
    }
    void aFinishedAnswerIsHandedOver() {
        QFETCH(const QByteArray, object);
        QFETCH(const bool, kept);
        const std::string text = jsonOf(object.toStdString());
        std::string got;
        const auto passage = keeping(std::make_unique<Plain>(), [&](const FinishedResponse& r) {
            got = std::string(r.id) + " " + std::string(r.object) + " " + std::string(r.output);
        });
        QCOMPARE(std::string(passage->whole(text).value()), text);
        const std::string whole = std::exchange(got, {});
        std::string out;
        for (const std::string& event :
             {std::string(
                  "event: response.created\ndata: {\"type\":\"response.created\",\"response\":") +
                  text + "}\n\n",
              std::string(
                  "data: "
                  "{\"type\":\"response.output_text.delta\",\"delta\":\"response.completed\"}\n\n"),
              "data: {\"type\":\"response." + std::string(kept ? "completed" : "failed") +
                  "\",\"response\":" + text + "}\n\n"}) {
            QVERIFY(got.empty());
            out.clear();
            passage->event(event, out);
            QCOMPARE(out, event);
        }
        QCOMPARE(!whole.empty(), kept);
        QCOMPARE(got, whole);
        if (kept)
            QVERIFY(got.starts_with("resp_1 " + text + " ["));
    }

    void aBrokenAnswerIsNotHandedOver() {
        bool kept = false;
        const auto passage =
            keeping(std::make_unique<Plain>(), [&](const FinishedResponse&) { kept = true; });
        QVERIFY(!passage->whole("broken"));
        QVERIFY(!kept);
    }

    // ---- what is translated

    void proofsAreKeptThoughTheClientSeesNone_data() {
        QTest::addColumn<bool>("asked");
        QTest::addColumn<bool>("stream");
        for (const bool asked : {false, true}) {
            for (const bool stream : {false, true})
                QTest::addRow("%s %s", asked ? "asked" : "unasked", stream ? "streamed" : "whole")
                    << asked << stream;
        }
    }
    void proofsAreKeptThoughTheClientSeesNone() {
        QFETCH(const bool, asked);
        QFETCH(const bool, stream);
        const std::string body =
            jsonOf(std::string("{'model':'m','input':'x'") +
                   (asked ? ",'include':['reasoning.encrypted_content']" : "") + "}");
        const auto request = readResponsesRequest(body).value();
        std::string id;
        std::string object;
        std::string output;
        AnswerContext context;
        context.id = "req_1";
        context.stream = stream;
        context.request = &request;
        context.previous = "resp_0";
        context.seal = [](std::string_view vendor, std::string_view signature) {
            return "gr1." + std::string(vendor) + "." + std::string(signature);
        };
        context.keep = [&](const FinishedResponse& response) {
            id = response.id;
            object = response.object;
            output = response.output;
        };
        const auto writer = makeResponsesWriter(context);
        std::string out;
        ChatEvent thought;
        thought.kind = ChatEvent::Kind::Reasoning;
        thought.text = "\"hm\"";
        writer->write(thought, out);
        thought.text = {};
        thought.signature = "sig";
        thought.vendor = "anthropic";
        writer->write(thought, out);
        ChatEvent call;
        call.kind = ChatEvent::Kind::ToolCall;
        call.block = 1;
        call.id = "call_1";
        call.name = "look";
        call.signature = "call-sig";
        call.vendor = "gemini";
        writer->write(call, out);
        QVERIFY(id.empty());
        writer->end(out);
        QCOMPARE(id, std::string("resp_1"));
        // The object is what the client got.
        QVERIFY(out.find(object) != std::string::npos);
        QCOMPARE(out.find("gr1.") != std::string::npos, asked);
        QVERIFY(object.find(R"("previous_response_id":"resp_0")") != std::string::npos);
        QVERIFY(object.find(R"("store":true)") != std::string::npos);
        // What is kept has both proofs, each once and in front of what it proves.
        const auto kept = json::elementsIn(output);
        QCOMPARE(kept.size(), std::size_t(3));
        QVERIFY(kept[0].find("gr1.anthropic.sig") != std::string::npos);
        QVERIFY(kept[0].find("hm") != std::string::npos);
        QVERIFY(kept[1].find("gr1.gemini.call-sig") != std::string::npos);
        QVERIFY(kept[2].find("call_1") != std::string::npos);
        QVERIFY(kept[2].find("gr1.") == std::string::npos);
    }

    void aFailedAnswerIsNotKept() {
        const std::string body = jsonOf("{'model':'m','input':'x'}");
        const auto request = readResponsesRequest(body).value();
        bool kept = false;
        AnswerContext context;
        context.id = "req_1";
        context.stream = true;
        context.request = &request;
        context.keep = [&](const FinishedResponse&) { kept = true; };
        const auto writer = makeResponsesWriter(context);
        std::string out;
        writer->breakOff(Error(ErrorCode::StreamBroken, "It broke."), out);
        QVERIFY(out.find("response.failed") != std::string::npos);
        QVERIFY(!kept);
    }
};

QTEST_APPLESS_MAIN(TestResponsesMemory)
#include "test_responses_memory.moc"
