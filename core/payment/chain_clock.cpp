// SPDX-License-Identifier: MIT
#include "payment/chain_clock.h"

#include <algorithm>
#include <cstdint>

#include "base/time_text.h"

namespace gr::payment {
namespace {

std::string spanOf(Milliseconds time) {
    constexpr std::int64_t kDay = 24 * 60;
    const std::int64_t minutes = std::chrono::duration_cast<std::chrono::minutes>(time).count();
    if (minutes >= 2 * kDay)
        return std::to_string(minutes / kDay) + " days";
    if (minutes >= 60)
        return std::to_string(minutes / 60) + " h " + std::to_string(minutes % 60) + " min";
    return std::to_string(minutes) + " min";
}

}  // namespace

std::optional<Milliseconds> clockGap(UnixMs ours, const rpc::Block& latest, bool idles) {
    constexpr std::uint64_t kMostSeconds = 1'000'000'000'000;  // what a node says may be anything
    const auto theirs = static_cast<std::int64_t>(std::min(latest.time, kMostSeconds)) * 1'000;
    const Milliseconds gap(ours.value - theirs);
    const bool agrees = gap <= kMostClockGap && gap >= -kMostClockGap;
    if (agrees || (idles && gap > Milliseconds(0)))
        return std::nullopt;
    return gap;
}

std::string clockWords(std::string_view chain, Milliseconds gap, UnixMs ours) {
    const bool ahead = gap > Milliseconds(0);
    return "This machine's clock is " + spanOf(ahead ? gap : -gap) +
           (ahead ? " ahead of " : " behind ") + std::string(chain) + ": it is " + isoTime(ours) +
           " here, and its latest block is of " + isoTime({ours.value - gap.count()}) +
           ". Set the clock, or look whether the RPC server of wallet.networks is in step.";
}

}  // namespace gr::payment
