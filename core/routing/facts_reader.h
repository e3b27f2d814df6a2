// SPDX-License-Identifier: MIT
#pragma once

#include <string_view>

#include "protocol/ask.h"
#include "routing/request_facts.h"

namespace gr::routing {

// Whose request it is, so that its session can be told from those of others.
struct SessionSource {
    std::string_view client;  // id of the key
    std::string_view secret;  // of this process: digests of prompts mean nothing to anybody else
    std::string_view named;   // x-gaterouter-session; empty: the session is derived
};

// What the choice needs to know of a request of any protocol, in one walk over its body that copies
// nothing but the beginning of the last user message. `body`: the request as it is meant, validated
// (`ask.body.text`, or the same with an earlier conversation put in front). What cannot be
// understood is left out: the provider will say what is wrong with it. Does not set `headers`,
// `stateOf`, `prediction` and what detectors find. Pure; any thread.
//
// A session is what the client calls so; else what its tool names (OpenAI's prompt_cache_key,
// Anthropic's metadata.user_id where it has a session in it); else the beginning of the
// conversation: its system prompt and first user message.
RequestFacts readFacts(const protocol::Ask& ask, std::string_view body,
                       const SessionSource& source);

// The same session where the client or its tool names it; empty where it would have to be derived.
// Looks at a few members of the body and at no conversation.
std::string namedSession(const protocol::Ask& ask, const SessionSource& source);

// The text of a validated string span, at most `most` characters of it, without reading further.
std::string textStart(std::string_view rawString, std::size_t most);

}  // namespace gr::routing
