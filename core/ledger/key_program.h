// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string>

#include "base/clock.h"

namespace gr::ledger {

// A program on a gateway's machine that connected with a client key. A plain value.
struct KeyProgram {
    std::string client;    // id of the key, of the ledger or the configuration
    std::string program;   // path of its executable
    std::int64_t pid = 0;  // of the process that was seen last
    UnixMs firstSeen;
    UnixMs lastSeen;
};

// So many programs of one key are kept: those that were seen last.
inline constexpr int kMostKeyPrograms = 8;

}  // namespace gr::ledger
