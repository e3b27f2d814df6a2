// SPDX-License-Identifier: MIT
#include "protocol/usage_cost.h"

#include <algorithm>

#include "protocol/json_member.h"

namespace gr::protocol {
namespace {

constexpr std::string_view kData = "data:";

// The text of `usage`, as a span of the source; empty where there is none.
std::string_view usageIn(const json::Object& object) {
    const std::string_view usage = rawOf(object, "usage");
    if (usage.starts_with('{'))
        return usage;
    const std::string_view response = rawOf(object, "response");
    const auto inner = response.starts_with('{') ? json::objectIn(response) : std::nullopt;
    const std::string_view below = inner ? rawOf(*inner, "usage") : std::string_view();
    return below.starts_with('{') ? below : std::string_view();
}

}  // namespace

std::optional<std::string> withCost(std::string_view json, Money cost) {
    const auto object = json::scanObject(json);
    const std::string_view usage = object ? usageIn(*object) : std::string_view();
    const auto members = usage.empty() ? std::nullopt : json::objectIn(usage);
    if (!members || members->find("cost") != nullptr)
        return std::nullopt;
    const auto end = static_cast<std::size_t>(usage.data() - json.data()) + usage.size() - 1;
    std::string out(json.substr(0, end));
    out.append(members->members.empty() ? "\"cost\":" : ",\"cost\":").append(cost.toDecimal());
    return out.append(json.substr(end));
}

void addCost(std::string& events, std::size_t begin, Money cost) {
    while (begin < events.size()) {
        const std::size_t end = std::min(events.find('\n', begin), events.size());
        std::string_view line = std::string_view(events).substr(begin, end - begin);
        std::size_t next = end + 1;
        if (line.starts_with(kData) && line.find("\"usage\"") != std::string_view::npos) {
            const std::string_view json = line.substr(kData.size());
            if (const auto priced = withCost(json, cost)) {
                next += priced->size() - json.size();
                events.replace(begin + kData.size(), json.size(), *priced);
            }
        }
        begin = next;
    }
}

}  // namespace gr::protocol
