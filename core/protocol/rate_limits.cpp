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

}  // namespace gr::protocol
