// SPDX-License-Identifier: MIT
#pragma once

#include "json/writer.h"
#include "protocol/adapter.h"
#include "protocol/responses_effort.h"

namespace gr::protocol {

// Writes `tools`, `tool_choice` and `parallel_tool_calls` of a request for POST /v1/responses, and
// the names of what is left out to `out.dropped`. A function without `strict` gets strict:false:
// left out it would mean true here. Pure.
void writeResponsesTools(const ChatRequest& request, const Target& target,
                         const ResponsesForm& form, json::Writer& writer, WrittenRequest& out);

}  // namespace gr::protocol
