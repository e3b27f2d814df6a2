// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

// The outline of a YAML text in block style: the names at its top, and of a list below one of them
// the items with their own names. What stands deeper is passed over. Documents in flow style, with
// several parts, tabs or names of other kinds are refused, not guessed at. Pure; any thread.
namespace gr::connect {

struct YamlEntry {
    enum class Kind { Empty, Scalar, Other };  // Other: block text, flow, anchor, alias, tag
    std::string name;
    Kind kind = Kind::Empty;
    std::size_t lineBegin = 0;
    std::size_t nameEnd = 0;  // behind its colon
    std::size_t valueBegin = 0;
    std::size_t valueEnd = 0;  // without a comment
    std::size_t blockEnd = 0;  // begin of the line behind the last one that belongs to it
    std::string value;         // Scalar: without its quotes
    bool goesOn = false;       // lines below belong to it
};

struct YamlItem {
    std::vector<YamlEntry> entries;  // none: it is no mapping
    std::size_t column = 0;          // of its names
    std::size_t blockEnd = 0;
};

struct YamlList {
    std::size_t dashColumn = 0;
    std::vector<YamlItem> items;
    std::size_t blockEnd = 0;
};

// ConfigInvalid, with the line.
Result<std::vector<YamlEntry>> scanYaml(std::string_view text);
// The list below `entry`, which scanYaml gave.
Result<YamlList> scanYamlList(std::string_view text, const YamlEntry& entry);

}  // namespace gr::connect
