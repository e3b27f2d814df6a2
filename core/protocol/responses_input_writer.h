// SPDX-License-Identifier: MIT
#pragma once

#include "base/result.h"
#include "json/writer.h"
#include "protocol/adapter.h"
#include "protocol/responses_effort.h"

namespace gr::protocol {

// Writes `instructions` and `input` of a request for POST /v1/responses. Calls without a result get
// the result "[no result]", and results without a call become text of the user: the provider
// refuses both. Thoughts go back only where they come from, with their proof. What has no place is
// named in `out.dropped`. Error: InvalidField, media that the target cannot take. Pure.
Result<void> writeResponsesInput(const ChatRequest& request, const Target& target,
                                 const ResponsesForm& form, json::Writer& writer,
                                 WrittenRequest& out);

}  // namespace gr::protocol
