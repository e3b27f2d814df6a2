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
    Trial trial{candidates, triesOf(candidates)};
    Tries& tries = trial.tries;
    std::unique_ptr<Errand> errand;
    const routing::Candidate* taken = nullptr;
    for (;;) {
        auto step = tries.next(m_state.services.clock.steady());
        if (const auto* end = std::get_if<Tries::End>(&step)) {
            nobodyFree(*end);
            co_return false;
        }
        if (const auto* wait = std::get_if<Tries::Pause>(&step)) {
            const bool stillThere = co_await pause(wait->time, *m_state.own.abort);
            if (!stillThere)
                co_return true;
            continue;
        }
        auto& next = std::get<Tries::Call>(step);
        const routing::Candidate& candidate = candidates[next.candidate];
        if (taken != &candidate) {
            auto written = co_await takeUp(m_state.own, m_purse, candidate);
            taken = written ? &candidate : nullptr;
            errand = written ? std::move(*written) : nullptr;
            if (errand)
                m_state.show(m_state.own);
            else
                leave(written.error());
        }
        if (!errand) {
            tries.skip();
            continue;
        }
        const bool done = co_await call(*errand, next, trial);
        if (done)
            co_return true;
        const bool unknownThere =
            m_leftover.error && m_leftover.error->code == ErrorCode::ProviderModelUnknown;
        if (unknownThere && errand->chatIsLeft() && !m_state.own.chatOnly) {
            m_state.own.chatOnly = true;
            auto chat = write(m_state.own);
            if (chat)
                errand = std::move(*chat);
            else
                tries.skip();
        }
    }
}

Result<std::unique_ptr<Errand>> Exchange::write(Lane& lane) {
    const auto writer =
        m_state.ask.task == protocol::Task::Generate ? &Errand::write : &SideErrand::write;
    return writer(m_state, lane, m_snapshot->dialects);
}

// What this candidate is sent. Errors: it cannot be asked; another may be able to.
Awaitable<Result<std::unique_ptr<Errand>>> Exchange::takeUp(Lane& lane, Purse& purse,
                                                            const routing::Candidate& candidate,
                                                            std::optional<Money> ceiling) {
    lane.provider = &m_snapshot->providers[candidate.offer];
    lane.model = candidate.model;
    lane.reason = candidate.reason;
    lane.estimate.reset();
    lane.chatOnly = false;
    lane.quote = m_snapshot->quoteFor(candidate.offer, candidate.model);
    if (countsEmbeddingsHere(m_state.ask, *lane.provider))
        co_await estimateEmbedding(lane);
    if (const auto ready = purse.prepare(ceiling); !ready)
        co_return fail(ready.error());
    auto errand = write(lane);
    if (errand)
        purse.addInput((*errand)->restoredBytes());
    co_return errand;
}

// One attempt, with its money. True when the client has its answer or is gone.
Awaitable<bool> Exchange::call(const Errand& errand, Tries::Call& call, Trial& trial) {
    const bool buys = m_state.own.provider->paysX402 && !errand.dispensable();
    if (buys && !m_checkout) {
        const bool served = co_await m_reuse.servePurchase(*m_state.own.provider);
        if (served)
            co_return true;
    }
    auto money = co_await m_purse.reserve();
    if (!money) {
        const bool less = co_await m_purse.countExactly(errand, call.permit.key());
        if (less)
            money = co_await m_purse.reserve();
    }
    if (!money && (money.error().code == ErrorCode::Cancelled || m_state.responder.abort().fired()))
        co_return true;
    if (!money) {
        leave(money.error());
        noteLimit(trial.candidates[call.candidate]);
        trial.tries.skip();  // another candidate may be cheaper
        co_return false;
    }
    if (buys) {
        const auto open = co_await takeOpenPayment(errand);
        if (!open) {
            m_purse.giveBack(*money);
            leave(open.error());
            trial.tries.skip();
            co_return m_state.responder.abort().fired();
        }
    }
    AttemptResult result;
    if (m_state.own.payment) {
        result = co_await callPaid(errand, call);
    } else if (const auto delay = hedgeDelay(call)) {
        result = co_await runRace(errand, call, trial, *delay);
        if (!m_beside->candidate)
            m_beside.reset();  // nobody was asked: the next call may have another beside it
    } else {
        Attempt attempt(m_state, m_state.own, m_out, errand, call.permit,
                        patience(m_state.own, call));
        result = co_await attempt.run();
    }
    if (result.terms) {
        const bool paid = co_await payAsAsked(errand, call, result, *money);
        if (!paid) {
            trial.tries.skip();
            co_return m_state.responder.abort().fired();
        }
    }
    m_purse.settle(*money);
    if (m_state.own.payment)
        notePayment(result);
    const Beside* beside = m_beside && m_beside->candidate ? m_beside.get() : nullptr;
    const bool answered = result.answered || (beside != nullptr && beside->result.answered);
    noteSession(answered);
    if (answered)
        co_return true;
    if (beside != nullptr)
        conclude(*beside->errand, std::move(m_beside->result), *beside->candidate, trial);
    conclude(errand, std::move(result), call.candidate, trial);
    co_return m_state.responder.abort().fired();  // it left while a paid call went on
}

// What a call that gave no answer means for the next ones.
void Exchange::conclude(const Errand& errand, AttemptResult result, std::size_t candidate,
                        Trial& trial) {
    Tries& tries = trial.tries;
    tries.turnTo(candidate);
    if (errand.dispensable()) {
        tries.skip();
        return;
    }
    const upstream::Verdict verdict = result.verdict;
    remember(std::move(result));
    const bool chatIsLeft = verdict.code == ErrorCode::ProviderModelUnknown && errand.chatIsLeft();
    if (verdict.next == Next::SameAgain)
        tries.passing(verdict.retryAfter, m_state.services.clock.steady());
    else if (verdict.next != Next::NextKey && !chatIsLeft)
        tries.skip();
}

routing::Waiting Exchange::waiting(const Lane& lane) const {
    const SteadyTime now = m_state.services.clock.steady();
    return {m_state.ask.stream, lane.quote.reasons, lane.quote.free,
            m_state.services.health.speed(lane.provider->id, lane.model, now)};
}

// How long the first token is waited for; as long as it takes where nobody else could give it.
std::optional<Milliseconds> Exchange::patience(const Lane& lane, const Tries::Call& call) const {
    if (!call.othersLeft)
        return std::nullopt;
    return routing::patienceFor(waiting(lane));
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
    const ErrorCode why = m_leftover.error ? m_leftover.error->code : ErrorCode::NoCandidate;
    if (why == ErrorCode::ProviderRefusedKey || why == ErrorCode::ProviderNoCredit)
        return;  // that is why its keys rest
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

// False when `abort` fired in the meantime.
Awaitable<bool> Exchange::pause(Milliseconds delay, http::AbortSlot& abort) {
    using Timer =
        http::asio::basic_waitable_timer<std::chrono::steady_clock,
                                         http::asio::wait_traits<std::chrono::steady_clock>,
                                         http::Executor>;
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
