// SPDX-License-Identifier: MIT
#include "ledger/budget.h"

#include <time.h>

#include <algorithm>

#include "ledger/budget_state.h"

namespace gr::ledger {
namespace {

using detail::Account;
using detail::add;
using detail::Waiting;

constexpr std::int64_t kFreshMs = 1'000;  // for so long a "no" of the ledger is repeated by heart

}  // namespace

Moment Moment::now() {
    timespec running{};
    ::clock_gettime(CLOCK_BOOTTIME, &running);
    return {SystemClock().now(), running.tv_sec * 1'000 + running.tv_nsec / 1'000'000};
}

// --- Reservation

std::vector<Charge> Reservation::settle(const Spent& actual) {
    return m_entries.empty() ? std::vector<Charge>() : m_budget->close(*this, &actual);
}

void Reservation::release() {
    if (!m_entries.empty())
        m_budget->close(*this, nullptr);
}

std::vector<Charge> Reservation::planned() const {
    std::vector<Charge> out;
    for (const Entry& entry : m_entries)
        out.push_back(
            {entry.account->key, entry.account->window.start, entry.amount, entry.amount});
    return out;
}

// --- Ticket

Budget::Ticket::~Ticket() {
    if (m_waiting)
        m_budget->forget(*m_waiting);
}

std::optional<Budget::Answer> Budget::Ticket::take() {
    const std::lock_guard lock(m_budget->m_mutex);
    return std::exchange(m_waiting->answer, std::nullopt);
}

Milliseconds Budget::Ticket::patience() const {
    return Milliseconds(m_waiting->waitMs);
}

// --- Budget

Budget::Budget(Moment start) : m_clock(start.wall, start.runningMs) {}

Budget::~Budget() = default;

void Budget::apply(std::vector<Limit> limits, Moment now) {
    std::function<void()> wake;
    {
        const std::lock_guard lock(m_mutex);
        m_slots.clear();
        const UnixMs at = timeAt(now);
        for (Limit& limit : limits) {
            const auto taken = [this, &limit] {
                return std::any_of(m_slots.begin(), m_slots.end(),
                                   [&limit](const Slot& slot) { return slot.key == limit.key(); });
            };
            while (taken())
                ++limit.twin;
            std::string key = limit.key();
            m_slots.push_back({std::move(limit), std::move(key)});
        }
        for (Slot& slot : m_slots)
            account(slot, at);
        if (pressing())
            wake = m_wake;
    }
    if (wake)
        wake();
}

void Budget::onWork(std::function<void()> wake) {
    const std::lock_guard lock(m_mutex);
    m_wake = std::move(wake);
}

void Budget::notBefore(UnixMs time) {
    const std::lock_guard lock(m_mutex);
    m_clock.notBefore(time);
}

void Budget::setClockAhead(std::int64_t ms) {
    const std::lock_guard lock(m_mutex);
    // The first difference is a fact about two clocks, not a leap of one.
    if (!std::exchange(m_aheadKnown, true))
        m_clock.rebase(ms);
    m_aheadMs = ms;
}

UnixMs Budget::timeAt(Moment now) {
    return m_clock.now({now.wall.value + m_aheadMs}, now.runningMs);
}

Account& Budget::account(Slot& slot, UnixMs at) {
    if (slot.current != nullptr && at.value < slot.current->window.end &&
        at.value >= slot.current->window.start)
        return *slot.current;
    const Window window = slot.limit.windowAt(at);
    auto& place = m_accounts[{slot.key, window.start}];
    if (!place) {
        place = std::make_unique<Account>();
        place->key = slot.key;
        place->window = window;
    }
    place->window = window;  // the zone may have changed
    if (place->told)
        place->free = add(place->free, slot.limit.amount - place->limit.amount);
    place->limit = slot.limit;
    place->closed = false;
    slot.current = place.get();
    return *place;
}

std::vector<Budget::Need> Budget::needsOf(const ReserveAsk& ask, UnixMs at) {
    std::vector<Need> needs;
    for (Slot& slot : m_slots) {
        if (!slot.limit.matches(ask.spender))
            continue;
        const Spend& spend = slot.limit.guarantee == Guarantee::Hard ? ask.worst : ask.likely;
        const std::int64_t amount = std::max<std::int64_t>(spend.of(slot.limit.unit), 0);
        Account& own = account(slot, at);
        const bool counted =
            slot.limit.unit == LimitUnit::Requests &&
            std::any_of(ask.before.begin(), ask.before.end(), [&own](const Charge& charge) {
                return charge.account == own.key && charge.amount > 0;
            });
        if (!counted)
            needs.push_back({&own, amount});
    }
    return needs;
}

bool Budget::fits(std::span<const Need> needs, const Waiting* self) {
    return std::all_of(needs.begin(), needs.end(), [self](const Need& need) {
        const bool blocked = self != nullptr ? need.account->claimed : need.account->waiting > 0;
        return need.amount == 0 || (!blocked && need.amount <= need.account->usable());
    });
}

Reservation Budget::take(std::vector<Need> needs, std::int64_t runningMs) {
    for (const Need& need : needs) {
        Account& account = *need.account;
        account.reserved += need.amount;
        ++account.open;
        account.low = std::min(account.low, account.idle());
        account.lastUsedMs = runningMs;
    }
    Reservation out;
    out.m_budget = this;
    out.m_entries = std::move(needs);
    return out;
}

Refusal Budget::refusal(const Need& need, Refusal::Why why) const {
    const Account& account = *need.account;
    Refusal out;
    out.why = why;
    out.limit = account.limit;
    out.window = account.window;
    out.needed = need.amount;
    out.allowed = add(account.cap(), -account.limit.amount);
    out.spent = account.spent();
    out.reserved = add(account.reserved, account.others);
    return out;
}

// `since`: an answer of the ledger to a question that was asked later is needed. The other way, by
// heart, only what another gateway does not change, unless a person allows more there.
std::optional<Refusal> Budget::hopeless(std::span<const Need> needs, std::uint64_t since,
                                        std::int64_t runningMs) const {
    for (const Need& need : needs) {
        const Account& account = *need.account;
        const bool tooLarge = need.amount > account.cap();
        if (need.amount == 0 || need.amount <= account.usable() ||
            (account.potential() >= need.amount && !tooLarge))
            continue;
        if (account.asking || !account.toAllow.empty())
            continue;  // something may change
        const bool byHeart = account.told && (account.others == 0 || tooLarge) &&
                             runningMs - account.toldAtMs < kFreshMs;
        if (account.toldRound > since || byHeart)
            return refusal(need, tooLarge ? Refusal::Why::TooLarge : Refusal::Why::Spent);
    }
    return std::nullopt;
}

std::variant<Budget::Answer, Budget::Ticket> Budget::reserve(const ReserveAsk& ask, Moment now,
                                                             std::function<void()> wake) {
    std::function<void()> work;
    Ticket ticket;
    {
        const std::lock_guard lock(m_mutex);
        m_lastRunning = now.runningMs;
        std::vector<Need> needs = needsOf(ask, timeAt(now));
        if (fits(needs, nullptr)) {
            Answer answer = take(std::move(needs), now.runningMs);
            if (pressing())
                work = m_wake;
            if (!work)
                return answer;
            ticket.m_waiting = std::make_shared<Waiting>();
            ticket.m_waiting->answer = std::move(answer);
        } else if (auto no = hopeless(needs, m_asked, now.runningMs)) {
            return Answer(std::move(*no));
        } else {
            auto waiting = std::make_shared<Waiting>();
            waiting->client = ask.spender.client;
            waiting->provider = ask.spender.provider;
            waiting->model = ask.spender.model;
            waiting->payee = ask.spender.payee;
            waiting->worst = ask.worst;
            waiting->likely = ask.likely;
            waiting->before.assign(ask.before.begin(), ask.before.end());
            waiting->needs = std::move(needs);
            waiting->since = m_asked;
            waiting->waitMs = INT64_MAX;
            for (const Need& need : waiting->needs)
                waiting->waitMs = std::min(waiting->waitMs, need.account->limit.waitMs);
            waiting->deadlineMs = add(now.runningMs, waiting->waitMs);
            waiting->wake = std::move(wake);
            for (const Need& need : waiting->needs) {
                ++need.account->waiting;
                need.account->wanted = true;
            }
            m_waiting.push_back(waiting);
            ticket.m_budget = this;
            ticket.m_waiting = std::move(waiting);
            work = m_wake;
        }
    }
    if (work)
        work();
    if (ticket.m_budget == nullptr) {  // answered above; the lock had to go before the call
        Answer answer = std::move(*ticket.m_waiting->answer);
        ticket.m_waiting.reset();
        return answer;
    }
    return ticket;
}

void Budget::answer(const std::shared_ptr<Waiting>& waiting, Answer answer, Wakes& wakes) {
    for (const Need& need : waiting->needs)
        --need.account->waiting;
    waiting->needs.clear();
    waiting->answer = std::move(answer);
    wakes.push_back(std::move(waiting->wake));
}

// In the order in which they came: who is first is not overtaken for good by smaller requests.
void Budget::serve(std::int64_t runningMs, Wakes& wakes) {
    if (m_waiting.empty())
        return;
    for (const auto& entry : m_accounts)
        entry.second->claimed = false;
    for (auto it = m_waiting.begin(); it != m_waiting.end();) {
        const std::shared_ptr<Waiting>& waiting = *it;
        if (fits(waiting->needs, waiting.get())) {
            auto needs = waiting->needs;
            answer(waiting, take(std::move(needs), runningMs), wakes);
            it = m_waiting.erase(it);
        } else if (auto no = hopeless(waiting->needs, waiting->since, runningMs)) {
            answer(waiting, std::move(*no), wakes);
            it = m_waiting.erase(it);
        } else {
            for (const Need& need : waiting->needs)
                need.account->claimed = true;
            ++it;
        }
    }
}

// `actual`: null where nothing was spent.
std::vector<Charge> Budget::close(Reservation& reservation, const Spent* actual) {
    std::vector<Charge> charges;
    Wakes wakes;
    {
        const std::lock_guard lock(m_mutex);
        for (const Need& entry : std::exchange(reservation.m_entries, {})) {
            Account& account = *entry.account;
            account.reserved -= entry.amount;
            --account.open;
            account.lastUsedMs = m_lastRunning;
            account.wanted = account.waiting > 0;
            if (actual == nullptr)
                continue;
            const std::int64_t amount =
                std::max<std::int64_t>(actual->of(account.limit.unit).value_or(entry.amount), 0);
            const std::int64_t leased = std::min(amount, entry.amount);
            // What nobody had reserved is spent all the same; the next lease takes it into account
            // through the rows.
            account.granted = add(account.granted, amount - leased);
            account.charged = add(account.charged, amount);
            if (account.told)
                account.free = add(account.free, leased - amount);
            account.chargedLeased += leased;
            if (amount > leased)
                account.beyond.emplace_back(account.chargedLeased, amount - leased);
            if (amount > 0)
                charges.push_back({account.key, account.window.start, amount, leased});
        }
        serve(m_lastRunning, wakes);
        if (pressing() && m_wake)
            wakes.push_back(m_wake);
    }
    detail::runAll(wakes);
    return charges;
}

void Budget::forget(Waiting& waiting) {
    std::optional<Answer> answer;  // goes back when the lock is gone
    Wakes wakes;
    {
        const std::lock_guard lock(m_mutex);
        answer = std::exchange(waiting.answer, std::nullopt);
        for (const Need& need : waiting.needs)
            --need.account->waiting;
        waiting.needs.clear();
        m_waiting.remove_if([&waiting](const auto& own) { return own.get() == &waiting; });
        serve(m_lastRunning, wakes);
    }
    detail::runAll(wakes);
    if (answer && std::holds_alternative<Reservation>(*answer))
        std::get<Reservation>(*answer).release();
}

Budget::Demand Budget::demandOn(const Spender& spender) const {
    const std::lock_guard lock(m_mutex);
    Demand demand;
    for (const Slot& slot : m_slots) {
        if (!slot.limit.matches(spender))
            continue;
        const bool usd = slot.limit.unit == LimitUnit::Usd;
        demand.any = true;
        demand.bound = demand.bound || (slot.limit.unit != LimitUnit::Requests &&
                                        slot.limit.guarantee == Guarantee::Hard);
        demand.usd = demand.usd || usd;
        demand.tokens = demand.tokens || slot.limit.unit == LimitUnit::Tokens;
        demand.hardTokens = demand.hardTokens || (slot.limit.unit == LimitUnit::Tokens &&
                                                  slot.limit.guarantee == Guarantee::Hard);
        demand.hardUsd = demand.hardUsd ||
                         (usd && !slot.limit.standard && slot.limit.guarantee == Guarantee::Hard);
    }
    return demand;
}

std::optional<std::int64_t> Budget::left(const Spender& spender, Moment now) {
    const std::lock_guard lock(m_mutex);
    const UnixMs at = timeAt(now);
    std::optional<std::int64_t> least;
    for (Slot& slot : m_slots) {
        if (slot.limit.unit != LimitUnit::Usd || slot.limit.guarantee != Guarantee::Hard ||
            !slot.limit.matches(spender))
            continue;
        const Account& own = account(slot, at);
        const std::int64_t left = own.told ? add(own.free, own.idle()) : own.limit.amount;
        least = std::min(least.value_or(left), left);
    }
    return least;
}

std::vector<LimitState> Budget::states(Moment now, const Spender* whose) const {
    const std::lock_guard lock(m_mutex);
    std::vector<LimitState> out;
    WindowClock clock = m_clock;
    const UnixMs at = clock.now({now.wall.value + m_aheadMs}, now.runningMs);
    for (const Slot& slot : m_slots) {
        if (whose != nullptr && !slot.limit.matches(*whose))
            continue;
        LimitState state;
        state.limit = slot.limit;
        state.window = slot.limit.windowAt(at);
        const auto found = m_accounts.find({slot.key, state.window.start});
        if (found != m_accounts.end()) {
            const Account& own = *found->second;
            state.spent = own.spent();
            state.allowed = add(own.cap(), -own.limit.amount);
            state.stranded = own.dead;
            state.reserved = own.reserved;
            state.elsewhere = own.others;
            state.told = own.told;
        }
        out.push_back(std::move(state));
    }
    return out;
}

std::optional<std::int64_t> Budget::disbelieved() const {
    const std::lock_guard lock(m_mutex);
    return m_clock.disbelieved();
}

void Budget::believeClock() {
    const std::lock_guard lock(m_mutex);
    m_clock.believe();
}

}  // namespace gr::ledger
