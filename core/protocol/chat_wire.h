// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "base/error.h"
#include "protocol/chat.h"

// The small parts of a chat completion that its stream and its whole answer share. Pure.
namespace gr::protocol {

// "chatcmpl-…" for "req_…".
std::string chatAnswerId(std::string_view requestId);

// The word of `finish_reason`. `calls`: the answer has calls of tools, and so ends in them whatever
// its provider said; `functions`: in the old form.
std::string_view chatFinish(Finish finish, bool calls, bool functions);

// The object of `usage`. Details that were not reported are left out, never 0.
void appendChatUsage(std::string& out, const TokenUsage& usage);

// {"error":{…}} without secrets.
std::string chatError(const Error& error);

// What a model's unusable output (Finish::Error) is for the client.
Error unusableOutput();

// An element of `annotations` for a citation in any provider's words, about the characters from
// `begin` to `end` of the text; empty when it has no address.
std::string chatAnnotation(JsonText citation, std::size_t begin, std::size_t end);

// Unicode characters of a JSON string.
std::size_t charactersOf(JsonString text);

}  // namespace gr::protocol
