// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "gateway/events.h"

// What a running gateway tells a program that watches it, as one line of JSON, and back. Names are
// those of the C++ members; what is absent is not written. Texts are cut at kLongest bytes, so that
// a line of kMostEvents stays far below what the control socket takes. Pure; any thread.
namespace gr::gateway {

inline constexpr std::size_t kMostEvents = 1'000;  // in one line
inline constexpr std::size_t kLongest = 200;       // bytes of one text

struct FeedBatch {
    std::uint64_t next = 0;  // to ask with the next time
    // Earlier events are not known any more: `events` holds what runs now, everything else is to be
    // read from the books.
    bool fresh = false;
    std::vector<ExchangeEvent> events;
    std::optional<std::vector<ProviderStatus>> providers;  // absent: unchanged
    std::optional<std::vector<FoundServer>> servers;       // absent: unchanged
};

std::string toLine(const FeedBatch& batch);

// Unreachable when the line makes no sense or, with its sentence, when it is an error of the other
// side.
Result<FeedBatch> readFeedLine(std::string_view line);

}  // namespace gr::gateway
