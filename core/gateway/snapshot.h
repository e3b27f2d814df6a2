// SPDX-License-Identifier: MIT
#pragma once

#include <memory>
#include <vector>

#include "gateway/policy.h"
#include "routing/menu.h"
#include "routing/obstacle.h"
#include "routing/router.h"
#include "routing/rules.h"
#include "upstream/provider.h"

namespace gr::gateway {

// A policy with everything derived from it that a request needs. Immutable; shared by the io
// threads and by the exchanges that began with it.
struct Snapshot {
    PolicyPtr policy;
    protocol::Dialects dialects;  // the providers point into it
    std::vector<upstream::Provider> providers;
    std::vector<routing::Offer> offers;  // same order
    std::vector<routing::Alias> aliases;
    std::shared_ptr<const routing::Scorer> scorer;  // null only where its file is broken
    routing::Menu menu;                             // for `auto`; views of the providers lie in it
    routing::NeededFacts neededFacts;               // by the policy's rules

    // What a model of this provider costs; once a candidate, since it looks names up.
    Quote quoteFor(std::size_t provider, std::string_view model) const;
    // What is known that it can do.
    routing::Abilities abilitiesOf(std::size_t provider, std::string_view model) const;
    // routing::leaveOutUnable() for candidates of this snapshot.
    void leaveOutUnable(routing::RouteDecision& decision, const routing::RequestFacts& facts) const;
    // The dearest price of this provider, else of all; null where none is known.
    std::shared_ptr<const catalog::Price> dearestPrice(std::string_view provider) const;
};

using SnapshotPtr = std::shared_ptr<const Snapshot>;

// Providers whose address or kind cannot be served become offers that are not usable, with the
// reason.
SnapshotPtr makeSnapshot(PolicyPtr policy);

}  // namespace gr::gateway
