// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/adapter.h"

namespace gr::protocol {

// How a request is put to one model of Anthropic: what its rules leave of thinking, sampling and
// the choice of tools.
struct AnthropicPlan {
    enum class Thought : std::uint8_t { Unsaid, Off, Budget, Adaptive };

    std::int64_t maxTokens = 0;
    Thought thought = Thought::Unsaid;
    std::int64_t budget = 0;  // tokens, less than maxTokens
    bool showThoughts = true;
    std::optional<Effort> effort;
    std::string temperature;  // JSON numbers; empty: not sent
    JsonText topP;
    JsonText topK;
    std::vector<JsonString> stop;
    std::optional<ToolChoice> choice;
    std::vector<std::string> dropped;  // names of what the model does not take

    bool thinks() const { return thought == Thought::Budget || thought == Thought::Adaptive; }
};

// `lacksThought`: see anthropic_conversation.h. Pure; any thread.
AnthropicPlan anthropicPlan(const ChatRequest& request, const Target& target, bool lacksThought);

// The output limit for a request that names none, tokens.
std::int64_t anthropicDefaultMaxTokens(const Target& target);

}  // namespace gr::protocol
