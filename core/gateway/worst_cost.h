// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string_view>

#include "base/money.h"
#include "gateway/snapshot.h"
#include "protocol/bound.h"

namespace gr::gateway {

// The most that one attempt at this candidate can cost, as limits reserve it (Purse), each byte of
// the prompt a token; for explanations. `bound`: of the request (protocol::boundOf), whose body has
// so many bytes. `mostOutput`: tokens of one choice where the request sets no maximum. Nothing
// where the price is unknown or there is no bound.
inline constexpr std::uint64_t kMostOutput = 32'000;
std::optional<Money> worstCost(const Snapshot& snapshot, const protocol::Bound& bound,
                               std::size_t provider, std::string_view model, UnixMs when,
                               std::uint64_t mostOutput = kMostOutput);

}  // namespace gr::gateway
