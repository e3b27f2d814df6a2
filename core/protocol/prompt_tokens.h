// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

#include "protocol/chat.h"
#include "tokens/encoding.h"

// How many tokens a request makes a model read, as far as one can tell without asking it. Pure.
namespace gr::protocol {

// Texts, names and schemas are counted, three tokens for each turn and three for the answer's
// beginning are added; pictures, documents and sounds have figures that are usual. Thoughts of
// earlier turns do not count: providers leave them out. Milliseconds for some 100 KB.
std::int64_t promptTokens(const ChatRequest& request, const tokens::Encoding& encoding);

}  // namespace gr::protocol
