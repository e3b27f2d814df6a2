// SPDX-License-Identifier: MIT
#pragma once

#include <memory>

#include "protocol/adapter.h"

namespace gr::protocol {

// Writes answers as OpenAI's chat completions: chunks for a stream, one object otherwise. Thoughts
// go into `reasoning_content`, Gemini's signatures into `extra_content`, as its own clients know
// them; what no chat client can carry (other signatures) is left out.
std::unique_ptr<AnswerWriter> makeChatWriter(AnswerContext context);

}  // namespace gr::protocol
