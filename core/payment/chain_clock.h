// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "payment/rpc.h"

// This machine's clock beside that of a chain, which thousands of machines agree on: a clock that
// was wrong from the start leaps nowhere, and would sign payments that are good for days, or for
// nothing. Pure; any thread.
namespace gr::payment {

// So far they may be apart: slow chains, servers that lag, clocks that nobody sets.
constexpr Milliseconds kMostClockGap{600'000};

// Our clock less the time of the chain's latest block, where that is too much; nothing: they agree.
// `idles`: the chain may make no block for long (test networks, those of one's own), so that an old
// one tells nothing.
std::optional<Milliseconds> clockGap(UnixMs ours, const rpc::Block& latest, bool idles);

// "This machine's clock is 2 h 5 min ahead of Base …", and what to do: sentences.
std::string clockWords(std::string_view chain, Milliseconds gap, UnixMs ours);

}  // namespace gr::payment
