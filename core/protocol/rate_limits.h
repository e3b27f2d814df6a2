// SPDX-License-Identifier: MIT
#pragma once

#include <optional>

#include "base/clock.h"
#include "http/message.h"
#include "protocol/chat.h"

namespace gr::protocol {

// What a provider says in its headers about its limits, for a client of this protocol: as it stands
// where both use the same names (OpenAI's x-ratelimit-…, Anthropic's anthropic-ratelimit-…),
// otherwise limit, remaining and reset of requests and tokens by the other's names and forms of
// time. Nothing for Gemini, which has no such headers. `now` serves for times. Pure.
http::HeaderLines rateLimitsFor(Protocol client, const http::Fields& answer, UnixMs now);

// How long to leave a provider alone that answered 429, by what it says of its limits: until those
// that are used up are whole again; where it does not say which, until the first is. Beside the two
// above, `x-ratelimit-reset` and `ratelimit-reset` are understood; times are durations ("6m0s"),
// seconds, dates, or seconds or milliseconds since 1970. Nothing where it says nothing. Pure.
std::optional<Milliseconds> untilReset(const http::Fields& answer, UnixMs now);

}  // namespace gr::protocol
