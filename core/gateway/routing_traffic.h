// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "base/result.h"
#include "gateway/snapshot.h"
#include "ledger/reader.h"
#include "routing/rule_recall.h"

// What rules have to do with the requests of the last days: how often each has its say, and how
// many requests a change of the configuration would treat otherwise. From what the books keep of
// them, without their texts; nothing is sent.
namespace gr::gateway {

struct RoutingTraffic {
    std::int64_t requests = 0;             // that rules were, or would be, asked about
    std::vector<routing::RuleHits> rules;  // of `after`, in their order
    // Of the newest requests: how many were looked at twice, and how many of these would go
    // elsewhere, be refused or no longer, or go there with another effort or maximum. An estimate
    // as that of a replay.
    std::int64_t compared = 0;
    std::int64_t affected = 0;
};

// So many of the newest requests are decided under both configurations.
inline constexpr std::size_t kMostCompared = 2'000;

// Of the requests that began from `from` to before `to`. `before` null: the configuration did not
// change, and nothing is compared. `goesOn` is asked now and then; false ends it. Errors:
// Cancelled; else those of Reader. Any thread.
Result<RoutingTraffic> measureTraffic(ledger::Reader& reader, const SnapshotPtr& before,
                                      const SnapshotPtr& after, UnixMs from, UnixMs to,
                                      const std::function<bool()>& goesOn);

}  // namespace gr::gateway
