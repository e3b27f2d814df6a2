// SPDX-License-Identifier: MIT
#include "gateway/exchange.h"

#include <algorithm>

#include "base/ulid.h"
#include "gateway/cheaper.h"
#include "gateway/conversation.h"
#include "gateway/side_errand.h"
#include "protocol/adapters.h"
#include "protocol/token_count.h"

namespace gr::gateway {
namespace {

using http::Awaitable;
using protocol::Task;
using upstream::Next;
using upstream::Provider;

constexpr Milliseconds kLongestWait{10'000};  // for a Retry-After, with the client waiting
constexpr Milliseconds kFirstBackoff{100};
constexpr std::size_t kMaxAttempts = 16;
constexpr int kMostRounds = 4;  // at a limit that asks: others may take what was allowed

// Of a stream that waits for a person, before any provider is asked.
class HeldStream final : public KeepAliveSource {
  public:
    explicit HeldStream(const ExchangeState& state) : m_state(state) {}

    // A writer of Responses would begin an answer of its own; an array of Gemini's has not begun.
    void keepAlive(std::string& out) override {
        const protocol::Protocol protocol = m_state.ask.protocol;
        if (m_state.ask.sseArray) {
            out.append("\n");
            return;
        }
        if (protocol == protocol::Protocol::OpenAiChat ||
            protocol == protocol::Protocol::OpenAiResponses) {
            out.append(": keep-alive\n\n");
            return;
        }
        if (!m_writer)
            m_writer =
                protocol::adapter(protocol).makeWriter(m_state.answerContext(m_state.ask.model));
        m_writer->keepAlive(out);
    }

  private:
    const ExchangeState& m_state;
    std::unique_ptr<protocol::AnswerWriter> m_writer;
};

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

}  // namespace

Exchange::Exchange(Services& services, SnapshotPtr snapshot, const ClientEntry& client,
                   const EndpointMatch& match, const http::Request& request,
                   http::Responder responder)
    : m_snapshot(std::move(snapshot)),
      m_client(client),
      m_match(match),
      m_state(services, request, responder),
      m_out(m_state),
      m_purse(m_state, m_snapshot, m_client) {
    ledger::RequestRecord& record = m_state.record;
    record.startedAt = services.clock.now();
    record.id = newRequestId(record.startedAt);
    record.client = client.id;
    record.endpoint = endpointName(match);
    m_state.ask.protocol = match.protocol;
    record.outcome = ledger::Outcome::ProviderFailed;
}

Awaitable<void> Exchange::run() {
    m_state.services.metrics.requestBegan();
    co_await work();
    if (m_out.fillsSilence())
        co_await m_out.settle();
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
    m_state.tell(ExchangeEvent::Kind::Started);
    if (m_match.protocol == protocol::Protocol::OpenAiResponses) {
        const Result<void> recalled = co_await recallConversation(m_state);
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

    const settings::Routing& rules = m_snapshot->policy->routing;
    const routing::RouteAsk question{m_state.ask.model, &m_state.ask.fallbacks, &m_client.models,
                                     rules.fallback, m_client.id};
    auto decision =
        routing::route(question, m_snapshot->offers, m_snapshot->aliases, rules.defaultModel);
    if (!decision) {
        co_await refuse(decision.error());
        co_return;
    }
    // What one model reads as so many tokens is another number for the next.
    if (m_state.ask.task == Task::Count)
        decision->candidates.resize(1);
    co_await tryInOrder(std::move(decision->candidates));
}

Awaitable<void> Exchange::tryInOrder(std::vector<routing::Candidate> candidates) {
    restingLast(candidates);
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
    if (!m_leftover.body.empty() && !m_out.opened()) {
        co_await m_out.whole(m_leftover.status, m_leftover.body,
                             errorInfo(m_leftover.error->code).slug);
        co_return;
    }
    const Error error =
        m_leftover.error.value_or(Error(ErrorCode::ProviderFailed, "No provider answered."));
    if (errorInfo(error.code).fault == Fault::Client)  // no candidate can do what was asked
        m_state.record.outcome = ledger::Outcome::Refused;
    co_await m_out.refuse(error, m_leftover.retryAfter);
}

// True when the client has its answer or is gone.
Awaitable<bool> Exchange::tryEach(const std::vector<routing::Candidate>& candidates) {
    for (std::size_t i = 0; i < candidates.size(); ++i) {
        const bool done = co_await tryCandidate(candidates[i], i + 1 == candidates.size());
        if (done)
            co_return true;
    }
    co_return false;
}

// A limit had no room, and its owner said what to do then.
Awaitable<bool> Exchange::goOnAtLimit() {
    const AtLimit stop = *std::exchange(m_atLimit, std::nullopt);
    std::vector<routing::Candidate> next{stop.candidate};
    if (stop.refusal.limit.atLimit == ledger::AtLimit::Ask) {
        const bool allowed = co_await waitForPerson(stop.refusal);
        if (!allowed)
            co_return m_state.responder.abort().fired();
    } else if (m_state.ask.task == Task::Generate && !std::exchange(m_wentCheaper, true)) {
        next = cheaperThan(*m_snapshot, m_purse.tooDear(stop.candidate), m_client.models,
                           m_state.services.clock.now());
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
    m_state.estimate = *tokens;
    m_state.record.provider.clear();
    m_state.record.model.clear();
    m_state.record.outcome = ledger::Outcome::Answered;
    const std::string answer = protocol::countAnswer(m_state.ask.protocol, *tokens);
    co_await m_out.whole(200, answer, {});
}

// Gemini does not say how many tokens it embedded.
Awaitable<void> Exchange::estimateEmbedding(const std::string& model) {
    const auto ask = protocol::readEmbeddings(m_state.request.body);
    if (!ask)
        co_return;  // the errand says so too
    const Result<std::int64_t> tokens = co_await m_state.services.tokens.count(
        ask->inputs, model, m_state.services.io.get_executor(), m_state.responder.abort());
    // Too many counts are under way: four bytes a token are near enough.
    const auto bytes = static_cast<std::int64_t>(m_state.request.body.size());
    m_state.estimate = tokens ? *tokens : bytes / 4;
}

// Providers that rest come last; among equals the order of the decision stays.
void Exchange::restingLast(std::vector<routing::Candidate>& candidates) const {
    if (candidates.size() < 2)
        return;
    const SteadyTime now = m_state.services.clock.steady();
    std::stable_partition(candidates.begin(), candidates.end(), [&](const auto& candidate) {
        const Provider& provider = m_snapshot->providers[candidate.offer];
        return !m_state.services.health.resting(provider.id, provider.keys.size(), now);
    });
}

// True when the client has its answer or is gone.
Awaitable<bool> Exchange::tryCandidate(const routing::Candidate& candidate, bool last) {
    const Provider& provider = m_snapshot->providers[candidate.offer];
    m_state.estimate.reset();
    m_state.quote = m_snapshot->quoteFor(candidate.offer, candidate.model);
    if (countsEmbeddingsHere(m_state.ask, provider))
        co_await estimateEmbedding(candidate.model);
    if (const auto ready = m_purse.prepare(provider, candidate.model); !ready) {
        leave(ready.error());
        co_return false;
    }
    const auto write = m_state.ask.task == Task::Generate ? &Errand::write : &SideErrand::write;
    m_state.chatOnly = false;
    auto errand = write(m_state, m_snapshot->dialects, provider, candidate.model);
    if (!errand) {
        leave(errand.error());  // another candidate may be able to
        co_return false;
    }
    m_purse.addInput((*errand)->restoredBytes());
    m_state.reason = candidate.reason;
    m_state.record.provider = provider.id;
    m_state.record.model = candidate.model;
    m_state.record.simulated = provider.simulated;
    bool done = co_await tryKeys(provider, **errand, last);
    const bool unknownThere =
        !done && m_leftover.error && m_leftover.error->code == ErrorCode::ProviderModelUnknown;
    if (unknownThere && (*errand)->chatIsLeft()) {
        m_state.chatOnly = true;
        errand = write(m_state, m_snapshot->dialects, provider, candidate.model);
        if (errand)
            done = co_await tryKeys(provider, **errand, last);
    }
    if (const auto& no = m_purse.refusal(); no && no->why != ledger::Refusal::Why::Unreachable &&
                                            no->limit.atLimit != ledger::AtLimit::Refuse &&
                                            !m_atLimit)
        m_atLimit = {candidate, *no};
    co_return done;
}

// One attempt after the other, with the keys that may serve, until one answers or none is left.
Awaitable<bool> Exchange::tryKeys(const Provider& provider, const Errand& errand, bool last) {
    routing::Health& health = m_state.services.health;
    unsigned retries = m_snapshot->policy->routing.retries;
    Milliseconds backoff = kFirstBackoff;
    while (m_state.record.attempts.size() < kMaxAttempts) {
        const SteadyTime now = m_state.services.clock.steady();
        SteadyTime wait;
        const auto key = health.pickKey(provider.id, provider.keys.size(), now, wait);
        Milliseconds delay{0};
        if (!key) {
            delay = std::chrono::ceil<Milliseconds>(wait - now);
            if (!m_leftover.error || !m_leftover.retryAfter) {
                m_leftover.error.emplace(ErrorCode::ProviderRateLimited,
                                         provider.id + " asked to wait; all its keys rest.");
                m_leftover.retryAfter = delay;
            }
            if (!last || retries == 0 || delay > kLongestWait)
                co_return false;
        } else {
            auto money = co_await m_purse.reserve();
            if (!money) {
                const bool less = co_await m_purse.countExactly(provider, errand, *key);
                if (less)
                    money = co_await m_purse.reserve();
            }
            if (!money &&
                (money.error().code == ErrorCode::Cancelled || m_state.responder.abort().fired()))
                co_return true;
            if (!money) {
                leave(money.error());
                co_return false;  // another candidate may be cheaper
            }
            Attempt attempt(m_state, m_out, provider, errand, *key);
            AttemptResult result = co_await attempt.run();
            m_purse.settle(*money);
            if (result.answered)
                co_return true;
            if (errand.dispensable())
                co_return false;  // no endpoint for counts says nothing about the provider
            const upstream::Verdict verdict = result.verdict;
            remember(provider, *key, std::move(result));
            if (verdict.next == Next::NextKey)
                continue;  // pickKey gives another one, or the time to wait
            if (verdict.next == Next::NextCandidate || retries == 0)
                co_return false;
            delay = std::max(backoff, verdict.retryAfter.value_or(Milliseconds(0)));
            if (delay > kLongestWait)
                co_return false;
            backoff *= 2;
        }
        --retries;
        const bool stillThere = co_await pause(delay);
        if (!stillThere)
            co_return true;
    }
    co_return false;
}

// Nothing was sent: what an earlier provider said does not go with this error.
void Exchange::leave(const Error& error) {
    m_leftover = {};
    m_leftover.error = error;
}

void Exchange::remember(const Provider& provider, std::size_t key, AttemptResult result) {
    const upstream::Verdict& verdict = result.verdict;
    m_leftover.error.emplace(verdict.code, verdict.message);
    // The words of an earlier provider do not go with this error.
    m_leftover.body = std::move(result.rejection);
    m_leftover.status = result.rejectedStatus;
    m_leftover.retryAfter = verdict.retryAfter;
    if (verdict.code == ErrorCode::ProviderRateLimited && !m_leftover.retryAfter)
        m_leftover.retryAfter = verdict.keyPause;
    const SteadyTime now = m_state.services.clock.steady();
    routing::Health& health = m_state.services.health;
    if (verdict.next == Next::NextKey) {
        health.keyFailed(provider.id, key, verdict.keyPause,
                         verdict.code == ErrorCode::ProviderRefusedKey, now, verdict.message);
    } else if (verdict.code != ErrorCode::ProviderModelUnknown) {
        health.providerFailed(provider.id, now, verdict.message);
    }
}

// False when the client left in the meantime.
Awaitable<bool> Exchange::pause(Milliseconds delay) {
    using Timer =
        http::asio::basic_waitable_timer<std::chrono::steady_clock,
                                         http::asio::wait_traits<std::chrono::steady_clock>,
                                         http::Executor>;
    http::AbortSlot& abort = m_state.responder.abort();
    Timer timer(m_state.services.io.get_executor());
    timer.expires_after(delay);
    const http::AbortScope scope(
        abort, [](void* t) { static_cast<Timer*>(t)->cancel(); }, &timer);
    http::error_code error;
    if (!abort.fired())
        co_await timer.async_wait(http::asio::redirect_error(http::kAwait, error));
    co_return !abort.fired();
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
