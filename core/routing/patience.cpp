// SPDX-License-Identifier: MIT
#include "routing/patience.h"

#include <algorithm>
#include <cmath>

namespace gr::routing {
namespace {

struct Bounds {
    Milliseconds unknown;  // where little was seen
    Milliseconds unknownSlow;
    Milliseconds least;
    Milliseconds most;
};
constexpr Bounds kStream{Milliseconds(15'000), Milliseconds(60'000), Milliseconds(3'000),
                         Milliseconds(120'000)};
// The length of an answer is not known beforehand.
constexpr Bounds kWhole{Milliseconds(30'000), Milliseconds(120'000), Milliseconds(20'000),
                        Milliseconds(300'000)};
// Before another one is asked beside it.
constexpr Bounds kStreamBeside{Milliseconds(5'000), Milliseconds(20'000), Milliseconds(200),
                               Milliseconds(60'000)};
constexpr Bounds kWholeBeside{Milliseconds(15'000), Milliseconds(60'000), Milliseconds(500),
                              Milliseconds(120'000)};
constexpr double kTimesUsual = 4;
constexpr double kEnough = 8;  // samples to go by

Milliseconds within(const Bounds& bounds, const Waiting& waiting, double times) {
    const Milliseconds unknown =
        waiting.reasons || waiting.here ? bounds.unknownSlow : bounds.unknown;
    if (!waiting.speed)
        return unknown;
    const Speed& speed = *waiting.speed;
    const double usual = waiting.stream ? speed.firstTokenP95Ms : speed.wholeP95Ms;
    const double seen = waiting.stream ? speed.streams : speed.samples - speed.streams;
    const Milliseconds learnt(std::llround(times * usual));
    return std::clamp(learnt, seen < kEnough ? unknown : bounds.least, bounds.most);
}

}  // namespace

Milliseconds patienceFor(const Waiting& waiting) {
    return within(waiting.stream ? kStream : kWhole, waiting, kTimesUsual);
}

Milliseconds hedgeDelayFor(const Waiting& waiting, double times) {
    return within(waiting.stream ? kStreamBeside : kWholeBeside, waiting, times);
}

}  // namespace gr::routing
