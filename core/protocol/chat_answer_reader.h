// SPDX-License-Identifier: MIT
#pragma once

#include <memory>

#include "protocol/adapter.h"

namespace gr::protocol {

// Reads answers of OpenAI's chat completions in the shapes of all its dialects. `request` and the
// dialect of `target` must outlive the reader.
std::unique_ptr<AnswerReader> makeChatReader(const Target& target, const ChatRequest& request);

}  // namespace gr::protocol
