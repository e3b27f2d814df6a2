// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "protocol/adapter.h"

// The endpoints that count tokens: Responses' /responses/input_tokens, Messages'
// /messages/count_tokens, Gemini's :countTokens. Chat completions have none. Pure.
namespace gr::protocol {

// "/messages/count_tokens", … behind a provider's base path; empty for chat completions.
std::string countPath(Protocol protocol, std::string_view model);

// What a client asks to be counted. Errors: those of a RequestReader. `body` must outlive it.
Result<ChatRequest> readCount(Protocol protocol, std::string_view body);

// The same question for a provider of `protocol`, which is not chat completions. Errors: those of a
// RequestWriter.
Result<WrittenRequest> writeCount(Protocol protocol, const ChatRequest& request,
                                  const Target& target);

// The question for a body that would be sent to generate, as it stands: what no count takes is left
// out. Nothing for chat completions.
std::optional<WrittenRequest> countOf(Protocol protocol, std::string_view model,
                                      std::string_view body);

// No fewer tokens than the provider bills for what `request` makes it read, when it counted
// `counted` (at least 0) and the model's rules say `counted`.
//
// OpenAI promises the exact number; Anthropic calls its own an estimate that may differ by a small
// amount; Google's own examples bill one token more than counted. A tenth and 1,000 are added.
// Thoughts may be left out of the count and not of the bill: their bytes come on top.
std::int64_t billedAtMost(const ChatRequest& request, std::int64_t counted);

// The number in a provider's answer. Error: ProviderAnswerInvalid.
Result<std::int64_t> countIn(Protocol protocol, std::string_view body);

// The answer for a client.
std::string countAnswer(Protocol protocol, std::int64_t tokens);

}  // namespace gr::protocol
