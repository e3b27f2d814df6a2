// SPDX-License-Identifier: MIT
#include "gateway/relay.h"

#include <algorithm>
#include <array>

#include "base/log.h"
#include "base/ulid.h"
#include "gateway/error_body.h"
#include "gateway/lesson.h"
#include "gateway/rule_desk.h"
#include "protocol/chat_answer_shapes.h"
#include "protocol/json_member.h"
#include "protocol/json_text.h"
#include "protocol/responses_usage.h"

namespace gr::gateway {
namespace {

using http::Awaitable;
using upstream::Provider;

constexpr std::size_t kMaxErrorBody = 64 * 1024;
constexpr std::size_t kMaxJson = 256 * 1024 * 1024;

// Pictures and transcripts tell their tokens as Responses do, rerank and moderations as chat.
TokenUsage usageOf(const json::Object& answer) {
    if (const auto told = protocol::chatUsage(answer, false))
        return *told;
    const auto usage = protocol::childOf(answer, "usage");
    return usage ? protocol::responsesUsage(*usage, false) : TokenUsage();
}

// What only asks for, lists or removes what is there already, and files that are handed over: no
// provider takes money for that. Batches are billed when they are done, to nobody's request here.
bool isGratis(const RelayAsk& ask, const http::Request& request) {
    return ask.list || request.head.method != "POST" || ask.endpoint == "files";
}

// A seller's answer to a request without a payment, not a key's that has no credit.
bool asksForPayment(const Provider& provider, const http::ResponseHead& head) {
    constexpr int kPaymentRequired = 402;
    return provider.paysX402 && head.status == kPaymentRequired &&
           (provider.keys.empty() || head.fields.find("PAYMENT-REQUIRED"));
}

std::vector<protocol::Splice> splicesOf(const RelayAsk& ask, const std::string& model) {
    if (!ask.modelPlace || model == ask.model)
        return {};
    protocol::Splice splice = *ask.modelPlace;
    splice.text = ask.quotedModel ? protocol::quoted(model) : model;
    return {splice};
}

}  // namespace

Relay::Relay(Services& services, SnapshotPtr snapshot, const ClientEntry& client,
             const EndpointMatch& match, const http::Request& request, http::Responder responder)
    : m_snapshot(std::move(snapshot)),
      m_client(client),
      m_match(match),
      m_state(services, request, responder),
      m_out(m_state),
      m_purse(m_state, m_state.own, m_expenses, m_snapshot, m_client) {
    ledger::RequestRecord& record = m_state.record;
    record.startedAt = services.clock.now();
    record.id = newRequestId(record.startedAt);
    record.client = client.id;
    record.outcome = ledger::Outcome::ProviderFailed;
}

Awaitable<void> Relay::run() {
    m_state.services.metrics.requestBegan();
    co_await work();
    m_state.book();
}

Awaitable<void> Relay::work() {
    ledger::RequestRecord& record = m_state.record;
    record.endpoint = m_match.argument.substr(1);
    auto ask = readRelay(m_state.request, m_match.argument);
    if (!ask) {
        record.outcome = ledger::Outcome::Refused;
        co_await refuse(ask.error(), std::nullopt);
        co_return;
    }
    record.endpoint = ask->endpoint;
    record.askedModel = ask->model;
    m_state.tell(ExchangeEvent::Kind::Started);
    const auto named = m_state.request.head.fields.find("x-gaterouter-provider");
    const Result<routing::RuleEffect> rules = heedRules(*ask);
    if (!rules) {
        record.outcome = ledger::Outcome::Refused;
        co_await refuse(rules.error(), std::nullopt);
        co_return;
    }
    const auto choice =
        chooseRelay(*ask, *m_snapshot, m_client, named, m_state.services.ids, *rules);
    if (!choice) {
        record.outcome = ledger::Outcome::Refused;
        co_await refuse(choice.error(), std::nullopt);
        co_return;
    }
    const Provider& provider = m_snapshot->providers[choice->provider];
    Lane& lane = m_state.own;
    lane.provider = &provider;
    lane.model = choice->model;
    m_state.show(lane);
    lane.quote = m_snapshot->quoteFor(choice->provider, choice->model);
    if (ask->wishes.maxCost && !lane.quote.free && !isGratis(*ask, m_state.request)) {
        record.outcome = ledger::Outcome::Refused;
        Error unbounded(ErrorCode::CostUnbounded,
                        "What passes unread has no price that is known beforehand, and the request "
                        "has a maximum (" +
                            ask->wishes.maxCostOf + ").");
        unbounded.field = "x-gaterouter-max-cost";
        co_await refuse(unbounded, std::nullopt);
        co_return;
    }
    lane.reason = "passed through";
    if (rules->any())
        lane.reason += "; " + rules->titles();
    m_purse.prepareUnread();
    co_await tryKeys(provider, *ask, choice->model);
}

// What the user's rules want of a request that is not read: its text is looked at all the same.
Result<routing::RuleEffect> Relay::heedRules(RelayAsk& ask) const {
    if (m_snapshot->policy->routing.rules.empty())
        return routing::RuleEffect();
    const http::Request& asked = m_state.request;
    routing::RequestFacts facts;
    facts.client = m_client.id;
    facts.model = ask.model;
    facts.hasImage = ask.endpoint == "images/edits" || ask.endpoint == "images/variations";
    facts.hasFile = ask.endpoint == "files" && asked.head.method == "POST";
    facts.promptTokens = static_cast<std::int64_t>(ask.json.size()) / 4;
    const RuledRequest request{asked.head.fields, asked.body, !ask.json.empty(),
                               m_state.services.clock.now()};
    auto effect = askRules(*m_snapshot, request, facts);
    if (auto ok = checkRefusal(effect); !ok)
        return fail(ok.error());
    tightenMaximum(effect, ask.wishes);
    return effect;
}

Awaitable<void> Relay::tryKeys(const Provider& provider, const RelayAsk& ask,
                               const std::string& model) {
    const protocol::SplicedBody body(m_state.request.body, splicesOf(ask, model));
    const std::size_t most = std::max<std::size_t>(provider.keys.size(), 1);
    for (std::size_t tries = 1;; ++tries) {
        using routing::Health;
        const SteadyTime now = m_state.services.clock.steady();
        const Health::Place place{provider.id, model, provider.keys.size()};
        auto entered = m_state.services.health.enter(place, Health::Turn::Insist, now);
        auto* const permit = std::get_if<Health::Permit>(&entered);
        if (permit == nullptr) {
            const Error resting(ErrorCode::ProviderRateLimited,
                                provider.id + " asked to wait; all its keys rest.");
            const SteadyTime until = std::get<Health::Rest>(entered).until;
            co_await refuse(resting, std::chrono::ceil<Milliseconds>(until - now));
            co_return;
        }
        Result<ledger::Reservation> money;
        if (!isGratis(ask, m_state.request))
            money = co_await m_purse.reserve();
        if (!money) {
            m_state.record.outcome = ledger::Outcome::Refused;
            co_await refuse(money.error(), std::nullopt);
            co_return;
        }
        const bool done = co_await attempt(provider, ask, body, *permit, tries >= most);
        m_purse.settle(*money);
        if (done)
            co_return;
    }
}

// False when another key should be tried.
Awaitable<bool> Relay::attempt(const Provider& provider, const RelayAsk& ask,
                               const protocol::SplicedBody& body, routing::Health::Permit& permit,
                               bool last) {
    ledger::RequestRecord& record = m_state.record;
    m_state.beginAttempt(m_state.own);
    m_state.tell(ExchangeEvent::Kind::Changed);
    http::Client& client = m_state.services.client;
    const std::size_t key = permit.key();
    const Secret* secret = key < provider.keys.size() ? provider.keys[key].get() : nullptr;
    const upstream::RequestLine line{m_state.request.head.method, ask.target, ask.contentType,
                                     "*/*"};
    std::string head = upstream::requestHead(provider, secret, line, body.size(), {},
                                             client.route(provider.origin));
    std::array<http::asio::const_buffer, protocol::SplicedBody::kMaxPieces + 1> buffers;
    std::size_t count = 0;
    buffers[count++] = http::asio::buffer(head);
    for (const std::string_view piece : body.pieces())
        buffers[count++] = http::asio::buffer(piece);
    const std::span request(buffers.data(), count);
    const UnixMs sentAt = m_state.services.clock.now();
    bool dispatched = false;
    auto sent =
        co_await client.send(provider.origin, request, m_state.responder.abort(), &dispatched);
    wipe(head.data(), head.size());
    AttemptFacts facts{.dispatched = dispatched, .gratis = isGratis(ask, m_state.request)};
    facts.sentAt = sentAt;
    facts.reportsCost = provider.dialect->reportsCost;
    m_state.settle(m_state.own, facts);
    bool done = true;
    if (!sent) {
        record.attempts.back().error = errorInfo(sent.error().code).slug;
        co_await refuse(sent.error(), std::nullopt);
    } else {
        http::Answer& answer = **sent;
        const int status = answer.head.status;
        record.attempts.back().headMs = m_state.elapsedMs();
        record.attempts.back().httpStatus = status;
        if (status < 200 || status > 299) {
            facts.refused = isRefusal(status);
            m_state.settle(m_state.own, facts);
            done = co_await unhappy(provider, answer, permit, last);
        } else {
            permit.alive(m_state.services.clock.steady());
            if (hasMediaType(answer.head.fields, "application/json"))
                co_await whole(ask, answer, facts);
            else
                co_await streamed(answer);
        }
    }
    record.attempts.back().endedMs = m_state.elapsedMs();
    co_return done;
}

// An answer that is none of success: the provider's words pass where the request was at fault.
Awaitable<bool> Relay::unhappy(const Provider& provider, http::Answer& answer,
                               routing::Health::Permit& permit, bool last) {
    const Result<std::string> body = co_await bodyOf(answer, kMaxErrorBody);
    if (!body && body.error().code == ErrorCode::Cancelled) {
        co_await refuse(body.error(), std::nullopt);
        co_return true;
    }
    if (asksForPayment(provider, answer.head)) {
        // It served nobody badly: it does not rest.
        const Error unpaid(ErrorCode::PaymentRefused,
                           "Nothing was paid. " + provider.id + " asks for payment for " +
                               m_state.record.endpoint +
                               ", which passes unread: its price is not known beforehand, so no "
                               "policy could judge "
                               "what is asked. Chats, answers of the Responses protocol and "
                               "embeddings are paid for; "
                               "ask another provider for this (x-gaterouter-provider), or " +
                               provider.id + " itself.");
        m_state.record.attempts.back().error = errorInfo(unpaid.code).slug;
        m_state.record.outcome = ledger::Outcome::Refused;
        co_await refuse(unpaid, std::nullopt);
        co_return true;
    }
    const std::string words = body ? log::redacted(*body) : std::string();
    const upstream::Verdict verdict = upstream::judge(
        provider.id, answer.head.status, answer.head.fields, words, m_state.services.clock.now());
    m_state.record.attempts.back().error = errorInfo(verdict.code).slug;
    if (verdict.next == upstream::Next::NextKey) {
        teach(permit, verdict, m_state.services.clock.steady());
        if (!last)
            co_return false;
    }
    if (errorInfo(verdict.code).fault != Fault::Client) {
        const Error error(verdict.code, verdict.message);
        co_await refuse(error, verdict.retryAfter);
        co_return true;
    }
    m_state.record.outcome = ledger::Outcome::Refused;
    m_state.record.status = answer.head.status;
    m_state.record.error = errorInfo(verdict.code).slug;
    http::HeaderLines lines = headersOf(answer);
    lines.add("x-gaterouter-error", errorInfo(verdict.code).slug);
    co_await m_state.responder.send(answer.head.status, lines, words);
    co_return true;
}

// JSON is read whole: it tells ids and usage, and lists tell more than this client's own.
Awaitable<void> Relay::whole(const RelayAsk& ask, http::Answer& answer, AttemptFacts facts) {
    Result<std::string> body = co_await bodyOf(answer, kMaxJson);
    if (!body) {
        co_await refuse(body.error(), std::nullopt);
        co_return;
    }
    ledger::RequestRecord& record = m_state.record;
    IdBook& ids = m_state.services.ids;
    if (ask.list) {
        body = ownPart(*body, m_client.id, ids);
    } else if (ask.endpoint == "files" || ask.endpoint == "batches") {
        for (const std::string& id : idsToldBy(*body))
            ids.add(id, {m_client.id, record.provider});
        co_await ids.written(m_state.services.io.get_executor());
    } else if (const auto object = json::scanObject(*body)) {
        // Pictures among the tokens may have rates of their own.
        facts.usage = usageOf(*object);
        facts.complete = true;
        facts.estimated = true;
        m_state.settle(m_state.own, facts);
    }
    record.outcome = ledger::Outcome::Answered;
    record.status = answer.head.status;
    http::HeaderLines lines = headersOf(answer);
    if (record.cost)
        lines.add("x-gaterouter-cost", record.cost->toDecimal());
    co_await m_state.responder.send(answer.head.status, lines, *body);
}

Awaitable<void> Relay::streamed(http::Answer& answer) {
    ledger::RequestRecord& record = m_state.record;
    record.status = answer.head.status;
    const http::HeaderLines lines = headersOf(answer);
    std::string held;
    const http::BodySink sink = [&held](std::string_view bytes) { held.append(bytes); };
    for (bool done = false; !done;) {
        const auto read = co_await answer.read(sink, m_state.responder.abort());
        if (!read && !m_state.responder.begun()) {
            co_await refuse(read.error(), std::nullopt);
            co_return;
        }
        if (!read || m_state.responder.clientGone()) {
            // Without its end the connection is cut: what is broken does not look whole.
            const ErrorCode code = read ? ErrorCode::Cancelled : read.error().code;
            record.outcome = ledger::Outcome::StreamBroken;
            record.error = errorInfo(ErrorCode::StreamBroken).slug;
            if (code == ErrorCode::Cancelled)
                m_state.interruption();
            record.attempts.back().error = record.error;
            co_return;
        }
        done = *read;
        if (!m_state.responder.begun() && done) {
            record.outcome = ledger::Outcome::Answered;
            co_await m_state.responder.send(answer.head.status, lines, held);
            co_return;
        }
        if (!m_state.responder.begun()) {
            record.firstTokenMs = m_state.elapsedMs();
            m_state.tell(ExchangeEvent::Kind::Changed, true);
            co_await m_state.responder.begin(answer.head.status, lines);
        }
        if (!held.empty()) {
            const std::array<std::string_view, 1> pieces{held};
            co_await m_state.responder.chunk(pieces);
            held.clear();
        }
    }
    record.outcome = ledger::Outcome::Answered;
    co_await m_state.responder.finish();
}

// The whole body. Errors: those of Answer::read, ProviderAnswerInvalid when it is too long; an
// error body is cut instead.
Awaitable<Result<std::string>> Relay::bodyOf(http::Answer& answer, std::size_t most) {
    std::string body;
    const http::BodySink sink = [&body](std::string_view bytes) { body.append(bytes); };
    for (;;) {
        const auto done = co_await answer.read(sink, m_state.responder.abort());
        if (!done)
            co_return fail(done.error());
        if (body.size() > most && answer.head.status >= 300) {
            body.resize(most);
            co_return body;
        }
        if (body.size() > most)
            co_return fail(ErrorCode::ProviderAnswerInvalid,
                           "The provider sent an answer larger than 256 MB.");
        if (*done)
            co_return body;
    }
}

Awaitable<void> Relay::refuse(const Error& error, std::optional<Milliseconds> retryAfter) {
    if (error.code != ErrorCode::Cancelled) {
        co_await m_out.refuse(error, retryAfter);
        co_return;
    }
    const Error why = m_state.interruption();
    co_await m_out.refuse(why, std::nullopt);
}

// Ours, and what says how to read the body.
http::HeaderLines Relay::headersOf(const http::Answer& answer) const {
    http::HeaderLines lines =
        m_out.headers(answer.head.fields.find("Content-Type").value_or(std::string_view()));
    if (const auto disposition = answer.head.fields.find("Content-Disposition"))
        lines.add("Content-Disposition", *disposition);
    return lines;
}

}  // namespace gr::gateway
