// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"
#include "gateway/snapshot.h"
#include "http/message.h"
#include "protocol/wishes.h"
#include "routing/request_facts.h"
#include "routing/rules.h"

// The user's rules, asked about one request. Pure; any thread.
namespace gr::gateway {

// A request as rules see it. Views of the request, which outlives the call.
struct RuledRequest {
    const http::Fields& headers;
    std::string_view body;  // all that would be sent
    bool json = true;       // it is validated JSON
    UnixMs now;
};

// The hour of the day, 0 to 23, as rules have it: in the settings' time zone.
int hourOf(const settings::Routing& routing, UnixMs when);

// Completes `facts` by what the rules of the snapshot ask about, and asks them. What a walk over
// the body tells has to be there if `snapshot.neededFacts.body`. Points into the snapshot.
routing::RuleEffect askRules(const Snapshot& snapshot, const RuledRequest& request,
                             routing::RequestFacts& facts);

// The same of a request that was recorded: `facts` say what is known of it; its headers are gone.
routing::RuleEffect recallRules(const Snapshot& snapshot, UnixMs when,
                                routing::RequestFacts& facts);

// The refusal that a rule wants.
Result<void> checkRefusal(const routing::RuleEffect& effect);

// The smaller of what the request and the rules allow it to cost; with the name of what says so.
void tightenMaximum(const routing::RuleEffect& effect, protocol::Wishes& wishes);

// What is routed: what the request asks for, or the alias that a rule puts in its place.
std::string_view routedModel(const routing::RuleEffect& effect, std::string_view asked);

}  // namespace gr::gateway
