// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "protocol/ask.h"

// The paths that are served. Pure.
namespace gr::gateway {

enum class Endpoint : std::uint8_t {
    Health,
    Ready,
    Metrics,
    Models,
    Model,
    Route,
    Generation,
    Feedback,
    Generate,  // a model call, in any protocol; PathAsk::task says which
    Relay,     // passed byte for byte (relay_ask.h); the argument is the path behind the version
    Probe,     // HEAD of a path that takes POST: some tools look whether somebody is there
    Response,  // a kept answer of the Responses protocol, and what can be done with it
    ResponseRemove,
    ResponseItems,
    ResponseCancel,
};

struct EndpointMatch {
    Endpoint endpoint = Endpoint::Health;
    std::string argument;  // Model, Response…: the id, percent-decoded
    // Generate; of Models and Model: Gemini's form, or OpenAI's
    protocol::Protocol protocol = protocol::Protocol::OpenAiChat;
    protocol::PathAsk path;  // Generate
};

// `/v1/…`, the same without `/v1`, and `/v1/v1/…` are one; Gemini's paths begin with /v1beta.
// Errors: NotFound, MethodNotAllowed.
Result<EndpointMatch> matchEndpoint(std::string_view method, std::string_view target);

// What stands behind `name=` in the query of `target`, percent-decoded; the first one counts.
std::optional<std::string> queryValue(std::string_view target, std::string_view name);

bool needsKey(Endpoint endpoint);

// The request id that `/v1/generation?id=…` asks for. Errors: MissingField, DuplicateKey,
// InvalidField (not an id that `newRequestId` makes).
Result<std::string> generationId(std::string_view target);

}  // namespace gr::gateway
