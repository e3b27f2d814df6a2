// SPDX-License-Identifier: MIT
#pragma once

#include "base/token_usage.h"
#include "json/scan.h"

namespace gr::protocol {

// The tokens in a `usage` of the Responses protocol, which OpenAI's pictures and transcripts tell
// in the same form (transcripts call the details of input `input_token_details`).
// `reasoningOutside`: output_tokens are without reasoning. Nothing is known where no count is told.
TokenUsage responsesUsage(const json::Object& usage, bool reasoningOutside);

}  // namespace gr::protocol
