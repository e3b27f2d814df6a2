// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

// Two versions of a file, line by line, for people. Pure; any thread.
namespace gr::connect {

struct DiffLine {
    enum class Kind : std::uint8_t {
        Same,
        Removed,
        Added,
        Gap,  // lines left out that are the same; no text
    };
    Kind kind = Kind::Same;
    std::string text;  // without its line end
};

// The changed lines with up to `context` of the same before and after. Nothing for equal texts. A
// change of nothing but line ends shows as lines that look alike.
std::vector<DiffLine> lineDiff(std::string_view before, std::string_view after,
                               std::size_t context = 3);

// `line` with what looks like a key in it replaced by its first and last characters, so that it can
// be shown where others look on. Nothing here may be relied on to keep a secret: it is for eyes.
std::string withKeysMasked(std::string_view line);

}  // namespace gr::connect
