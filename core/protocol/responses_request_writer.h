// SPDX-License-Identifier: MIT
#pragma once

#include "base/result.h"
#include "protocol/adapter.h"

namespace gr::protocol {

// Writes a body for POST {base}/responses. Nothing is stored at the provider: `store` is false, and
// models that think give their thoughts sealed (include reasoning.encrypted_content). A request
// that came in this protocol keeps its items and tools byte for byte where the provider is OpenAI
// or speaks the plain protocol; elsewhere namespaces are flattened, custom tools become functions,
// and hosted tools are dropped. Stop sequences have no field here: the reader of the answer cuts.
// Errors: InvalidField for n above 1, and for media that the model or provider cannot take.
Result<WrittenRequest> writeResponsesRequest(const ChatRequest& request, const Target& target);

}  // namespace gr::protocol
