// SPDX-License-Identifier: MIT
#include "protocol/chat_answer_shapes.h"

#include <algorithm>
#include <array>

#include "protocol/billing.h"
#include "protocol/json_text.h"

namespace gr::protocol {
namespace {

using json::Member;
using json::Object;
using json::Type;

constexpr std::size_t kMaxQuoted = 200;  // bytes of a provider's own words that are passed on

std::optional<std::int64_t> count(const Object& object, std::string_view key) {
    const Member* member = object.find(key);
    if (member == nullptr || member->type != Type::Number)
        return std::nullopt;
    const auto value = json::integerIn(object.raw(*member));
    return value && *value >= 0 ? value : std::nullopt;
}

std::optional<std::int64_t> countBelow(const Object& object, std::string_view details,
                                       std::string_view key) {
    const auto inner = chatChild(object, details);
    return inner ? count(*inner, key) : std::nullopt;
}

std::optional<std::int64_t> cachedIn(const Object& usage) {
    for (const std::string_view details : {"prompt_tokens_details", "prompt_token_details"}) {
        if (const auto value = countBelow(usage, details, "cached_tokens"))
            return value;
    }
    for (const std::string_view key :
         {"prompt_cache_hit_tokens", "num_cached_tokens", "cached_tokens"}) {
        if (const auto value = count(usage, key))
            return value;
    }
    return std::nullopt;
}

std::optional<Object> usageObject(const Object& answer) {
    if (auto usage = chatChild(answer, "usage"))
        return usage;
    if (const auto groq = chatChild(answer, "x_groq")) {
        if (auto usage = chatChild(*groq, "usage"))
            return usage;
    }
    for (const std::string_view raw : json::elementsIn(chatArray(answer, "choices"))) {
        if (raw.find("\"usage\"") == std::string_view::npos)
            continue;
        const auto choice = json::objectIn(raw);
        if (auto usage = choice ? chatChild(*choice, "usage") : std::nullopt)
            return usage;
    }
    return std::nullopt;
}

// A string as it reads, any other value as JSON.
std::string textOf(const Object& object, std::string_view key) {
    const Member* member = object.find(key);
    if (member == nullptr || member->type == Type::Null)
        return {};
    const std::string_view raw = object.raw(*member);
    return member->type == Type::String ? json::unescape(raw) : std::string(raw);
}

int statusIn(const Object& object, std::string_view key) {
    const Member* member = object.find(key);
    if (member == nullptr)
        return 0;
    std::string_view raw = object.raw(*member);
    if (member->type == Type::String)
        raw = inside(raw);
    const auto value = json::integerIn(raw);
    return value && *value >= 400 && *value < 600 ? static_cast<int>(*value) : 0;
}

ChatFault faultOf(const Object& error) {
    ChatFault fault;
    fault.code = textOf(error, "code");
    if (fault.code.empty())
        fault.code = textOf(error, "type");
    fault.message = textOf(error, "message");
    for (const std::string_view key : {"code", "status_code", "status"}) {
        if (fault.status == 0)
            fault.status = statusIn(error, key);
    }
    // OpenRouter says "Provider returned error"; what the provider said stands beside it.
    if (const auto metadata = chatChild(error, "metadata")) {
        const std::string raw = textOf(*metadata, "raw");
        if (!raw.empty())
            fault.message.append(": ").append(raw.substr(0, kMaxQuoted));
    }
    return fault;
}

}  // namespace

std::optional<Object> chatChild(const Object& object, std::string_view key) {
    const Member* member = object.find(key);
    if (member == nullptr || member->type != Type::Object)
        return std::nullopt;
    return json::objectIn(object.raw(*member));
}

JsonString chatString(const Object& object, std::string_view key) {
    const Member* member = object.find(key);
    return member != nullptr && member->type == Type::String ? object.raw(*member) : JsonString();
}

JsonText chatArray(const Object& object, std::string_view key) {
    const Member* member = object.find(key);
    return member != nullptr && member->type == Type::Array ? object.raw(*member) : JsonText();
}

std::optional<TokenUsage> chatUsage(const Object& answer, bool reasoningOutside) {
    const auto usage = usageObject(answer);
    if (!usage)
        return std::nullopt;
    ReportedTokens told;
    told.input = count(*usage, "prompt_tokens");
    told.cacheRead = cachedIn(*usage);
    told.cacheWrite5m = countBelow(*usage, "prompt_tokens_details", "cache_write_tokens");
    told.audioInput = countBelow(*usage, "prompt_tokens_details", "audio_tokens");
    told.output = count(*usage, "completion_tokens");
    told.reasoning = countBelow(*usage, "completion_tokens_details", "reasoning_tokens");
    told.audioOutput = countBelow(*usage, "completion_tokens_details", "audio_tokens");
    const auto total = count(*usage, "total_tokens");
    const bool totalSaysInside =
        told.input && told.output && total == addCapped(*told.input, *told.output);
    told.reasoningOutside = reasoningOutside && !totalSaysInside;
    TokenUsage out = disjoint(told);
    out.reportedCost = reportedCost(*usage);
    out.tier = servedAs(answer);
    return out.known() ? std::optional(out) : std::nullopt;
}

std::optional<ChatFault> chatFault(const Object& answer) {
    if (const Member* error = answer.find("error");
        error != nullptr && error->type != Type::Null && error->type != Type::False) {
        const auto object = json::objectIn(answer.raw(*error));
        ChatFault fault = object ? faultOf(*object) : ChatFault{"", textOf(answer, "error"), 0};
        if (fault.message.empty())
            fault.message = "The provider reported an error without a message.";
        return fault;
    }
    // Mistral, and vLLM before it took OpenAI's form.
    if (chatString(answer, "object") == "\"error\"")
        return faultOf(answer);
    return std::nullopt;
}

ChatFinish chatFinishNamed(std::string_view word) {
    using End = std::pair<std::string_view, Finish>;
    constexpr std::array kEnds{
        End{"length", Finish::Length},        End{"model_length", Finish::Length},
        End{"max_tokens", Finish::Length},    End{"content_filter", Finish::ContentFilter},
        End{"tool_calls", Finish::ToolCalls}, End{"function_call", Finish::ToolCalls},
    };
    using Break = std::pair<std::string_view, int>;
    constexpr std::array kFaults{
        Break{"insufficient_system_resource", 503},
        Break{"error", 502},
        Break{"abort", 502},
    };
    ChatFinish out;
    for (const auto& [name, finish] : kEnds) {
        if (name == word)
            out.finish = finish;
    }
    for (const auto& [name, status] : kFaults) {
        if (name == word)
            out.fault = ChatFault{
                std::string(word),
                "The provider broke the answer off (finish_reason \"" + std::string(word) + "\").",
                status};
    }
    return out;
}

std::string thinkingText(const Object& part) {
    std::string joined;
    for (const std::string_view element : json::elementsIn(chatArray(part, "thinking"))) {
        if (const auto piece = json::objectIn(element))
            joined.append(inside(chatString(*piece, "text")));
    }
    return joined;
}

}  // namespace gr::protocol
