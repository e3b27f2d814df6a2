// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/error.h"
#include "http/server.h"
#include "protocol/chat.h"

namespace gr::gateway {

// The forms in which callers expect errors.
enum class WireFormat : std::uint8_t { OpenAi, Anthropic, Gemini };

// By the path: /v1/messages… is Anthropic's, /v1beta/… Gemini's, the rest OpenAI's.
WireFormat wireFormatOf(std::string_view path);
WireFormat wireFormatOf(protocol::Protocol protocol);

// The body for `error`, without secrets.
std::string errorBody(const Error& error, WireFormat format);

// Status, headers and body.
http::Reply errorReply(const Error& error, WireFormat format);

}  // namespace gr::gateway
