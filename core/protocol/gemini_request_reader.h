// SPDX-License-Identifier: MIT
#pragma once

#include <string_view>

#include "base/result.h"
#include "protocol/chat.h"

// Gemini's generateContent, towards clients: reading a request (wire form of v1beta). Pure.
namespace gr::protocol {

// Takes camelCase and snake_case. Model and stream stand in the path: the caller sets them. Calls
// without ids get `gr_call_1`, `gr_call_2`, … in their order, and results find their call by id or
// by name and order. Errors: InvalidJson, DuplicateKey, MissingField, InvalidField.
Result<ChatRequest> readGeminiRequest(std::string_view body);

// The same for :countTokens, whose body holds `contents` or a whole `generateContentRequest`.
Result<ChatRequest> readGeminiCount(std::string_view body);

}  // namespace gr::protocol
