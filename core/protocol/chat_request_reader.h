// SPDX-License-Identifier: MIT
#pragma once

#include <string_view>

#include "base/result.h"
#include "protocol/adapter.h"

namespace gr::protocol {

// Reads a request of OpenAI's chat completions, old fields and what clients carry over from
// dialects (reasoning_content, reasoning_details, extra_content) included. Errors name the field:
// InvalidJson, DuplicateKey, MissingField, InvalidField. `body` must outlive the request.
Result<ChatRequest> readChatRequest(std::string_view body);

}  // namespace gr::protocol
