// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string>

#include "protocol/adapter.h"

// What a request for POST /v1/responses says about thinking, and to whom it may say what. Pure.
namespace gr::protocol {

// How much of the protocol the target takes.
struct ResponsesForm {
    bool openAi = false;  // all of it: OpenAI, or a server that is said to speak plain Responses
    bool own = false;     // and the request came in it: items and tools pass as they are
};

ResponsesForm responsesForm(const ChatRequest& request, const Target& target);

// The effort to ask for, among those the model takes; nothing when the client did not say.
std::optional<Effort> responsesEffort(const ChatRequest& request, const Target& target);

struct ResponsesThinking {
    std::string reasoning;   // the field; empty for none
    bool encrypted = false;  // ask for reasoning.encrypted_content
    bool dropped = false;    // the client asked for what the model cannot
};

ResponsesThinking responsesThinking(const ChatRequest& request, const Target& target,
                                    const ResponsesForm& form);

}  // namespace gr::protocol
