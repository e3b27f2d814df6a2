// SPDX-License-Identifier: MIT
// The half of Budget that talks to the thread with the LeaseStore.
#include <algorithm>

#include "ledger/budget.h"
#include "ledger/budget_state.h"
#include "ledger/lease.h"

namespace gr::ledger {
namespace {

using detail::Account;
using detail::add;
using detail::Waiting;

constexpr std::int64_t kQuietMs = 5'000;  // unused for so long, a lease goes back whole

// What the ledger does not know yet of what was spent beyond reservations. `own`: what it says that
// this gateway holds: the rest of what it leased was charged by rows that are written.
std::int64_t unwritten(Account& account, std::int64_t own) {
    const std::int64_t written = account.leased - own;
    std::erase_if(account.beyond,
                  [written](const auto& charge) { return charge.first <= written; });
    std::int64_t sum = 0;
    for (const auto& charge : account.beyond)
        sum = add(sum, charge.second);
    return sum;
}

// What of an account lies idle for no reason.
std::int64_t surplus(const Account& account, bool tick, std::int64_t runningMs) {
    const std::int64_t idle = account.idle();
    if (idle <= 0 || account.waiting > 0)
        return 0;
    if (account.closed || account.recalled)
        return idle;
    if (!tick)
        return 0;
    if (account.open == 0 && runningMs - account.lastUsedMs >= kQuietMs)
        return idle;
    return std::max<std::int64_t>(std::min(account.low, idle) - account.slice(), 0);
}

// So little is left idle that the next request might have to wait.
bool runsShort(const Account& account) {
    return account.told && !account.closed && account.slice() > 0 &&
           account.idle() < account.slice() / 2 && account.free > 0 && account.open > 0;
}

}  // namespace

bool Budget::pressing() const {
    return std::any_of(m_accounts.begin(), m_accounts.end(), [](const auto& entry) {
        const Account& account = *entry.second;
        const bool untold = !account.told && !account.closed && !account.unreachable;
        return !account.asking && (untold || account.wanted || runsShort(account));
    });
}

bool Budget::hasWork() const {
    const std::lock_guard lock(m_mutex);
    return pressing();
}

std::vector<LeaseWork> Budget::takeWork(Moment now, bool tick) {
    const std::lock_guard lock(m_mutex);
    const UnixMs at = timeAt(now);
    m_lastRunning = now.runningMs;
    ++m_asked;
    std::vector<LeaseWork> work;
    // The smallest says what is needed at least, all of them together what is wanted.
    struct Wanted {
        Account* account = nullptr;
        std::int64_t least = 0;  // 0: each alone has room
        std::int64_t all = 0;
        std::int64_t smallest = INT64_MAX;
        // Another gateway wants what lies idle here, and it helps nobody here: where both kept what
        // is too little for each, neither would come on.
        bool yields() const {
            return account->recalled && account->idle() > 0 && smallest > account->usable();
        }
    };
    std::vector<Wanted> wanted;
    for (const auto& waiting : m_waiting) {
        for (const Need& need : waiting->needs) {
            if (need.amount == 0)
                continue;
            auto entry = std::find_if(wanted.begin(), wanted.end(),
                                      [&](const Wanted& w) { return w.account == need.account; });
            if (entry == wanted.end())
                entry = wanted.insert(entry, {need.account});
            entry->all = add(entry->all, need.amount);
            entry->smallest = std::min(entry->smallest, need.amount);
            const std::int64_t lacks = need.amount - need.account->usable();
            if (lacks > 0)
                entry->least = entry->least == 0 ? lacks : std::min(entry->least, lacks);
        }
    }
    for (const auto& [key, owned] : m_accounts) {
        Account& account = *owned;
        account.closed = at.value >= account.window.end || !isCurrent(account);
        const auto need = std::find_if(wanted.begin(), wanted.end(),
                                       [&](const Wanted& w) { return w.account == &account; });
        if (account.asking)
            continue;
        LeaseWork item;
        item.giveBack = surplus(account, tick, now.runningMs);
        const bool ask = std::exchange(account.wanted, false) || tick;
        if (need != wanted.end() && need->yields()) {
            item.giveBack = account.idle();
            item.least = need->smallest;
            item.want = add(need->all, account.slice());
        } else if (need != wanted.end() && need->least > 0 && ask) {
            item.least = need->least;
            item.want = add(need->all - account.usable(), account.slice());
        } else if (!account.recalled && runsShort(account)) {
            item.least = 1;
            item.want = account.slice() - account.idle();
        }
        const bool untold = !account.told && !account.closed;
        account.low = tick ? account.idle() - item.giveBack
                           : std::min(account.low, account.idle() - item.giveBack);
        account.recalled = false;
        if (item.giveBack == 0 && item.want == 0 && !untold && account.toAllow.empty())
            continue;
        item.allow = account.toAllow;
        account.granted -= item.giveBack;
        account.leased -= item.giveBack;
        account.free = add(account.free, item.giveBack);
        account.asking = true;
        item.limit = account.limit;
        item.window = account.window;
        item.first = !account.told;
        work.push_back(std::move(item));
    }
    if (tick)
        dropOldAccounts();
    return work;
}

std::vector<LeaseWork> Budget::takeIdle() {
    const std::lock_guard lock(m_mutex);
    std::vector<LeaseWork> work;
    for (const auto& [key, account] : m_accounts) {
        LeaseWork item;
        item.giveBack = account->idle();
        if (item.giveBack <= 0)
            continue;
        account->granted -= item.giveBack;
        item.limit = account->limit;
        item.window = account->window;
        work.push_back(std::move(item));
    }
    return work;
}

void Budget::did(std::span<const LeaseWork> work, const Result<std::vector<LeaseAnswer>>& answers,
                 Moment now, bool doubt) {
    Wakes wakes;
    {
        const std::lock_guard lock(m_mutex);
        m_lastRunning = now.runningMs;
        for (std::size_t i = 0; i < work.size(); ++i) {
            const auto found = m_accounts.find({work[i].limit.key(), work[i].window.start});
            if (found == m_accounts.end())
                continue;
            Account& account = *found->second;
            account.asking = false;
            account.unreachable = !answers;
            if (!answers && !doubt) {
                account.granted = add(account.granted, work[i].giveBack);
                account.leased = add(account.leased, work[i].giveBack);
                account.free = add(account.free, -work[i].giveBack);
            }
            if (!answers)
                continue;
            const LeaseAnswer& answer = (*answers)[i];
            account.toAllow.erase(
                account.toAllow.begin(),
                account.toAllow.begin() + static_cast<std::ptrdiff_t>(work[i].allow.size()));
            account.allowed = answer.allowed;
            account.granted = add(account.granted, answer.granted);
            account.low = account.idle();
            account.leased = add(account.leased, answer.granted);
            account.free = add(answer.free, -unwritten(account, answer.own));
            account.others = answer.others;
            account.dead = answer.dead;
            account.told = true;
            account.toldRound = m_asked;
            if (work[i].want > 0)
                account.askedRound = m_asked;
            account.toldAtMs = now.runningMs;
        }
        serve(now.runningMs, wakes);
        refuseLate(wakes);
    }
    detail::runAll(wakes);
}

// Those whose time is up, if what they lack was asked for in the round that was just answered.
void Budget::refuseLate(Wakes& wakes) {
    for (auto it = m_waiting.begin(); it != m_waiting.end();) {
        const std::shared_ptr<Waiting> waiting = *it;
        if (!waiting->last) {
            ++it;
            continue;
        }
        std::vector<Need> needs = waiting->needs;
        const auto lacking = std::find_if(needs.begin(), needs.end(), [](const Need& need) {
            return need.amount > 0 && need.amount > need.account->usable();
        });
        if (lacking == needs.end()) {
            it = m_waiting.erase(it);
            answer(waiting, take(std::move(needs), m_lastRunning), wakes);
            continue;
        }
        Account& account = *lacking->account;
        const bool unasked =
            account.askedRound < m_asked || account.free >= lacking->amount - account.usable();
        if (!account.unreachable && unasked) {
            for (const Need& need : needs)
                need.account->wanted = true;
            ++it;
            continue;
        }
        Refusal::Why why = Refusal::Why::Busy;
        if (account.unreachable)
            why = Refusal::Why::Unreachable;
        else if (lacking->amount > account.cap())
            why = Refusal::Why::TooLarge;
        else if (account.potential() < lacking->amount)
            why = Refusal::Why::Spent;
        it = m_waiting.erase(it);
        answer(waiting, refusal(*lacking, why), wakes);
    }
}

bool Budget::allow(std::string_view limit, std::int64_t more, Moment now) {
    std::function<void()> wake;
    {
        const std::lock_guard lock(m_mutex);
        const auto slot = std::find_if(m_slots.begin(), m_slots.end(),
                                       [limit](const Slot& s) { return s.key == limit; });
        if (slot == m_slots.end() || more <= 0)
            return false;
        Account& own = account(*slot, timeAt(now));
        own.toAllow.push_back({randomId(), more});
        own.wanted = true;
        wake = m_wake;
    }
    if (wake)
        wake();
    return true;
}

void Budget::freeDead() {
    std::function<void()> wake;
    {
        const std::lock_guard lock(m_mutex);
        m_freeDead = true;
        for (const auto& [key, account] : m_accounts)
            account->told = account->told && account->dead == 0;
        wake = m_wake;
    }
    if (wake)
        wake();
}

bool Budget::takeFreeDead() {
    const std::lock_guard lock(m_mutex);
    return std::exchange(m_freeDead, false);
}

void Budget::recall(std::string_view account) {
    const std::lock_guard lock(m_mutex);
    for (const auto& [key, owned] : m_accounts) {
        if (key.first == account)
            owned->recalled = true;
    }
}

void Budget::expire(Moment now) {
    Wakes wakes;
    {
        const std::lock_guard lock(m_mutex);
        m_lastRunning = now.runningMs;
        const UnixMs at = timeAt(now);
        // Who waits while a window ends goes on in the next one.
        for (const auto& waiting : m_waiting) {
            const bool ended =
                std::any_of(waiting->needs.begin(), waiting->needs.end(),
                            [&](const Need& need) { return at.value >= need.account->window.end; });
            if (!ended)
                continue;
            for (const Need& need : waiting->needs)
                --need.account->waiting;
            waiting->needs = needsOf(waiting->ask(), at);
            waiting->since = m_asked;
            for (const Need& need : waiting->needs)
                ++need.account->waiting;
        }
        serve(now.runningMs, wakes);
        for (const auto& waiting : m_waiting) {
            if (waiting->deadlineMs > now.runningMs || waiting->last)
                continue;
            waiting->last = true;
            waiting->since = m_asked;
            for (const Need& need : waiting->needs)
                need.account->wanted = true;
        }
    }
    detail::runAll(wakes);
}

bool Budget::busy() const {
    const std::lock_guard lock(m_mutex);
    return !m_waiting.empty() ||
           std::any_of(m_accounts.begin(), m_accounts.end(), [](const auto& entry) {
               const Account& account = *entry.second;
               return account.open > 0 || account.idle() > 0 || account.asking ||
                      account.unreachable || !account.told;
           });
}

bool Budget::isCurrent(const Account& account) const {
    return std::any_of(m_slots.begin(), m_slots.end(),
                       [&account](const Slot& slot) { return slot.current == &account; });
}

// Accounts of windows that are over and of limits that are gone, once nothing refers to them.
void Budget::dropOldAccounts() {
    for (auto it = m_accounts.begin(); it != m_accounts.end();) {
        const Account& account = *it->second;
        const bool over = !isCurrent(account) && account.open == 0 && account.waiting == 0 &&
                          !account.asking && account.idle() <= 0;
        it = over ? m_accounts.erase(it) : std::next(it);
    }
}

}  // namespace gr::ledger
