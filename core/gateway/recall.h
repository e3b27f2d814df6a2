// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string>

#include "base/clock.h"
#include "gateway/policy.h"
#include "gateway/snapshot.h"
#include "ledger/entry.h"
#include "routing/request_facts.h"
#include "routing/rule_recall.h"

// What the books still know of a request that is over. Pure; any thread.
namespace gr::gateway {

// Requests of the books have wall times only; those of one replay stand in their order.
inline SteadyTime steadyOf(UnixMs time) {
    return SteadyTime(Milliseconds(time.value));
}

// The client of the policy with this id; null: keys that were made at run time are not in it.
const ClientEntry* clientOf(const Policy& policy, const std::string& id);

// A prediction of another model file says nothing of the models of this one.
void adapt(routing::Prediction& prediction, const routing::Scorer& scorer);

// The facts that rules and the choice ask about, without what the conversation had cost.
struct Recalled {
    routing::RequestFacts facts;
    routing::Known known;
    bool traced = false;  // else only what the row itself tells
};

// `record`: with its features, where they were kept. Nothing for rows that rules were never asked
// about: refused before the client was known, or no requests.
std::optional<Recalled> recall(const ledger::RequestRecord& record, const Snapshot& snapshot);

}  // namespace gr::gateway
