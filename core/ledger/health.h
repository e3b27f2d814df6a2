// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <optional>

#include "base/clock.h"
#include "base/error.h"

namespace gr::ledger {

// How the writing of the books goes. A plain value.
struct Health {
    std::uint64_t queued = 0;         // rows waiting
    std::uint64_t written = 0;        // rows since start
    std::uint64_t lost = 0;           // rows dropped since start
    std::optional<Error> error = {};  // why the last write failed, while it fails
    std::uint64_t failures = 0;       // batches that the disk refused, since start
    std::optional<UnixMs> oldest{};   // when the oldest of those that wait was over
};

}  // namespace gr::ledger
