// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "connect/wish.h"

// Where things stand in a TOML 1.0 text. Values are found, not understood: only texts are decoded,
// as far as names and addresses need it. Pure; any thread.
namespace gr::connect {

struct TomlEntry {
    Path path;            // with that of its table
    bool dotted = false;  // its own key has a dot
    std::size_t lineBegin = 0;
    std::size_t valueBegin = 0;
    std::size_t valueEnd = 0;
    std::size_t nextLine = 0;
    std::string value;  // a text without its quotes; anything else as written
};

struct TomlTable {
    Path path;
    bool list = false;  // [[…]]
    std::size_t lineBegin = 0;
    std::size_t bodyEnd = 0;  // begin of the line behind its last entry
};

struct TomlText {
    std::vector<TomlEntry> entries;  // in the order of the text, those of [[…]] left out
    std::vector<TomlTable> tables;   // without the root
    std::size_t rootEnd = 0;         // begin of the line behind the last entry of the root; 0: none
};

// ConfigInvalid, with the line.
Result<TomlText> scanToml(std::string_view text);

}  // namespace gr::connect
