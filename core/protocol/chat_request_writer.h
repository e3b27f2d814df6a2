// SPDX-License-Identifier: MIT
#pragma once

#include "protocol/adapter.h"

namespace gr::protocol {

// Writes a request for a provider that speaks OpenAI's chat completions, as its dialect and model
// take it. Error: InvalidField (with the client's name of the field) for what they cannot do and
// must not be dropped silently: media, several answers, too many stop sequences.
Result<WrittenRequest> writeChatRequest(const ChatRequest& request, const Target& target);

}  // namespace gr::protocol
