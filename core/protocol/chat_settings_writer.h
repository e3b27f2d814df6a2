// SPDX-License-Identifier: MIT
#pragma once

#include <optional>

#include "base/error.h"
#include "protocol/chat_fields.h"

namespace gr::protocol {

// Writes everything of a chat request but its model, messages and tools: limits, sampling, thought,
// form of the answer. Error: InvalidField for what must not be dropped silently.
std::optional<Error> writeChatSettings(const ChatRequest& request, const Target& target,
                                       ChatFields& out);

// The effort that a request asks for, in the words of this model; nothing: say nothing.
std::optional<Effort> effortFor(const Thinking& thinking, const ModelRules& rules);

// What has to be said in words because the dialect has no field for it: the form of the answer.
// Empty when nothing has.
std::string formatInWords(const ChatRequest& request, const Dialect& dialect);

}  // namespace gr::protocol
