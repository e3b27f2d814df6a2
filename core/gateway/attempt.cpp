// SPDX-License-Identifier: MIT
#include "gateway/attempt.h"

#include <algorithm>
#include <array>

#include "base/log.h"
#include "base/text.h"
#include "gateway/error_body.h"
#include "http/sse.h"

namespace gr::gateway {
namespace {

using http::Awaitable;
using upstream::Next;

constexpr std::size_t kMaxErrorBody = 64 * 1024;
constexpr std::size_t kMaxHeld = 64 * 1024;  // of a stream, before its first content
constexpr std::size_t kMaxWholeAnswer = 256 * 1024 * 1024;

std::string_view slugOf(ErrorCode code) {
    return errorInfo(code).slug;
}

bool isEventStream(const http::Fields& fields) {
    const auto type = fields.find("Content-Type");
    return type && equalsIgnoreCase(trim(type->substr(0, type->find(';'))), "text/event-stream");
}

// What is wrong with a whole answer of status 200. `raw`: the error's words are the whole body.
Error faultOf(const std::string& provider, const Error& error, bool raw) {
    if (error.code != ErrorCode::ProviderFailed) {
        return {error.code, provider + " answered with something that is not JSON of its protocol.",
                LogDetail{error.message.text}};
    }
    const std::string& words = error.message.text;
    return {error.code, provider + " answered with an error. It says: " +
                            (raw ? upstream::wordsOf(words) : words)};
}

// The stream of one provider on its way: what may go on, what is held, and how it stands.
class StreamRelay final {
  public:
    explicit StreamRelay(protocol::Passage& passage) : m_passage(passage) {}
    StreamRelay(const StreamRelay&) = delete;
    StreamRelay& operator=(const StreamRelay&) = delete;

    void feed(std::string_view bytes) {
        const auto fed = m_splitter.feed(bytes, m_sink);
        if (!fed)
            problem = fed.error();
    }

    // The provider closed its stream well.
    void end() {
        if (!m_splitter.rest().empty())
            take(m_splitter.rest());  // the last event came without its empty line
        if (providerError || !m_passage.complete())
            return;
        m_committed = true;  // an answer without content is an answer
        m_passage.end(out);
    }

    bool committed() const { return m_committed; }

    std::string out;  // whole events that go on once committed
    bool providerError = false;
    std::optional<Error> problem;

  private:
    using Verdict = protocol::Passage::Verdict;

    void take(std::string_view event) {
        if (providerError)
            return;
        const std::size_t before = out.size();
        const Verdict verdict = m_passage.event(event, out);
        m_committed = m_committed || verdict == Verdict::Content;
        providerError = verdict == Verdict::Error;
        if (providerError) {
            // Some quote the key they refuse.
            const std::string words = log::redacted(std::string_view(out).substr(before));
            out.resize(before);
            if (m_committed && m_passage.passesErrorsOn())
                out.append(words);
        }
        // Comments without end must not fill the memory: what is held has a bound.
        m_committed = m_committed || (!providerError && out.size() > kMaxHeld);
    }

    protocol::Passage& m_passage;
    http::SseSplitter m_splitter;
    std::function<void(std::string_view)> m_sink = [this](std::string_view event) { take(event); };
    bool m_committed = false;
};

}  // namespace

Awaitable<AttemptResult> Attempt::run() {
    ledger::RequestRecord& record = m_state.record;
    record.attempts.push_back({m_provider.id, record.model, 0, {}, m_state.elapsedMs(), {}, 0});
    m_state.tell(ExchangeEvent::Kind::Changed);
    http::Client& client = m_state.services.client;
    const Secret* secret = m_key < m_provider.keys.size() ? m_provider.keys[m_key].get() : nullptr;
    const http::Client::Route route = client.route(m_provider.origin);
    std::string head = upstream::requestHead(m_provider, secret, m_errand.path(), m_errand.size(),
                                             m_state.ask.stream, extraHeaders(), route);
    std::array<http::asio::const_buffer, protocol::SplicedBody::kMaxPieces + 1> buffers;
    std::size_t count = 0;
    buffers[count++] = http::asio::buffer(head);
    for (const std::string_view piece : m_errand.pieces())
        buffers[count++] = http::asio::buffer(piece);
    const std::span request(buffers.data(), count);
    auto sent = co_await client.send(m_provider.origin, request, m_state.responder.abort());
    wipe(head.data(), head.size());

    AttemptResult result;
    if (!sent) {
        result = failed(sent.error());
    } else {
        http::Answer& answer = **sent;
        record.attempts.back().headMs = m_state.elapsedMs();
        record.attempts.back().httpStatus = answer.head.status;
        if (answer.head.status != 200)
            result = co_await unhappy(answer);
        else if (m_state.ask.stream && isEventStream(answer.head.fields))
            result = co_await relayStream(answer);
        else
            result = co_await relayWhole(answer);
    }
    ledger::Attempt& entry = record.attempts.back();
    entry.endedMs = m_state.elapsedMs();
    if (!result.answered)
        entry.error = slugOf(result.verdict.code);
    else if (record.outcome == ledger::Outcome::Answered)
        m_state.services.health.succeeded(m_provider.id, m_key);
    co_return result;
}

// An answer with a status other than 200.
Awaitable<AttemptResult> Attempt::unhappy(http::Answer& answer) {
    std::string body;
    const http::BodySink sink = [&body](std::string_view bytes) {
        body.append(bytes.substr(0, kMaxErrorBody - std::min(kMaxErrorBody, body.size())));
    };
    for (;;) {
        const auto done = co_await answer.read(sink, m_state.responder.abort());
        if (!done && done.error().code == ErrorCode::Cancelled)
            co_return failed(done.error());
        if (!done || *done || body.size() == kMaxErrorBody)
            break;
    }
    // Some providers quote the key they refuse: it must not travel on.
    body = log::redacted(body);
    AttemptResult result;
    result.verdict = upstream::judge(m_provider.id, answer.head.status, answer.head.fields, body,
                                     m_state.services.clock.now());
    // Its words go on as they are where the client speaks the same protocol.
    const bool passOn = !m_errand.translated() && json::scanObject(body).has_value();
    if (result.verdict.next == Next::Deliver && m_errand.dispensable())
        result.verdict.next = Next::NextCandidate;
    if (result.verdict.next != Next::Deliver) {
        if (result.verdict.code == ErrorCode::ProviderModelUnknown && passOn) {
            result.rejectedStatus = answer.head.status;
            result.rejection = std::move(body);
        }
        co_return result;
    }
    result.answered = true;
    m_state.record.outcome = ledger::Outcome::Refused;
    m_state.record.attempts.back().error = slugOf(result.verdict.code);
    if (passOn) {
        co_await m_out.whole(answer.head.status, body, slugOf(result.verdict.code));
    } else {
        const Error error(result.verdict.code, result.verdict.message);
        co_await m_out.refuse(error, std::nullopt);
    }
    co_return result;
}

Awaitable<AttemptResult> Attempt::relayWhole(http::Answer& answer) {
    std::string body;
    const std::size_t expected = static_cast<std::size_t>(answer.head.contentLength.value_or(4096));
    body.reserve(std::min<std::size_t>(expected, 1024 * 1024));
    const http::BodySink sink = [&body](std::string_view bytes) { body.append(bytes); };
    for (;;) {
        const auto done = co_await answer.read(sink, m_state.responder.abort());
        if (!done)
            co_return failed(done.error());
        if (body.size() > kMaxWholeAnswer) {
            const Error tooLarge(ErrorCode::ProviderAnswerInvalid,
                                 m_provider.id + " sent an answer larger than 256 MB.");
            co_return failed(tooLarge);
        }
        if (*done)
            break;
    }
    const auto way = passage();
    const auto given = way->whole(body);
    if (!given) {
        const Error fault = faultOf(m_provider.id, given.error(), way->passesErrorsOn());
        co_return failed(fault);
    }
    setUsage(way->usage());
    fileReasoning();
    m_state.record.outcome = ledger::Outcome::Answered;
    co_await m_out.whole(200, *given, {});
    AttemptResult result;
    result.answered = true;
    co_return result;
}

Awaitable<AttemptResult> Attempt::relayStream(http::Answer& answer) {
    const auto way = passage();
    StreamRelay relay(*way);
    const http::BodySink sink = [&relay](std::string_view bytes) { relay.feed(bytes); };
    std::optional<Error>& problem = relay.problem;
    for (bool done = false; !done && !problem && !relay.providerError;) {
        const auto read = co_await answer.read(sink, m_state.responder.abort());
        if (!read)
            problem = read.error();
        else
            done = *read;
        if (done)
            relay.end();
        if (relay.committed() && !relay.out.empty()) {
            co_await m_out.piece(relay.out);
            relay.out.clear();
        }
        if (m_state.responder.clientGone())
            problem.emplace(ErrorCode::Cancelled, "The client hung up.");
    }
    setUsage(way->usage());
    if (relay.providerError && !problem) {
        problem.emplace(ErrorCode::StreamBroken, m_provider.id +
                                                     " failed while it answered. It says: " +
                                                     log::redacted(way->errorText()));
    }
    if (!problem && !way->complete()) {
        problem.emplace(ErrorCode::StreamBroken,
                        m_provider.id + " closed the connection before its answer was complete.");
    }
    if (problem && !m_state.responder.begun())
        co_return failed(*problem);
    co_await endStream(*way, problem, relay.providerError);
    AttemptResult result;
    result.answered = true;
    co_return result;
}

// Books how a stream that the client saw begin came to its end. A broken answer gets an error event
// (the provider's own where that passed on) and must not look finished.
Awaitable<void> Attempt::endStream(protocol::Passage& passage, std::optional<Error> problem,
                                   bool providerError) {
    if (!problem) {
        fileReasoning();
        m_state.record.outcome = ledger::Outcome::Answered;
        co_await m_out.finish();
        co_return;
    }
    m_state.record.attempts.back().error = slugOf(problem->code);
    if (problem->code == ErrorCode::Cancelled) {
        problem = m_state.interruption();
    } else {
        m_state.record.outcome = ledger::Outcome::StreamBroken;
        m_state.record.error = slugOf(problem->code);
    }
    if (!providerError || !passage.passesErrorsOn()) {
        std::string event;
        passage.breakOff(*problem, event);
        co_await m_out.piece(event);
    }
    co_await m_out.finish();
}

AttemptResult Attempt::failed(const Error& error) {
    log::write(
        LogLevel::Debug, "attempt.failed",
        {{"provider", m_provider.id}, {"why", error.message.text}, {"detail", error.detail.text}});
    AttemptResult result;
    if (error.code == ErrorCode::Cancelled) {
        m_state.interruption();
        result.answered = true;
        return result;
    }
    result.verdict.code = error.code;
    result.verdict.message = error.message.text;
    result.verdict.next = Next::SameAgain;
    // Broken TLS and senseless answers do not mend themselves within a moment.
    if (error.code == ErrorCode::ProviderTls || error.code == ErrorCode::ProviderAnswerInvalid)
        result.verdict.next = Next::NextCandidate;
    return result;
}

void Attempt::setUsage(const ledger::TokenUsage& usage) {
    m_state.record.tokens = usage;
    // Servers on this machine and the simulator cost nothing; what the others cost is unknown until
    // prices are applied.
    if (m_provider.simulated || m_provider.origin.isLoopback())
        m_state.record.cost = Money();
}

std::unique_ptr<protocol::Passage> Attempt::passage() {
    if (!m_errand.needsReasoningKept())
        return m_errand.passage({});
    return m_errand.passage([this](const protocol::ChatEvent& event) { m_gathered.take(event); });
}

void Attempt::fileReasoning() {
    if (m_errand.needsReasoningKept()) {
        m_state.services.reasoning.file(
            m_gathered, {m_state.record.client, m_provider.id, m_state.record.model});
    }
}

// Those of the protocol, and W3C trace context.
std::string Attempt::extraHeaders() const {
    std::string lines(m_errand.headerLines());
    for (const std::string_view name : {"traceparent", "tracestate"}) {
        if (const auto value = m_state.request.head.fields.find(name))
            lines.append(name).append(": ").append(*value).append("\r\n");
    }
    return lines;
}

}  // namespace gr::gateway
