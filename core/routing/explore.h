// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <functional>
#include <optional>

#include "routing/choice.h"

namespace gr::routing {

// Whom to try in place of the best, so that something is learnt of who is near it: now and then one
// of those that can answer at once, are expected to be at most 0.05 worse and to cost at most twice
// as much (and no more than a cent more). `share`: of requests; `chance` gives numbers from 0 to
// below 1. Gives a place in `choice.picks`, never the first. Pure.
std::optional<std::size_t> explore(const Choice& choice, double share,
                                   const std::function<double()>& chance);

}  // namespace gr::routing
