// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string>

#include "base/error.h"
#include "json/writer.h"
#include "protocol/adapter.h"
#include "protocol/anthropic_conversation.h"

namespace gr::protocol {

// Writes parts as content blocks of a Messages request. A part that an Anthropic client sent goes
// out as it came. The first thing that Anthropic cannot take is kept as `problem` (InvalidField,
// with the client's name of the list of messages).
class AnthropicBlockWriter final {
  public:
    AnthropicBlockWriter(const ChatRequest& request, const Target& target)
        : m_request(request), m_target(target) {}

    void messages(const AnthropicConversation& conversation, json::Writer& out);
    void system(const std::vector<const Part*>& parts, JsonString more, json::Writer& out);

    std::optional<Error>& problem() { return m_problem; }

  private:
    void message(const AnthropicMessage& message, bool prefills, json::Writer& out);
    void block(const Part& part, json::Writer& out);
    bool spliced(const Part& part, json::Writer& out) const;
    void text(const Part& part, json::Writer& out) const;
    void image(const Media& media, json::Writer& out);
    void file(const Media& media, json::Writer& out);
    void document(const Media& media, json::Writer& out);
    bool remote(const Media& media, json::Writer& out);
    void call(const ToolCall& call, json::Writer& out) const;
    void result(const ToolResult& result, json::Writer& out);
    void refuse(const std::string& message);

    const ChatRequest& m_request;
    const Target& m_target;
    std::optional<Error> m_problem;
};

}  // namespace gr::protocol
