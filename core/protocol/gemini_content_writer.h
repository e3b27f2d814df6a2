// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "protocol/adapter.h"

namespace gr::protocol {

// The turns of a request as Gemini wants them: neighbours of one role merged, as many results as
// calls, in the order of the calls and before anything else, and the first call of a step signed.
struct GeminiContents {
    std::vector<std::string> system;  // parts of systemInstruction
    std::string contents;             // the JSON list
};

// Errors: InvalidField, for media that cannot be sent and for a conversation that says nothing.
// Pure.
Result<GeminiContents> geminiContents(const ChatRequest& request, const Target& target);

}  // namespace gr::protocol
