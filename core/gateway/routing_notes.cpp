// SPDX-License-Identifier: MIT
#include "gateway/routing_notes.h"

#include <algorithm>

#include "routing/trace.h"

namespace gr::gateway {
namespace {

bool learns(const ExchangeState& state, const Snapshot& snapshot) {
    return snapshot.policy->routing.learn && state.ask.task == protocol::Task::Generate;
}

// It wrote as much as the model can, and the client had allowed that.
bool isTruncated(const ExchangeState& state, const routing::RequestFacts& facts) {
    const auto most = state.lane->quote.maxOutput;
    const auto written = state.record.tokens.outputTotal();
    return most && written && static_cast<std::uint64_t>(*written) >= *most &&
           (!facts.maxOutput || static_cast<std::uint64_t>(*facts.maxOutput) >= *most);
}

}  // namespace

std::shared_ptr<const routing::Corrections> learntBy(const Services& services,
                                                     const Snapshot& snapshot) {
    if (!snapshot.policy->routing.learn)
        return nullptr;
    return services.experience.experience().corrections();
}

void noteArrival(ExchangeState& state, const Snapshot& snapshot,
                 const routing::RequestFacts& facts) {
    if (!learns(state, snapshot))
        return;
    state.services.experience.outcomes().arrived(facts, state.services.clock.now());
    if (facts.prediction.known.empty() || (!facts.structured && !facts.hasTools))
        return;
    auto wanted = std::make_unique<WantedShape>(wantedShape(state.ask.protocol, state.body()));
    if (wanted->any())
        state.wantedShape = std::move(wanted);
}

void noteRouting(ExchangeState& state, const Snapshot& snapshot,
                 const routing::RequestFacts& facts) {
    ledger::RequestRecord& record = state.record;
    if (state.ask.task != protocol::Task::Generate)
        return;
    const routing::NeededFacts& needed = snapshot.neededFacts;
    record.features = routing::packTrace({facts, needed.secret, needed.code, needed.language});
    if (record.outcome != ledger::Outcome::Answered || record.reused || !learns(state, snapshot) ||
        facts.prediction.known.empty())
        return;
    const auto& listings = snapshot.menu.listings;
    const auto listing = std::find_if(listings.begin(), listings.end(), [&](const auto& one) {
        return one.model == record.model && one.abilities.provider == record.provider;
    });
    if (listing == listings.end())
        return;
    const routing::Served served{record.model, facts.prediction.likeliest(),
                                 snapshot.scorer->quality(facts.prediction, listing->profile)};
    state.services.experience.outcomes().answered(
        facts, {record.id, record.client, served, isTruncated(state, facts), state.misshapen},
        state.services.clock.now());
}

}  // namespace gr::gateway
