// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>

// Probabilities of tokens in the words of OpenAI's chat and in Gemini's. Pure; numbers pass as they
// were written. Empty when there is nothing to say.
namespace gr::protocol {

// Gemini's `logprobsResult` as chat's `logprobs`: {content:[{token, logprob, bytes, top_logprobs}],
// refusal: null}.
std::string chatLogprobs(std::string_view geminiResult);
// The other way.
std::string geminiLogprobs(std::string_view chatLogprobs);

}  // namespace gr::protocol
