// SPDX-License-Identifier: MIT
#pragma once

#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/adapter.h"
#include "protocol/anthropic_message.h"

namespace gr::protocol {

// Writes the events of a Messages stream. Its clients take one open block at a time: while the
// arguments of a tool call are still coming, what belongs to other blocks waits; text and thoughts
// that were interrupted go on in a new block.
class AnthropicStreamWriter final : public AnswerWriter {
  public:
    explicit AnthropicStreamWriter(AnswerContext context) : m_context(std::move(context)) {}

    void write(const ChatEvent& event, std::string& out) override;
    void end(std::string& out) override;
    void breakOff(const Error& error, std::string& out) override;
    void keepAlive(std::string& out) override;

  private:
    enum class Kind : std::uint8_t { Text, Thinking, Redacted, ToolUse };

    // One content block, open or waiting.
    struct Block {
        std::size_t number = 0;  // of the events
        Kind kind = Kind::Text;
        bool isSigned = false;
        bool ended = false;
        std::string start;                // content_block
        std::vector<std::string> deltas;  // while it waits
    };

    static Kind kindOf(const ChatEvent& event);
    static bool saysSomething(const ChatEvent& event);
    std::string startOf(const ChatEvent& event) const;
    // The delta that the event is; false when it is only the start of a block.
    bool deltaOf(const ChatEvent& event, std::string& delta) const;

    void content(const ChatEvent& event, std::string& out);
    void blockEnd(std::size_t number, std::string& out);
    Block* blockOf(const ChatEvent& event, std::string& out);
    void begin(std::string& out);
    void open(Block block, std::string& out);
    void close(std::string& out);
    void openWaiting(std::string& out);
    void delta(std::string_view delta, std::string& out) const;
    void fail(std::string_view error, std::string& out);

    AnswerContext m_context;
    TokenUsage m_usage;
    AnthropicEnd m_end;
    std::string m_stopSequence;
    std::string m_scratch;
    std::optional<Block> m_open;
    std::deque<Block> m_waiting;
    std::size_t m_index = 0;  // of the block that is open or comes next
    bool m_begun = false;
    bool m_over = false;
};

}  // namespace gr::protocol
