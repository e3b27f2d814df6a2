// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string>

#include "ledger/entry.h"

// What the tables of the ledger mean, in every store.
namespace gr::ledger {

inline constexpr int kSchemaVersion = 11;
inline constexpr std::int64_t kHourMs = 3'600'000;

// Bits of `requests.flags`.
inline constexpr std::int64_t kStreamedFlag = 1;
inline constexpr std::int64_t kSimulatedFlag = 2;
inline constexpr std::int64_t kSettlementFlag = 4;
inline constexpr std::int64_t kReusedFlag = 8;

// What a row adds to sums: a settlement is no request, and one unknown cost less.
struct RowCounts {
    std::int64_t requests = 1;
    std::int64_t unknownCost = 0;
};
constexpr RowCounts countsOf(bool settlement, bool costKnown) {
    return settlement ? RowCounts{0, -1} : RowCounts{1, costKnown ? 0 : 1};
}

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

// SQL: the sum of two numbers >= 0 that stops at the largest one instead of failing or turning into
// floating point.
std::string cappedSum(const std::string& a, const std::string& b);

}  // namespace gr::ledger
