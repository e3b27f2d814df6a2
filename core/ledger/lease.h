// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "ledger/limit.h"

// Leases: slices of limits that the ledger has durably set aside for one gateway, which spends them
// without asking again. What a gateway that died held counts as spent.
namespace gr::ledger {

// 62 random bits, above zero: no other holder or allowance has the same.
std::int64_t randomId();

// So much more may be spent of a limit in one window, because a person said so.
struct Allowance {
    std::int64_t id = 0;  // above zero; the same id counts once, however often it is brought
    std::int64_t amount = 0;
};

// What is to be done about the lease of one account.
struct LeaseWork {
    Limit limit;  // its amount and what was allowed beyond are the cap
    Window window;
    std::vector<Allowance> allow;  // before all else
    std::int64_t giveBack = 0;     // first; of what was granted before
    std::int64_t least = 0;        // then at least so much more, or nothing …
    std::int64_t want = 0;         // … and if there is room, so much; 0: nothing
    bool first = false;            // this gateway has not asked for this account before
};

// How an account stands afterwards, in the limit's unit.
struct LeaseAnswer {
    std::int64_t granted = 0;
    std::int64_t allowed = 0;  // beyond the limit's amount, in this window
    // Of the cap, neither spent nor leased; negative where it is exceeded. What gateways held that
    // are dead counts as spent.
    std::int64_t free = 0;
    std::int64_t own = 0;     // what this gateway holds, less what its rows have charged
    std::int64_t others = 0;  // leased to other gateways that live: it may come back
    std::int64_t dead = 0;    // leased to gateways that are dead
};

// The durable side of leases. Lives in one thread.
class LeaseStore {
  public:
    virtual ~LeaseStore() = default;

    // All of it or nothing, on disk when it returns. Answers in the order of the work. Where others
    // hold what is asked for, they are told to give idle leases back.
    virtual Result<std::vector<LeaseAnswer>> lease(std::span<const LeaseWork> work) = 0;

    // After an error of `lease`: whether it may have come to pass all the same.
    virtual bool inDoubt() const = 0;

    // Keys of accounts of which another gateway wants idle leases back.
    virtual Result<std::vector<std::string>> recalled() = 0;

    // What gateways held that are dead is free again. What their last requests took is in no row.
    virtual Result<void> freeDead() = 0;

    // The last call: forgets leases of this gateway that hold nothing.
    virtual Result<void> tidy() = 0;

    // When the latest window began that anybody opened, in milliseconds since 1970; 0: there is
    // none.
    virtual Result<std::int64_t> latestWindow() = 0;

    // How far the ledger's clock is ahead of this machine's, in milliseconds: where gateways share
    // a ledger, its time decides.
    virtual Result<std::int64_t> aheadMs() = 0;
};

}  // namespace gr::ledger
