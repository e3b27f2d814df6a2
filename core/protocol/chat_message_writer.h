// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string_view>

#include "base/error.h"
#include "json/writer.h"
#include "protocol/adapter.h"
#include "protocol/chat_tools.h"

namespace gr::protocol {

// Writes the turns of a request as the elements of `messages`, in the order that the format wants:
// each call of a tool is answered right behind it. `instructions` (may be empty) go behind the
// leading system messages. Error: InvalidField for media that the target does not take.
std::optional<Error> writeChatMessages(const ChatRequest& request, const Target& target,
                                       const ToolNames& names, std::string_view instructions,
                                       json::Writer& out);

}  // namespace gr::protocol
