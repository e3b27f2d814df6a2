// SPDX-License-Identifier: MIT
#pragma once

#include <memory>

#include "gateway/exchange_state.h"
#include "gateway/snapshot.h"
#include "routing/experience.h"
#include "routing/request_facts.h"

// What requests whose facts were read leave behind: features for a replay, and how answers turn
// out. Io thread of the request.
namespace gr::gateway {

// By how much qualities are corrected; null where the settings do not want that.
std::shared_ptr<const routing::Corrections> learntBy(const Services& services,
                                                     const Snapshot& snapshot);

// A request that goes to a provider: it may say how the answer before it turned out. Fills in
// `wantedShape`.
void noteArrival(ExchangeState& state, const Snapshot& snapshot,
                 const routing::RequestFacts& facts);

// The request is over: its features go into the record, and its answer waits to be judged.
void noteRouting(ExchangeState& state, const Snapshot& snapshot,
                 const routing::RequestFacts& facts);

}  // namespace gr::gateway
