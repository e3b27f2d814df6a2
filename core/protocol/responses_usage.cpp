// SPDX-License-Identifier: MIT
#include "protocol/responses_usage.h"

#include "protocol/billing.h"
#include "protocol/json_member.h"

namespace gr::protocol {

TokenUsage responsesUsage(const json::Object& usage, bool reasoningOutside) {
    auto in = childOf(usage, "input_tokens_details");
    if (!in)
        in = childOf(usage, "input_token_details");
    const auto out = childOf(usage, "output_tokens_details");
    ReportedTokens told;
    told.input = integerOf(usage, "input_tokens");
    told.output = integerOf(usage, "output_tokens");
    told.reasoningOutside = reasoningOutside;
    if (in) {
        told.cacheRead = integerOf(*in, "cached_tokens");
        told.cacheWrite5m = integerOf(*in, "cache_write_tokens");
        told.audioInput = integerOf(*in, "audio_tokens");
    }
    if (out) {
        told.reasoning = integerOf(*out, "reasoning_tokens");
        told.audioOutput = integerOf(*out, "audio_tokens");
    }
    TokenUsage tokens = disjoint(told);
    tokens.reportedCost = reportedCost(usage);
    return tokens;
}

}  // namespace gr::protocol
