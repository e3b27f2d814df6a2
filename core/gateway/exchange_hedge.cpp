// SPDX-License-Identifier: MIT
// How an exchange asks another candidate beside one that is slow (docs/routing.md).
#include <boost/asio/co_spawn.hpp>
#include <utility>

#include "base/log.h"
#include "gateway/exchange.h"
#include "gateway/held_stream.h"
#include "gateway/race.h"
#include "gateway/rule_desk.h"

namespace gr::gateway {
namespace {

using http::Awaitable;
using routing::Tries;

// A hedge does not stand in the way of requests that wait for a limit.
constexpr Milliseconds kLimitWait{1'000};

bool says(const protocol::Ask& ask, std::string_view name, std::string_view value) {
    const json::Member* member = ask.body.find(name);
    return member != nullptr && ask.body.raw(*member) == value;
}

bool isOn(const protocol::Ask& ask, std::string_view name) {
    return ask.body.find(name) != nullptr && !says(ask, name, "false") && !says(ask, name, "null");
}

// Asked twice it does the same as asked once: nothing is kept anywhere.
bool leavesNothing(const protocol::Ask& ask) {
    const bool responses = ask.protocol == protocol::Protocol::OpenAiResponses;
    const bool stores = responses ? !says(ask, "store", "false") : isOn(ask, "store");
    return ask.task == protocol::Task::Generate && !stores && !isOn(ask, "background") &&
           !isOn(ask, "conversation") && !isOn(ask, "previous_response_id");
}

}  // namespace

// When another one is asked beside this call; absent: never. One hedge a request.
std::optional<Milliseconds> Exchange::hedgeDelay(const Tries::Call& call) const {
    const settings::Hedge& hedge = m_snapshot->policy->routing.hedge;
    // Who is paid by the request is asked alone.
    if (!hedge.enabled || m_checkout || m_state.own.provider->paysX402 || !call.othersLeft ||
        m_beside || m_out.opened() || !m_request || !m_request->stateId.empty() ||
        !leavesNothing(m_state.ask))
        return std::nullopt;
    return routing::hedgeDelayFor(waiting(m_state.own), hedge.after);
}

// A named model is answered by no other; behind `auto` and the user's own names stand several.
bool Exchange::mayStandIn(const routing::Candidate& candidate) const {
    const settings::Routing& rules = m_snapshot->policy->routing;
    std::string_view name = routedModel(m_rules, m_state.ask.model);
    if (name == "auto")
        name = rules.defaultModel;
    const bool several =
        name == "auto" || name.starts_with("auto:") ||
        std::ranges::any_of(m_snapshot->aliases, [&](const auto& one) { return one.name == name; });
    const bool paid = m_snapshot->providers[candidate.offer].paysX402;
    return !paid && (several || candidate.model == m_state.own.model);
}

// Runs the attempt; where it is slow, another candidate beside it. The result is of the first.
Awaitable<AttemptResult> Exchange::runRace(const Errand& errand, Tries::Call& call, Trial& trial,
                                           Milliseconds delay) {
    m_beside = std::make_unique<Beside>(*this);
    Lane& own = m_state.own;
    Lane& other = m_beside->lane;
    Race race(m_state, own, other);
    HeldStream held(m_state);
    const SilenceScope silence(m_out, m_state.ask.stream ? &held : nullptr);
    http::Event over(m_state.services.io.get_executor());
    auto told = [&over](const std::exception_ptr& error) {
        if (error)
            std::rethrow_exception(error);
        over.set();
    };
    http::asio::co_spawn(m_state.services.io, askBeside(trial, delay), std::move(told));
    AttemptResult result;
    {
        Attempt attempt(m_state, own, m_out, errand, call.permit, patience(own, call));
        result = co_await attempt.run();
    }
    race.firstFailed();
    if (result.answered || !m_beside->candidate)
        race.callOff();
    co_await over.wait(http::kAwait);
    if (!m_beside->candidate)
        co_return result;
    // Who answered stands last, as where one is tried after another.
    if (race.won(own)) {
        std::swap(m_state.record.attempts[own.attempt], m_state.record.attempts[other.attempt]);
        std::swap(own.attempt, other.attempt);
    }
    co_return result;
}

Awaitable<void> Exchange::askBeside(Trial& trial, Milliseconds delay) {
    Beside& beside = *m_beside;
    Lane& lane = beside.lane;
    const bool due = co_await pause(delay, *lane.abort);
    if (!due)
        co_return;
    const SteadyTime now = m_state.services.clock.steady();
    const std::function<bool(std::size_t)> may = [&](std::size_t i) {
        return mayStandIn(trial.candidates[i]);
    };
    auto call = trial.tries.beside(may, now);
    if (!call)
        co_return;
    const routing::Candidate& candidate = trial.candidates[call->candidate];
    auto errand =
        co_await takeUp(lane, beside.purse, candidate, m_snapshot->policy->routing.hedge.maxCost);
    Result<ledger::Reservation> money = fail(ErrorCode::NoCandidate, "");
    if (errand)
        money = co_await beside.purse.reserve(kLimitWait);
    if (!money) {
        const Error& why = errand ? money.error() : errand.error();
        log::write(
            LogLevel::Debug, "hedge.not_asked",
            {{"provider", lane.provider->id}, {"model", lane.model}, {"why", why.message.text}});
        co_return;
    }
    if (lane.abort->fired() || !m_state.services.health.beside(m_state.own.provider->id, now)) {
        beside.purse.giveBack(*money);
        co_return;
    }
    beside.errand = std::move(*errand);
    beside.candidate = call->candidate;
    lane.reason +=
        "; asked beside " + m_state.own.provider->id + "/" + m_state.own.model + ", which was slow";
    Attempt attempt(m_state, lane, m_out, *beside.errand, call->permit, patience(lane, *call));
    beside.result = co_await attempt.run();
    beside.purse.settle(*money);
}

}  // namespace gr::gateway
