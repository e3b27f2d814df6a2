// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <vector>

#include "json/writer.h"
#include "protocol/anthropic_plan.h"
#include "protocol/chat.h"

namespace gr::protocol {

// Writes `tools` and `tool_choice` into an open object. Custom tools become functions with one
// string, namespaces become part of the name, tools that another provider runs are left out (named
// in `dropped`). Pure.
void writeAnthropicTools(const ChatRequest& request, const AnthropicPlan& plan, json::Writer& out,
                         std::vector<std::string>& dropped);

}  // namespace gr::protocol
