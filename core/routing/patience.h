// SPDX-License-Identifier: MIT
#pragma once

#include <optional>

#include "base/clock.h"
#include "routing/speed.h"

namespace gr::routing {

struct Waiting {
    bool stream = false;
    bool reasons = false;          // the model thinks before it speaks
    bool here = false;             // on this machine: it may have to be loaded first
    std::optional<Speed> speed{};  // seen of this model there
};

// How long the first token of a stream, or the head of a whole answer, is waited for where somebody
// else could answer: some times what is usual, within bounds. Pure.
Milliseconds patienceFor(const Waiting& waiting);

// How long it is waited for before another candidate is asked beside this one: `times` what is
// usual (its 95th percentile), within bounds. Pure.
Milliseconds hedgeDelayFor(const Waiting& waiting, double times);

}  // namespace gr::routing
