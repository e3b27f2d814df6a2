// SPDX-License-Identifier: MIT
#pragma once

#include <string_view>

#include "json/scan.h"
#include "protocol/chat.h"

// Anthropic's words for what all providers tell. Pure.
namespace gr::protocol {

// Takes what the `usage` of a message, a message_start's message or a message_delta tells over into
// `usage`; what it does not tell stays. Anthropic's input excludes both caches, its output includes
// the thinking.
void readAnthropicUsage(const json::Object& owner, TokenUsage& usage);

// What a stop_reason means.
Finish anthropicFinish(std::string_view stopReason);

// The HTTP status that an error's type stands for.
int anthropicStatus(std::string_view type);

}  // namespace gr::protocol
