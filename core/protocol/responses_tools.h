// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "protocol/chat.h"
#include "protocol/field_reader.h"

// The tools of a Responses request. Namespaces are flattened: a tool `run` in `shell` is called
// shell__run in the request in between, and gets its own name back in the answer. Pure.
namespace gr::protocol {

// Adds the entries of `list`, which stands at `path`, to the request's tools.
void readResponsesTools(const std::vector<std::string_view>& list, const std::string& path,
                        ChatRequest& request, std::optional<Error>& problem);

// Reads `tool_choice`; behind the tools.
void readResponsesToolChoice(const FieldReader& fields, ChatRequest& request);

// "ns__name", or `name` alone without a namespace. Lives in `arena`.
std::string_view flatToolName(TextArena& arena, std::string_view nameSpace, std::string_view name);

// The name without its namespace.
std::string_view ownToolName(std::string_view name, std::string_view nameSpace);

// The tool that an answer calls `name`; one in a namespace also by its own name. Null: none.
const Tool* toolNamed(const ChatRequest& request, std::string_view name);

}  // namespace gr::protocol
