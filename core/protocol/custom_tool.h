// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>

#include "protocol/chat.h"

// A custom (freeform) tool where only functions are known: a function with one string, `input`.
namespace gr::protocol {

inline constexpr std::string_view kCustomToolSchema =
    R"({"type":"object","properties":{"input":{"type":"string"}},"required":["input"]})";

// What the tool is for, with its grammar in words, as a JSON string: a function has no field for
// it.
// `""` when nothing is said.
std::string customToolDescription(const Tool& tool);

}  // namespace gr::protocol
