// SPDX-License-Identifier: MIT
#include "base/time_text.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>

#include "base/text.h"

namespace gr {
namespace {

constexpr std::int64_t kFirstMs = -62'167'219'200'000;  // 0000-01-01T00:00:00.000Z
constexpr std::int64_t kLastMs = 253'402'300'799'999;   // 9999-12-31T23:59:59.999Z

// A fixed number of digits at `at`, which moves on.
std::optional<unsigned> digits(std::string_view& text, std::size_t count) {
    if (text.size() < count)
        return std::nullopt;
    const auto value = parseUnsigned(text.substr(0, count));
    text.remove_prefix(count);
    return value ? std::optional(static_cast<unsigned>(*value)) : std::nullopt;
}

bool skip(std::string_view& text, std::string_view any) {
    if (text.empty() || any.find(text.front()) == std::string_view::npos)
        return false;
    text.remove_prefix(1);
    return true;
}

// "Z" or "+hh:mm"; the offset in minutes.
std::optional<int> zoneOf(std::string_view& text) {
    if (skip(text, "Zz"))
        return 0;
    const bool west = text.starts_with('-');
    if (!skip(text, "+-"))
        return std::nullopt;
    const auto hours = digits(text, 2);
    if (!hours || !skip(text, ":"))
        return std::nullopt;
    const auto minutes = digits(text, 2);
    if (!minutes || *hours > 23 || *minutes > 59)
        return std::nullopt;
    const int offset = static_cast<int>(*hours * 60 + *minutes);
    return west ? -offset : offset;
}

// ".123", of any length; 0 when there is none.
std::optional<std::int64_t> millisecondsOf(std::string_view& text) {
    if (!skip(text, "."))
        return 0;
    const std::size_t size = std::min(text.find_first_not_of("0123456789"), text.size());
    if (size == 0)
        return std::nullopt;
    std::string three(text.substr(0, std::min<std::size_t>(size, 3)));
    three.resize(3, '0');
    text.remove_prefix(size);
    return static_cast<std::int64_t>(*parseUnsigned(three));
}

// "hh:mm:ss[.fff]ZONE" as milliseconds after midnight UTC.
std::optional<std::int64_t> clockOf(std::string_view text) {
    const auto hours = digits(text, 2);
    if (!hours || *hours > 23 || !skip(text, ":"))
        return std::nullopt;
    const auto minutes = digits(text, 2);
    if (!minutes || *minutes > 59 || !skip(text, ":"))
        return std::nullopt;
    const auto seconds = digits(text, 2);
    if (!seconds || *seconds > 60)
        return std::nullopt;
    const auto fraction = millisecondsOf(text);
    if (!fraction)
        return std::nullopt;
    const auto zone = zoneOf(text);
    if (!zone || !text.empty())
        return std::nullopt;
    const std::int64_t local = (*hours * 60LL + *minutes) * 60 + *seconds;
    return (local - *zone * 60LL) * 1000 + *fraction;
}

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

std::optional<UnixMs> parseTime(std::string_view text) {
    const auto year = digits(text, 4);
    if (!year || !skip(text, "-"))
        return std::nullopt;
    const auto month = digits(text, 2);
    if (!month || !skip(text, "-"))
        return std::nullopt;
    const auto day = digits(text, 2);
    if (!day)
        return std::nullopt;
    const std::chrono::year_month_day date{std::chrono::year(static_cast<int>(*year)),
                                           std::chrono::month(*month), std::chrono::day(*day)};
    if (!date.ok())
        return std::nullopt;
    const std::int64_t midnight =
        std::chrono::duration_cast<Milliseconds>(std::chrono::sys_days(date).time_since_epoch())
            .count();
    if (text.empty())
        return UnixMs{midnight};
    if (!skip(text, "Tt "))
        return std::nullopt;
    const auto clock = clockOf(text);
    return clock ? std::optional(UnixMs{midnight + *clock}) : std::nullopt;
}

}  // namespace gr
