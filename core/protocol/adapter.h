// SPDX-License-Identifier: MIT
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/result.h"
#include "protocol/chat.h"
#include "protocol/dialects.h"

// The two faces of each protocol: towards clients (a request comes in, an answer goes out) and
// towards providers (the other way round). Pure: no socket, no clock, no randomness but what is
// handed in. One object serves one answer, on one thread.
namespace gr::protocol {

// ---- towards clients

// Reads a request. Errors (each names its field): InvalidJson, DuplicateKey, MissingField,
// InvalidField. `body` must outlive the request. Gemini's model and `stream` come from the path and
// are set by the caller behind this.
using RequestReader = Result<ChatRequest> (*)(std::string_view body);

// A finished answer of the Responses protocol, for whoever keeps it. The views hold for the call.
struct FinishedResponse {
    std::string_view id;  // plain
    JsonText object;      // the response object as the client gets it
    JsonText output;      // its items, with the (sealed) proofs that a later turn needs
};
using KeepResponse = std::function<void(const FinishedResponse&)>;

// What an answer needs to know of its request.
struct AnswerContext {
    std::string id;            // of the request, "req_…": ids of answers are made of it
    std::string model;         // as the client should read it
    std::int64_t created = 0;  // seconds since 1970
    bool stream = false;
    bool usageAsked = false;
    bool sseArray = false;                 // Gemini's stream without alt=sse: one JSON array
    const ChatRequest* request = nullptr;  // tools (to map names back) and settings to echo
    // Seals what must come back unread (`vendor`, signature) and opens it again; see opaque.h.
    // Redacted thoughts are sealed with ":redacted" behind their vendor's name.
    std::function<std::string(std::string_view vendor, std::string_view signature)> seal;
    std::string previous;  // Responses: the id of the response that this one goes on from
    // Responses: called once, before the last bytes are given out, with an answer that ended well.
    // Empty when the answer is not kept.
    KeepResponse keep;
};

// Turns the steps of an answer into bytes for the client.
class AnswerWriter {
  public:
    virtual ~AnswerWriter() = default;
    // Appends what the step adds to the stream; a whole answer is kept until `end()`.
    virtual void write(const ChatEvent& event, std::string& out) = 0;
    // The answer ended well: the last bytes (or the whole body).
    virtual void end(std::string& out) = 0;
    // The stream breaks off: an error event in the client's format, and no mark of a good end.
    virtual void breakOff(const Error& error, std::string& out) = 0;
    // Something for a silent stream that resets the client's timers without meaning anything.
    virtual void keepAlive(std::string& out) = 0;
};

// ---- towards providers

// Whom the request is written for.
struct Target {
    std::string_view model;                 // as the provider calls it
    const Dialect* dialect = nullptr;       // what this provider does differently; never null
    ModelRules rules;                       // what this model takes; from the same data
    std::optional<std::int64_t> maxOutput;  // of the model, tokens, where known
    bool reasons = true;                    // false: the catalog knows that it never does
};

struct WrittenRequest {
    std::string path;  // behind the provider's base path: "/chat/completions"
    std::string body;
    std::vector<std::string> dropped;  // names of what the target does not take
    std::vector<std::pair<std::string, std::string>> headers;  // e.g. anthropic-version
};

// Errors: InvalidField (with the client's field) for what the target cannot do and must not be
// dropped silently, as n > 1 or an image for a model that only reads text.
using RequestWriter = Result<WrittenRequest> (*)(const ChatRequest& request, const Target& target);

using EventSink = std::function<void(const ChatEvent&)>;

// Turns what a provider sends into steps.
class AnswerReader {
  public:
    virtual ~AnswerReader() = default;
    // One raw server-sent event. What cannot be understood becomes an Error step.
    virtual void event(std::string_view rawEvent, const EventSink& sink) = 0;
    // A whole answer of status 200. Error: ProviderAnswerInvalid.
    virtual Result<void> whole(std::string_view body, const EventSink& sink) = 0;
    // The provider ended the answer itself: its own last event (or finish reason) came.
    virtual bool complete() const = 0;
};

}  // namespace gr::protocol
