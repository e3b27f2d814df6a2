// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/money.h"
#include "base/result.h"
#include "http/message.h"
#include "json/scan.h"

// What a client wants of this one request, beyond its protocol: `x-gaterouter-max-cost`,
// `x-gaterouter-session` and `x-gaterouter-preference`, as members of the body or as headers of the
// same names. A header goes before the member. Pure; any thread.
namespace gr::protocol {

// What counts in the choice of a model for `auto`.
enum class Preference : std::uint8_t { Cheap, Balanced, Best, Fast };

struct Wishes {
    // The most that the request may cost with all its attempts, in US dollars.
    std::optional<Money> maxCost;
    std::string maxCostOf = "x-gaterouter-max-cost";  // what says so, for people
    std::string session;  // which conversation it belongs to; empty: the client does not say
    std::optional<Preference> preference;
};

// The names of members that are this gateway's own.
bool isWish(std::string_view key);

// One member of `body`, which isWish(); null says nothing. Errors: InvalidField, which names it.
Result<void> readWish(const json::Object& body, const json::Member& member, Wishes& wishes);

// Those among the headers. Errors: InvalidField; DuplicateKey, a name stands twice.
Result<void> readWishes(const http::Fields& headers, Wishes& wishes);

}  // namespace gr::protocol
