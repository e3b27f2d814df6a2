// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "base/clock.h"
#include "base/error.h"
#include "ledger/lease.h"
#include "ledger/limit.h"
#include "ledger/reservation.h"
#include "ledger/window.h"

namespace gr::ledger {

// Both clocks, read together.
struct Moment {
    UnixMs wall;
    std::int64_t runningMs = 0;  // of a clock that never jumps and goes on during sleep
    static Moment now();
};

// How a limit stands, in its unit.
struct LimitState {
    Limit limit;
    Window window;
    std::int64_t spent = 0;
    std::int64_t allowed = 0;    // beyond its amount, by a person
    std::int64_t reserved = 0;   // by requests under way here
    std::int64_t elsewhere = 0;  // set aside for other gateways
    std::int64_t stranded = 0;   // of `spent`, what gateways held that ended without giving it back
    bool told = false;           // false: the ledger has not been asked yet
};

// The only one that says yes to money: it reserves before anything is sent, out of leases. Shared
// by the io threads and the thread that talks to the LeaseStore; one short lock; no disk, no
// threads of its own.
class Budget final {
  public:
    explicit Budget(Moment start);
    ~Budget();
    Budget(const Budget&) = delete;
    Budget& operator=(const Budget&) = delete;

    // From now on these limits hold. What was spent stays spent.
    void apply(std::vector<Limit> limits, Moment now);

    // So much more may be spent in the present window of the limit with this key (Limit::key), by
    // all gateways; durable once the ledger was told. False: there is no such limit.
    bool allow(std::string_view limit, std::int64_t more, Moment now);
    // What gateways held that are dead is to be free again: the next round does it.
    void freeDead();

    // Told when `takeWork` has something that should not wait for the next tick. Any thread calls
    // it, without the lock.
    void onWork(std::function<void()> wake);

    using Answer = ReserveAnswer;

    // A reservation that waits for the ledger or for others. The answer comes once; when this goes
    // before, nothing is reserved.
    class Ticket final {
      public:
        Ticket() = default;
        Ticket(Ticket&&) noexcept = default;
        Ticket& operator=(Ticket&&) = delete;
        ~Ticket();
        // Absent: not yet. Takes it.
        std::optional<Answer> take();
        // How long it waits for others, if the ledger answers.
        Milliseconds patience() const;

      private:
        friend class Budget;
        Budget* m_budget = nullptr;
        std::shared_ptr<detail::Waiting> m_waiting;
    };

    // Answers at once where the leases at hand or the limit itself decide; otherwise the ticket
    // does, after `wake` was called (by any thread, without the lock, at most once).
    std::variant<Answer, Ticket> reserve(const ReserveAsk& ask, Moment now,
                                         std::function<void()> wake);

    // Which kinds of limits hold for `spender`.
    struct Demand {
        bool any = false;
        bool bound = false;       // one that is hard, in USD or tokens: it needs the worst case
        bool hardUsd = false;     // set by the user: what has no bound or price is refused
        bool usd = false;         // any in USD
        bool tokens = false;      // any in tokens
        bool hardTokens = false;  // hard
    };
    Demand demandOn(const Spender& spender) const;
    // The least that hard limits in USD have left for `spender`, as far as is known, in
    // pico-dollars; absent: none holds.
    std::optional<std::int64_t> left(const Spender& spender, Moment now);
    // How the limits stand, in their order; those that hold for `whose` alone, where that is given.
    std::vector<LimitState> states(Moment now, const Spender* whose = nullptr) const;
    // See WindowClock.
    std::optional<std::int64_t> disbelieved() const;
    void believeClock();

    // --- For the one thread that has the LeaseStore.

    // What to ask and to give back now. `tick`: a quarter of a second has passed, so that what lay
    // idle goes back.
    std::vector<LeaseWork> takeWork(Moment now, bool tick);
    // The answers to what `takeWork` gave last, in its order; an error leaves the waiting to wait.
    // `doubt`: it may have come to pass in spite of the error; what was to be given back then
    // counts as leased until the window ends.
    void did(std::span<const LeaseWork> work, const Result<std::vector<LeaseAnswer>>& answers,
             Moment now, bool doubt = false);
    // Another gateway wants what lies idle in this account.
    void recall(std::string_view account);
    // The ledger knows of a window that began then: limits do not go back behind it, also where the
    // clock was set back while nothing ran. Before the first answers.
    void notBefore(UnixMs time);
    // The ledger's clock is so many milliseconds ahead of this machine's, and it decides.
    void setClockAhead(std::int64_t ms);
    // Marks the waits that took too long: the next answers of the ledger end them. Before
    // `takeWork` at every tick.
    void expire(Moment now);
    // The last: everything that lies idle, to be given back. What is reserved stays leased.
    std::vector<LeaseWork> takeIdle();
    // True once after freeDead.
    bool takeFreeDead();
    // True when a question is due before the next tick.
    bool hasWork() const;
    // True while leases are held or waited for: then ticks are needed.
    bool busy() const;

  private:
    friend class Reservation;
    struct Slot {
        Limit limit;
        std::string key;
        detail::Account* current = nullptr;
    };
    using Wakes = std::vector<std::function<void()>>;
    using Need = Reservation::Entry;

    // These with the lock held.
    UnixMs timeAt(Moment now);
    detail::Account& account(Slot& slot, UnixMs at);
    std::vector<Need> needsOf(const ReserveAsk& ask, UnixMs at);
    static bool fits(std::span<const Need> needs, const detail::Waiting* self);
    Reservation take(std::vector<Need> needs, std::int64_t runningMs);
    std::optional<Refusal> hopeless(std::span<const Need> needs, std::uint64_t since,
                                    std::int64_t runningMs) const;
    Refusal refusal(const Need& need, Refusal::Why why) const;
    void serve(std::int64_t runningMs, Wakes& wakes);
    void answer(const std::shared_ptr<detail::Waiting>& waiting, Answer answer, Wakes& wakes);
    void dropOldAccounts();
    bool pressing() const;
    bool isCurrent(const detail::Account& account) const;
    void refuseLate(Wakes& wakes);

    std::vector<Charge> close(Reservation& reservation, const Spent* actual);
    void forget(detail::Waiting& waiting);

    mutable std::mutex m_mutex;
    std::function<void()> m_wake;
    WindowClock m_clock;
    std::int64_t m_aheadMs = 0;
    bool m_aheadKnown = false;
    std::vector<Slot> m_slots;
    std::map<std::pair<std::string, std::int64_t>, std::unique_ptr<detail::Account>> m_accounts;
    std::list<std::shared_ptr<detail::Waiting>> m_waiting;  // in the order in which they came
    std::uint64_t m_asked = 0;                              // rounds of takeWork
    bool m_freeDead = false;
    std::int64_t m_lastRunning = 0;
};

}  // namespace gr::ledger
