// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "gateway/snapshot.h"
#include "ledger/history.h"
#include "ledger/reader.h"
#include "protocol/chat.h"
#include "routing/session_memory.h"

// What another configuration would have made of requests that were answered: offline, from what the
// ledger keeps of each (routing/trace.h), without their texts. Estimates: each answer is taken to
// be as long from any model, each prompt to be as many tokens, caches to hold what they usually
// hold, and models that were not asked to be as fast as their kind.
namespace gr::gateway {

struct ReplaySide {
    std::int64_t answered = 0;
    std::int64_t refused = 0;
    Money cost;                                  // as far as it is known
    std::int64_t unknownCost = 0;                // requests without a price
    std::int64_t medianMs = 0;                   // to the end of an answer; 0: none was given
    std::map<std::string, std::int64_t> models;  // requests by "provider/model"
};

struct ReplayReport {
    std::int64_t requests = 0;  // that were replayed
    std::int64_t left = 0;      // in that time, but nothing is kept of them, or no answer came
    std::int64_t changed = 0;   // would have gone elsewhere, or nowhere
    // Of the replayed, those of which nobody kept what a rule asks about (secrets, code, language,
    // headers): the rule is taken not to hold.
    std::int64_t unexamined = 0;
    ReplaySide before;
    ReplaySide after;
};

// One use, one thread.
class Replay final {
  public:
    // What would have become of a request.
    struct Outcome {
        std::string provider;  // empty: it would be refused
        std::string model;
        std::optional<Money> cost;
        std::int64_t ms = 0;
        // What rules want of it besides.
        std::optional<protocol::Effort> effort;
        std::optional<Money> most;
        // `auto` had to choose, and nobody kept what it goes by.
        bool guessed = false;
    };

    // `snapshot`: of the configuration that is tried.
    explicit Replay(SnapshotPtr snapshot) : m_snapshot(std::move(snapshot)) {}

    // Oldest first: what a session had before decides what lies in whose cache.
    void take(const ledger::StoredRecord& row);
    ReplayReport report() const;
    // Of one request, oldest first, too; it does not count in the report. `facts`: see recall().
    Outcome follow(const ledger::RequestRecord& record, routing::RequestFacts facts);

  private:
    Outcome outcomeOf(const ledger::RequestRecord& record, routing::RequestFacts& facts);
    void price(Outcome& outcome, std::size_t offer, const ledger::RequestRecord& record,
               const routing::RequestFacts& facts) const;
    std::int64_t warmTokens(const Outcome& outcome, const routing::RequestFacts& facts,
                            SteadyTime now) const;

    SnapshotPtr m_snapshot;
    routing::SessionMemory m_sessions;
    ReplayReport m_report;
    std::vector<std::int64_t> m_msBefore;
    std::vector<std::int64_t> m_msAfter;
};

// The snapshot to try `policy` with: providers whose keys are not at hand count as ready.
SnapshotPtr snapshotToTry(Policy policy);

// Requests done and requests in all, about; false ends it.
using ReplayProgress = std::function<bool(std::int64_t done, std::int64_t all)>;

// Replays what began from `from` to before `to`. Errors: Cancelled when `progress` says so; else
// those of Reader. Any thread.
Result<ReplayReport> replay(ledger::Reader& reader, SnapshotPtr snapshot, UnixMs from, UnixMs to,
                            const ReplayProgress& progress = {});

// {"requests","left","changed","unexamined","before":{"answered","refused","cost_usd","unknown_cost","median_ms",
// "models":{…}},"after":{…}}; money as decimal strings.
std::string replayBody(const ReplayReport& report);

}  // namespace gr::gateway
