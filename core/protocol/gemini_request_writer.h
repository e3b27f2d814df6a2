// SPDX-License-Identifier: MIT
#pragma once

#include "protocol/adapter.h"

// Gemini's generateContent, towards the provider: writing a request. Pure.
namespace gr::protocol {

// The path is `/models/MODEL:generateContent` or `:streamGenerateContent?alt=sse`. Errors:
// InvalidField, with the client's field.
Result<WrittenRequest> writeGeminiRequest(const ChatRequest& request, const Target& target);

}  // namespace gr::protocol
