// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <filesystem>

#include "base/result.h"
#include "ledger/entry.h"
#include "ledger/store_sqlite.h"

// The tables of the ledger, their versions, and how a file of them is opened. docs/ledger.md says
// what each column holds.
namespace gr::ledger {

inline constexpr int kSchemaVersion = 3;
inline constexpr std::int64_t kHourMs = 3'600'000;

// Bits of `requests.flags`.
inline constexpr std::int64_t kStreamedFlag = 1;
inline constexpr std::int64_t kSimulatedFlag = 2;

constexpr std::int64_t outcomeBit(Outcome outcome) {
    return std::int64_t{1} << (static_cast<int>(outcome) & 31);  // a damaged file may hold any
}
// The outcomes that count as failures: all but Answered and ClientGone.
inline constexpr std::int64_t kFailureBits =
    outcomeBit(Outcome::Refused) | outcomeBit(Outcome::ProviderFailed) |
    outcomeBit(Outcome::StreamBroken) | outcomeBit(Outcome::Stopped);
constexpr bool isFailure(Outcome outcome) {
    return (outcomeBit(outcome) & kFailureBits) != 0;
}

// A connection that may write. Makes folder (0700) and file (0600) where there are none, brings
// older forms up to date, and refuses what it does not understand without touching it. Commits
// survive the death of the process; after `PRAGMA synchronous=FULL` a power cut as well.
Result<Database> openForWriting(const std::filesystem::path& file);

// A connection that reads. FileUnreadable when there is no ledger yet.
Result<Database> openForReading(const std::filesystem::path& file);

}  // namespace gr::ledger
