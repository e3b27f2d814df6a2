// SPDX-License-Identifier: MIT
#pragma once

#include "base/clock.h"
#include "http/message.h"
#include "protocol/chat.h"

namespace gr::protocol {

// What a provider says in its headers about its limits, for a client of this protocol: as it stands
// where both use the same names (OpenAI's x-ratelimit-…, Anthropic's anthropic-ratelimit-…),
// otherwise limit, remaining and reset of requests and tokens by the other's names and forms of
// time. Nothing for Gemini, which has no such headers. `now` serves for times. Pure.
http::HeaderLines rateLimitsFor(Protocol client, const http::Fields& answer, UnixMs now);

}  // namespace gr::protocol
