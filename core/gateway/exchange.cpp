// SPDX-License-Identifier: MIT
#include "gateway/exchange.h"

#include <random>

#include "base/ulid.h"
#include "gateway/auto_choice.h"
#include "gateway/cheaper.h"
#include "gateway/conversation.h"
#include "gateway/held_stream.h"
#include "gateway/routing_notes.h"
#include "gateway/rule_desk.h"
#include "protocol/embeddings.h"
#include "protocol/responses_memory.h"
#include "protocol/token_count.h"

namespace gr::gateway {
namespace {

using http::Awaitable;
using protocol::Task;

constexpr int kMostRounds = 4;  // at a limit that asks: others may take what was allowed

std::string_view endpointName(const EndpointMatch& match) {
    switch (match.path.task) {
        case protocol::Task::Generate:
            break;
        case protocol::Task::Count:
            return "count_tokens";
        case protocol::Task::Embed:
            return "embeddings";
        case protocol::Task::Complete:
            return "completions";
    }
    switch (match.protocol) {
        case protocol::Protocol::OpenAiChat:
            return "chat.completions";
        case protocol::Protocol::OpenAiResponses:
            return "responses";
        case protocol::Protocol::Anthropic:
            return "messages";
        case protocol::Protocol::Gemini:
            return "generateContent";
    }
    return {};
}

// As it stands in a path (RFC 3986, 3.3), slashes too.
void appendInPath(std::string_view text, std::string& out) {
    constexpr std::string_view kDigits = "0123456789ABCDEF";
    constexpr std::string_view kPlain = "-._~/";
    for (const char c : text) {
        const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                           (c >= '0' && c <= '9') || kPlain.find(c) != std::string_view::npos;
        const auto byte = static_cast<unsigned char>(c);
        if (plain)
            out.push_back(c);
        else
            out.append({'%', kDigits[byte >> 4], kDigits[byte & 15]});
    }
}

// Gemini's names the model and how it is asked.
std::string geminiPathOf(const protocol::PathAsk& ask) {
    std::string path = "/v1beta/models/";
    appendInPath(ask.model, path);
    path.append(ask.task == protocol::Task::Embed ? ":" + std::string(ask.method)
                : ask.stream                      ? ":streamGenerateContent"
                                                  : ":generateContent");
    if (ask.sse)
        path.append("?alt=sse");
    return path;
}

// As payers are told it.
std::string pathOf(const EndpointMatch& match) {
    if (match.protocol == protocol::Protocol::Gemini)
        return geminiPathOf(match.path);
    switch (match.path.task) {
        case protocol::Task::Generate:
        case protocol::Task::Count:
            break;
        case protocol::Task::Embed:
            return "/v1/embeddings";
        case protocol::Task::Complete:
            return "/v1/completions";
    }
    switch (match.protocol) {
        case protocol::Protocol::OpenAiChat:
        case protocol::Protocol::Gemini:
            break;
        case protocol::Protocol::OpenAiResponses:
            return "/v1/responses";
        case protocol::Protocol::Anthropic:
            return "/v1/messages";
    }
    return "/v1/chat/completions";
}

}  // namespace

Exchange::Exchange(Services& services, SnapshotPtr snapshot, const ClientEntry& client,
                   const EndpointMatch& match, const http::Request& request,
                   http::Responder responder)
    : m_snapshot(std::move(snapshot)),
      m_client(client),
      m_match(match),
      m_state(services, request, responder),
      m_out(m_state),
      m_purse(m_state, m_state.own, m_expenses, m_snapshot, m_client),
      m_reuse(m_state, m_out) {
    ledger::RequestRecord& record = m_state.record;
    record.startedAt = services.clock.now();
    record.id = newRequestId(record.startedAt);
    record.client = client.id;
    record.endpoint = endpointName(match);
    m_state.ask.protocol = match.protocol;
    record.outcome = ledger::Outcome::ProviderFailed;
    m_state.forSale = &client == &m_snapshot->policy->payer;
    if (m_state.forSale)
        m_checkout =
            std::make_unique<Checkout>(m_state, m_out, m_expenses, m_snapshot, pathOf(match));
}

Awaitable<void> Exchange::run() {
    m_state.services.metrics.requestBegan();
    co_await work();
    if (m_out.fillsSilence())
        co_await m_out.settle();
    m_reuse.end();
    if (m_checkout && !m_checkout->paid()) {
        m_state.bookUnpaid();
        co_return;
    }
    if (m_checkout)
        m_checkout->end();
    if (m_request)
        noteRouting(m_state, *m_snapshot, *m_request);
    m_state.book();
}

Awaitable<void> Exchange::work() {
    auto ask = protocol::readAsk(m_match.protocol, m_state.request.body, m_match.path);
    if (!ask) {
        co_await refuse(ask.error());
        co_return;
    }
    m_state.ask = std::move(*ask);
    m_state.record.askedModel = m_state.ask.model;
    m_state.record.streamed = m_state.ask.stream;
    if (!m_checkout)
        m_state.tell(ExchangeEvent::Kind::Started);
    const Result<void> wishes =
        protocol::readWishes(m_state.request.head.fields, m_state.ask.wishes);
    if (!wishes) {
        co_await refuse(wishes.error());
        co_return;
    }
    if (m_match.protocol == protocol::Protocol::OpenAiResponses) {
        const Result<void> recalled = co_await recall();
        if (!recalled) {
            co_await refuse(recalled.error());
            co_return;
        }
    }
    if (const std::string id = m_state.services.ids.ofAnother(m_state.request.body, m_client.id);
        !id.empty()) {
        Error error(ErrorCode::RecordNotFound,
                    "This key has made nothing with the id \"" + id + "\".");
        error.field = "file_id";
        co_await refuse(error);
        co_return;
    }

    auto candidates = decide();
    if (m_checkout && !candidates && candidates.error().code == ErrorCode::ModelForbidden) {
        const Error unsold(ErrorCode::ModelForbidden, "This model is not for sale here.");
        co_await refuse(unsold);
        co_return;
    }
    if (!candidates) {
        co_await refuse(candidates.error());
        co_return;
    }
    if (candidates->empty()) {  // rules let nobody count it
        co_await countHere(m_state.ask.model);
        co_return;
    }
    if (m_checkout) {
        const bool paid = co_await sell(*candidates);
        if (!paid)
            co_return;
    }
    // An equal request may have been answered with another effort than a rule wants now.
    if (!m_state.effort && !m_checkout) {
        const bool served = co_await m_reuse.serve(*candidates, *m_snapshot);
        if (served)
            co_return;
    }
    if (m_request)
        noteArrival(m_state, *m_snapshot, *m_request);
    co_await tryInOrder(std::move(*candidates));
}

// Nothing is kept for somebody without a key: whoever came next would be somebody else.
Awaitable<Result<void>> Exchange::recall() {
    if (!m_checkout) {
        auto recalled = co_await recallConversation(m_state);
        co_return recalled;
    }
    const auto memory = protocol::readMemoryAsk(m_state.ask);
    if (!memory)
        co_return fail(memory.error());
    if (memory->previous != nullptr)
        co_return failField(ErrorCode::PreviousResponseNotFound, "previous_response_id",
                            "Nothing is kept between requests that are paid one by one. Send the "
                            "whole conversation in \"input\".");
    co_return Result<void>();
}

// Who may answer, in the order of trying. A named model pays nothing for what only `auto` asks.
Result<std::vector<routing::Candidate>> Exchange::decide() {
    const settings::Routing& rules = m_snapshot->policy->routing;
    const protocol::Ask& ask = m_state.ask;
    if (auto ok = heedRules(); !ok)
        return fail(ok.error());
    routing::RouteAsk question{routedModel(m_rules, ask.model), &ask.fallbacks, &m_client.models,
                               rules.fallback, m_client.id};
    question.rules = &m_rules;
    const routing::AutoSource autos = [this](std::string_view name) { return chooseAuto(name); };
    question.autos = &autos;
    auto decision =
        routing::route(question, m_snapshot->offers, m_snapshot->aliases, rules.defaultModel);
    const bool counted = ask.task == Task::Count && m_rules.any();
    if (!decision && counted && decision.error().code == ErrorCode::NoCandidate)
        return std::vector<routing::Candidate>();
    if (!decision)
        return fail(decision.error());
    // What one model reads as so many tokens is another number for the next.
    if (ask.task == Task::Count)
        decision->candidates.resize(1);
    if (ask.task == Task::Generate && (m_request || decision->candidates.size() > 1)) {
        m_snapshot->leaveOutUnable(*decision, facts());
        if (!m_checkout)  // they are many under one name
            m_state.session = facts().session;
    } else if (ask.task == Task::Generate && !m_checkout) {
        m_state.session = m_state.services.sessions.named(ask, m_client.id);
    }
    return std::move(decision->candidates);
}

// Read once, and only where somebody asks.
routing::RequestFacts& Exchange::facts() {
    if (!m_request) {
        m_request = m_state.services.sessions.factsOf(m_state.ask, m_state.body(), m_client.id,
                                                      m_state.services.clock.steady());
        m_request->stateOf = m_state.services.ids.keeperOf(m_request->stateId, m_client.id);
    }
    return *m_request;
}

// What is tried for the sake of learning hangs on the request's id, half of which is chance; never
// where a limit had no room.
std::function<double()> Exchange::chance() const {
    if (m_snapshot->policy->routing.explore <= 0 || m_wentCheaper ||
        m_state.ask.task != Task::Generate)
        return {};
    const std::size_t seed = std::hash<std::string>{}(m_state.record.id);
    return [random = std::mt19937_64(seed)]() mutable {
        return std::uniform_real_distribution<double>(0, 1)(random);
    };
}

std::optional<routing::AutoPicks> Exchange::chooseAuto(std::string_view name) {
    const Services& services = m_state.services;
    const auto learnt = learntBy(services, *m_snapshot);
    AutoChoice choice(
        *m_snapshot, &m_client, m_state.ask, facts(),
        {&services.health, &services.sessions.memory(), &services.budget, services.clock.now(),
         services.clock.steady(), &m_rules, learnt.get(), chance()});
    return choice.picks(name);
}

// What the user's rules want of this request.
Result<void> Exchange::heedRules() {
    if (m_snapshot->policy->routing.rules.empty())
        return {};
    routing::RequestFacts few;
    few.client = m_client.id;
    few.model = m_state.ask.model;
    const RuledRequest request{m_state.request.head.fields, m_state.body(), true,
                               m_state.services.clock.now()};
    m_rules = askRules(*m_snapshot, request, m_snapshot->neededFacts.body ? facts() : few);
    if (auto ok = checkRefusal(m_rules); !ok)
        return ok;
    tightenMaximum(m_rules, m_state.ask.wishes);
    if (m_rules.effort)
        m_state.effort = m_rules.effort->second;
    return {};
}

Awaitable<void> Exchange::tryInOrder(std::vector<routing::Candidate> candidates) {
    bool done = co_await tryEach(candidates);
    for (int round = 0; !done && m_atLimit && round < kMostRounds; ++round)
        done = co_await goOnAtLimit();
    if (done && !m_out.given()) {
        const Error why = m_state.interruption();
        co_await m_out.refuse(why, std::nullopt);
    }
    if (done)
        co_return;
    if (m_state.ask.task == Task::Count) {
        co_await countHere(candidates.front().model);
        co_return;
    }
    if (!m_leftover.body.empty() && !m_out.opened() && !m_checkout) {
        co_await m_out.whole(m_leftover.status, m_leftover.body,
                             errorInfo(m_leftover.error->code).slug);
        co_return;
    }
    const Error error =
        m_leftover.error.value_or(Error(ErrorCode::ProviderFailed, "No provider answered."));
    if (errorInfo(error.code).fault == Fault::Client)  // no candidate can do what was asked
        m_state.record.outcome = ledger::Outcome::Refused;
    const Error told = m_checkout ? m_checkout->failure(error) : error;
    co_await m_out.refuse(told, m_leftover.retryAfter);
}

// A limit had no room, and its owner said what to do then.
Awaitable<bool> Exchange::goOnAtLimit() {
    const AtLimit stop = *std::exchange(m_atLimit, std::nullopt);
    std::vector<routing::Candidate> next{stop.candidate};
    if (m_checkout)
        co_return false;  // payers never ask the owner, and get what they were quoted
    if (stop.refusal.limit.atLimit == ledger::AtLimit::Ask) {
        const bool allowed = co_await waitForPerson(stop.refusal);
        if (!allowed)
            co_return m_state.responder.abort().fired();
    } else if (m_state.ask.task == Task::Generate && !std::exchange(m_wentCheaper, true)) {
        const routing::AutoSource autos = [this](std::string_view name) {
            return chooseAuto(name);
        };
        next = cheaperThan(*m_snapshot, m_purse.tooDear(stop.candidate), m_client.models,
                           m_state.services.clock.now(), m_rules, autos);
    } else {
        co_return false;
    }
    const bool done = co_await tryEach(next);
    co_return done;
}

Awaitable<bool> Exchange::waitForPerson(const ledger::Refusal& refusal) {
    HeldStream held(m_state);
    const SilenceScope scope(m_out, m_state.ask.stream ? &held : nullptr);
    const Result<void> allowed = co_await m_purse.askPerson(refusal);
    if (!allowed)
        leave(allowed.error());
    co_return allowed.has_value();
}

// No provider counted the tokens: the gateway does, as well as it can.
Awaitable<void> Exchange::countHere(const std::string& model) {
    const auto chat = protocol::readCount(m_state.ask.protocol, m_state.body());
    if (!chat) {
        co_await refuse(chat.error());
        co_return;
    }
    const Result<std::int64_t> tokens = co_await m_state.services.tokens.count(
        *chat, model, m_state.services.io.get_executor(), m_state.responder.abort());
    if (!tokens) {
        const bool left = tokens.error().code == ErrorCode::Cancelled;
        const Error why = left ? m_state.interruption() : tokens.error();
        co_await m_out.refuse(why, std::nullopt);
        co_return;
    }
    m_state.lane->estimate = *tokens;
    m_state.record.provider.clear();
    m_state.record.model.clear();
    m_state.record.outcome = ledger::Outcome::Answered;
    const std::string answer = protocol::countAnswer(m_state.ask.protocol, *tokens);
    co_await m_out.whole(200, answer, {});
}

// Gemini does not say how many tokens it embedded.
Awaitable<void> Exchange::estimateEmbedding(Lane& lane) {
    const auto ask = protocol::readEmbeddings(m_state.request.body);
    if (!ask)
        co_return;  // the errand says so too
    const Result<std::int64_t> tokens = co_await m_state.services.tokens.count(
        ask->inputs, lane.model, m_state.services.io.get_executor(), *lane.abort);
    // Too many counts are under way: four bytes a token are near enough.
    const auto bytes = static_cast<std::int64_t>(m_state.request.body.size());
    lane.estimate = tokens ? *tokens : bytes / 4;
}

// The request cannot be served as it is.
Awaitable<void> Exchange::refuse(const Error& error) {
    const bool interrupted = error.code == ErrorCode::Cancelled;
    const Error why = interrupted ? m_state.interruption() : error;
    if (!interrupted)
        m_state.record.outcome = ledger::Outcome::Refused;
    co_await m_out.refuse(why, std::nullopt);
}

}  // namespace gr::gateway
