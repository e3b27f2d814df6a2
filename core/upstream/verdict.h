// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/error.h"
#include "http/message.h"

// What an unhappy answer of a provider means. Pure.
namespace gr::upstream {

enum class Next : std::uint8_t {
    Deliver,        // the request itself is at fault: give the client the provider's words
    SameAgain,      // a passing trouble: once more, after a short pause
    NextKey,        // this key cannot serve; another one may
    NextCandidate,  // this provider cannot serve this request
};

struct Verdict {
    ErrorCode code = ErrorCode::ProviderFailed;
    Next next = Next::NextCandidate;
    std::optional<Milliseconds> retryAfter;  // as the provider asked
    Milliseconds keyPause{0};                // how long the key rests
    std::string message;                     // a sentence with the provider's name
};

// `body`: the error body, possibly cut. 429 and 503 honour Retry-After (RFC 9110, 10.2.3, seconds
// or a date) and retry-after-ms; 429 without them what the answer says of its limits
// (protocol::untilReset). An hour at most.
Verdict judge(std::string_view provider, int status, const http::Fields& fields,
              std::string_view body, UnixMs now);

// The provider's own words in an error body, at most 200 bytes; empty when there are none.
std::string wordsOf(std::string_view body);

}  // namespace gr::upstream
