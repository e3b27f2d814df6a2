// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "protocol/adapter.h"
#include "protocol/ask.h"
#include "protocol/bound_value.h"
#include "protocol/passthrough.h"

// What a request can take at most: what is reserved for it under a limit, and what a sale of it is
// quoted at. Computed from the client's body alone; pure, any thread, one pass. docs/limits.md has
// the rules in plain words.
//
// Where they come from: one token a byte, since every tokenizer in use (byte-level BPE, or
// SentencePiece with byte fallback) has a token for every single byte; what images take, from the
// vendors' guides (ModelRules::imageTokens); caps and choices, from the vendors' API references
// (OpenAI chat, completions and Responses, Anthropic Messages, Gemini v1beta). A member of the body
// that is not known here may cost anything, so it has no bound.
namespace gr::protocol {

// `body`: the request as it is meant, validated: `ask.body.text`, or the same with an earlier
// conversation put in front. `thinks`: the gateway puts an effort of its own in, and the dearest
// counts. Never fails: what cannot be read has no bound.
Bound boundOf(const Ask& ask, std::string_view body, bool thinks = false);

// The most tokens that this model can read for it. Nothing where only the context bounds it and
// `context` (tokens) is not known. Meaningless with `unbounded`.
std::optional<std::int64_t> inputFor(const Bound& bound, const ModelRules& rules,
                                     std::optional<std::int64_t> context);

// The most tokens that this target can write, thoughts included. `cap`: of one choice, where the
// client set none. Nothing where neither did, or where the target's thoughts are outside the cap
// and its maximum is not known.
std::optional<std::int64_t> outputFor(const Bound& bound, const Target& target,
                                      std::optional<std::int64_t> cap = std::nullopt);

// How a missing output cap is written into a body of the same protocol for this target, beside what
// splicesFor() changes; `cap`: tokens of one choice. Nothing where the client set one, or the task
// writes no text. Chat's member is the dialect's own (OpenAI's reasoning models refuse
// `max_tokens`); Responses, Messages and Gemini have one name, Gemini's inside generationConfig;
// /completions takes `max_tokens`, whose usual default of 16 is a habit and no promise.
std::optional<Splice> capSplice(const Ask& ask, const Target& target, std::int64_t cap);

}  // namespace gr::protocol
