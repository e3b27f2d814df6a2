// SPDX-License-Identifier: MIT
#include "gateway/purse.h"

#include <algorithm>
#include <utility>

#include "gateway/limit_words.h"
#include "gateway/wakeup.h"
#include "gateway/worst_cost.h"

namespace gr::gateway {
namespace {

using http::Awaitable;
using ledger::Moment;
using ledger::ReserveAnswer;
using protocol::Task;

// An output maximum that nobody asked for is no larger, and where little money is left no smaller.
constexpr std::int64_t kMostCap = 32'000;
constexpr std::int64_t kLeastCap = 256;

// What estimates go by: four bytes a token, and an answer of ordinary length.
constexpr std::int64_t kBytesPerToken = 4;
constexpr std::int64_t kLikelyOutput = 1'024;

// How long the ledger may take beyond what requests wait for each other.
constexpr Milliseconds kHung{5'000};

__extension__ using Wide = __int128;

std::int64_t capped(std::int64_t a, std::int64_t b) {
    std::int64_t sum = 0;
    return __builtin_add_overflow(a, b, &sum) ? INT64_MAX : sum;
}

}  // namespace

const protocol::Bound& Purse::bound() {
    if (!m_expenses.bound)
        m_expenses.bound =
            protocol::boundOf(m_state.ask, m_state.body(), m_state.effort.has_value());
    return *m_expenses.bound;
}

ledger::Spender Purse::spender() const {
    return {m_client.id, m_provider, m_model, {}};
}

Result<void> Purse::prepare(std::optional<Money> ceiling) {
    m_provider = m_lane.provider->id;
    m_model = m_lane.model;
    m_lane.outputCap.reset();
    m_refusal.reset();
    m_most = 0;
    ledger::Budget::Demand demand = m_state.services.budget.demandOn(spender());
    m_limited = demand.any && m_state.ask.task != Task::Count;  // nobody takes money for counting
    m_worst = m_likely = {0, 0, 1};
    m_price = m_lane.quote.price;
    m_guessed = false;
    m_maximum.reset();
    if (m_state.ask.task != Task::Count && !m_lane.quote.free)
        m_maximum = m_state.ask.wishes.maxCost;
    if (m_expenses.sold)
        ceiling = std::min(ceiling.value_or(m_expenses.sold->cost), m_expenses.sold->cost);
    m_ceiling = m_lane.quote.free ? std::nullopt : ceiling;
    if (m_maximum || m_ceiling)
        demand.bound = demand.usd = demand.hardUsd = true;
    // What a seller asks for is known when it says so; until then nothing is taken.
    const bool asksFirst = m_lane.provider->paysX402;
    if (asksFirst)
        m_price.reset();
    const bool pays = demand.usd && !m_lane.quote.free && !asksFirst;
    if ((!pays && !demand.tokens) || (!m_limited && !m_maximum && !m_ceiling))
        return {};
    if (m_maximum && !m_price && !asksFirst)
        return failField(ErrorCode::CostUnbounded, "x-gaterouter-max-cost",
                         "The price of " + m_provider + "/" + m_model +
                             " is unknown, so nobody can say whether it stays below the maximum of "
                             "this request (" +
                             m_state.ask.wishes.maxCostOf +
                             "). Enter its price "
                             "(providers[].models[].price), or name another model.");
    if (m_ceiling && !m_price && !asksFirst)
        return fail(ErrorCode::CostUnbounded, "Its price is unknown.");
    if (pays && !m_price) {
        if (demand.hardUsd && !m_client.allowUnpriced)
            return fail(ErrorCode::CostUnbounded,
                        "The price of " + m_provider + "/" + m_model +
                            " is unknown, and a limit in USD holds. Enter its price "
                            "(providers[].models[].price), or allow the key what has none "
                            "(allow_unpriced).");
        m_guessed = true;
        m_price = m_snapshot->dearestPrice(m_provider);  // null: nobody knows any price
    }
    return weigh(demand);
}

void Purse::prepareUnread() {
    m_provider = m_lane.provider->id;
    m_model = m_lane.model;
    m_limited = m_state.services.budget.demandOn(spender()).any;
    m_worst = m_likely = {0, 0, 1};
    m_price.reset();
    m_guessed = false;
}

Result<void> Purse::weigh(const ledger::Budget::Demand& demand) {
    const protocol::Dialect& dialect = *m_lane.provider->dialect;
    const auto bytes = static_cast<std::int64_t>(m_state.body().size());
    const bool writes = m_state.ask.task != Task::Embed;
    const std::int64_t read = bytes / kBytesPerToken;
    const std::int64_t likely =
        writes ? kLikelyOutput * static_cast<std::int64_t>(m_state.ask.choices) : 0;
    m_likely.tokens = capped(read, likely);
    const catalog::Bounds plain{.inputTokens = read,
                                .outputTokens = likely,
                                .cacheWrite5m = false,
                                .cacheWrite1h = false,
                                .audioInput = false,
                                .audioOutput = false};
    m_likely.pico = picoFor(plain).value_or(0);
    if (!demand.bound)
        return {};
    if (auto bounded = checkBounded(demand); !bounded)
        return bounded;
    protocol::Target target;
    target.model = m_model;
    target.dialect = &dialect;
    target.rules = m_snapshot->dialects.rulesOf(dialect, m_model);
    if (m_lane.quote.maxOutput)
        target.maxOutput = static_cast<std::int64_t>(*m_lane.quote.maxOutput);
    target.reasons = m_lane.quote.reasons;
    const auto input = protocol::inputFor(bound(), target.rules, context());
    if (!input && isHard(demand))
        return fail(ErrorCode::CostUnbounded,
                    "How much " + m_provider + "/" + m_model +
                        " reads of a file or sound is bounded by its context alone, which is not "
                        "known, and " +
                        because() + ". Enter it (providers[].models[].context).");
    m_input = input.value_or(bytes);
    if (writes && !bound().outputTokens)
        m_lane.outputCap = m_expenses.sold ? m_expenses.sold->outputCap : capFor(target);
    const auto output = writes ? protocol::outputFor(bound(), target, m_lane.outputCap) : 0;
    if (!output && isHard(demand))
        return fail(ErrorCode::CostUnbounded,
                    m_provider + "/" + m_model +
                        " thinks beyond any maximum that can be set, and " + because() +
                        ". Name another model, or " + wayOut() + ".");
    m_most = output.value_or(kMostCap);
    m_rule = tokens::ruleOf(m_model, dialect.id);
    m_counted = false;
    m_worst = worstOf(m_input);
    if (demand.hardUsd && isHard(demand) && !picoFor(boundsOf(m_input, m_most)))
        return fail(ErrorCode::CostUnbounded,
                    "What this request may cost at " + m_provider + "/" + m_model +
                        " cannot be worked out: its price lacks a rate that the request needs, "
                        "and " +
                        because() + ". Enter the price (providers[].models[].price), or " +
                        wayOut() + ".");
    return {};
}

void Purse::addInput(std::size_t bytes) {
    if (bytes == 0 || m_most == 0)
        return;
    m_input = capped(m_input, static_cast<std::int64_t>(bytes));
    m_worst = worstOf(m_input);
}

ledger::Spend Purse::worstOf(std::int64_t input) {
    ledger::Spend worst = m_worst;
    worst.tokens = capped(input, m_most);
    worst.pico = picoFor(boundsOf(input, m_most)).value_or(0);  // as far as it is known
    return worst;
}

// Of the model, in tokens; a header of Anthropic's may widen it.
std::optional<std::int64_t> Purse::context() const {
    constexpr std::int64_t kWide = 1'000'000;
    if (!m_lane.quote.context)
        return std::nullopt;
    const auto known = static_cast<std::int64_t>(*m_lane.quote.context);
    const auto beta = m_state.request.head.fields.find("anthropic-beta");
    const bool wide = beta && beta->find("context-1m") != std::string_view::npos;
    return wide ? std::max(known, kWide) : known;
}

// What needs a true bound: a limit that the user set, or the request's own maximum.
bool Purse::isHard(const ledger::Budget::Demand& demand) const {
    return m_maximum || m_ceiling ||
           (!m_client.allowUnpriced &&
            (demand.hardTokens || (demand.hardUsd && !m_lane.quote.free)));
}

// The first member that picks a price which is not known, with its value.
std::string Purse::unpricedMode() {
    if (m_price && !m_lane.quote.free) {
        for (const auto& [field, value] : bound().modes) {
            if (!catalog::isPriced(*m_price, field, value, m_state.services.clock.now()))
                return field + " " + value.substr(0, 64);
        }
    }
    return {};
}

// A field without a maximum makes every sum a guess.
Result<void> Purse::checkBounded(const ledger::Budget::Demand& demand) {
    if (!isHard(demand))
        return {};
    std::string member = bound().unbounded;
    if (member.empty() && demand.hardUsd)
        member = unpricedMode();
    if (member.empty())
        return {};
    return failField(
        ErrorCode::CostUnbounded, member,
        "What \"" + member + "\" costs cannot be bounded beforehand, and " + because() +
            ". Leave it out, " +
            (m_maximum ? "" : "make the limit an estimate (\"guarantee\": \"estimate\"), ") +
            "or " + wayOut() + ".");
}

catalog::Bounds Purse::boundsOf(std::int64_t input, std::int64_t output) {
    catalog::Bounds bounds;
    bounds.inputTokens = input;
    bounds.outputTokens = output;
    bounds.webSearches = bound().webSearches;
    bounds.cacheWrite5m = bound().cacheWrite5m;
    bounds.cacheWrite1h = bound().cacheWrite1h;
    bounds.audioInput = bound().audioInput;
    bounds.audioOutput = bound().audioOutput;
    bounds.anyMode = !bound().modes.empty();
    return bounds;
}

std::optional<std::int64_t> Purse::picoFor(const catalog::Bounds& bounds) const {
    if (!m_price || m_lane.quote.free)
        return 0;
    const auto cost = catalog::worstCase(*m_price, bounds, m_state.services.clock.now());
    return cost ? std::optional(cost->pico()) : std::nullopt;
}

// The smallest of the model's own maximum, a sensible one, and what is left.
std::int64_t Purse::capFor(const protocol::Target& target) {
    const auto most = static_cast<std::int64_t>(
        std::min<std::uint64_t>(m_lane.quote.maxOutput.value_or(kMostCap), kMostCap));
    const auto all = protocol::outputFor(bound(), target, most);
    if (m_lane.quote.free || !all)
        return most;
    const auto none = picoFor(boundsOf(m_input, 0));
    const auto whole = picoFor(boundsOf(m_input, *all));
    const auto within = [&](std::int64_t left, std::int64_t least) {
        if (!none || !whole || *whole <= left || *whole <= *none)
            return most;
        const auto part = Wide{most} * std::max<std::int64_t>(left - *none, 0) / (*whole - *none);
        return std::max(std::min(most, least), static_cast<std::int64_t>(part));
    };
    const auto left = m_state.services.budget.left(spender(), Moment::now());
    // Another model may do better than an answer that is cut short.
    return std::min(left ? within(*left, kLeastCap) : most,
                    m_maximum ? within(m_maximum->pico() - m_expenses.used, kLikelyOutput) : most);
}

Awaitable<Result<ledger::Reservation>> Purse::reserve(std::optional<Milliseconds> most) {
    m_refusal.reset();
    if (m_ceiling && m_worst.pico > m_ceiling->pico())
        co_return fail(ErrorCode::NoCandidate, "It may cost up to $" +
                                                   Money::fromPico(m_worst.pico).toDecimal() +
                                                   ", more than the ceiling.");
    m_aboveMaximum = !fitsMaximum(m_worst.pico);
    if (m_aboveMaximum)
        co_return fail(aboveMaximum());
    if (!m_limited) {
        take();
        co_return ledger::Reservation();
    }
    const ledger::ReserveAsk ask{.spender = spender(),
                                 .worst = m_worst,
                                 .likely = m_likely,
                                 .before = m_state.record.charges};
    Wakeup wakeup(m_state.services.io.get_executor());
    auto given = m_state.services.budget.reserve(ask, Moment::now(), wakeup.caller());
    std::optional<ReserveAnswer> answer;
    if (std::holds_alternative<ReserveAnswer>(given)) {
        answer = std::move(std::get<ReserveAnswer>(given));
    } else {
        ledger::Budget::Ticket ticket = std::move(std::get<ledger::Budget::Ticket>(given));
        http::AbortSlot& abort = *m_lane.abort;
        // The budget ends waits itself, unless the ledger hangs.
        const SteadyTime hung =
            m_state.services.clock.steady() + most.value_or(ticket.patience() + kHung);
        while (!(answer = ticket.take()) && !abort.fired() &&
               m_state.services.clock.steady() < hung)
            co_await wakeup.wait(abort, hung);
        if (!answer && !abort.fired())
            co_return fail(ErrorCode::Overloaded,
                           "The ledger does not answer whether a limit has room, so nothing was "
                           "sent.");
    }
    if (!answer)
        co_return fail(ErrorCode::Cancelled, "The request ended while it waited for a limit.");
    if (std::holds_alternative<ledger::Refusal>(*answer)) {
        m_refusal = std::move(std::get<ledger::Refusal>(*answer));
        co_return fail(refusalError(*m_refusal));
    }
    take();
    co_return std::move(std::get<ledger::Reservation>(*answer));
}

void Purse::giveBack(ledger::Reservation& money) {
    m_expenses.held -= std::exchange(m_held, 0);
    if (!money.empty())
        money.release();
}

void Purse::take() {
    m_held = m_worst.pico;
    m_expenses.held = capped(m_expenses.held, m_held);
}

std::optional<Money> Purse::fairBound() {
    const auto index = static_cast<std::size_t>(m_lane.provider - m_snapshot->providers.data());
    return worstCost(*m_snapshot, bound(), index, m_model, m_state.services.clock.now());
}

Awaitable<Result<ledger::Reservation>> Purse::reservePayment(Money usd) {
    m_worst.pico = m_likely.pico = usd.pico();
    auto given = co_await reserve();
    co_return given;
}

// In what refused: the limit, or the request's own maximum.
bool Purse::hasRoomFor(std::int64_t input) {
    const ledger::Spend worst = worstOf(input);
    if (!m_refusal)
        return fitsMaximum(worst.pico);
    const ledger::Limit& limit = m_refusal->limit;
    const std::int64_t whole = capped(limit.amount, m_refusal->allowed);
    return worst.of(limit.unit) <= whole - m_refusal->spent;
}

Awaitable<Result<void>> Purse::askPerson(const ledger::Refusal& refusal) {
    const UnixMs now = m_state.services.clock.now();
    // In the next window there may be room without any answer.
    const std::int64_t anew = std::max<std::int64_t>(refusal.window.end - now.value, 0);
    const bool beginsAnew = refusal.window.end != ledger::kEndOfTime && anew < refusal.limit.askMs;
    const std::int64_t patience = beginsAnew ? anew : refusal.limit.askMs;
    const SteadyTime until = m_state.services.clock.steady() + Milliseconds(patience);
    LimitQuestion question{m_state.record.id,     m_client.id, m_provider, m_model, refusal, now,
                           {now.value + patience}};
    Wakeup wakeup(m_state.services.io.get_executor());
    const auto ticket = m_state.services.questions.ask(std::move(question), wakeup.caller());
    if (!ticket)
        co_return fail(ticket.error());
    http::AbortSlot& abort = *m_lane.abort;
    std::optional<bool> answer;
    while (!(answer = ticket->answer()) && !abort.fired() &&
           m_state.services.clock.steady() < until)
        co_await wakeup.wait(abort, until);
    if (abort.fired())
        co_return fail(ErrorCode::Cancelled, "The request ended while it waited for a person.");
    if (answer.value_or(beginsAnew))
        co_return Result<void>();
    Error error = refusalError(refusal);
    error.message.text += answer ? " A person refused to allow more."
                                 : " Nobody allowed more within " +
                                       std::to_string(refusal.limit.askMs / 1'000) + " seconds.";
    co_return fail(std::move(error));
}

TooDear Purse::tooDear(const routing::Candidate& candidate) {
    const auto bytes = static_cast<std::int64_t>(m_state.body().size());
    return {candidate.offer, candidate.model, bound().images > 0, bytes / kBytesPerToken};
}

void Purse::settle(ledger::Reservation& money) {
    const ledger::Attempt& attempt = m_state.record.attempts[m_lane.attempt];
    const AttemptFacts& facts = m_lane.facts;
    m_expenses.held -= std::exchange(m_held, 0);
    if (facts.dispatched)
        m_expenses.used =
            capped(m_expenses.used, attempt.cost ? attempt.cost->pico() : m_worst.pico);
    if (money.empty())
        return;
    if (!facts.dispatched) {
        money.release();
        return;
    }
    ledger::Spent spent;
    spent.requests = 1;
    if (facts.refused || facts.gratis)
        spent.tokens = 0;
    else if (facts.complete)
        spent.tokens = attempt.tokens.total();
    if (attempt.cost)
        spent.pico = attempt.cost->pico();
    else if (m_guessed && facts.complete && spent.tokens)
        spent.pico = picoOf(attempt.tokens);
    for (ledger::Charge& charge : money.settle(spent))
        m_state.record.charges.push_back(std::move(charge));
}

// By the guessed price.
std::optional<std::int64_t> Purse::picoOf(const TokenUsage& tokens) const {
    if (!m_price)
        return 0;
    const auto cost = catalog::costOf(*m_price, tokens, m_state.services.clock.now());
    return cost ? std::optional(cost->pico()) : std::nullopt;
}

}  // namespace gr::gateway
