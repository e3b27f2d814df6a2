// SPDX-License-Identifier: MIT
#include "protocol/anthropic_terms.h"

#include <algorithm>

namespace gr::protocol {
namespace {

using json::Member;
using json::Object;
using Count = std::optional<std::int64_t>;

Count countIn(const Object& object, std::string_view key) {
    const Member* member = object.find(key);
    if (member == nullptr || member->type != json::Type::Number)
        return std::nullopt;
    const Count value = json::integerIn(object.raw(*member));
    return value && *value >= 0 ? value : std::nullopt;
}

std::string wordIn(const Object& object, std::string_view key) {
    const Member* member = object.find(key);
    const bool text = member != nullptr && member->type == json::Type::String;
    return text ? json::unescape(object.raw(*member)) : std::string();
}

std::optional<Object> childOf(const Object& object, std::string_view key) {
    const Member* member = object.find(key);
    return member == nullptr ? std::nullopt : json::objectIn(object.raw(*member));
}

void readCacheWrites(const Object& object, TokenUsage& usage) {
    const Count total = countIn(object, "cache_creation_input_tokens");
    const auto split = childOf(object, "cache_creation");
    const Count hour = split ? countIn(*split, "ephemeral_1h_input_tokens") : std::nullopt;
    const Count minutes = split ? countIn(*split, "ephemeral_5m_input_tokens") : std::nullopt;
    if (hour)
        usage.cacheWrite1h = hour;
    if (minutes)
        usage.cacheWrite5m = minutes;
    else if (total)  // the split stands in message_start only
        usage.cacheWrite5m = std::max<std::int64_t>(0, *total - usage.cacheWrite1h.value_or(0));
}

}  // namespace

void readAnthropicUsage(const Object& owner, TokenUsage& usage) {
    const auto object = childOf(owner, "usage");
    if (!object)
        return;
    if (const Count input = countIn(*object, "input_tokens"))
        usage.input = input;
    if (const Count read = countIn(*object, "cache_read_input_tokens"))
        usage.cacheRead = read;
    readCacheWrites(*object, usage);
    const auto tools = childOf(*object, "server_tool_use");
    if (const Count searches = tools ? countIn(*tools, "web_search_requests") : std::nullopt)
        usage.webSearches = searches;
    // Fast mode has its price; Anthropic's priority tier is a contract's and has none here.
    const ServiceTier speed = serviceTierNamed(wordIn(*object, "speed"));
    const ServiceTier tier = serviceTierNamed(wordIn(*object, "service_tier"));
    if (speed == ServiceTier::Fast)
        usage.tier = speed;
    else if (tier != ServiceTier::Untold)
        usage.tier = tier;
    const auto details = childOf(*object, "output_tokens_details");
    const Count thinking = details ? countIn(*details, "thinking_tokens") : std::nullopt;
    if (const Count output = countIn(*object, "output_tokens")) {
        usage.reasoning = thinking ? std::min(*thinking, *output) : thinking;
        usage.output = *output - usage.reasoning.value_or(0);
    }
}

Finish anthropicFinish(std::string_view reason) {
    if (reason == "max_tokens" || reason == "model_context_window_exceeded")
        return Finish::Length;
    if (reason == "tool_use")
        return Finish::ToolCalls;
    if (reason == "stop_sequence")
        return Finish::StopSequence;
    if (reason == "refusal")
        return Finish::ContentFilter;
    return reason == "pause_turn" ? Finish::PauseTurn : Finish::Stop;
}

int anthropicStatus(std::string_view type) {
    if (type == "invalid_request_error")
        return 400;
    if (type == "authentication_error")
        return 401;
    if (type == "billing_error")
        return 402;
    if (type == "permission_error")
        return 403;
    if (type == "not_found_error")
        return 404;
    if (type == "request_too_large")
        return 413;
    if (type == "rate_limit_error")
        return 429;
    if (type == "timeout_error")
        return 504;
    return type == "overloaded_error" ? 529 : 500;
}

}  // namespace gr::protocol
