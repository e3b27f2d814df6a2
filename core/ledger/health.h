// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <optional>

#include "base/error.h"

namespace gr::ledger {

// How the writing of the books goes. A plain value.
struct Health {
    std::uint64_t queued = 0;         // rows waiting
    std::uint64_t written = 0;        // rows since start
    std::uint64_t lost = 0;           // rows dropped since start
    std::optional<Error> error = {};  // why the last write failed, while it fails
};

}  // namespace gr::ledger
