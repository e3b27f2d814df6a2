// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <optional>

#include "protocol/chat.h"
#include "tokens/encoding.h"
#include "tokens/rule.h"

// How many tokens a request makes a model read, as far as one can tell without asking it. Pure.
namespace gr::protocol {

constexpr std::int64_t kPictureTokens = 1000;  // what one counts at most

// Texts, names and schemas are counted, three tokens for each turn and three for the answer's
// beginning are added; pictures, documents and sounds have figures that are usual. Thoughts of
// earlier turns do not count: providers leave them out. Milliseconds for some 100 KB.
std::int64_t promptTokens(const ChatRequest& request, const tokens::Encoding& encoding);

// No fewer tokens than the provider will count, where that can be told: the texts by the model's
// own vocabulary, and what templates add at most. It stands for the bound in bytes (bound.h), which
// is some four times as much. Nothing where the vocabulary is not the model's own (`rule` of the
// model, `encoding` of the rule), and for anything but texts: tools, calls, schemas, thoughts,
// pictures, members that only their own protocol knows.
std::optional<std::int64_t> exactInput(const ChatRequest& request, const tokens::Rule& rule,
                                       const tokens::Encoding& encoding);

}  // namespace gr::protocol
