// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

// What the simulated models say. Pure and deterministic: the same request gets the same words.
namespace gr::sandbox {

struct SimulatedAnswer {
    std::string model;
    std::vector<std::string> pieces;  // the text, in the steps in which it is streamed
    std::string toolName;             // a call instead of text, when not empty
    std::string toolArguments;        // JSON
    std::string finishReason;         // stop, length, tool_calls
    std::int64_t promptTokens = 0;    // simulated: one for four bytes, rounded up
    std::int64_t completionTokens = 0;
    bool stream = false;
    bool includeUsage = false;
};

// The models: `echo` repeats the last user message, `story` tells one, `tools` calls the first tool
// that is offered (or the one that tool_choice names) and reports what came back, `paid` thanks for
// play money.
inline constexpr std::string_view kModels[] = {"echo", "story", "tools", "paid"};

// Answers a chat completions body. Errors as the road's own: InvalidJson, MissingField,
// InvalidField, ModelNotFound.
Result<SimulatedAnswer> answer(std::string_view body);

// The answer as one JSON object. `id` and `created` (seconds) go in as they are.
std::string wholeAnswer(const SimulatedAnswer& answer, std::string_view id, std::int64_t created);

// The answer as server-sent events, one string each, [DONE] included. The first comes at once, each
// other after a pause.
std::vector<std::string> streamedAnswer(const SimulatedAnswer& answer, std::string_view id,
                                        std::int64_t created);

}  // namespace gr::sandbox
