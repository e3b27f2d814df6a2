// SPDX-License-Identifier: MIT
#include "gateway/attempt.h"

#include <algorithm>
#include <array>

#include "base/log.h"
#include "gateway/error_body.h"
#include "gateway/lesson.h"
#include "gateway/stream_relay.h"
#include "protocol/rate_limits.h"
#include "protocol/usage_cost.h"

namespace gr::gateway {
namespace {

using http::Awaitable;
using upstream::Next;

constexpr int kPaymentRequired = 402;  // a 412 lacks an approval on the chain, not a payment
constexpr int kPreconditionFailed = 412;
constexpr std::size_t kMaxErrorBody = 64 * 1024;
constexpr Milliseconds kErrorBody{10'000};
constexpr Milliseconds kWordsBeside{1'000};
constexpr std::size_t kMaxWholeAnswer = 256 * 1024 * 1024;

std::string_view slugOf(ErrorCode code) {
    return errorInfo(code).slug;
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

// Whether JSON is an answer of any of the protocols, as far as its members tell.
bool holdsAnswer(std::string_view json) {
    const auto answer = json::scanObject(json);
    if (!answer)
        return false;
    return std::ranges::any_of(std::array<std::string_view, 6>{"choices", "content", "candidates",
                                                               "output", "data", "embeddings"},
                               [&](std::string_view name) {
                                   const json::Member* const member = answer->find(name);
                                   const bool mayBeEmpty = name == "content" || name == "output";
                                   return member != nullptr &&
                                          (mayBeEmpty || answer->raw(*member) != "[]");
                               });
}

// A text without the value of a header line.
std::string without(std::string text, std::string_view line) {
    const std::string_view value = trim(line.substr(std::min(line.size(), line.find(':') + 1)));
    for (std::size_t at = 0; !value.empty() && (at = text.find(value, at)) != std::string::npos;)
        text.replace(at, value.size(), "[redacted]");
    return text;
}

Milliseconds took(SteadyTime from, SteadyTime to) {
    return std::chrono::duration_cast<Milliseconds>(to - from);
}

// What the provider's own error inside a stream means, by the status that it stands for.
ErrorCode brokenBy(int status) {
    switch (status) {
        case 429:
            return ErrorCode::ProviderRateLimited;
        case 503:
        case 529:
            return ErrorCode::ProviderOverloaded;
        default:
            return ErrorCode::StreamBroken;
    }
}

}  // namespace

Awaitable<AttemptResult> Attempt::run() {
    ledger::RequestRecord& record = m_state.record;
    m_state.beginAttempt(m_lane);
    m_state.tell(ExchangeEvent::Kind::Changed);
    m_lane.limits = {};
    m_way = passage();
    if (m_state.ask.stream && m_lane.race == nullptr)
        fillSilence();
    http::Client& client = m_state.services.client;
    const std::size_t key = m_permit.key();
    const Secret* secret = key < m_provider.keys.size() ? m_provider.keys[key].get() : nullptr;
    const http::Client::Route route = client.route(m_provider.origin);
    std::string head = upstream::requestHead(m_provider, secret, m_errand.path(), m_errand.size(),
                                             m_state.ask.stream, extraHeaders(), route);
    std::array<http::asio::const_buffer, protocol::SplicedBody::kMaxPieces + 1> buffers;
    std::size_t count = 0;
    buffers[count++] = http::asio::buffer(head);
    for (const std::string_view piece : m_errand.pieces())
        buffers[count++] = http::asio::buffer(piece);
    const std::span request(buffers.data(), count);
    m_sentAt = m_state.services.clock.now();
    m_began = m_state.services.clock.steady();
    if (m_patience)
        m_cutoff.in(*m_patience);
    bool dispatched = false;
    const Cutoff::Watch watch(m_cutoff);
    auto sent = co_await client.send(m_provider.origin, request, m_cutoff.slot(), &dispatched);
    wipe(head.data(), head.size());
    settle({.dispatched = dispatched});

    AttemptResult result;
    if (!sent) {
        result = failed(sent.error());
    } else {
        http::Answer& answer = **sent;
        record.attempts[m_lane.attempt].headMs = m_state.elapsedMs();
        record.attempts[m_lane.attempt].httpStatus = answer.head.status;
        m_lane.limits = protocol::rateLimitsFor(m_state.ask.protocol, answer.head.fields,
                                                m_state.services.clock.now());
        if (answer.head.status != 200)
            result = co_await unhappy(answer);
        else if (m_state.ask.stream && hasMediaType(answer.head.fields, "text/event-stream"))
            result = co_await relayStream(answer);
        else
            result = co_await relayWhole(answer);
        if (m_lane.payment)
            result.receipt = payment::readReceipt(answer.head.fields);
    }
    m_silence.reset();
    ledger::Attempt& entry = record.attempts[m_lane.attempt];
    entry.endedMs = m_state.elapsedMs();
    if (!result.answered)
        entry.error = slugOf(result.verdict.code);
    // No endpoint for counts says nothing about the provider, none for Responses nothing about the
    // model.
    const bool chatIsLeft =
        result.verdict.code == ErrorCode::ProviderModelUnknown && m_errand.chatIsLeft();
    if (!result.answered && !result.outrun && !m_cutoff.late() && !m_errand.dispensable() &&
        !chatIsLeft && !result.terms)
        teach(m_permit, result.verdict, m_state.services.clock.steady());
    co_return result;
}

// An answer with a status other than 200.
Awaitable<AttemptResult> Attempt::unhappy(http::Answer& answer) {
    settle({.refused = isRefusal(answer.head.status)});
    // Nobody waits for ever for the words of an error, nor long where its head says enough.
    m_cutoff.in(answer.head.fields.find("PAYMENT-REQUIRED") ? kWordsBeside : kErrorBody);
    std::string body;
    const http::BodySink sink = [&body](std::string_view bytes) {
        body.append(bytes.substr(0, kMaxErrorBody - std::min(kMaxErrorBody, body.size())));
    };
    for (;;) {
        const auto done = co_await answer.read(sink, m_cutoff.slot());
        if (!done && done.error().code == ErrorCode::Cancelled && !m_cutoff.late())
            co_return failed(done.error());
        if (!done || *done || body.size() == kMaxErrorBody)
            break;
    }
    AttemptResult result;
    const int status = answer.head.status;
    const bool asksAgain =
        m_lane.payment && (status == kPaymentRequired || status == kPreconditionFailed);
    auto terms = termsIn(answer.head, body);
    if (!terms && !asksAgain)
        co_return failed(terms.error());
    if (asksAgain || *terms) {
        result.terms = terms && *terms ? std::move(*terms) : std::make_unique<payment::Terms>();
        result.verdict.code = ErrorCode::ProviderNoCredit;
        result.verdict.message = m_provider.id + " asks for payment.";
        co_return result;
    }
    // Some providers quote the key they refuse, some sellers the payment: it must not travel on.
    body = log::redacted(body);
    if (m_lane.payment)
        body = without(std::move(body), m_lane.payment->headerLines);
    result.verdict = upstream::judge(m_provider.id, answer.head.status, answer.head.fields, body,
                                     m_state.services.clock.now());
    // Who is paid by the request has no key that could rest.
    if (m_provider.paysX402 && m_provider.keys.empty() && result.verdict.next == Next::NextKey &&
        (status == 401 || status == 403 || status == kPaymentRequired)) {
        result.verdict.next = Next::NextCandidate;
        result.verdict.keyPause = {};
        result.verdict.message = m_provider.id + " refuses the request (status " +
                                 std::to_string(status) +
                                 "), and asks for no payment that can be read.";
    }
    if (m_provider.paysX402 && status == kPaymentRequired && !m_state.services.purchases.wallet())
        result.verdict.message = m_provider.id +
                                 " asks for payment, and the configuration names no chain to pay "
                                 "on (wallet.networks).";
    // Its words go on as they are where the client speaks the same protocol.
    const bool passOn =
        !m_errand.translated() && !m_out.opened() && json::scanObject(body).has_value();
    const bool another = m_lane.race != nullptr && m_lane.race->waitsFor(m_lane);
    if (result.verdict.next == Next::Deliver && (m_errand.dispensable() || another))
        result.verdict.next = Next::NextCandidate;
    if (result.verdict.next != Next::Deliver) {
        if (result.verdict.code == ErrorCode::ProviderModelUnknown && passOn) {
            result.rejectedStatus = answer.head.status;
            result.rejection = std::move(body);
        }
        co_return result;
    }
    if (!claim())
        co_return outrun();
    result.answered = true;
    m_permit.alive(m_state.services.clock.steady());
    m_state.record.outcome = ledger::Outcome::Refused;
    m_state.record.attempts[m_lane.attempt].error = slugOf(result.verdict.code);
    if (passOn) {
        co_await m_out.whole(answer.head.status, body, slugOf(result.verdict.code));
    } else {
        const Error error(result.verdict.code, result.verdict.message);
        co_await m_out.refuse(error, std::nullopt);
    }
    co_return result;
}

// The terms of a seller that the wallet may pay; null for every other error. ProviderAnswerInvalid:
// they cannot be trusted or read.
Result<std::unique_ptr<payment::Terms>> Attempt::termsIn(const http::ResponseHead& head,
                                                         std::string_view body) const {
    const bool mayPay = m_provider.paysX402 && head.status == kPaymentRequired;
    const WalletPtr wallet = mayPay ? m_state.services.purchases.wallet() : nullptr;
    if (!wallet)
        return nullptr;
    payment::TermsReading reading =
        payment::readTerms(head.status, head.fields, body, wallet->networks);
    if (reading.kind == payment::TermsReading::Kind::NotX402)
        return nullptr;
    if (reading.kind == payment::TermsReading::Kind::Broken)
        return fail(ErrorCode::ProviderAnswerInvalid,
                    m_provider.id + " asks for payment, but not clearly: " + reading.problem);
    return std::make_unique<payment::Terms>(std::move(reading.terms));
}

Awaitable<AttemptResult> Attempt::relayWhole(http::Answer& answer) {
    std::string body;
    const std::size_t expected = static_cast<std::size_t>(answer.head.contentLength.value_or(4096));
    body.reserve(std::min<std::size_t>(expected, 1024 * 1024));
    const http::BodySink sink = [&body](std::string_view bytes) { body.append(bytes); };
    m_cutoff.clear();
    const SteadyTime headAt = m_state.services.clock.steady();
    for (;;) {
        const auto done = co_await answer.read(sink, m_cutoff.slot());
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
    if (lost())
        co_return outrun();
    if (m_out.opened()) {
        const Error late(ErrorCode::ProviderAnswerInvalid,
                         m_provider.id +
                             " sent its whole answer at once, where a stream was asked "
                             "for and keep-alives are out already.");
        co_return failed(late);
    }
    const auto given = m_way->whole(body);
    if (!given) {
        const Error fault = faultOf(m_provider.id, given.error(), m_way->passesErrorsOn());
        co_return failed(fault);
    }
    if (m_lane.payment && !m_errand.translated() && !holdsAnswer(*given)) {
        const Error empty(ErrorCode::ProviderAnswerInvalid,
                          m_provider.id + " took a payment and sent JSON that is no answer.");
        co_return failed(empty);
    }
    settle({.complete = true, .usage = m_way->usage()});
    claim();
    noteWhole();
    m_state.record.outcome = ledger::Outcome::Answered;
    m_permit.alive(m_state.services.clock.steady());
    if (!m_errand.dispensable())
        m_permit.whole(took(m_began, headAt), headAt);
    std::optional<std::string> priced;
    if (costAsked() && m_state.record.cost)
        priced = protocol::withCost(*given, *m_state.record.cost);
    co_await m_out.whole(200, priced ? std::string_view(*priced) : *given, {});
    AttemptResult result;
    result.answered = true;
    co_return result;
}

Awaitable<AttemptResult> Attempt::relayStream(http::Answer& answer) {
    m_out.dropHeld();  // of an attempt before
    StreamRelay relay(*m_way);
    relay.needsContent = m_lane.payment.has_value();
    m_held = &relay.out;
    if (costAsked()) {
        relay.onPiece = [this](std::string& out, std::size_t begin) { tellCost(out, begin); };
    }
    const http::BodySink sink = [&relay](std::string_view bytes) { relay.feed(bytes); };
    std::optional<Error>& problem = relay.problem;
    for (bool done = false; !done && !problem && !relay.providerError;) {
        const auto read = co_await answer.read(sink, m_cutoff.slot());
        if (!read)
            problem = read.error();
        else
            done = *read;
        if (done)
            relay.end();
        if (m_cutoff.late())
            break;  // its connection is closed, whatever came with the last bytes
        if (relay.committed() && !m_firstToken && !claim())
            break;
        if (relay.committed() && !m_firstToken)
            began();
        if (relay.committed() && !relay.out.empty()) {
            co_await m_out.piece(relay.out);
            relay.out.clear();
        }
        if (!problem && m_out.holdsTooMuch())
            problem.emplace(ErrorCode::ProviderAnswerInvalid,
                            m_provider.id + " sent more than 64 MB before its end.");
        if (m_state.responder.clientGone() && m_lane.abort->fired())
            problem.emplace(ErrorCode::Cancelled, "The client hung up.");
    }
    m_held = nullptr;
    settle({.complete = m_way->complete(), .usage = m_way->usage()});
    if (lost())
        co_return outrun();
    if (m_cutoff.late() && !m_out.given())
        co_return tooSlow();
    if (relay.providerError && !problem) {
        problem.emplace(brokenBy(m_way->errorStatus()), m_provider.id +
                                                            " failed while it answered. It says: " +
                                                            log::redacted(m_way->errorText()));
    }
    if (!problem && !m_way->complete()) {
        problem.emplace(ErrorCode::StreamBroken,
                        m_provider.id + " closed the connection before its answer was complete.");
    }
    if (!problem && m_lane.payment && !relay.hasContent()) {
        problem.emplace(ErrorCode::ProviderAnswerInvalid,
                        m_provider.id + " took a payment and sent a stream without an answer.");
    }
    if (problem && !m_out.given())
        co_return failed(*problem);
    co_await endStream(problem, relay.providerError);
    AttemptResult result;
    result.answered = true;
    co_return result;
}

// Books how a stream that the client saw begin came to its end. A broken answer gets an error event
// (the provider's own where that passed on) and must not look finished.
Awaitable<void> Attempt::endStream(std::optional<Error> problem, bool providerError) {
    if (!problem) {
        noteWhole();
        ended();
        m_state.record.outcome = ledger::Outcome::Answered;
        co_await m_out.finish();
        co_return;
    }
    m_state.record.attempts[m_lane.attempt].error = slugOf(problem->code);
    if (problem->code == ErrorCode::Cancelled) {
        problem = m_state.interruption();
    } else {
        m_state.record.outcome = ledger::Outcome::StreamBroken;
        m_state.record.error = slugOf(problem->code);
        upstream::Verdict broken;
        broken.code = problem->code;
        broken.message = problem->message.text;
        teach(m_permit, broken, m_state.services.clock.steady());
    }
    if (!providerError || !m_way->passesErrorsOn()) {
        std::string event;
        m_way->breakOff(*problem, event);
        co_await m_out.piece(event);
    }
    co_await m_out.finish();
}

AttemptResult Attempt::failed(const Error& error) {
    log::write(
        LogLevel::Debug, "attempt.failed",
        {{"provider", m_provider.id}, {"why", error.message.text}, {"detail", error.detail.text}});
    AttemptResult result;
    if (error.code == ErrorCode::Cancelled && lost())
        return outrun();
    if (error.code == ErrorCode::Cancelled && m_cutoff.late())
        return tooSlow();
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

// Somebody else can answer, and this provider had several times what it usually takes. What it may
// have done all the same stays booked as unknown.
AttemptResult Attempt::tooSlow() {
    m_permit.tooSlow(*m_patience, m_state.ask.stream, m_state.services.clock.steady());
    AttemptResult result;
    result.verdict.code = ErrorCode::ProviderTimeout;
    result.verdict.next = Next::NextCandidate;
    result.verdict.message = m_provider.id + " gave no token of its answer within " +
                             std::to_string(m_patience->count()) + " ms.";
    return result;
}

void Attempt::fillSilence() {
    KeepAliveSource* const source = this;
    m_silence.emplace(m_out, source);
}

// From here on nobody else can answer. False: somebody else does already.
bool Attempt::claim() {
    if (m_lane.race == nullptr)
        return true;
    if (!m_lane.race->claim(m_lane))
        return false;
    if (m_state.ask.stream)
        fillSilence();
    return true;
}

// Another candidate was faster. What this one may have done all the same stays booked as unknown.
AttemptResult Attempt::outrun() {
    if (m_lane.race->began(m_lane)) {
        const SteadyTime now = m_state.services.clock.steady();
        m_permit.outrun(took(m_began, now), m_state.ask.stream, now);
    }
    AttemptResult result;
    result.outrun = true;
    result.verdict.code = ErrorCode::Cancelled;
    return result;
}

// The first content of a stream.
void Attempt::began() {
    m_cutoff.clear();
    const SteadyTime now = m_state.services.clock.steady();
    m_firstToken = now;
    m_permit.alive(now);
    m_permit.firstToken(took(m_began, now), now);
}

// A whole stream; short ones say nothing of how fast tokens come.
void Attempt::ended() {
    constexpr std::int64_t kEnoughTokens = 16;
    constexpr Milliseconds kEnoughTime{50};
    const SteadyTime now = m_state.services.clock.steady();
    if (!m_firstToken)
        m_permit.alive(now);
    const Milliseconds time = took(m_firstToken.value_or(now), now);
    const auto tokens = m_way->usage().outputTotal();
    if (tokens && *tokens >= kEnoughTokens && time >= kEnoughTime)
        m_permit.throughput(static_cast<double>(*tokens) * 1000 /
                            static_cast<double>(time.count()));
}

void Attempt::settle(AttemptFacts facts) {
    const protocol::Task task = m_state.ask.task;
    facts.inputOnly = task == protocol::Task::Embed;
    facts.gratis = task == protocol::Task::Count;
    facts.estimated = m_lane.estimate.has_value();
    facts.reportsCost = m_provider.dialect->reportsCost;
    facts.sentAt = m_sentAt;
    if (m_lane.payment && m_lane.payment->again)
        facts.gratis = true;
    else if (m_lane.payment)
        facts.paid = m_lane.payment->usd;
    m_state.settle(m_lane, facts);
}

// The client wants `usage.cost`, and its format has a place for it.
bool Attempt::costAsked() const {
    const bool openAi = m_state.ask.protocol == protocol::Protocol::OpenAiChat ||
                        m_state.ask.protocol == protocol::Protocol::OpenAiResponses;
    const auto header = m_state.request.head.fields.find("x-gaterouter-usage-cost");
    return openAi && !m_state.forSale &&
           (m_state.ask.costAsked || (header && equalsIgnoreCase(trim(*header), "true")));
}

// Where a piece of a stream tells the usage, that is final: so is the cost.
void Attempt::tellCost(std::string& events, std::size_t begin) {
    if (begin == events.size() || !m_way->usage().known())
        return;
    settle({.complete = true, .usage = m_way->usage()});
    if (m_state.record.cost)
        protocol::addCost(events, begin, *m_state.record.cost);
}

std::unique_ptr<protocol::Passage> Attempt::passage() {
    const bool keeps = m_errand.needsReasoningKept();
    if (m_state.wantedShape)
        m_shape.emplace(*m_state.wantedShape);
    if (!keeps && !m_shape)
        return m_errand.passage({});
    return m_errand.passage([this, keeps](const protocol::ChatEvent& event) {
        if (keeps)
            m_gathered.take(event);
        if (m_shape)
            m_shape->take(event);
    });
}

// A whole answer: what is kept of it.
void Attempt::noteWhole() {
    m_state.misshapen = m_shape && m_shape->missed();
    if (m_errand.needsReasoningKept()) {
        m_state.services.reasoning.file(m_gathered,
                                        {m_state.record.client, m_provider.id, m_lane.model});
    }
}

void Attempt::keepAlive(std::string& out) {
    if (auto writer = m_way->writer(); writer && !m_out.given()) {
        m_state.opened.writer = std::move(writer);
        if (m_held != nullptr)
            out.swap(*m_held);
    }
    m_way->keepAlive(out);
}

// Those of the protocol, and W3C trace context.
std::string Attempt::extraHeaders() const {
    std::string lines(m_errand.headerLines());
    for (const std::string_view name : {"traceparent", "tracestate"}) {
        if (const auto value = m_state.request.head.fields.find(name))
            lines.append(name).append(": ").append(*value).append("\r\n");
    }
    if (m_lane.payment)
        lines.append(m_lane.payment->headerLines);
    return lines;
}

}  // namespace gr::gateway
