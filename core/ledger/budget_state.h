// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "ledger/lease.h"
#include "ledger/reservation.h"

// What a Budget keeps behind its lock. Private to it.
namespace gr::ledger::detail {

// Stops at the ends of the range: absurd reports must not wrap.
inline std::int64_t add(std::int64_t a, std::int64_t b) {
    std::int64_t sum = 0;
    if (!__builtin_add_overflow(a, b, &sum))
        return sum;
    return b > 0 ? INT64_MAX : INT64_MIN;
}

inline void runAll(const std::vector<std::function<void()>>& wakes) {
    for (const std::function<void()>& wake : wakes) {
        if (wake)
            wake();
    }
}

// One limit in one window. granted = charged + reserved + idle.
struct Account {
    Limit limit;
    std::string key;
    Window window;
    std::int64_t granted = 0;   // leased to this gateway so far
    std::int64_t charged = 0;   // settled
    std::int64_t reserved = 0;  // by open reservations
    int open = 0;               // reservations
    int waiting = 0;            // those in the queue that need it

    // As the ledger last said, at `toldAtMs`, when it was asked for the `toldRound`th time.
    bool told = false;
    std::int64_t free = 0;
    std::int64_t others = 0;
    std::int64_t dead = 0;
    std::int64_t allowed = 0;
    std::uint64_t toldRound = 0;
    std::uint64_t askedRound = 0;  // the last round that asked for more
    std::int64_t toldAtMs = 0;
    bool asking = false;
    bool wanted = false;       // ask soon: somebody waits, and something has changed
    bool unreachable = false;  // the last question got no answer

    std::vector<Allowance> toAllow;  // what the ledger has not been told yet

    // What charges took beyond their reservations, each with `chargedLeased` behind it: the ledger
    // knows of those whose rows are written.
    std::vector<std::pair<std::int64_t, std::int64_t>> beyond;
    std::int64_t leased = 0;         // as the ledger counts: granted, less what went back
    std::int64_t chargedLeased = 0;  // of it, by all charges so far

    std::int64_t low = 0;         // the least that lay idle since the last tick
    std::int64_t lastUsedMs = 0;  // running time
    bool recalled = false;
    bool closed = false;   // its window or its limit is over: nothing more is leased for it
    bool claimed = false;  // while the queue is served: somebody earlier waits for it

    // What may be spent, as far as is known here.
    std::int64_t cap() const {
        std::int64_t sum = add(limit.amount, allowed);
        for (const Allowance& more : toAllow)
            sum = add(sum, more.amount);
        return sum;
    }
    std::int64_t idle() const { return granted - charged - reserved; }
    // What of it may be used: less where the limit was lowered, or exceeded by an estimate.
    std::int64_t usable() const { return add(idle(), std::min<std::int64_t>(free, 0)); }
    // What there would be if all that is reserved or leased anywhere came back.
    std::int64_t potential() const { return add(add(free, granted - charged), others); }
    // What may stay leased without a use: a crash loses no more of the limit.
    std::int64_t slice() const { return limit.amount / 50; }
    std::int64_t spent() const {
        const std::int64_t left = add(add(free, others), granted - charged);
        return told ? add(add(limit.amount, allowed), -left) : charged;
    }
};

// Somebody in the queue.
struct Waiting {
    std::string client;
    std::string provider;
    std::string model;
    std::string payee;
    Spend worst;
    Spend likely;
    std::vector<Charge> before;
    std::vector<Reservation::Entry> needs;
    std::uint64_t since = 0;  // rounds of questions to the ledger when it came
    std::int64_t waitMs = 0;
    std::int64_t deadlineMs = 0;
    bool last = false;  // its time is up: one more question to the ledger decides
    std::function<void()> wake;
    std::optional<ReserveAnswer> answer;

    ReserveAsk ask() const {
        return {.spender = {client, provider, model, payee},
                .worst = worst,
                .likely = likely,
                .before = before};
    }
};

}  // namespace gr::ledger::detail
