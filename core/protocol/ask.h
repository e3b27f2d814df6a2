// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "json/scan.h"
#include "protocol/adapter.h"
#include "protocol/chat.h"
#include "protocol/dialects.h"
#include "protocol/passthrough.h"
#include "protocol/wishes.h"

// The envelope of a request in any protocol: the little that the road needs before it knows who
// answers. What passes through untouched is never read further than this.
namespace gr::protocol {

// What is wanted of a model.
enum class Task : std::uint8_t {
    Generate,
    Count,     // how many tokens a request is: of Responses, Messages and Gemini
    Embed,     // vectors: OpenAI's /embeddings, Gemini's :embedContent and :batchEmbedContents
    Complete,  // OpenAI's legacy /completions
};

struct Ask {
    Task task = Task::Generate;
    Protocol protocol = Protocol::OpenAiChat;
    json::Object body;  // spans of the source, which must outlive this
    std::string model;
    std::string_view method;  // Gemini's Embed: as in PathAsk
    bool stream = false;
    bool sseArray = false;                        // Gemini: a stream without alt=sse
    bool usageAsked = false;                      // chat: the client wants the usage chunk
    bool costAsked = false;                       // OpenAI's forms: usage {"include": true}
    std::size_t choices = 1;                      // answers that are asked for: chat's `n`
    std::vector<std::string> fallbacks;           // our extension `models`, in order
    Wishes wishes;                                // of the body
    std::vector<const json::Member*> extensions;  // members that are ours and not the provider's

    Ask() = default;
    Ask(Ask&&) = default;  // moving a vector keeps its elements where they are
    Ask& operator=(Ask&&) = default;
};

// What the path says and the body does not; all but the task is Gemini's.
struct PathAsk {
    Task task = Task::Generate;
    std::string model;
    std::string_view method;  // Embed: "embedContent" or "batchEmbedContents"; a constant
    bool stream = false;
    bool sse = false;  // alt=sse
};

// Errors: InvalidJson, DuplicateKey, MissingField, InvalidField; each names the field.
Result<Ask> readAsk(Protocol protocol, std::string_view body, const PathAsk& path = {});

// The changes that `ask` needs on its way to a provider of the same protocol: the provider's model
// name, our extensions out, usage asked for where a stream would not tell it, and `max_tokens` by
// its newer name where OpenAI's model takes no other.
std::vector<Splice> splicesFor(const Ask& ask, const Target& target);

// The same for Gemini's counts and embeddings, whose bodies may name the model inside: as
// `generateContentRequest.model`, `model` or `requests[].model`.
std::vector<Splice> geminiSplicesFor(const Ask& ask, std::string_view providerModel);

// True when a chat request says something that this dialect does not take as it stands: then it is
// rewritten, though the protocol is the same.
bool needsRewriting(const Ask& ask, const Dialect& dialect);

// True when a request may bring back proofs of reasoning that this gateway wrapped (opaque.h): they
// mean nothing to a provider, so it is rewritten.
bool carriesSeals(const Ask& ask);

}  // namespace gr::protocol
