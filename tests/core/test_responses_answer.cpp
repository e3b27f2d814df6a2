// SPDX-License-Identifier: MIT
#include <QtTest>

#include "protocol/responses_answer_writer.h"
#include "protocol/responses_request_reader.h"
#include "support/json_schema.h"
#include "support/transcript.h"

using namespace gr;
using namespace gr::protocol;
using gr::test::jsonOf;

namespace {

using Kind = ChatEvent::Kind;

ChatEvent step(Kind kind, std::size_t block = 0, std::string_view text = {}) {
    ChatEvent event;
    event.kind = kind;
    event.block = block;
    event.text = text;
    return event;
}

ChatEvent callStep(std::size_t block, std::string_view id, std::string_view name) {
    ChatEvent event = step(Kind::ToolCall, block);
    event.id = id;
    event.name = name;
    return event;
}

ChatEvent proofStep(std::size_t block, std::string_view vendor, std::string_view signature) {
    ChatEvent event = step(Kind::Reasoning, block);
    event.vendor = vendor;
    event.signature = signature;
    return event;
}

ChatEvent finishStep(Finish finish) {
    ChatEvent event = step(Kind::Finish);
    event.finish = finish;
    return event;
}

QStringList words(const char* text) {
    return QString::fromUtf8(text).split(u' ');
}

ChatEvent usageStep() {
    ChatEvent event = step(Kind::Usage);
    event.usage.input = 10;
    event.usage.cacheRead = 4;
    event.usage.output = 3;
    return event;
}

const std::string kPlain = jsonOf("{'model':'a/b','input':'hi'}");
const std::string kRich = jsonOf(
    "{\n 'model':'a/b','input':'hi','instructions':'be\\nkind','include':['reasoning.encrypted_"
    "content'],\n 'tools':[{'type':'function','name':'get','parameters':{'type':'object',\n"
    "'properties':{}}},{'type':'custom','name':'patch'},{'type':'namespace','name':'sh',"
    "'description':'d','tools':[{'type':'function','name':'run'},{'type':'function','name':"
    "'stop'}]},{'type':'web_search'}],'tool_choice':'auto','temperature':1.10,'metadata':{'k':"
    "'v'},'text':{'verbosity':'low'},'reasoning':{'effort':'high','summary':'auto'}}");

}  // namespace

class TestResponsesAnswer final : public QObject {
    Q_OBJECT

    PublishedSchema m_schema{QStringLiteral("openai-spec/wire.json")};

    // All events of an answer made of `steps`, each checked against the description and for its
    // place in the order.
    std::vector<QJsonObject> streamed(const std::string& body, const std::vector<ChatEvent>& steps,
                                      bool ends = true) {
        std::string out;
        const auto request = readResponsesRequest(body);
        const auto writer = writerFor(*request, true);
        for (const ChatEvent& event : steps)
            writer->write(event, out);
        if (ends)
            writer->end(out);
        else
            writer->breakOff(Error(ErrorCode::StreamBroken, "It broke off."), out);
        std::vector<QJsonObject> events = eventsOf(out);
        checkAll(events);
        return events;
    }

    QJsonObject whole(const std::string& body, const std::vector<ChatEvent>& steps) {
        std::string out;
        const auto request = readResponsesRequest(body);
        const auto writer = writerFor(*request, false);
        for (const ChatEvent& event : steps)
            writer->write(event, out);
        [&] { QVERIFY2(out.empty(), "a whole answer comes at its end"); }();
        writer->end(out);
        const QJsonObject object = objectOf(out);
        const QString problem = m_schema.problem(QStringLiteral("Response"), object);
        [&] { QVERIFY2(problem.isEmpty(), qPrintable(problem)); }();
        return object;
    }

    static std::unique_ptr<AnswerWriter> writerFor(const ChatRequest& request, bool stream) {
        AnswerContext context;
        context.id = "req_01ABC";
        context.model = "a/b";
        context.created = 1'790'000'000;
        context.stream = stream;
        context.request = &request;
        context.seal = [](std::string_view vendor, std::string_view signature) {
            return "gr1." + std::string(vendor) + "." + std::string(signature);
        };
        return makeResponsesWriter(std::move(context));
    }

    static QString definitionOf(const QString& type) {
        QString name = QStringLiteral("Response");
        bool up = true;
        for (const QChar c : type.mid(9)) {
            const bool gap = c == u'.' || c == u'_';
            if (!gap)
                name += up ? c.toUpper() : c;
            up = gap;
        }
        name.replace(QStringLiteral("OutputTextDelta"), QStringLiteral("TextDelta"));
        name.replace(QStringLiteral("OutputTextDone"), QStringLiteral("TextDone"));
        return name + QStringLiteral("Event");
    }

    void checkAll(const std::vector<QJsonObject>& events) {
        QVERIFY(events.size() >= 3);
        QStringList open;
        for (std::size_t i = 0; i < events.size(); ++i) {
            const QString type = events[i][u"type"].toString();
            QCOMPARE(events[i][u"(name)"].toString(), type);
            QCOMPARE(events[i][u"sequence_number"].toInteger(), static_cast<qint64>(i));
            const QString problem = m_schema.problem(definitionOf(type), events[i]);
            QVERIFY2(problem.isEmpty(), qPrintable(type + u": " + problem));
            const QString id = events[i].contains(u"item_id")
                                   ? events[i][u"item_id"].toString()
                                   : events[i][u"item"][u"id"].toString();
            if (type.endsWith(u"output_item.added"))
                open << id;
            else if (!id.isEmpty())
                QVERIFY2(open.contains(id), qPrintable(type + u" of an item that is not open"));
            if (type.endsWith(u"output_item.done"))
                open.removeAll(id);
        }
        const QString last = events.back()[u"type"].toString();
        QVERIFY(open.isEmpty() || last == u"response.failed");
        QCOMPARE(events[0][u"type"].toString(), QStringLiteral("response.created"));
        QCOMPARE(events[1][u"type"].toString(), QStringLiteral("response.in_progress"));
    }

    static QStringList typesOf(const std::vector<QJsonObject>& events) {
        QStringList types;
        for (const QJsonObject& event : events)
            types << event[u"type"].toString().mid(9);
        return types;
    }

    static QJsonObject lastResponse(const std::vector<QJsonObject>& events) {
        return events.back()[u"response"].toObject();
    }

  private slots:
    void textIsAMessage() {
        const auto events =
            streamed(kPlain, {step(Kind::Begin), step(Kind::Text, 0, "\"He\""),
                              step(Kind::Text, 0, "\"llo\\n\\u00e9\""), step(Kind::BlockEnd, 0),
                              usageStep(), finishStep(Finish::Stop)});
        QCOMPARE(
            typesOf(events),
            words(
                "created in_progress output_item.added content_part.added output_text.delta "
                "output_text.delta output_text.done content_part.done output_item.done completed"));
        const QJsonObject response = lastResponse(events);
        QCOMPARE(response[u"id"].toString(), QStringLiteral("resp_01ABC"));
        QCOMPARE(response[u"status"].toString(), QStringLiteral("completed"));
        const QJsonValue item = response[u"output"][0];
        QCOMPARE(item[u"id"].toString(), QStringLiteral("msg_01ABC_0"));
        QCOMPARE(item[u"content"][0][u"text"].toString(), QStringLiteral("Hello\né"));
        QCOMPARE(events[8][u"item"], item);
    }

    void usageTellsTheDetailsAlways() {
        const QJsonObject usage =
            whole(kPlain, {step(Kind::Text, 0, "\"x\""), usageStep()})[u"usage"].toObject();
        QCOMPARE(usage[u"input_tokens"].toInt(), 14);
        QCOMPARE(usage[u"input_tokens_details"][u"cached_tokens"].toInt(), 4);
        QCOMPARE(usage[u"input_tokens_details"][u"cache_write_tokens"].toInt(-1), 0);
        QCOMPARE(usage[u"output_tokens_details"][u"reasoning_tokens"].toInt(-1), 0);
        QCOMPARE(usage[u"total_tokens"].toInt(), 17);
        QVERIFY(!whole(kPlain, {step(Kind::Text, 0, "\"x\"")}).contains(u"usage"));
    }

    void whatTheClientAskedForIsEchoed() {
        std::string out;
        const auto request = readResponsesRequest(kRich);
        QVERIFY(request.has_value());
        const auto writer = writerFor(*request, false);
        writer->write(step(Kind::Text, 0, "\"x\""), out);
        writer->end(out);
        QVERIFY2(out.find("\"temperature\":1.10") != std::string::npos, "number text survives");
        const QJsonObject response = whole(kRich, {step(Kind::Text, 0, "\"x\"")});
        QCOMPARE(response[u"instructions"].toString(), QStringLiteral("be\nkind"));
        QCOMPARE(response[u"tools"].toArray().size(), 4);
        QVERIFY(response[u"tools"][0].toObject().contains(u"strict"));
        QCOMPARE(response[u"tools"][2][u"tools"].toArray().size(), 2);
        QCOMPARE(response[u"reasoning"][u"effort"].toString(), QStringLiteral("high"));
        QCOMPARE(response[u"metadata"][u"k"].toString(), QStringLiteral("v"));
    }

    void lineEndsOfTheRequestDoNotBreakEvents() {
        const auto events = streamed(kRich, {step(Kind::Text, 0, "\"x\"")});
        QCOMPARE(events[0][u"response"][u"tools"].toArray().size(), 4);
    }

    // wire.md's first two traps: several calls at once, their arguments in turns.
    void interleavedCallsKeepTheirArguments() {
        const auto events = streamed(
            kPlain, {callStep(0, "call_a", "one"), callStep(1, "call_b", "two"),
                     step(Kind::Arguments, 0, "\"{\\\"n\\\":\""),
                     step(Kind::Arguments, 1, "\"{\\\"m\\\":\""),
                     step(Kind::Arguments, 0, "\"9007199254740993}\""),
                     step(Kind::Arguments, 1, "\"1.10}\""), finishStep(Finish::ToolCalls)});
        const QJsonObject response = lastResponse(events);
        QCOMPARE(response[u"status"].toString(), QStringLiteral("completed"));
        QCOMPARE(response[u"output"][0][u"arguments"].toString(),
                 QStringLiteral("{\"n\":9007199254740993}"));
        QCOMPARE(response[u"output"][1][u"arguments"].toString(), QStringLiteral("{\"m\":1.10}"));
        QCOMPARE(response[u"output"][1][u"call_id"].toString(), QStringLiteral("call_b"));
        QCOMPARE(response[u"output"][1][u"id"].toString(), QStringLiteral("fc_01ABC_1"));
    }

    void noArgumentsAreAnEmptyObject() {
        const auto events = streamed(kPlain, {callStep(0, "c", "one"), step(Kind::BlockEnd, 0)});
        QCOMPARE(lastResponse(events)[u"output"][0][u"arguments"].toString(), QStringLiteral("{}"));
        QVERIFY(typesOf(events).contains(QStringLiteral("function_call_arguments.delta")));
    }

    void toolsGetTheirNamesAndKindsBack() {
        const QJsonObject response =
            whole(kRich, {callStep(0, "a", "sh__run"), step(Kind::Arguments, 0, "\"{}\""),
                          callStep(1, "b", "patch"), step(Kind::Arguments, 1, "\"{\\\"inp\""),
                          step(Kind::Arguments, 1, "\"ut\\\": \\\"a\\\\nb\\\"}\"")});
        QCOMPARE(response[u"output"][0][u"name"].toString(), QStringLiteral("run"));
        QCOMPARE(response[u"output"][0][u"namespace"].toString(), QStringLiteral("sh"));
        QCOMPARE(response[u"output"][1][u"type"].toString(), QStringLiteral("custom_tool_call"));
        QCOMPARE(response[u"output"][1][u"input"].toString(), QStringLiteral("a\nb"));
        QCOMPARE(response[u"output"][1][u"id"].toString(), QStringLiteral("ctc_01ABC_1"));
    }

    void freeInputStreams() {
        ChatEvent call = callStep(0, "a", "patch");
        call.custom = true;
        const auto events = streamed(kRich, {call, step(Kind::Arguments, 0, "\"*** \""),
                                             step(Kind::Arguments, 0, "\"Begin\"")});
        QCOMPARE(typesOf(events).count(QStringLiteral("custom_tool_call_input.delta")), 2);
        QCOMPARE(lastResponse(events)[u"output"][0][u"input"].toString(),
                 QStringLiteral("*** Begin"));
    }

    void thoughtsComeAsASummaryWithTheirSeal() {
        const auto events =
            streamed(kRich, {step(Kind::Reasoning, 0, "\"hm\""), step(Kind::Reasoning, 0, "\"!\""),
                             proofStep(0, "anthropic", "SIG"), step(Kind::BlockEnd, 0),
                             step(Kind::Text, 1, "\"x\"")});
        QCOMPARE(typesOf(events).mid(2, 7),
                 words("output_item.added reasoning_summary_part.added "
                       "reasoning_summary_text.delta reasoning_summary_text.delta "
                       "reasoning_summary_text.done reasoning_summary_part.done output_item.done"));
        const QJsonValue item = lastResponse(events)[u"output"][0];
        QCOMPARE(item[u"id"].toString(), QStringLiteral("rs_01ABC_0"));
        QCOMPARE(item[u"summary"][0][u"text"].toString(), QStringLiteral("hm!"));
        QCOMPARE(item[u"encrypted_content"].toString(), QStringLiteral("gr1.anthropic.SIG"));
    }

    void noSealUnasked() {
        const QJsonObject response =
            whole(kPlain, {step(Kind::Reasoning, 0, "\"hm\""), proofStep(0, "anthropic", "SIG")});
        QVERIFY(!response[u"output"][0].toObject().contains(u"encrypted_content"));
    }

    void redactedThoughtsAndProofsOfCallsAreSealedToo() {
        ChatEvent redacted = proofStep(0, "anthropic", "RED");
        redacted.redacted = true;
        ChatEvent call = callStep(1, "c", "get");
        call.vendor = "gemini";
        call.signature = "THOUGHT";
        const QJsonObject response = whole(kRich, {redacted, call});
        QCOMPARE(response[u"output"][0][u"encrypted_content"].toString(),
                 QStringLiteral("gr1.anthropic:redacted.RED"));
        QCOMPARE(response[u"output"][1][u"encrypted_content"].toString(),
                 QStringLiteral("gr1.gemini.THOUGHT"));
        QCOMPARE(response[u"output"][2][u"type"].toString(), QStringLiteral("function_call"));
    }

    void refusalsAndCitations() {
        ChatEvent cited = step(Kind::Citation, 0);
        const std::string chat = jsonOf(
            "{'type':'url_citation',\n'url_citation':{'url':'http://x','title':'t',"
            "'start_index':0,'end_index':2}}");
        cited.json = chat;
        ChatEvent anthropic = step(Kind::Citation, 0);
        const std::string location =
            jsonOf("{'type':'web_search_result_location','url':'http://y','title':null}");
        anthropic.json = location;
        const auto events = streamed(kPlain, {step(Kind::Text, 0, "\"h\\u00e9\""), cited, anthropic,
                                              step(Kind::Refusal, 1, "\"no\"")});
        const QJsonValue content = lastResponse(events)[u"output"][0][u"content"];
        QCOMPARE(content[0][u"annotations"].toArray().size(), 2);
        QCOMPARE(content[0][u"annotations"][0][u"end_index"].toInt(), 2);
        QCOMPARE(content[0][u"annotations"][1][u"end_index"].toInt(), 2);
        QCOMPARE(content[1][u"refusal"].toString(), QStringLiteral("no"));
        QCOMPARE(lastResponse(events)[u"output"].toArray().size(), 1);
    }

    void logprobsGoWithTheirText() {
        ChatEvent probs = step(Kind::Logprobs, 0);
        const std::string chat = jsonOf(
            "{'content':[{'token':'hi','logprob':-0.10,'bytes':null,'top_logprobs':[{'token':"
            "'hi','logprob':-0.1,'bytes':[104,105]}]}],'refusal':null}");
        probs.json = chat;
        const auto events = streamed(kPlain, {probs, step(Kind::Text, 0, "\"hi\"")});
        QCOMPARE(events[4][u"logprobs"][0][u"token"].toString(), QStringLiteral("hi"));
        const QJsonValue part = lastResponse(events)[u"output"][0][u"content"][0];
        QCOMPARE(part[u"logprobs"][0][u"bytes"].toArray(), QJsonArray({104, 105}));
    }

    void endsAreTold_data() {
        QTest::addColumn<int>("finish");
        QTest::addColumn<QString>("type");
        QTest::addColumn<QString>("reason");
        QTest::addColumn<QString>("itemStatus");
        const auto row = [](const char* name, Finish finish, const char* type, const char* reason,
                            const char* item) {
            QTest::newRow(name) << static_cast<int>(finish) << type << reason << item;
        };
        row("stop", Finish::Stop, "response.completed", "", "completed");
        row("stop sequence", Finish::StopSequence, "response.completed", "", "completed");
        row("pause", Finish::PauseTurn, "response.completed", "", "completed");
        row("length", Finish::Length, "response.incomplete", "max_output_tokens", "incomplete");
        row("filter", Finish::ContentFilter, "response.incomplete", "content_filter", "incomplete");
        row("unusable", Finish::Error, "response.failed", "", "incomplete");
    }
    void endsAreTold() {
        QFETCH(int, finish);
        QFETCH(QString, type);
        QFETCH(QString, reason);
        QFETCH(QString, itemStatus);
        const auto events = streamed(
            kPlain, {step(Kind::Text, 0, "\"x\""), finishStep(static_cast<Finish>(finish))});
        QCOMPARE(events.back()[u"type"].toString(), type);
        const QJsonObject response = lastResponse(events);
        QCOMPARE(response[u"status"].toString(), type.mid(9));
        QCOMPARE(response[u"incomplete_details"][u"reason"].toString(), reason);
        QCOMPARE(response[u"output"][0][u"status"].toString(), itemStatus);
        QCOMPARE(response[u"error"].isNull(), type != u"response.failed");
    }

    // wire.md's trap 9.
    void aBrokenStreamFails() {
        const auto events = streamed(kPlain, {step(Kind::Text, 0, "\"half\"")}, false);
        QCOMPARE(typesOf(events).mid(4), words("output_text.delta failed"));
        QCOMPARE(lastResponse(events)[u"error"][u"message"].toString(),
                 QStringLiteral("It broke off."));
        QCOMPARE(lastResponse(events)[u"output"][0][u"status"].toString(),
                 QStringLiteral("incomplete"));
        const auto early = streamed(kPlain, {}, false);
        QCOMPARE(typesOf(early), words("created in_progress failed"));
    }

    void aProvidersErrorEndsTheAnswerOnce() {
        ChatEvent error = step(Kind::Error);
        error.code = "rate_limit_exceeded";
        error.message = "slow \"down\"";
        const auto events = streamed(kPlain, {error, step(Kind::Text, 0, "\"x\"")});
        QCOMPARE(typesOf(events), words("created in_progress failed"));
        QCOMPARE(lastResponse(events)[u"error"][u"code"].toString(),
                 QStringLiteral("rate_limit_exceeded"));
        QCOMPARE(lastResponse(events)[u"error"][u"message"].toString(),
                 QStringLiteral("slow \"down\""));
    }

    // wire.md's trap 19: comments do not reset Codex's timer, events do.
    void silenceIsFilledWithProgress() {
        std::string out;
        const auto request = readResponsesRequest(kPlain);
        const auto writer = writerFor(*request, true);
        writer->keepAlive(out);
        writer->write(step(Kind::Text, 0, "\"x\""), out);
        writer->keepAlive(out);
        writer->end(out);
        writer->keepAlive(out);
        const auto events = eventsOf(out);
        checkAll(events);
        QCOMPARE(typesOf(events).count(QStringLiteral("in_progress")), 2);
        QCOMPARE(typesOf(events).count(QStringLiteral("created")), 1);
        QCOMPARE(typesOf(events).back(), QStringLiteral("completed"));
    }

    void textBetweenThoughtsAndCallsKeepsItsOrder() {
        const auto events =
            streamed(kPlain, {step(Kind::Reasoning, 0, "\"a\""), step(Kind::Text, 1, "\"b\""),
                              callStep(2, "c", "f"), step(Kind::Text, 1, "\"d\"")});
        QStringList kinds;
        for (const QJsonValue& item : lastResponse(events)[u"output"].toArray())
            kinds << item[u"type"].toString();
        QCOMPARE(kinds, words("reasoning message function_call message"));
    }
};

QTEST_GUILESS_MAIN(TestResponsesAnswer)
#include "test_responses_answer.moc"
