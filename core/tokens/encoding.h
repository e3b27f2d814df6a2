// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "tokens/letters.h"
#include "tokens/splitter.h"

namespace gr::tokens {

enum class Vocabulary : std::uint8_t { Cl100k, O200k };

// OpenAI's byte pair encodings: how many tokens a text is. Some megabytes and some ten milliseconds
// to read, so it is made when first needed and not on an io thread. Immutable; any thread.
class Encoding final {
  public:
    // The vocabulary inside the program. Error: Internal, when it is damaged.
    static Result<std::shared_ptr<const Encoding>> embedded(Vocabulary vocabulary);

    // Of plain UTF-8; what looks like a special token (`<|endoftext|>`) counts as the text it is.
    // The time grows with n log n at most, whatever the text.
    std::size_t count(std::string_view text) const;

  private:
    static constexpr std::uint32_t kNone = 0xffffffff;

    Encoding(Pattern pattern, Letters letters, std::string tokens)
        : m_pattern(pattern), m_letters(std::move(letters)), m_tokens(std::move(tokens)) {}

    bool index();
    std::uint32_t rank(std::string_view bytes) const;  // kNone for what is no token
    std::size_t slotOf(std::string_view bytes) const;
    std::string_view token(std::uint32_t rank) const;
    std::size_t countPiece(std::string_view piece) const;

    Pattern m_pattern;
    Letters m_letters;
    std::string m_tokens;                 // in the order of ranks, each behind its length
    std::vector<std::uint32_t> m_begins;  // of each rank's length byte
    std::vector<std::uint32_t> m_slots;   // hash table with open addressing: ranks
};

}  // namespace gr::tokens
