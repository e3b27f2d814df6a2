// SPDX-License-Identifier: MIT
#include "protocol/google_error.h"

#include <algorithm>
#include <string>

#include "base/text.h"
#include "json/scan.h"

namespace gr::protocol {
namespace {

std::string_view rawOf(const std::optional<json::Object>& object, std::string_view key) {
    const json::Member* member = object ? object->find(key) : nullptr;
    return member != nullptr ? object->raw(*member) : std::string_view();
}

std::string textOf(const std::optional<json::Object>& object, std::string_view key) {
    const std::string_view raw = rawOf(object, key);
    return raw.starts_with('"') ? json::unescape(raw) : std::string();
}

// "7s" or "0.250s" (the JSON form of google.protobuf.Duration).
std::optional<Milliseconds> duration(std::string_view text) {
    if (!text.ends_with('s'))
        return std::nullopt;
    text.remove_suffix(1);
    const std::size_t point = std::min(text.find('.'), text.size());
    const auto seconds = parseUnsigned(text.substr(0, point));
    std::string fraction(text.substr(std::min(point + 1, text.size())));
    fraction.resize(3, '0');
    const auto rest = parseUnsigned(fraction);
    constexpr std::uint64_t kDay = 86'400;
    if (!seconds || !rest || *seconds > kDay)
        return std::nullopt;
    return Milliseconds(static_cast<std::int64_t>(*seconds * 1000 + *rest));
}

}  // namespace

GoogleError googleErrorIn(std::string_view body) {
    GoogleError out;
    const auto whole = json::scanObject(body);
    if (!whole)
        return out;
    const json::Member* error = whole->find("error");
    const auto object = error != nullptr ? json::objectIn(whole->raw(*error)) : std::nullopt;
    for (const std::string_view text : json::elementsIn(rawOf(object, "details"))) {
        const auto detail = json::objectIn(text);
        if (textOf(detail, "@type").ends_with("google.rpc.RetryInfo"))
            out.retryAfter = duration(textOf(detail, "retryDelay"));
        if (textOf(detail, "reason") == "API_KEY_INVALID")
            out.keyInvalid = true;
    }
    return out;
}

}  // namespace gr::protocol
