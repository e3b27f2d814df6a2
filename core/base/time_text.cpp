// SPDX-License-Identifier: MIT
#include "base/time_text.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>

namespace gr {
namespace {

constexpr std::int64_t kFirstMs = -62'167'219'200'000;  // 0000-01-01T00:00:00.000Z
constexpr std::int64_t kLastMs = 253'402'300'799'999;   // 9999-12-31T23:59:59.999Z

}  // namespace

std::string isoTime(UnixMs time) {
    using std::chrono::sys_time;
    const sys_time<Milliseconds> point{Milliseconds(std::clamp(time.value, kFirstMs, kLastMs))};
    const auto day = std::chrono::floor<std::chrono::days>(point);
    const std::chrono::year_month_day date{day};
    const std::chrono::hh_mm_ss clock{point - day};
    std::array<char, 64> text{};
    const int size = std::snprintf(
        text.data(), text.size(), "%04d-%02u-%02uT%02d:%02d:%02d.%03dZ", int{date.year()},
        unsigned{date.month()}, unsigned{date.day()}, static_cast<int>(clock.hours().count()),
        static_cast<int>(clock.minutes().count()), static_cast<int>(clock.seconds().count()),
        static_cast<int>(clock.subseconds().count()));
    return {text.data(), static_cast<std::size_t>(size)};
}

}  // namespace gr
