// SPDX-License-Identifier: MIT
// How an exchange goes from one candidate to the next.
#include <boost/asio/basic_waitable_timer.hpp>

#include "gateway/exchange.h"
#include "gateway/side_errand.h"
#include "routing/patience.h"

namespace gr::gateway {
namespace {

using http::Awaitable;
using routing::Health;
using routing::Tries;
using upstream::Next;
using upstream::Provider;

}  // namespace

Tries Exchange::triesOf(const std::vector<routing::Candidate>& candidates) const {
    std::vector<Tries::Candidate> all;
    for (const routing::Candidate& candidate : candidates) {
        const Provider& provider = m_snapshot->providers[candidate.offer];
        all.push_back({provider.id, candidate.model, provider.keys.size()});
    }
    return {m_state.services.health, std::move(all), m_snapshot->policy->routing.retries};
}

// True when the client has its answer or is gone.
Awaitable<bool> Exchange::tryEach(const std::vector<routing::Candidate>& candidates) {
    Tries tries = triesOf(candidates);
    std::unique_ptr<Errand> errand;
    const routing::Candidate* taken = nullptr;
    for (;;) {
        auto step = tries.next(m_state.services.clock.steady());
        if (const auto* end = std::get_if<Tries::End>(&step)) {
            nobodyFree(*end);
            co_return false;
        }
        if (const auto* wait = std::get_if<Tries::Pause>(&step)) {
            const bool stillThere = co_await pause(wait->time);
            if (!stillThere)
                co_return true;
            continue;
        }
        auto& next = std::get<Tries::Call>(step);
        const routing::Candidate& candidate = candidates[next.candidate];
        if (taken != &candidate) {
            errand = co_await takeUp(candidate);
            taken = errand ? &candidate : nullptr;
        }
        if (!errand) {
            tries.skip();
            continue;
        }
        const bool done = co_await call(candidate, *errand, next, tries);
        if (done)
            co_return true;
        const bool unknownThere =
            m_leftover.error && m_leftover.error->code == ErrorCode::ProviderModelUnknown;
        if (unknownThere && errand->chatIsLeft() && !m_state.chatOnly) {
            m_state.chatOnly = true;
            auto chat = write(candidate);
            if (chat)
                errand = std::move(*chat);
            else
                tries.skip();
        }
    }
}

Result<std::unique_ptr<Errand>> Exchange::write(const routing::Candidate& candidate) {
    const auto writer =
        m_state.ask.task == protocol::Task::Generate ? &Errand::write : &SideErrand::write;
    return writer(m_state, m_snapshot->dialects, m_snapshot->providers[candidate.offer],
                  candidate.model);
}

// What this candidate is sent; null where it cannot be asked: another may be able to.
Awaitable<std::unique_ptr<Errand>> Exchange::takeUp(const routing::Candidate& candidate) {
    const Provider& provider = m_snapshot->providers[candidate.offer];
    m_state.estimate.reset();
    m_state.quote = m_snapshot->quoteFor(candidate.offer, candidate.model);
    if (countsEmbeddingsHere(m_state.ask, provider))
        co_await estimateEmbedding(candidate.model);
    if (const auto ready = m_purse.prepare(provider, candidate.model); !ready) {
        leave(ready.error());
        co_return nullptr;
    }
    m_state.chatOnly = false;
    auto errand = write(candidate);
    if (!errand) {
        leave(errand.error());
        co_return nullptr;
    }
    m_purse.addInput((*errand)->restoredBytes());
    m_state.reason = candidate.reason;
    m_state.record.provider = provider.id;
    m_state.record.model = candidate.model;
    m_state.record.simulated = provider.simulated;
    co_return std::move(*errand);
}

// One attempt, with its money. True when the client has its answer or is gone.
Awaitable<bool> Exchange::call(const routing::Candidate& candidate, const Errand& errand,
                               Tries::Call& call, Tries& tries) {
    const Provider& provider = m_snapshot->providers[candidate.offer];
    auto money = co_await m_purse.reserve();
    if (!money) {
        const bool less = co_await m_purse.countExactly(provider, errand, call.permit.key());
        if (less)
            money = co_await m_purse.reserve();
    }
    if (!money && (money.error().code == ErrorCode::Cancelled || m_state.responder.abort().fired()))
        co_return true;
    if (!money) {
        leave(money.error());
        noteLimit(candidate);
        tries.skip();  // another candidate may be cheaper
        co_return false;
    }
    Attempt attempt(m_state, m_out, provider, errand, call.permit, patience(candidate, call));
    AttemptResult result = co_await attempt.run();
    m_purse.settle(*money);
    noteSession(result.answered);
    if (result.answered)
        co_return true;
    if (errand.dispensable()) {
        tries.skip();
        co_return false;
    }
    const upstream::Verdict verdict = result.verdict;
    remember(std::move(result));
    const bool chatIsLeft = verdict.code == ErrorCode::ProviderModelUnknown && errand.chatIsLeft();
    if (verdict.next == Next::SameAgain)
        tries.passing(verdict.retryAfter, m_state.services.clock.steady());
    else if (verdict.next != Next::NextKey && !chatIsLeft)
        tries.skip();
    co_return false;
}

// How long the first token is waited for; as long as it takes where nobody else could give it.
std::optional<Milliseconds> Exchange::patience(const routing::Candidate& candidate,
                                               const Tries::Call& call) const {
    if (!call.othersLeft)
        return std::nullopt;
    const Provider& provider = m_snapshot->providers[candidate.offer];
    const SteadyTime now = m_state.services.clock.steady();
    return routing::patienceFor({m_state.ask.stream, m_state.quote.reasons, m_state.quote.free,
                                 m_state.services.health.speed(provider.id, candidate.model, now)});
}

void Exchange::noteLimit(const routing::Candidate& candidate) {
    const auto& no = m_purse.refusal();
    if (no && no->why != ledger::Refusal::Why::Unreachable &&
        no->limit.atLimit != ledger::AtLimit::Refuse && !m_atLimit)
        m_atLimit = {candidate, *no};
}

// Nothing was sent: what an earlier provider said does not go with this error.
void Exchange::leave(const Error& error) {
    m_leftover = {};
    m_leftover.error = error;
}

// Whoever is left rests for longer than a client is kept waiting.
void Exchange::nobodyFree(const Tries::End& end) {
    if (!end.rest || (m_leftover.error && m_leftover.retryAfter))
        return;
    const Health::Rest& rest = *end.rest;
    if (rest.why == Health::Rest::Why::Keys) {
        leave(
            {ErrorCode::ProviderRateLimited, rest.provider + " asked to wait; all its keys rest."});
    } else if (!m_leftover.error) {
        leave({ErrorCode::ProviderOverloaded, rest.provider +
                                                  " failed several times in a row and rests; "
                                                  "try again in a moment. It last said: " +
                                                  rest.lastError});
    }
    m_leftover.retryAfter =
        std::chrono::ceil<Milliseconds>(rest.until - m_state.services.clock.steady());
}

void Exchange::remember(AttemptResult result) {
    const upstream::Verdict& verdict = result.verdict;
    m_leftover.error.emplace(verdict.code, verdict.message);
    // The words of an earlier provider do not go with this error.
    m_leftover.body = std::move(result.rejection);
    m_leftover.status = result.rejectedStatus;
    m_leftover.retryAfter = verdict.retryAfter;
    if (verdict.code == ErrorCode::ProviderRateLimited && !m_leftover.retryAfter)
        m_leftover.retryAfter = verdict.keyPause;
}

// A client that leaves says nothing of who was asked.
void Exchange::noteSession(bool answered) {
    if (m_state.session.empty())
        return;
    const SteadyTime now = m_state.services.clock.steady();
    if (m_state.record.outcome == ledger::Outcome::Answered)
        m_state.services.sessions.answered(m_state.session, m_state.record, now);
    else if (!answered || m_state.record.outcome == ledger::Outcome::StreamBroken)
        m_state.services.sessions.failed(m_state.session, now);
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

}  // namespace gr::gateway
