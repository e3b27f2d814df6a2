// SPDX-License-Identifier: MIT
#include <QDir>
#include <QtTest>

#include "gateway/error_body.h"
#include "support/json_schema.h"
#include "support/transcript_case.h"
#include "support/transcript_road.h"
#include "upstream/verdict.h"

using namespace gr;
using namespace gr::test;
using protocol::Protocol;

namespace {

bool rewriting() {
    return qEnvironmentVariableIsSet("GR_REWRITE_TRANSCRIPTS");
}

// The first place where two texts differ, with what stands around it.
std::string difference(const std::string& got, const std::string& expected) {
    const auto [a, b] = std::mismatch(got.begin(), got.end(), expected.begin(), expected.end());
    const auto at = static_cast<std::size_t>(a - got.begin());
    const std::size_t from = at < 120 ? 0 : at - 120;
    return "at byte " + std::to_string(at) + "\n    got      …" + got.substr(from, 320) +
           "\n    expected …" + expected.substr(std::min(from, expected.size()), 320);
}

// What comes of `client`'s request and `provider`'s answers, for the eyes of a person.
class Transcript final {
  public:
    Transcript(const TranscriptCase& folder, Protocol client, const TranscriptProvider& provider)
        : m_case(folder), m_client(client), m_provider(provider) {}

    std::string text() {
        m_text.clear();
        const auto stream = m_case.upstream(m_provider, "sse");
        const auto whole = m_case.upstream(m_provider, "json");
        if (m_case.remembers() && whole)
            remember(*whole);
        request(stream.has_value() || !whole);
        if (m_refused)
            return m_text;
        if (stream)
            streamed(*stream);
        if (stream && m_client == Protocol::Gemini && m_provider.protocol == m_client)
            streamedAsArray(*stream);
        if (whole)
            answered(*whole);
        for (const auto& [status, body] : m_case.failures(m_provider))
            failed(status, body);
        return m_seals.opened(std::move(m_text));
    }

    const std::string& problem() const { return m_problem; }

  private:
    using Form = TranscriptRoad::Form;

    void title(std::string_view words) {
        if (!m_text.empty() && m_text.back() != '\n')
            m_text.push_back('\n');
        m_text.append("=== ").append(words).append("\n");
    }

    TranscriptRoad road(Form form) {
        return {m_seals, m_client, m_provider, m_case.request(m_client, m_provider, m_seals), form};
    }

    // What the client of an earlier turn was answered: its reasoning is kept for this one.
    void remember(const std::string& whole) {
        TranscriptRoad earlier = road(Form::Whole);
        if (!earlier.open())
            return;
        protocol::ReasoningGatherer gathered;
        const protocol::EventSink sink = [&gathered](const protocol::ChatEvent& event) {
            gathered.take(event);
        };
        (void)earlier.passage(sink)->whole(whole);
        m_seals.desk().file(gathered, earlier.owner());
    }

    void request(bool stream) {
        TranscriptRoad way = road(stream ? Form::Stream : Form::Whole);
        if (const auto ok = way.open(); !ok) {
            m_refused = true;
            title("refused: " + ok.error().field);
            m_text.append(ok.error().message.text).append("\n");
            return;
        }
        title(way.translated() ? "POST " + way.written().path : "passes through");
        for (const std::string& name : way.written().dropped)
            m_text.append("dropped: ").append(name).append("\n");
        for (const auto& [name, value] : way.written().headers)
            m_text.append(name).append(": ").append(value).append("\n");
        m_text.append("\n").append(way.written().body);
        if (!json::scanObject(way.written().body))
            m_problem = "the request is not JSON";
    }

    void streamed(const std::string& stream) {
        TranscriptRoad way = road(Form::Stream);
        (void)way.open();
        bool ended = false;
        const auto passage = way.passage();
        const std::string out = playStream(
            *passage, stream, [](std::size_t left) { return left; }, &ended);
        title(ended ? "streamed" : "streamed, breaks off");
        m_text.append(way.translated() || out != stream ? out : "as it came\n");
    }

    // Providers are asked for events in this case, too.
    void streamedAsArray(const std::string& stream) {
        TranscriptRoad way = road(Form::Array);
        (void)way.open();
        bool ended = false;
        const std::string out = playStream(
            *way.passage(), stream, [](std::size_t left) { return left; }, &ended);
        title(ended ? "streamed as an array" : "streamed as an array, breaks off");
        m_text.append(out);
        if (way.written().path.find("alt=sse") == std::string::npos)
            m_problem = "the provider is not asked for events";
        if (isArray(out) != ended)
            m_problem = "an array is whole where its stream is, and only there";
    }

    static bool isArray(const std::string& text) {
        return text.starts_with('[') && json::scanObject("{\"array\":" + text + "}").has_value();
    }

    void answered(const std::string& whole) {
        TranscriptRoad way = road(Form::Whole);
        (void)way.open();
        const auto passage = way.passage();
        const auto out = passage->whole(whole);
        title(out ? "whole" : "whole, refused");
        if (!out)
            m_text.append(out.error().message.text).append("\n");
        else
            m_text.append(way.translated() || *out != whole ? *out : "as it came\n");
        if (out && !json::scanObject(*out))
            m_problem = "the whole answer is not JSON";
    }

    void failed(int status, const std::string& body) {
        const auto verdict = upstream::judge("acme", status, {}, body, UnixMs{1'767'225'600'000});
        const auto reply = gateway::errorReply(Error(verdict.code, verdict.message),
                                               gateway::wireFormatOf(m_client));
        title("provider's " + std::to_string(status) + " as " + std::to_string(reply.status));
        m_text.append(reply.body);
    }

    const TranscriptCase& m_case;
    Protocol m_client;
    const TranscriptProvider& m_provider;
    Seals m_seals;
    std::string m_text;
    std::string m_problem;
    bool m_refused = false;
};

}  // namespace

// tests/data/transcripts, played: see the README there.
class TestTranscripts final : public QObject {
    Q_OBJECT

    using Form = TranscriptRoad::Form;

    std::vector<TranscriptCase> m_cases = TranscriptCase::all();
    PublishedSchema m_schema{QStringLiteral("openai-spec/wire.json")};
    PublishedSchema m_requestSchema{QStringLiteral("openai-spec/wire.json"), false};

    // Calls `body` for every case, client and provider that has files.
    template <class Body>
    void each(Body body) {
        for (const TranscriptCase& folder : m_cases) {
            for (const Protocol client : kTranscriptClients) {
                for (const TranscriptProvider& provider : kTranscriptProviders) {
                    if (folder.has(client) && folder.has(provider))
                        body(folder, client, provider);
                }
            }
        }
    }

    static std::string nameOf(const TranscriptCase& folder, Protocol client,
                              const TranscriptProvider& provider) {
        return folder.name() + "/" + pairOf(client, provider);
    }

    static std::string pairOf(Protocol client, const TranscriptProvider& provider) {
        return std::string(protocol::nameOf(client)) + "-" + std::string(provider.name);
    }

    // The streams of each case through each pair.
    template <class Body>
    void eachStream(Body body) {
        each(
            [&](const TranscriptCase& folder, Protocol client, const TranscriptProvider& provider) {
                const auto stream = folder.upstream(provider, "sse");
                if (!stream)
                    return;
                for (const Form form : {Form::Stream, Form::Array}) {
                    if (form == Form::Array && client != Protocol::Gemini)
                        continue;
                    Seals seals;
                    TranscriptRoad road(seals, client, provider,
                                        folder.request(client, provider, seals), form);
                    if (road.open())
                        body(nameOf(folder, client, provider), road, *stream, client);
                }
            });
    }

    static bool looksFinished(const std::string& out, Protocol client) {
        switch (client) {
            case Protocol::OpenAiChat:
                return out.find("data: [DONE]") != out.npos;
            case Protocol::OpenAiResponses:
                return out.find("event: response.completed") != out.npos ||
                       out.find("event: response.incomplete") != out.npos;
            case Protocol::Anthropic:
                return out.find("event: message_stop") != out.npos;
            case Protocol::Gemini:
                return out.find("\"finishReason\":\"") != out.npos;
        }
        return false;
    }

    // The case "lossless" has numbers beyond those of Qt: they are made smaller here.
    void checkSchema(const std::string& name, const QString& definition, std::string_view text,
                     bool request = false) {
        QByteArray json(text.data(), static_cast<qsizetype>(text.size()));
        const QJsonObject object =
            QJsonDocument::fromJson(json.replace("e400", "e4").replace("e-400", "e-4")).object();
        const QString problem = (request ? m_requestSchema : m_schema).problem(definition, object);
        QVERIFY2(problem.isEmpty(),
                 (name + ": " + QString(definition + u": " + problem).toStdString()).c_str());
    }

    void checkEvent(const std::string& name, Protocol client, std::string_view event) {
        std::string scratch;
        const std::string_view data = http::sseData(event, scratch);
        if (data == "[DONE]")
            return;
        // The description has no custom tools in chunks, though OpenAI streams them so.
        if (data.find(R"("type":"custom","custom")") != data.npos)
            return;
        const bool error = data.find("{\"error\":{") == 0;
        if (client == Protocol::OpenAiChat)
            checkSchema(name,
                        error ? QStringLiteral("ErrorResponse")
                              : QStringLiteral("CreateChatCompletionStreamResponse"),
                        data);
        else if (client == Protocol::OpenAiResponses)
            checkSchema(name, QStringLiteral("ResponseStreamEvent"), data);
    }

  private slots:
    void thereAreCases() {
        QVERIFY(m_cases.size() >= 10);
        int pairs = 0;
        each([&pairs](const auto&, Protocol, const auto&) { ++pairs; });
        QVERIFY2(pairs >= 160, std::to_string(pairs).c_str());
    }

    void everyPairIsAsExpected_data() {
        QTest::addColumn<int>("at");
        QTest::addColumn<int>("client");
        QTest::addColumn<int>("provider");
        each([this](const TranscriptCase& folder, Protocol client,
                    const TranscriptProvider& provider) {
            QTest::newRow(nameOf(folder, client, provider).c_str())
                << static_cast<int>(&folder - m_cases.data()) << static_cast<int>(client)
                << static_cast<int>(&provider - kTranscriptProviders.data());
        });
    }

    void everyPairIsAsExpected() {
        QFETCH(int, at);
        QFETCH(int, client);
        QFETCH(int, provider);
        const TranscriptCase& folder = m_cases[static_cast<std::size_t>(at)];
        const TranscriptProvider& whom = kTranscriptProviders[static_cast<std::size_t>(provider)];
        Transcript transcript(folder, static_cast<Protocol>(client), whom);
        const std::string got = transcript.text();
        QVERIFY2(transcript.problem().empty(), transcript.problem().c_str());
        const std::string pair = pairOf(static_cast<Protocol>(client), whom);
        if (rewriting())
            return folder.rewrite(pair, got);
        const auto expected = folder.expected(pair);
        QVERIFY2(expected.has_value(), "no expected file: see tests/data/transcripts/README.md");
        QVERIFY2(got == *expected, difference(got, *expected).c_str());
    }

    void nothingExpectedIsLeftOver() {
        QStringList known;
        each([&known](const TranscriptCase& folder, Protocol client,
                      const TranscriptProvider& provider) {
            known << QString::fromStdString(folder.expectedPath(pairOf(client, provider)));
        });
        for (const TranscriptCase& folder : m_cases) {
            for (const QString& path : folder.expectedFiles())
                QVERIFY2(known.contains(path), qPrintable(path));
        }
    }

    // Wherever the network tears a stream, and however its lines end, the client gets the same.
    void tornStreams() {
        int streams = 0;
        std::uint32_t state = 1;
        const auto random = [&state](std::size_t left) {
            state = state * 1664525U + 1013904223U;
            return std::min<std::size_t>(left, 1 + (state >> 24) % 37);
        };
        const auto single = [](std::size_t) { return std::size_t(1); };
        eachStream([&](const std::string& name, const TranscriptRoad& road,
                       const std::string& stream, Protocol) {
            ++streams;
            const std::string expected = playStream(*road.passage(), stream);
            QVERIFY2(playStream(*road.passage(), stream, single) == expected, name.c_str());
            QVERIFY2(playStream(*road.passage(), stream, random) == expected, name.c_str());
            if (!road.translated())
                return;
            for (const char* lineEnd : {"\n", "\r\n", "\r"}) {
                const std::string other = withLineEnds(stream, lineEnd);
                const std::string got = playStream(*road.passage(), other, random);
                QVERIFY2(got == expected, (name + " " + difference(got, expected)).c_str());
            }
        });
        QVERIFY(streams > 100);
    }

    // Cut behind any event, a stream that is not complete ends with an error and no mark of an end.
    void brokenStreamsNeverLookFinished() {
        int broken = 0;
        eachStream([&](const std::string& name, const TranscriptRoad& road,
                       const std::string& stream, Protocol client) {
            if (!road.translated())
                return;
            for (const std::size_t end : eventEnds(stream)) {
                bool ended = false;
                const std::string out = playStream(
                    *road.passage(), std::string_view(stream).substr(0, end),
                    [](std::size_t left) { return left; }, &ended);
                if (ended)
                    continue;
                ++broken;
                QVERIFY2(!looksFinished(out, client), (name + ": " + out).c_str());
                QVERIFY2(out.find("rror") != out.npos, (name + ": " + out).c_str());
            }
        });
        QVERIFY(broken > 500);
    }

    void streamsFollowOpenAisSchemas() {
        eachStream([this](const std::string& name, const TranscriptRoad& road,
                          const std::string& stream, Protocol client) {
            if (!road.translated())
                return;
            http::SseSplitter splitter;
            (void)splitter.feed(playStream(*road.passage(), stream),
                                [&](std::string_view event) { checkEvent(name, client, event); });
        });
    }

    void answersAndRequestsFollowOpenAisSchemas() {
        each([this](const TranscriptCase& folder, Protocol client,
                    const TranscriptProvider& provider) {
            Seals seals;
            TranscriptRoad road(seals, client, provider, folder.request(client, provider, seals),
                                Form::Whole);
            if (!road.open() || !road.translated())
                return;
            const std::string name = nameOf(folder, client, provider);
            if (provider.name == "chat")
                checkSchema(name, QStringLiteral("CreateChatCompletionRequest"),
                            road.written().body, true);
            if (provider.name == "responses")
                checkSchema(name, QStringLiteral("CreateResponse"), road.written().body, true);
            const auto whole = folder.upstream(provider, "json");
            const auto passage = road.passage();
            const auto out = whole ? passage->whole(*whole) : Result<std::string_view>();
            if (!whole || !out)
                return;
            if (client == Protocol::OpenAiChat)
                checkSchema(name, QStringLiteral("CreateChatCompletionResponse"), *out);
            if (client == Protocol::OpenAiResponses)
                checkSchema(name, QStringLiteral("Response"), *out);
        });
    }

    // What an adapter writes, the same protocol's other face reads: the written request again.
    void writtenRequestsAreReadAgain() {
        each([](const TranscriptCase& folder, Protocol client, const TranscriptProvider& provider) {
            Seals seals;
            TranscriptRoad road(seals, client, provider, folder.request(client, provider, seals),
                                Form::Stream);
            if (!road.open())
                return;
            const auto again =
                protocol::adapter(provider.protocol).readRequest(road.written().body);
            if (!again)
                QFAIL(
                    (nameOf(folder, client, provider) + ": " + again.error().message.text).c_str());
        });
    }

    // Two megabytes in one event, through every pair.
    void hugeEvents() {
        const std::string text(2 * 1024 * 1024, 'x');
        const TranscriptCase& folder = *std::find_if(
            m_cases.begin(), m_cases.end(), [](const auto& c) { return c.name() == "text"; });
        each([&](const TranscriptCase& other, Protocol client, const TranscriptProvider& provider) {
            if (&other != &folder)
                return;
            Seals seals;
            TranscriptRoad road(seals, client, provider, folder.request(client, provider, seals),
                                Form::Stream);
            QVERIFY(road.open());
            std::string stream = *folder.upstream(provider, "sse");
            const std::size_t at = stream.find("Zür");
            QVERIFY2(at != stream.npos, "the text of this case begins with Zür");
            stream.insert(at, text);
            const std::string out = playStream(*road.passage(), stream);
            QVERIFY2(out.find(text + "Zür") != out.npos, nameOf(folder, client, provider).c_str());
            QVERIFY(looksFinished(out, client));
        });
    }
};

QTEST_GUILESS_MAIN(TestTranscripts)
#include "test_transcripts.moc"
