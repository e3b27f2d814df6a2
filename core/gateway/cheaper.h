// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "gateway/snapshot.h"

namespace gr::gateway {

// What a limit has no room for.
struct TooDear {
    std::size_t provider = 0;  // index in the snapshot
    std::string model;
    bool images = false;           // the request has some
    std::int64_t inputTokens = 0;  // about
};

// Where a request goes that a limit with `at_limit: cheaper` has no room for, in the order of
// trying: the models of `routing.cheaper`; without it those that are offered, that the catalog
// knows to call tools, and that cost less at this provider (first) or another, the dearest first,
// at most five with the cheapest of all last. Only what the key may use and `rules` do not forbid.
// `autos`: what `auto` stands for among them; empty: nothing. Pure.
std::vector<routing::Candidate> cheaperThan(const Snapshot& snapshot, const TooDear& dear,
                                            const std::vector<std::string>& allowedModels,
                                            UnixMs now, const routing::RuleEffect& rules = {},
                                            const routing::AutoSource& autos = {});

}  // namespace gr::gateway
