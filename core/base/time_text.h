// SPDX-License-Identifier: MIT
#pragma once

#include <string>

#include "base/clock.h"

namespace gr {

// "2026-11-22T18:05:12.345Z": RFC 3339 in UTC, to the millisecond, as long as the year has four
// digits (0000 to 9999; times outside are shown as the nearest of them).
std::string isoTime(UnixMs time);

}  // namespace gr
