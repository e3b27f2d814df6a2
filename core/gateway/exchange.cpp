// SPDX-License-Identifier: MIT
#include "gateway/exchange.h"

#include <algorithm>
#include <array>

#include "base/log.h"
#include "base/text.h"
#include "base/ulid.h"
#include "gateway/error_body.h"
#include "http/sse.h"

namespace gr::gateway {
namespace {

using http::Awaitable;
using upstream::Next;
using upstream::Provider;
using upstream::Verdict;

constexpr Milliseconds kLongestWait{10'000};  // for a Retry-After, with the client waiting
constexpr Milliseconds kFirstBackoff{100};
constexpr std::size_t kMaxErrorBody = 64 * 1024;
constexpr std::size_t kMaxHeld = 64 * 1024;  // of a stream, before its first content
constexpr std::size_t kMaxWholeAnswer = 256 * 1024 * 1024;
constexpr std::size_t kMaxAttempts = 16;

// Header values are ASCII; names of models and aliases need not be.
std::string ascii(std::string_view text) {
    std::string out(text.substr(0, 200));
    std::replace_if(
        out.begin(), out.end(), [](char c) { return c < 0x20 || c > 0x7e; }, '?');
    return out;
}

std::string_view slugOf(ErrorCode code) {
    return errorInfo(code).slug;
}

bool isEventStream(const http::Fields& fields) {
    const auto type = fields.find("Content-Type");
    return type && equalsIgnoreCase(trim(type->substr(0, type->find(';'))), "text/event-stream");
}

}  // namespace

Exchange::Exchange(Services& services, SnapshotPtr snapshot, const ClientEntry& client,
                   http::Request& request, http::Responder responder)
    : m_services(services),
      m_snapshot(std::move(snapshot)),
      m_client(client),
      m_request(request),
      m_responder(responder),
      m_began(services.clock.steady()) {
    m_record.startedAt = services.clock.now();
    m_record.id = newRequestId(m_record.startedAt);
    m_record.client = client.id;
    m_record.endpoint = "chat.completions";
    m_record.outcome = ledger::Outcome::ProviderFailed;
}

Awaitable<void> Exchange::run() {
    m_services.metrics.requestBegan();
    co_await work();
    finish();
}

Awaitable<void> Exchange::work() {
    auto ask = protocol::readChat(m_request.body);
    if (!ask) {
        m_record.outcome = ledger::Outcome::Refused;
        co_await refuse(ask.error());
        co_return;
    }
    m_ask = std::move(*ask);
    m_record.askedModel = m_ask.model;
    m_record.streamed = m_ask.stream;
    tell(ExchangeEvent::Kind::Started);

    const settings::Routing& rules = m_snapshot->policy->routing;
    const routing::RouteAsk question{m_ask.model, &m_ask.fallbacks, &m_client.models,
                                     rules.fallback};
    auto decision =
        routing::route(question, m_snapshot->offers, m_snapshot->aliases, rules.defaultModel);
    if (!decision) {
        m_record.outcome = ledger::Outcome::Refused;
        co_await refuse(decision.error());
        co_return;
    }
    // Those that rest come last; among equals the order of the decision stays.
    const SteadyTime now = m_services.clock.steady();
    auto& candidates = decision->candidates;
    if (candidates.size() > 1) {
        std::stable_partition(candidates.begin(), candidates.end(), [&](const auto& candidate) {
            const Provider& provider = m_snapshot->providers[candidate.offer];
            return !m_services.health.resting(provider.id, provider.keys.size(), now);
        });
    }
    for (std::size_t i = 0; i < candidates.size(); ++i) {
        const bool done = co_await tryCandidate(candidates[i], i + 1 == candidates.size());
        if (done && !m_responder.begun()) {
            const Error why = interruption();
            co_await refuse(why);
        }
        if (done)
            co_return;
    }
    if (!m_lastBody.empty()) {
        const std::string body = std::move(m_lastBody);
        co_await deliver(m_lastStatus, body, "application/json", slugOf(m_lastError->code));
        co_return;
    }
    const Error none(ErrorCode::ProviderFailed, "No provider answered.");
    co_await refuse(m_lastError ? *m_lastError : none);
}

// True when the client has its answer or is gone.
Awaitable<bool> Exchange::tryCandidate(const routing::Candidate& candidate, bool last) {
    const Provider& provider = m_snapshot->providers[candidate.offer];
    const protocol::SplicedBody body(
        m_request.body, protocol::chatSplices(m_ask, candidate.model, *provider.dialect));
    m_reason = candidate.reason;
    m_record.provider = provider.id;
    m_record.model = candidate.model;
    m_record.simulated = provider.simulated;
    unsigned retries = m_snapshot->policy->routing.retries;
    Milliseconds backoff = kFirstBackoff;
    while (m_record.attempts.size() < kMaxAttempts) {
        const SteadyTime now = m_services.clock.steady();
        SteadyTime wait;
        const auto key = m_services.health.pickKey(provider.id, provider.keys.size(), now, wait);
        Milliseconds delay{0};
        if (!key) {
            delay = std::chrono::ceil<Milliseconds>(wait - now);
            if (!m_lastError || !m_lastRetryAfter) {
                m_lastError.emplace(ErrorCode::ProviderRateLimited,
                                    provider.id + " asked to wait; all its keys rest.");
                m_lastRetryAfter = delay;
            }
            if (!last || retries == 0 || delay > kLongestWait)
                co_return false;
        } else {
            const Attempted result = co_await attempt(provider, *key, body);
            if (result.answered)
                co_return true;
            remember(provider, *key, result.verdict);
            if (result.verdict.next == Next::NextKey)
                continue;  // pickKey gives another one, or the time to wait
            if (result.verdict.next == Next::NextCandidate || retries == 0)
                co_return false;
            delay = std::max(backoff, result.verdict.retryAfter.value_or(Milliseconds(0)));
            if (delay > kLongestWait)
                co_return false;
            backoff *= 2;
        }
        --retries;
        const bool stillThere = co_await pause(delay);
        if (!stillThere) {
            interruption();
            co_return true;
        }
    }
    co_return false;
}

Awaitable<Exchange::Attempted> Exchange::attempt(const Provider& provider, std::size_t key,
                                                 const protocol::SplicedBody& body) {
    m_record.attempts.push_back({provider.id, m_record.model, 0, {}, elapsedMs(), {}, 0});
    tell(ExchangeEvent::Kind::Changed);
    const Secret* secret = key < provider.keys.size() ? provider.keys[key].get() : nullptr;
    const http::Client::Route route = m_services.client.route(provider.origin);
    std::string head = upstream::requestHead(provider, secret, "/chat/completions", body.size(),
                                             m_ask.stream, traceHeaders(), route);
    std::array<http::asio::const_buffer, protocol::SplicedBody::kMaxPieces + 1> buffers;
    std::size_t count = 0;
    buffers[count++] = http::asio::buffer(head);
    for (const std::string_view piece : body.pieces())
        buffers[count++] = http::asio::buffer(piece);
    const std::span request(buffers.data(), count);
    auto sent = co_await m_services.client.send(provider.origin, request, m_responder.abort());
    wipe(head.data(), head.size());

    Attempted result;
    if (!sent) {
        result = failed(provider, sent.error());
    } else {
        http::Answer& answer = **sent;
        m_record.attempts.back().headMs = elapsedMs();
        m_record.attempts.back().httpStatus = answer.head.status;
        if (answer.head.status != 200)
            result = co_await unhappy(provider, answer);
        else if (m_ask.stream && isEventStream(answer.head.fields))
            result = co_await relayStream(provider, answer);
        else
            result = co_await relayWhole(provider, answer);
    }
    ledger::Attempt& entry = m_record.attempts.back();
    entry.endedMs = elapsedMs();
    if (!result.answered)
        entry.error = slugOf(result.verdict.code);
    else if (m_record.outcome == ledger::Outcome::Answered)
        m_services.health.succeeded(provider.id, key);
    co_return result;
}

// An answer with a status other than 200.
Awaitable<Exchange::Attempted> Exchange::unhappy(const Provider& provider, http::Answer& answer) {
    std::string body;
    const http::BodySink sink = [&body](std::string_view bytes) {
        body.append(bytes.substr(0, kMaxErrorBody - std::min(kMaxErrorBody, body.size())));
    };
    for (;;) {
        const auto done = co_await answer.read(sink, m_responder.abort());
        if (!done && done.error().code == ErrorCode::Cancelled)
            co_return failed(provider, done.error());
        if (!done || *done || body.size() == kMaxErrorBody)
            break;
    }
    // Some providers quote the key they refuse: it must not travel on.
    body = log::redacted(body);
    Attempted result;
    result.verdict = upstream::judge(provider.id, answer.head.status, answer.head.fields, body,
                                     m_services.clock.now());
    const bool json = json::scanObject(body).has_value();
    if (result.verdict.code == ErrorCode::ProviderRejected && json) {
        m_lastBody = body;
        m_lastStatus = answer.head.status;
    } else {
        m_lastBody.clear();
    }
    if (result.verdict.next != Next::Deliver)
        co_return result;
    m_record.outcome = ledger::Outcome::Refused;
    if (json) {
        m_lastBody.clear();
        m_record.attempts.back().error = slugOf(result.verdict.code);
        co_await deliver(answer.head.status, body, "application/json", slugOf(result.verdict.code));
    } else {
        const Error error(result.verdict.code, result.verdict.message);
        co_await refuse(error);
    }
    result.answered = true;
    co_return result;
}

Awaitable<Exchange::Attempted> Exchange::relayWhole(const Provider& provider,
                                                    http::Answer& answer) {
    std::string body;
    const std::size_t expected = static_cast<std::size_t>(answer.head.contentLength.value_or(4096));
    body.reserve(std::min<std::size_t>(expected, 1024 * 1024));
    const http::BodySink sink = [&body](std::string_view bytes) { body.append(bytes); };
    for (;;) {
        const auto done = co_await answer.read(sink, m_responder.abort());
        if (!done)
            co_return failed(provider, done.error());
        if (body.size() > kMaxWholeAnswer) {
            const Error tooLarge(ErrorCode::ProviderAnswerInvalid,
                                 provider.id + " sent an answer larger than 256 MB.");
            co_return failed(provider, tooLarge);
        }
        if (*done)
            break;
    }
    const auto object = json::scanObject(body);
    const bool isError = object && object->find("error") != nullptr &&
                         object->find("error")->type == json::Type::Object &&
                         object->find("choices") == nullptr;
    if (!object || isError) {
        const std::string words = upstream::wordsOf(body);
        const Error invalid(isError ? ErrorCode::ProviderFailed : ErrorCode::ProviderAnswerInvalid,
                            isError ? provider.id + " answered with an error. It says: " + words
                                    : provider.id + " answered with something that is not JSON.");
        co_return failed(provider, invalid);
    }
    setUsage(provider, protocol::usageIn(*object));
    m_record.outcome = ledger::Outcome::Answered;
    co_await deliver(200, body, "application/json", {});
    Attempted result;
    result.answered = true;
    co_return result;
}

Awaitable<Exchange::Attempted> Exchange::relayStream(const Provider& provider,
                                                     http::Answer& answer) {
    protocol::ChatStream stream(!m_ask.usageAsked && provider.dialect->streamUsageOption);
    http::SseSplitter splitter;
    std::string out;  // whole events that go on
    bool committed = false;
    bool providerError = false;
    const auto onEvent = [&](std::string_view event) {
        if (providerError)
            return;
        const auto verdict = stream.see(event);
        committed = committed || verdict == protocol::ChatStream::Verdict::Content;
        providerError = verdict == protocol::ChatStream::Verdict::Error;
        if (providerError && committed)
            out.append(log::redacted(event));  // as in unhappy()
        else if (!providerError && verdict != protocol::ChatStream::Verdict::Drop)
            out.append(event);
        // Comments without end must not fill the memory: what is held has a bound.
        committed = committed || (!providerError && out.size() > kMaxHeld);
    };
    const std::function<void(std::string_view)> eventSink = onEvent;
    std::optional<Error> problem;
    const http::BodySink sink = [&](std::string_view bytes) {
        const auto fed = splitter.feed(bytes, eventSink);
        if (!fed)
            problem = fed.error();
    };
    for (bool done = false; !done && !problem && !providerError;) {
        const auto read = co_await answer.read(sink, m_responder.abort());
        if (!read)
            problem = read.error();
        else
            done = *read;
        if (done && !splitter.rest().empty())
            onEvent(splitter.rest());  // the last event came without its empty line
        if (done && !committed && stream.complete())
            committed = true;  // an answer without content is an answer
        if (!committed)
            continue;
        if (!m_responder.begun()) {
            m_record.firstTokenMs = elapsedMs();
            tell(ExchangeEvent::Kind::Changed, true);
            http::HeaderList headers = baseHeaders("text/event-stream; charset=utf-8");
            headers.emplace_back("Cache-Control", "no-cache");
            headers.emplace_back("X-Accel-Buffering", "no");
            co_await m_responder.begin(200, headers);
        }
        if (!out.empty()) {
            const std::array<std::string_view, 1> pieces{out};
            co_await m_responder.chunk(pieces);
            out.clear();
        }
        if (m_responder.clientGone())
            problem.emplace(ErrorCode::Cancelled, "The client hung up.");
    }
    setUsage(provider, stream.usage());
    if (providerError && !problem) {
        problem.emplace(ErrorCode::StreamBroken,
                        provider.id + " failed while it answered. It says: " + stream.errorText());
    }
    if (!problem && !stream.complete()) {
        problem.emplace(ErrorCode::StreamBroken,
                        provider.id + " closed the connection before its answer was complete.");
    }
    if (problem && !m_responder.begun())
        co_return failed(provider, *problem);
    Attempted result;
    result.answered = true;
    m_record.status = 200;
    if (!problem) {
        m_record.outcome = ledger::Outcome::Answered;
        co_await m_responder.finish();
        co_return result;
    }
    m_record.attempts.back().error = slugOf(problem->code);
    if (problem->code == ErrorCode::Cancelled) {
        problem = interruption();
    } else {
        m_record.outcome = ledger::Outcome::StreamBroken;
        m_record.error = slugOf(problem->code);
    }
    if (providerError)  // its own error event went on
        co_await m_responder.finish();
    else
        co_await endBrokenStream(*problem);
    co_return result;
}

// An error event and no [DONE]: a broken answer must not look finished.
Awaitable<void> Exchange::endBrokenStream(const Error& error) {
    const std::string event = errorEvent(error);
    const std::array<std::string_view, 1> pieces{event};
    co_await m_responder.chunk(pieces);
    co_await m_responder.finish();
}

Exchange::Attempted Exchange::failed(const Provider& provider, const Error& error) {
    log::write(
        LogLevel::Debug, "attempt.failed",
        {{"provider", provider.id}, {"why", error.message.text}, {"detail", error.detail.text}});
    Attempted result;
    if (error.code == ErrorCode::Cancelled) {
        interruption();
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

// Books why the work was interrupted, and says it.
Error Exchange::interruption() {
    const bool stopping = m_responder.stopping() && !m_responder.clientGone();
    m_record.outcome = stopping ? ledger::Outcome::Stopped : ledger::Outcome::ClientGone;
    Error error = stopping ? Error(ErrorCode::ShuttingDown, "The gateway is stopping.")
                           : Error(ErrorCode::Cancelled, "The request was cancelled.");
    m_record.error = slugOf(error.code);
    return error;
}

void Exchange::remember(const Provider& provider, std::size_t key, const Verdict& verdict) {
    m_lastError.emplace(verdict.code, verdict.message);
    if (verdict.code != ErrorCode::ProviderRejected)
        m_lastBody.clear();  // the words of an earlier provider do not go with this error
    m_lastRetryAfter = verdict.retryAfter;
    if (verdict.code == ErrorCode::ProviderRateLimited && !m_lastRetryAfter)
        m_lastRetryAfter = verdict.keyPause;
    const SteadyTime now = m_services.clock.steady();
    if (verdict.next == Next::NextKey) {
        m_services.health.keyFailed(provider.id, key, verdict.keyPause,
                                    verdict.code == ErrorCode::ProviderRefusedKey, now,
                                    verdict.message);
    } else if (verdict.code != ErrorCode::ProviderRejected) {
        m_services.health.providerFailed(provider.id, now, verdict.message);
    }
}

// False when the client left in the meantime.
Awaitable<bool> Exchange::pause(Milliseconds delay) {
    using Timer =
        http::asio::basic_waitable_timer<std::chrono::steady_clock,
                                         http::asio::wait_traits<std::chrono::steady_clock>,
                                         http::Executor>;
    Timer timer(m_services.io.get_executor());
    timer.expires_after(delay);
    const http::AbortScope scope(
        m_responder.abort(), [](void* t) { static_cast<Timer*>(t)->cancel(); }, &timer);
    http::error_code error;
    if (!m_responder.abort().fired())
        co_await timer.async_wait(http::asio::redirect_error(http::kAwait, error));
    co_return !m_responder.abort().fired();
}

Awaitable<void> Exchange::refuse(const Error& error) {
    m_record.error = slugOf(error.code);
    http::Reply reply = errorReply(error, WireFormat::OpenAi);
    m_record.status = reply.status;
    for (auto& [name, value] : baseHeaders({}))
        reply.headers.emplace_back(name, value);
    if (m_lastRetryAfter && error.code == ErrorCode::ProviderRateLimited) {
        const auto seconds = std::chrono::ceil<std::chrono::seconds>(*m_lastRetryAfter).count();
        reply.headers.emplace_back("Retry-After", std::to_string(seconds));
    }
    co_await m_responder.send(reply.status, reply.headers, reply.body);
}

Awaitable<void> Exchange::deliver(int status, std::string_view body, std::string_view contentType,
                                  std::string_view slug) {
    m_record.status = status;
    m_record.error = slug;
    http::HeaderList headers = baseHeaders(contentType);
    if (!slug.empty())
        headers.emplace_back("x-gaterouter-error", slug);
    else if (m_record.cost)
        headers.emplace_back("x-gaterouter-cost", m_record.cost->toDecimal());
    co_await m_responder.send(status, headers, body);
}

void Exchange::setUsage(const Provider& provider, const ledger::TokenUsage& usage) {
    m_record.tokens = usage;
    // Servers on this machine and the simulator cost nothing; what the others cost is unknown until
    // prices are applied.
    if (provider.simulated || provider.origin.isLoopback())
        m_record.cost = Money();
}

http::HeaderList Exchange::baseHeaders(std::string_view contentType) const {
    http::HeaderList headers;
    headers.reserve(10);
    if (!contentType.empty())
        headers.emplace_back("Content-Type", contentType);
    headers.emplace_back("x-gaterouter-request-id", m_record.id);
    if (!m_record.provider.empty() && !m_record.attempts.empty()) {
        headers.emplace_back("x-gaterouter-model", ascii(m_record.provider + "/" + m_record.model));
        headers.emplace_back("x-gaterouter-attempts", std::to_string(m_record.attempts.size()));
        headers.emplace_back("x-gaterouter-reason", ascii(m_reason));
    }
    // The perimeter let the page in, so its browser may read the answer.
    if (const auto origin = m_request.head.fields.find("Origin"))
        headers.emplace_back("Access-Control-Allow-Origin", *origin);
    return headers;
}

std::string Exchange::traceHeaders() const {
    std::string lines;
    for (const std::string_view name : {"traceparent", "tracestate"}) {
        if (const auto value = m_request.head.fields.find(name))
            lines.append(name).append(": ").append(*value).append("\r\n");
    }
    return lines;
}

std::int64_t Exchange::elapsedMs() const {
    return std::chrono::duration_cast<Milliseconds>(m_services.clock.steady() - m_began).count();
}

void Exchange::tell(ExchangeEvent::Kind kind, bool answering) {
    if (!m_services.events.listening())
        return;
    ExchangeEvent event;
    event.kind = kind;
    event.running = {m_record.id,       m_record.startedAt, m_record.client, m_record.askedModel,
                     m_record.provider, m_record.model,     answering};
    m_services.events.tell(std::move(event));
}

void Exchange::finish() {
    if (m_responder.clientGone() && m_record.outcome == ledger::Outcome::Answered)
        m_record.outcome = ledger::Outcome::ClientGone;
    m_record.totalMs = elapsedMs();
    m_services.metrics.requestEnded(m_record);
    if (m_services.events.listening()) {
        ExchangeEvent event;
        event.kind = ExchangeEvent::Kind::Finished;
        event.running.id = m_record.id;
        event.finished = m_record;
        m_services.events.tell(std::move(event));
    }
    m_services.ledger.append(std::move(m_record));
}

}  // namespace gr::gateway
