// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace gr::tokens {

// What a character is, as one bit: the properties that the patterns of tokenizers ask for.
enum Kind : std::uint8_t {
    kSign = 0,     // anything else
    kCapital = 1,  // Lu, Lt
    kSmall = 2,    // Ll
    kUncased = 4,  // Lm, Lo
    kMark = 8,     // M
    kNumber = 16,  // N
    kBlank = 32,   // White_Space
    kLetter = kCapital | kSmall | kUncased,
};

// The general categories of Unicode (resources/tokens/letters.z). Immutable; any thread.
class Letters final {
  public:
    struct Char {
        std::uint8_t kind = kSign;
        std::uint8_t size = 1;  // bytes of UTF-8
    };

    // Nothing when the table inside the program cannot be read.
    static std::optional<Letters> embedded();

    // The character at `at`, which lies inside `text`. A byte that is no UTF-8 is a sign of its
    // own.
    Char at(std::string_view text, std::size_t at) const;

  private:
    std::vector<std::uint32_t> m_starts;  // of ranges, ascending, from 0
    std::vector<std::uint8_t> m_kinds;    // of the same ranges
};

}  // namespace gr::tokens
