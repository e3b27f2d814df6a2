// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <optional>
#include <string>

// Who listens on a port of this machine, from /proc. Linux only; elsewhere nothing is known.
namespace gr::gateway {

// "node (process 4312)", or empty when it cannot be told (another user's process).
std::string portHolder(std::uint16_t port);

// The user id that listens on a loopback port; nothing when nobody does.
std::optional<unsigned> listenerUid(std::uint16_t port);

}  // namespace gr::gateway
