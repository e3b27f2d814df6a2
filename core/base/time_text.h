// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"

namespace gr {

// "2026-11-22T18:05:12.345Z": RFC 3339 in UTC, to the millisecond, as long as the year has four
// digits (0000 to 9999; times outside are shown as the nearest of them).
std::string isoTime(UnixMs time);

// "2027-01-31" (00:00 UTC), or a full RFC 3339 time such as "2027-01-31T12:00:00+01:00".
std::optional<UnixMs> parseTime(std::string_view text);

}  // namespace gr
