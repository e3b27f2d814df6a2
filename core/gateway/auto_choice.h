// SPDX-License-Identifier: MIT
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/snapshot.h"
#include "ledger/budget.h"
#include "protocol/ask.h"
#include "routing/choice.h"
#include "routing/experience.h"
#include "routing/health.h"
#include "routing/session_memory.h"

namespace gr::gateway {

// What `auto` looks at besides the request and the snapshot. Null: nothing is known of it.
struct AutoSight {
    const routing::Health* health = nullptr;
    const routing::SessionMemory* sessions = nullptr;
    const ledger::Budget* budget = nullptr;
    UnixMs when;
    SteadyTime now;
    const routing::RuleEffect* rules = nullptr;  // what the user's rules want of the request
    const routing::Corrections* learnt = nullptr;
    // From 0 to below 1. Null: nobody is tried for the sake of learning (routing.explore).
    std::function<double()> chance{};
};

// The choice of `auto` for one request: gathers what the pure choice asks about, and says what came
// of it. One thread, as long as the request; everything it is given outlives it.
class AutoChoice final {
  public:
    // `client`: who asks; null: somebody who may ask for everything. Sets `facts.prediction` once
    // it is needed.
    AutoChoice(const Snapshot& snapshot, const ClientEntry* client, const protocol::Ask& ask,
               routing::RequestFacts& facts, const AutoSight& sight);
    AutoChoice(const AutoChoice&) = delete;
    AutoChoice& operator=(const AutoChoice&) = delete;

    // For routing::RouteAsk::autos: `auto`, `auto:cheap`, `auto:balanced`, `auto:best` and
    // `auto:fast`; nothing for other names. What the name does not say, the request's preference
    // does, then the settings.
    std::optional<routing::AutoPicks> picks(std::string_view name);

    // What the last picks() went by; null: `auto` was not asked for, or is not a matter of quality
    // (embeddings).
    struct Inputs {
        std::vector<std::size_t> considered;
        std::vector<float> qualities;
        routing::Situation situation;
        routing::Wish wish;
    };
    const Inputs* inputs() const { return m_inputs ? &*m_inputs : nullptr; }
    const routing::Choice& choice() const { return m_choice; }
    routing::Choice chooseAgain(const routing::Situation& situation,
                                const routing::Wish& wish) const;

  private:
    routing::Wish wishOf(std::string_view aim) const;
    routing::Situation situationNow() const;
    bool ruled() const { return m_sight.rules != nullptr && m_sight.rules->any(); }
    std::string_view refusalOf(const routing::Listing& listing) const;
    void orderByRules();
    void tryAnother();
    double qualityOf(const routing::Listing& listing) const;
    void consider(bool all);
    routing::AutoPicks told() const;
    routing::AutoPicks embedding() const;

    const Snapshot& m_snapshot;
    const ClientEntry* m_client;
    const protocol::Ask& m_ask;
    routing::RequestFacts& m_facts;
    const AutoSight m_sight;
    std::optional<routing::SessionMemory::Session> m_session;
    std::optional<Inputs> m_inputs;
    routing::Choice m_choice;
    std::optional<std::size_t> m_explored;     // the listing that is tried in place of the best
    mutable std::set<std::string> m_refusals;  // the choice has views of them
};

// Short ASCII for the header: "auto: math, quality 0.81, about $0.0021".
std::string reasonOf(const routing::Menu& menu, const routing::Pick& pick,
                     const routing::Choice& choice, const routing::Prediction& prediction,
                     UnixMs when);

// A number with so many places behind the point, whatever the locale.
std::string fixedText(double value, int places);

}  // namespace gr::gateway
