// SPDX-License-Identifier: MIT
#include "protocol/rate_limits.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <ctime>
#include <optional>
#include <string>

#include "base/text.h"
#include "base/time_text.h"

namespace gr::protocol {
namespace {

constexpr std::string_view kOpenAi = "x-ratelimit-";
constexpr std::string_view kAnthropic = "anthropic-ratelimit-";
constexpr double kLongestMs = 400.0 * 24 * 3600 * 1000;

bool beginsWith(std::string_view name, std::string_view prefix) {
    return name.size() > prefix.size() && equalsIgnoreCase(name.substr(0, prefix.size()), prefix);
}

// "6m0s", "120ms", "1h2m3.5s" or a plain number of seconds, in milliseconds.
std::optional<std::int64_t> durationIn(std::string_view text) {
    using Unit = std::pair<std::string_view, double>;
    constexpr std::array kUnits{Unit{"ms", 1}, Unit{"s", 1'000}, Unit{"m", 60'000},
                                Unit{"h", 3'600'000}, Unit{"d", 86'400'000}};
    double total = 0;
    if (text.empty())
        return std::nullopt;
    while (!text.empty()) {
        double number = 0;
        const auto read = std::from_chars(text.data(), text.data() + text.size(), number,
                                          std::chars_format::fixed);
        if (read.ec != std::errc() || number < 0)
            return std::nullopt;
        text.remove_prefix(static_cast<std::size_t>(read.ptr - text.data()));
        double unit = text.empty() ? 1'000 : 0;
        for (const auto& [name, milliseconds] : kUnits) {
            if (unit == 0 && text.starts_with(name)) {
                unit = milliseconds;
                text.remove_prefix(name.size());
            }
        }
        if (unit == 0)
            return std::nullopt;
        total += number * unit;
    }
    if (!(total <= kLongestMs))
        return std::nullopt;
    return static_cast<std::int64_t>(std::ceil(total));
}

// RFC 3339 in UTC, in milliseconds from `now`; 0 when it is over.
std::optional<std::int64_t> untilTime(std::string_view text, UnixMs now) {
    std::tm date{};
    const std::string copy(text);
    const char* rest = strptime(copy.c_str(), "%Y-%m-%dT%H:%M:%S", &date);
    if (rest == nullptr)
        return std::nullopt;
    std::string_view zone(rest);
    if (zone.starts_with('.'))
        zone.remove_prefix(std::min(zone.find_first_not_of("0123456789", 1), zone.size()));
    if (zone != "Z" && zone != "z" && zone != "+00:00")
        return std::nullopt;
    const std::int64_t at = static_cast<std::int64_t>(timegm(&date)) * 1000;
    return std::max<std::int64_t>(0, at - now.value);
}

std::string durationText(std::int64_t ms) {
    if (ms < 1000)
        return std::to_string(ms) + "ms";
    const std::int64_t seconds = (ms + 999) / 1000;
    std::string text;
    if (seconds >= 3600)
        text += std::to_string(seconds / 3600) + "h";
    if (seconds >= 60)
        text += std::to_string(seconds / 60 % 60) + "m";
    return text + std::to_string(seconds % 60) + "s";
}

// Where the name tells when a limit is whole again: the name of what is left of it.
std::optional<std::string> remainingFor(std::string_view name) {
    std::string lower(name);
    std::transform(lower.begin(), lower.end(), lower.begin(), [](char c) {
        return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    });
    const bool known =
        beginsWith(lower, kOpenAi) || beginsWith(lower, kAnthropic) || lower == "ratelimit-reset";
    const std::size_t at = lower.find("reset");
    if (!known || at == lower.npos)
        return std::nullopt;
    return lower.replace(at, 5, "remaining");
}

std::optional<std::int64_t> anyTimeIn(std::string_view text, UnixMs now) {
    constexpr std::int64_t kNoDuration = 1'000'000'000;  // in seconds: 31 years, so a date
    const auto number = parseUnsigned(text);
    if (!number || *number < kNoDuration) {
        const auto duration = durationIn(text);
        return duration ? duration : untilTime(text, now);
    }
    constexpr std::uint64_t kMilliseconds = 100'000'000'000;
    constexpr std::uint64_t kNoDate = 10'000'000'000'000;
    if (*number >= kNoDate)
        return std::nullopt;
    const auto at = static_cast<std::int64_t>(*number >= kMilliseconds ? *number : *number * 1000);
    return std::max<std::int64_t>(0, at - now.value);
}

http::HeaderLines toAnthropic(const http::Fields& answer, UnixMs now) {
    http::HeaderLines lines;
    for (const std::string_view what : {"requests", "tokens"}) {
        for (const std::string_view which : {"limit", "remaining", "reset"}) {
            const auto value =
                answer.find(std::string(kOpenAi).append(which).append("-").append(what));
            if (!value)
                continue;
            std::string text(*value);
            if (which == "reset") {
                const auto left = durationIn(trim(*value));
                if (!left)
                    continue;
                text = isoTime({now.value + *left});
            }
            lines.add(std::string(kAnthropic).append(what).append("-").append(which), text);
        }
    }
    return lines;
}

http::HeaderLines toOpenAi(const http::Fields& answer, UnixMs now) {
    http::HeaderLines lines;
    for (const std::string_view which : {"limit", "remaining", "reset"}) {
        for (const std::string_view what : {"requests", "tokens"}) {
            const auto value =
                answer.find(std::string(kAnthropic).append(what).append("-").append(which));
            if (!value)
                continue;
            std::string text(*value);
            if (which == "reset") {
                const auto left = untilTime(trim(*value), now);
                if (!left)
                    continue;
                text = durationText(*left);
            }
            lines.add(std::string(kOpenAi).append(which).append("-").append(what), text);
        }
    }
    return lines;
}

}  // namespace

http::HeaderLines rateLimitsFor(Protocol client, const http::Fields& answer, UnixMs now) {
    http::HeaderLines lines;
    if (client == Protocol::Gemini)
        return lines;
    const bool wantsAnthropic = client == Protocol::Anthropic;
    bool foreign = false;
    for (const auto& [name, value] : answer.all()) {
        const bool openAi = beginsWith(name, kOpenAi);
        if (!openAi && !beginsWith(name, kAnthropic))
            continue;
        if (openAi != wantsAnthropic)
            lines.add(name, value);
        else
            foreign = true;
    }
    if (!foreign || !lines.text().empty())
        return lines;
    return wantsAnthropic ? toAnthropic(answer, now) : toOpenAi(answer, now);
}

std::optional<Milliseconds> untilReset(const http::Fields& answer, UnixMs now) {
    std::optional<std::int64_t> usedUp;
    std::optional<std::int64_t> first;
    for (const auto& [name, value] : answer.all()) {
        const auto remaining = remainingFor(name);
        const auto left = remaining ? anyTimeIn(trim(value), now) : std::nullopt;
        if (!left)
            continue;
        const auto rest = answer.find(*remaining);
        if (rest && parseUnsigned(trim(*rest)) == 0U)
            usedUp = std::max(usedUp.value_or(0), *left);
        first = std::min(first.value_or(*left), *left);
    }
    const auto& best = usedUp ? usedUp : first;
    return best ? std::optional(Milliseconds(*best)) : std::nullopt;
}

}  // namespace gr::protocol
