// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

// What the learned router sees of a prompt: which words and pieces of words are in it, and some
// cheap counts. The trainer (tools/router) uses this very code, so that both see the same. Pure.
namespace gr::routing {

inline constexpr std::size_t kReadChars = 1'500;  // bytes of a prompt that are looked at
inline constexpr unsigned kGramBits = 18;         // grams are numbered 0 … 2^18 - 1
inline constexpr std::size_t kCounts = 40;
inline constexpr std::size_t kSizeCount = 0;   // ln(1 + bytes that are read)
inline constexpr std::size_t kToolsCount = 1;  // 1 where there are tools

// Of one prompt.
struct Features {
    // Hashes of words, pairs of words and pieces of words; each once, in the order of their first
    // sight.
    std::vector<std::uint32_t> grams;
    std::array<float, kCounts> counts{};
};

// Of the first kReadChars bytes of `text`, where a run of spaces is one. Letter case and kind and
// amount of space do not matter. `tools`: how many the request offers. `out` is overwritten and
// may be used again, which spares its memory.
void readFeatures(std::string_view text, std::size_t tools, Features& out);

}  // namespace gr::routing
