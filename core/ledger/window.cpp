// SPDX-License-Identifier: MIT
#include "ledger/window.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <utility>

namespace gr::ledger {
namespace {

namespace ch = std::chrono;

constexpr std::int64_t kMinuteMs = 60'000;
constexpr std::int64_t kHourMs = 3'600'000;
constexpr std::array<std::string_view, 6> kNames{"minute", "hour", "day", "week", "month", "total"};

std::int64_t floorTo(std::int64_t value, std::int64_t step) {
    const std::int64_t rest = value % step;
    return value - (rest < 0 ? rest + step : rest);
}

std::int64_t midnight(ch::sys_days day) {
    return ch::duration_cast<ch::milliseconds>(day.time_since_epoch()).count();
}

// When the zone's clock first shows `local` or later.
std::int64_t toUtc(std::int64_t local, const ZoneTable& zone) {
    // The offsets on both sides of a change nearby; the earlier moment wins where both fit.
    const std::int64_t before = local - zone.offsetAt(local - 24 * kHourMs);
    const std::int64_t after = local - zone.offsetAt(local + 24 * kHourMs);
    const std::int64_t early = std::min(before, after);
    if (early + zone.offsetAt(early) >= local)
        return early;
    const auto change =
        std::upper_bound(zone.changes.begin(), zone.changes.end(), early,
                         [](std::int64_t at, const ZoneTable::Change& c) { return at < c.fromMs; });
    const std::int64_t late = std::max(before, after);
    return change == zone.changes.end() ? late : std::min(late, change->fromMs);
}

}  // namespace

std::string_view nameOf(WindowKind kind) {
    return kNames[static_cast<std::size_t>(kind)];
}

std::optional<WindowKind> windowKind(std::string_view name) {
    const auto it = std::find(kNames.begin(), kNames.end(), name);
    if (it == kNames.end())
        return std::nullopt;
    return static_cast<WindowKind>(it - kNames.begin());
}

std::int64_t ZoneTable::offsetAt(std::int64_t utcMs) const {
    if (changes.empty())
        return 0;
    const auto after =
        std::upper_bound(changes.begin(), changes.end(), utcMs,
                         [](std::int64_t at, const Change& c) { return at < c.fromMs; });
    return after == changes.begin() ? changes.front().offsetMs : std::prev(after)->offsetMs;
}

Window windowAt(WindowKind kind, UnixMs at, const ZoneTable& zone) {
    switch (kind) {
        case WindowKind::Minute: {
            const std::int64_t start = floorTo(at.value, kMinuteMs);
            return {start, start + kMinuteMs};
        }
        case WindowKind::Hour: {
            const std::int64_t start = floorTo(at.value, kHourMs);
            return {start, start + kHourMs};
        }
        case WindowKind::Total:
            return {0, kEndOfTime};
        default:
            break;
    }
    const ch::sys_time<ch::milliseconds> local{
        ch::milliseconds(at.value + zone.offsetAt(at.value))};
    ch::sys_days first = ch::floor<ch::days>(local);
    ch::sys_days next = first + ch::days(1);
    if (kind == WindowKind::Week) {
        first -= ch::weekday(first) - ch::Monday;
        next = first + ch::days(7);
    } else if (kind == WindowKind::Month) {
        const ch::year_month_day date(first);
        first = ch::sys_days(date.year() / date.month() / 1);
        next = ch::sys_days((date.year() / date.month() + ch::months(1)) / 1);
    }
    return {toUtc(midnight(first), zone), toUtc(midnight(next), zone)};
}

UnixMs WindowClock::now(UnixMs wall, std::int64_t runningMs) {
    const std::int64_t expected = m_base + std::max<std::int64_t>(runningMs - m_running, 0);
    const std::int64_t leap = wall.value - expected;
    m_running = runningMs;
    if (std::exchange(m_believe, false)) {
        m_leap.reset();
        m_base = wall.value;
    } else if (leap > kMostLeap || leap < -kMostLeap) {
        m_leap = leap;
        m_base = expected;
    } else {
        m_leap.reset();
        m_base = std::max(m_base, wall.value);
    }
    return {m_base};
}

}  // namespace gr::ledger
