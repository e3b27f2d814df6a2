// SPDX-License-Identifier: MIT
#include "protocol/anthropic_answer_writer.h"

#include <algorithm>
#include <vector>

#include "protocol/anthropic_message.h"
#include "protocol/anthropic_stream_writer.h"
#include "protocol/json_text.h"

namespace gr::protocol {
namespace {

// Keeps the steps and writes one message at the end.
class AnthropicWholeWriter final : public AnswerWriter {
  public:
    explicit AnthropicWholeWriter(AnswerContext context) : m_context(std::move(context)) {}

    void write(const ChatEvent& event, std::string& /*out*/) override {
        using K = ChatEvent::Kind;
        if (event.choice != 0)
            return;
        if (event.kind == K::Usage) {
            m_usage = event.usage;
        } else if (event.kind == K::Finish) {
            m_end.finish = event.finish;
            m_stopSequence = event.text;
            m_end.stopSequence = m_stopSequence;
        } else if (event.kind == K::Error) {
            m_error = anthropicError(event, m_context.id);
        } else if (event.kind != K::Begin && event.kind != K::BlockEnd &&
                   event.kind != K::Logprobs) {
            content(event);
        }
    }

    void end(std::string& out) override {
        if (m_error.empty() && m_end.finish == Finish::Error) {
            ChatEvent event;
            event.message = "The model's output was unusable: the provider ended it as malformed.";
            m_error = anthropicError(event, m_context.id);
        }
        if (!m_error.empty()) {
            out.append(m_error);
            return;
        }
        out.append("{").append(anthropicHead(m_context)).append(",\"content\":[");
        bool first = true;
        for (const Block& block : m_blocks) {
            const std::string text = textOf(block);
            if (!text.empty())
                out.append(first ? "" : ",").append(text);
            first = first && text.empty();
        }
        out.append("],").append(anthropicStop(m_end)).append(",\"usage\":");
        out.append(anthropicUsage(m_usage, false)).append("}");
    }

    void breakOff(const Error& error, std::string& out) override {
        out.append(anthropicError(error, m_context.id));
    }

    void keepAlive(std::string& /*out*/) override {}

  private:
    enum class Kind : std::uint8_t { Text, Thinking, Redacted, ToolUse };

    struct Block {
        std::size_t number = 0;
        Kind kind = Kind::Text;
        std::string inside;  // of the text, the thoughts or the arguments, escapes as they came
        std::string signature;
        std::string id, name;
        std::string citations;
    };

    static Kind kindOf(const ChatEvent& event) {
        if (event.kind == ChatEvent::Kind::Reasoning)
            return event.redacted ? Kind::Redacted : Kind::Thinking;
        return event.kind == ChatEvent::Kind::ToolCall || event.kind == ChatEvent::Kind::Arguments
                   ? Kind::ToolUse
                   : Kind::Text;
    }

    // Nothing for arguments of a call that nobody announced.
    Block* blockOf(const ChatEvent& event) {
        const Kind kind = kindOf(event);
        const auto known =
            std::find_if(m_blocks.rbegin(), m_blocks.rend(), [&](const Block& block) {
                return block.number == event.block && block.kind == kind && kind != Kind::Redacted;
            });
        if (known != m_blocks.rend())
            return &*known;
        if (event.kind == ChatEvent::Kind::Arguments)
            return nullptr;
        Block& block = m_blocks.emplace_back();
        block.number = event.block;
        block.kind = kind;
        return &block;
    }

    void content(const ChatEvent& event) {
        Block* const found = blockOf(event);
        if (found == nullptr)
            return;
        Block& block = *found;
        m_end.refused = m_end.refused || event.kind == ChatEvent::Kind::Refusal;
        block.inside.append(inside(event.text));
        if (event.kind == ChatEvent::Kind::ToolCall) {
            m_end.calledTools = true;
            block.id = event.id;
            block.name = event.name;
        } else if (event.kind == ChatEvent::Kind::Reasoning && !event.signature.empty()) {
            block.signature = anthropicSignature(m_context, event.vendor, event.signature);
        } else if (event.kind == ChatEvent::Kind::Citation) {
            const std::string citation = anthropicCitation(event.json);
            if (!citation.empty())
                block.citations.append(block.citations.empty() ? "" : ",").append(citation);
        }
    }

    // Empty for a block that says nothing.
    std::string textOf(const Block& block) const {
        const std::string citations = block.citations.empty() ? "" : "[" + block.citations + "]";
        switch (block.kind) {
            case Kind::Redacted:
                return block.signature.empty()
                           ? ""
                           : R"({"type":"redacted_thinking","data":)" + block.signature + "}";
            case Kind::ToolUse:
                return anthropicToolBlock(block.id, block.name,
                                          argumentsObject("\"" + block.inside + "\""));
            case Kind::Thinking:
                if (block.inside.empty() && block.signature.empty())
                    return {};
                return R"({"type":"thinking","thinking":")" + block.inside + "\",\"signature\":" +
                       (block.signature.empty() ? anthropicSignature(m_context, "", "")
                                                : block.signature) +
                       "}";
            case Kind::Text:
                break;
        }
        return block.inside.empty() ? "" : anthropicTextBlock(block.inside, citations);
    }

    AnswerContext m_context;
    TokenUsage m_usage;
    AnthropicEnd m_end;
    std::string m_stopSequence;
    std::string m_error;
    std::vector<Block> m_blocks;
};

}  // namespace

std::unique_ptr<AnswerWriter> makeAnthropicWriter(AnswerContext context) {
    if (context.stream)
        return std::make_unique<AnthropicStreamWriter>(std::move(context));
    return std::make_unique<AnthropicWholeWriter>(std::move(context));
}

}  // namespace gr::protocol
