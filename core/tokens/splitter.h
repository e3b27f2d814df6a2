// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "tokens/letters.h"

namespace gr::tokens {

// The patterns by which OpenAI's tokenizers cut a text before they look for tokens (tiktoken's
// pat_str), written out by hand: one pass, no backtracking beyond a run of letters or blanks, so
// that no text takes more than linear time. Pure; any thread.
enum class Pattern : std::uint8_t { Cl100k, O200k };

// Length in bytes of the first piece of `text`; 0 for an empty text only.
std::size_t firstPiece(const Letters& letters, Pattern pattern, std::string_view text);

}  // namespace gr::tokens
