// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <optional>

#include "catalog/price.h"
#include "routing/request_facts.h"

namespace gr::routing {

// How a provider keeps the beginning of prompts.
enum class CacheHabit : std::uint8_t {
    Automatic,  // unasked
    Marked,     // only where the request says so (Anthropic's cache_control)
};

// Tokens of one turn, about.
struct Turn {
    std::int64_t prompt = 0;
    std::int64_t prefix = 0;  // of it, at the beginning: will stand there in the next turn, too
    std::int64_t output = 0;
    CacheMarks marks = CacheMarks::None;
    std::int64_t more = 0;  // turns that are expected behind this one
};

// What a turn is expected to cost in USD where `warm` tokens of its beginning lie in the provider's
// cache; with turns behind it, the mean of all of them, each as long as this one and reading what
// the one before left in the cache. So a cold cache weighs little in a long session and all of it
// in a single question. Nothing where no price is known. Pure; any thread; allocates nothing.
std::optional<double> expectedCost(const catalog::Price& price, CacheHabit habit, const Turn& turn,
                                   std::int64_t warm, UnixMs when);

}  // namespace gr::routing
