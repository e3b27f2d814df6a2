// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string_view>

#include "base/clock.h"

// What Google's error bodies (google.rpc.Status) say in their `details`. Pure.
namespace gr::protocol {

struct GoogleError {
    bool keyInvalid = false;                 // a wrong key is a 400 there
    std::optional<Milliseconds> retryAfter;  // RetryInfo: there is no Retry-After header
};

// All absent for the bodies of others.
GoogleError googleErrorIn(std::string_view body);

}  // namespace gr::protocol
