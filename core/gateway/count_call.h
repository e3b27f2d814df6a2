// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <optional>

#include "gateway/errand.h"

namespace gr::gateway {

// Asks the lane's provider, with its key number `key`, how many tokens `errand` is; `question` is
// errand.asCount(). Costs nothing, is no attempt and says nothing about the provider's health.
// Absent: it did not say within five seconds, or the client left. In the io thread.
http::Awaitable<std::optional<std::int64_t>> askCount(ExchangeState& state, const Lane& lane,
                                                      const Errand& errand, std::size_t key,
                                                      const protocol::WrittenRequest& question);

}  // namespace gr::gateway
