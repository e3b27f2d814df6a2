// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string>

#include "protocol/adapter.h"
#include "protocol/chat_tools.h"

// What a request for POST /v1/responses says about thinking, and to whom it may say what. Pure.
namespace gr::protocol {

// How much of the protocol the target takes. `request` must outlive this.
struct ResponsesForm {
    ResponsesForm(const ChatRequest& request, const Target& target);

    bool openAi;      // all of it: OpenAI, or a server that is said to speak plain Responses
    bool own;         // and the request came in it: items and tools pass as they are
    ToolNames names;  // of tools, as the target takes them
};

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
