// SPDX-License-Identifier: MIT
#pragma once

#include <deque>
#include <string>
#include <vector>

#include "protocol/chat.h"
#include "protocol/dialects.h"

// The turns of a request in the order that Anthropic takes: system parts apart, user and assistant
// in turn, every call answered at once and first. Pure.
namespace gr::protocol {

struct AnthropicMessage {
    Role role = Role::User;  // User, Assistant or System
    std::vector<const Part*> parts;
    std::size_t results = 0;  // of tools; they are the first parts
};

struct AnthropicConversation {
    std::vector<const Part*> system;
    std::vector<AnthropicMessage> messages;
    std::vector<std::string> dropped;  // names of what is not sent

    std::deque<Part> made;  // parts of our own; the others belong to the request
    TextArena arena;
};

// Empty text, thoughts without a proof of Anthropic's and what only another protocol knows is left
// out. Unanswered calls get "[no result]"; results without a call become text; system turns in
// mid-conversation become reminders in a user turn where `rules` do not know them. `request` must
// outlive the conversation.
AnthropicConversation anthropicConversation(const ChatRequest& request, const ModelRules& rules);

// May these thoughts be sent back to Anthropic? A signature of unknown origin counts as Anthropic's
// own when an Anthropic client sent it, unless it is one of the gateway's seals.
bool isAnthropicThought(const ChatRequest& request, const Reasoning& reasoning);

// Is a tool's result being answered whose call lacks the thought that led to it? Models with a
// budget refuse that while they think.
bool lacksThought(const AnthropicConversation& conversation);

}  // namespace gr::protocol
