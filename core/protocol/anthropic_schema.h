// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>

#include "protocol/chat.h"

// JSON Schema as Anthropic takes it. Keys keep their order. Pure.
namespace gr::protocol {

// For output_config.format and strict tools: constraints that are not taken move into the
// `description`, oneOf becomes anyOf, every object gets additionalProperties:false.
std::string anthropicStrictSchema(JsonText schema);

// For a plain tool's input_schema, which may be any schema of an object without anyOf, oneOf or
// allOf at its root. Empty text gives the schema of no arguments.
std::string anthropicToolSchema(JsonText schema);

}  // namespace gr::protocol
