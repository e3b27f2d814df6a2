// SPDX-License-Identifier: MIT
#pragma once

#include <string_view>

#include "base/result.h"
#include "protocol/chat.h"

namespace gr::protocol {

// Reads a body of POST /v1/responses. Errors: InvalidJson, DuplicateKey, MissingField,
// InvalidField, each naming its field ("input[2].content[0].text"). What needs a memory between
// requests (previous_response_id, conversation, item_reference, prompt, background) is refused:
// whoever keeps such a memory puts the earlier items into `input` first. `body` must outlive the
// request. Pure; any thread.
Result<ChatRequest> readResponsesRequest(std::string_view body);

}  // namespace gr::protocol
