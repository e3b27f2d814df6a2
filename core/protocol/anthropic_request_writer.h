// SPDX-License-Identifier: MIT
#pragma once

#include "base/result.h"
#include "protocol/adapter.h"

namespace gr::protocol {

// The provider face of Anthropic's Messages API, outward. The path is "/messages", behind a base
// path that ends in "/v1".
//
// What an Anthropic client wrote for the very model that answers goes on byte for byte, but for the
// model's name, an output limit where there is none, our own extensions and thoughts of another
// provider. For a model that the client did not name, and for clients of other protocols, the
// model's rules apply. Errors: InvalidField. Pure; any thread.
Result<WrittenRequest> writeAnthropicRequest(const ChatRequest& request, const Target& target);

// The same for "/messages/count_tokens", which takes neither an output limit nor sampling.
Result<WrittenRequest> writeAnthropicCount(const ChatRequest& request, const Target& target);

}  // namespace gr::protocol
