// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "base/clock.h"

// The fixed windows over which limits count. Pure values; any thread.
namespace gr::ledger {

enum class WindowKind : std::uint8_t { Minute, Hour, Day, Week, Month, Total };

// "minute" … "total".
std::string_view nameOf(WindowKind kind);
std::optional<WindowKind> windowKind(std::string_view name);

// A time zone's offsets, so that days begin at its midnight. Empty: UTC.
struct ZoneTable {
    struct Change {
        std::int64_t fromMs = 0;    // UTC
        std::int64_t offsetMs = 0;  // local time is so much later than UTC
    };
    std::vector<Change> changes;  // by time; the first holds before itself, too

    std::int64_t offsetAt(std::int64_t utcMs) const;
    friend bool operator==(const ZoneTable&, const ZoneTable&) = default;
};
inline bool operator==(const ZoneTable::Change& a, const ZoneTable::Change& b) {
    return a.fromMs == b.fromMs && a.offsetMs == b.offsetMs;
}

struct Window {
    std::int64_t start = 0;  // ms, inclusive
    std::int64_t end = 0;    // ms, exclusive; the end of time for Total
    friend bool operator==(const Window&, const Window&) = default;
};

inline constexpr std::int64_t kEndOfTime = INT64_MAX;

// The window that holds `at`. Minutes and hours are those of UTC, weeks begin on Monday; days,
// weeks and months begin at the zone's midnight (at the first moment after it where the clock skips
// it).
Window windowAt(WindowKind kind, UnixMs at, const ZoneTable& zone);

// Time for limits. It goes with the wall clock, but never backward, and not in leaps: where the
// wall clock departs by more than `kMostLeap` from the machine's running time (which goes on during
// sleep), it is not believed and time runs on as before until somebody confirms it. So a clock set
// back reopens no window, and one set forward gives nobody tomorrow's money today. One thread at a
// time.
class WindowClock final {
  public:
    static constexpr std::int64_t kMostLeap = 120'000;  // ms

    // `runningMs`: milliseconds of a clock that never jumps.
    WindowClock(UnixMs wall, std::int64_t runningMs) : m_base(wall.value), m_running(runningMs) {}

    UnixMs now(UnixMs wall, std::int64_t runningMs);

    // Another clock is followed from now on, which is so many milliseconds ahead of the one before.
    void rebase(std::int64_t ms) { m_base += ms; }

    // It is no earlier than this.
    void notBefore(UnixMs time) { m_base = std::max(m_base, time.value); }

    // By how many milliseconds the wall clock is ahead of (or behind) what is believed; absent: it
    // is believed.
    std::optional<std::int64_t> disbelieved() const { return m_leap; }
    // The wall clock is right, whatever it shows next: also where that is earlier.
    void believe() { m_believe = true; }

  private:
    std::int64_t m_base;
    std::int64_t m_running;
    bool m_believe = false;
    std::optional<std::int64_t> m_leap;
};

}  // namespace gr::ledger
