// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <functional>
#include <optional>

#include "ledger/history.h"

// What all exports have in common: plain values; any thread.
namespace gr::ledger {

enum class ExportFormat : std::uint8_t { Csv, Json };

// Rows done and rows in all (about, while a gateway writes); false ends the export.
using ExportProgress = std::function<bool(std::int64_t done, std::int64_t all)>;

// What was written. Times are those of the first and the last start.
struct Exported {
    std::int64_t requests = 0;
    std::optional<UnixMs> first;
    std::optional<UnixMs> last;
    std::optional<Cut> cut;  // removed from the ledger because of their age
};

}  // namespace gr::ledger
