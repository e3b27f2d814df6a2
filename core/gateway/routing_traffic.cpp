// SPDX-License-Identifier: MIT
#include "gateway/routing_traffic.h"

#include <algorithm>
#include <deque>
#include <utility>

#include "gateway/recall.h"
#include "gateway/replay.h"

namespace gr::gateway {
namespace {

constexpr int kRowsAtOnce = 2'000;
constexpr std::size_t kAskEvery = 100;  // decisions

// Counts row by row, oldest first.
class HitCount final {
  public:
    explicit HitCount(SnapshotPtr snapshot) : m_snapshot(std::move(snapshot)) {
        m_hits.resize(rules().size());
    }

    // False: rules are not asked about such a row.
    bool take(const ledger::RequestRecord& record) {
        auto known = recall(record, *m_snapshot);
        if (!known)
            return false;
        routing::RequestFacts& facts = known->facts;
        const SteadyTime now = steadyOf(record.startedAt);
        if (const auto session = m_sessions.find(facts.session, now))
            facts.sessionSpent = session->spent;
        rulesFor(known->known).count(facts, m_hits);
        if (!facts.session.empty())
            m_sessions.answered(facts.session, {record.provider, record.model, now, 0},
                                record.cost.value_or(Money()));
        return true;
    }
    const std::vector<routing::RuleHits>& hits() const { return m_hits; }

  private:
    const std::vector<routing::Rule>& rules() const { return m_snapshot->policy->routing.rules; }

    // There are a few kinds of rows, by what is known of them.
    const routing::RecalledRules& rulesFor(const routing::Known& known) {
        const auto found = std::find_if(m_recalled.begin(), m_recalled.end(),
                                        [&known](const auto& one) { return one.known() == known; });
        return found != m_recalled.end() ? *found : m_recalled.emplace_back(rules(), known);
    }

    SnapshotPtr m_snapshot;
    routing::SessionMemory m_sessions;
    std::deque<routing::RecalledRules> m_recalled;
    std::vector<routing::RuleHits> m_hits;
};

bool sameTreatment(const Replay::Outcome& a, const Replay::Outcome& b) {
    return a.provider == b.provider && a.model == b.model && a.effort == b.effort &&
           a.most == b.most;
}

Result<void> compare(const std::deque<ledger::StoredRecord>& rows, const SnapshotPtr& before,
                     const SnapshotPtr& after, const std::function<bool()>& goesOn,
                     RoutingTraffic& traffic) {
    Replay asItIs(before);
    Replay asItWouldBe(after);
    for (std::size_t i = 0; i < rows.size(); ++i) {
        if (i % kAskEvery == 0 && !goesOn())
            return fail(ErrorCode::Cancelled, "The comparison was cancelled.");
        const ledger::RequestRecord& record = rows[i].record;
        const auto known = recall(record, *after);
        const Replay::Outcome was = asItIs.follow(record, known->facts);
        const Replay::Outcome is = asItWouldBe.follow(record, known->facts);
        if (was.guessed && is.guessed)
            continue;
        ++traffic.compared;
        traffic.affected += sameTreatment(was, is) ? 0 : 1;
    }
    return {};
}

}  // namespace

Result<RoutingTraffic> measureTraffic(ledger::Reader& reader, const SnapshotPtr& before,
                                      const SnapshotPtr& after, UnixMs from, UnixMs to,
                                      const std::function<bool()>& goesOn) {
    ledger::Filter range;
    range.from = from;
    range.to = to;
    HitCount count(after);
    RoutingTraffic traffic;
    std::deque<ledger::StoredRecord> newest;
    std::int64_t last = 0;
    for (;;) {
        if (!goesOn())
            return fail(ErrorCode::Cancelled, "The count was cancelled.");
        auto rows = reader.newerThan(last, kRowsAtOnce, range);
        if (!rows)
            return fail(rows.error());
        if (auto added = reader.addFeatures(*rows); !added)
            return fail(added.error());
        const bool more = rows->size() == static_cast<std::size_t>(kRowsAtOnce);
        for (ledger::StoredRecord& row : *rows) {
            last = row.sequence;
            if (!count.take(row.record))
                continue;
            ++traffic.requests;
            if (before == nullptr)
                continue;
            newest.push_back(std::move(row));
            if (newest.size() > kMostCompared)
                newest.pop_front();
        }
        if (!more)
            break;
    }
    traffic.rules = count.hits();
    if (before != nullptr) {
        if (auto done = compare(newest, before, after, goesOn, traffic); !done)
            return fail(done.error());
    }
    return traffic;
}

}  // namespace gr::gateway
