// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"

namespace gr {

// A name for one request: "req_" and 26 characters of Crockford's base 32 (a ULID: 48 bits of
// milliseconds, 80 of chance). Ids sort by their time; those that one thread makes within one
// millisecond sort in the order of their making. Unique, but no secret: the chance comes from a
// fast generator that the system only seeds. Any thread.
std::string newRequestId(UnixMs at);

// The time in an id that `newRequestId` made; nothing for any other text.
std::optional<UnixMs> timeOfRequestId(std::string_view id);

}  // namespace gr
