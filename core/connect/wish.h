// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "settings/json_tree.h"

// What a configuration file should say. Plain values.
namespace gr::connect {

enum class Format : std::uint8_t {
    Json,  // with comments and trailing commas (settings/json_tree.h)
    Toml,  // 1.0
    Yaml,  // block style at the top; the rest is passed over
    Env,   // NAME=value, as dotenv reads it
};

// The way to a value. In YAML "*" stands for the item of a list whose `name` is GateRouter.
using Path = std::vector<std::string>;
inline constexpr const char* kOwnItem = "GateRouter";

// What a file should say at a place.
struct Wish {
    enum class Kind : std::uint8_t {
        Must,     // exactly this
        Default,  // this, unless there is something already
        Absent,   // nothing
    };
    Kind kind = Kind::Must;
    Path path;
    settings::JsonNode value;  // TOML and Env: a text
};

}  // namespace gr::connect
