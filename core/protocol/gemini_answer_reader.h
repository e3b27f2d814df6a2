// SPDX-License-Identifier: MIT
#pragma once

#include <memory>

#include "protocol/adapter.h"

// Gemini's generateContent, towards the provider: reading an answer. Pure.
namespace gr::protocol {

// Every chunk has the form of a whole answer. Calls without an id get one made of the answer's:
// `call_ID_1`. The reader keeps no reference to `target`; of `request` it keeps the names of tools
// that went out changed, or as functions although they take free text.
std::unique_ptr<AnswerReader> makeGeminiReader(const Target& target, const ChatRequest& request);

}  // namespace gr::protocol
