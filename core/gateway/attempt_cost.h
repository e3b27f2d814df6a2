// SPDX-License-Identifier: MIT
#pragma once

#include "base/clock.h"
#include "gateway/price_list.h"
#include "ledger/entry.h"

// What an attempt cost, by the table of docs/costs.md. Pure; any thread.
namespace gr::gateway {

// What is known of an attempt once it is over, or of its answer so far.
struct AttemptFacts {
    // The request left: only what never did costs nothing for certain.
    bool dispatched = true;
    // The provider answered with an HTTP error that is its own (see `isRefusal`).
    bool refused = false;
    // It answered to the end: what it says of tokens is final.
    bool complete = false;
    // An answer of this kind has no output tokens (embeddings).
    bool inputOnly = false;
    // Counted by the gateway, since the provider does not.
    bool estimated = false;
    // Nobody takes money for this (counts of tokens).
    bool gratis = false;
    // `usage.reportedCost` of this provider is what it bills, in US dollars.
    bool reportsCost = false;
    // A payment went with the request (x402): what it can take, whatever the tokens are. Until the
    // answer is there, whether it was taken is not known.
    std::optional<Money> paid{};
    TokenUsage usage{};
    UnixMs sentAt{};  // what decides between dated and hourly prices
};

// Whether an answer of this status says that nothing was done. A success does not, and 502, 504 and
// 520 to 527 do not: they are of a proxy (RFC 9110, 15.6.3 and 15.6.5; Cloudflare's own), behind
// which the provider may have gone on, and may bill.
bool isRefusal(int status);

// Fills in the attempt's tokens, cost, and how the cost is known.
void settle(ledger::Attempt& attempt, const AttemptFacts& facts, const Quote& quote);

// The provider's own figure and ours differ by more than 1 %: one of the two price lists is old.
bool disagrees(const ledger::Attempt& attempt);

}  // namespace gr::gateway
