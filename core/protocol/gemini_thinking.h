// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "protocol/chat.h"
#include "protocol/dialects.h"

namespace gr::protocol {

// Gemini's `thinkingConfig` for what the client asked: a JSON object, empty when there is nothing
// to say. Models up to 2.5 take a budget in tokens, later ones a level. An effort never takes more
// than half of `maxOutput`, which counts thoughts too; a budget that the client named is left alone
// but for the model's own bounds. Pure.
std::string geminiThinking(const Thinking& thinking, const ModelRules& rules,
                           std::string_view model, std::optional<std::int64_t> maxOutput);

}  // namespace gr::protocol
