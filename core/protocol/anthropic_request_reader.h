// SPDX-License-Identifier: MIT
#pragma once

#include <string_view>

#include "base/result.h"
#include "protocol/chat.h"

// The client face of Anthropic's Messages API, inward: POST /v1/messages, of the versions
// 2023-06-01 and 2026-10-21 (their bodies are the same; which of them takes sampling is the
// caller's business). Every content block keeps its own text in `Part::source`. Pure; any thread.
namespace gr::protocol {

// Errors, each with its field: InvalidJson, DuplicateKey, MissingField, InvalidField. `body` must
// outlive the request.
Result<ChatRequest> readAnthropicRequest(std::string_view body);

// The same for /v1/messages/count_tokens, where `max_tokens` may be missing.
Result<ChatRequest> readAnthropicCount(std::string_view body);

}  // namespace gr::protocol
