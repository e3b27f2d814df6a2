// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "protocol/adapter.h"

// Gemini's generateContent, towards clients: writing an answer. Pure.
namespace gr::protocol {

// A whole answer; a stream of server-sent events, ended by CR LF as Google's; or, with `sseArray`,
// one JSON array whose elements are parted by `,` CR LF. Calls are held until they are whole, the
// finish reason until `end()`, where the usage is known.
std::unique_ptr<AnswerWriter> makeGeminiWriter(AnswerContext context);

// The answer to :countTokens.
std::string geminiTokenCount(std::int64_t tokens);

// The body of an error: `{"error":{code, message, status}}`. Secrets are redacted.
std::string geminiErrorBody(const Error& error);

}  // namespace gr::protocol
