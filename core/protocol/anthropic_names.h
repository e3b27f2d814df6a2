// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>

// Names of tools and ids of calls as Anthropic takes them: [a-zA-Z0-9_-]+ (names: at most 128).
// Whatever fits stays as it is; the rest is rewritten so that two different ones never become the
// same. Pure.
namespace gr::protocol {

std::string anthropicToolId(std::string_view id);

std::string anthropicToolName(std::string_view name);

}  // namespace gr::protocol
