// SPDX-License-Identifier: MIT
#include "protocol/wishes.h"

#include <algorithm>
#include <array>
#include <bitset>
#include <utility>

#include "base/text.h"

namespace gr::protocol {
namespace {

constexpr std::string_view kPrefix = "x-gaterouter-";
constexpr std::size_t kLongestSession = 128;

Result<void> takeMaxCost(std::string_view text, Wishes& wishes) {
    const auto cost = Money::parse(text);
    if (!cost || *cost < Money())
        return failField(ErrorCode::InvalidField, "x-gaterouter-max-cost",
                         "\"x-gaterouter-max-cost\" must be an amount of US dollars in plain "
                         "decimals, such as 0.01.");
    wishes.maxCost = cost;
    return {};
}

Result<void> takeSession(std::string_view text, Wishes& wishes) {
    const bool printable =
        std::all_of(text.begin(), text.end(), [](char c) { return c >= 0x20 && c <= 0x7e; });
    if (text.empty() || text.size() > kLongestSession || !printable)
        return failField(
            ErrorCode::InvalidField, "x-gaterouter-session",
            "\"x-gaterouter-session\" must be a name of 1 to 128 printable ASCII characters.");
    wishes.session = text;
    return {};
}

Result<void> takePreference(std::string_view text, Wishes& wishes) {
    constexpr std::array<std::pair<std::string_view, Preference>, 4> kNames{{
        {"cheap", Preference::Cheap},
        {"balanced", Preference::Balanced},
        {"best", Preference::Best},
        {"fast", Preference::Fast},
    }};
    const auto* name = std::find_if(kNames.begin(), kNames.end(),
                                    [text](const auto& pair) { return pair.first == text; });
    if (name == kNames.end())
        return failField(ErrorCode::InvalidField, "x-gaterouter-preference",
                         "\"x-gaterouter-preference\" must be cheap, balanced, best or fast.");
    wishes.preference = name->second;
    return {};
}

struct Wish {
    std::string_view name;
    Result<void> (*take)(std::string_view text, Wishes& wishes);
    bool number;  // may stand in a body without quotes
};

constexpr std::array<Wish, 3> kWishes{{
    {"x-gaterouter-max-cost", takeMaxCost, true},
    {"x-gaterouter-session", takeSession, false},
    {"x-gaterouter-preference", takePreference, false},
}};

}  // namespace

bool isWish(std::string_view key) {
    return key.starts_with(kPrefix) &&
           std::any_of(kWishes.begin(), kWishes.end(),
                       [key](const Wish& wish) { return wish.name == key; });
}

Result<void> readWish(const json::Object& body, const json::Member& member, Wishes& wishes) {
    const auto* wish = std::find_if(kWishes.begin(), kWishes.end(),
                                    [&](const Wish& w) { return w.name == member.key; });
    if (wish == kWishes.end() || member.type == json::Type::Null)
        return {};
    const std::string_view raw = body.raw(member);
    if (member.type == json::Type::String)
        return wish->take(json::unescape(raw), wishes);
    // What is neither text nor number is none of their values.
    return wish->take(wish->number && member.type == json::Type::Number ? raw : "", wishes);
}

Result<void> readWishes(const http::Fields& headers, Wishes& wishes) {
    std::bitset<kWishes.size()> seen;
    for (const http::Fields::Field& field : headers.all()) {
        if (!equalsIgnoreCase(field.name.substr(0, kPrefix.size()), kPrefix))
            continue;
        for (std::size_t i = 0; i < kWishes.size(); ++i) {
            const Wish& wish = kWishes[i];
            if (!equalsIgnoreCase(field.name, wish.name))
                continue;
            if (seen[i])
                return failField(ErrorCode::DuplicateKey, std::string(wish.name),
                                 "The header \"" + std::string(wish.name) + "\" stands twice.");
            seen[i] = true;
            if (auto ok = wish.take(trim(field.value), wishes); !ok)
                return ok;
        }
    }
    return {};
}

}  // namespace gr::protocol
