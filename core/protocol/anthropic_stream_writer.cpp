// SPDX-License-Identifier: MIT
#include "protocol/anthropic_stream_writer.h"

#include <algorithm>

#include "protocol/json_text.h"

namespace gr::protocol {

void AnthropicStreamWriter::write(const ChatEvent& event, std::string& out) {
    using K = ChatEvent::Kind;
    if (m_over || event.choice != 0)
        return;
    switch (event.kind) {
        case K::Text:
        case K::Refusal:
        case K::Reasoning:
        case K::ToolCall:
        case K::Arguments:
        case K::Citation:
            return content(event, out);
        case K::BlockEnd:
            return blockEnd(event.block, out);
        case K::Usage:
            m_usage = event.usage;
            return;
        case K::Finish:
            m_end.finish = event.finish;
            m_stopSequence = event.text;
            m_end.stopSequence = m_stopSequence;
            return;
        case K::Error:
            return fail(anthropicError(event, m_context.id), out);
        case K::Begin:  // message_start waits for the usage, which Anthropic tells in it
        case K::Logprobs:
            return;
    }
}

void AnthropicStreamWriter::end(std::string& out) {
    if (m_over)
        return;
    if (m_end.finish == Finish::Error) {
        ChatEvent event;
        event.message = "The model's output was unusable: the provider ended it as malformed.";
        return fail(anthropicError(event, m_context.id), out);
    }
    begin(out);
    close(out);
    while (!m_waiting.empty()) {
        openWaiting(out);
        close(out);
    }
    m_over = true;
    appendEvent(out, "message_delta",
                "{\"type\":\"message_delta\",\"delta\":{" + anthropicStop(m_end) +
                    "},\"usage\":" + anthropicUsage(m_usage, true) + "}");
    appendEvent(out, "message_stop", R"({"type":"message_stop"})");
}

void AnthropicStreamWriter::breakOff(const Error& error, std::string& out) {
    if (!m_over)
        fail(anthropicError(error, m_context.id), out);
}

void AnthropicStreamWriter::keepAlive(std::string& out) {
    if (!m_over)
        appendEvent(out, "ping", R"({"type":"ping"})");
}

AnthropicStreamWriter::Kind AnthropicStreamWriter::kindOf(const ChatEvent& event) {
    switch (event.kind) {
        case ChatEvent::Kind::Reasoning:
            return event.redacted ? Kind::Redacted : Kind::Thinking;
        case ChatEvent::Kind::ToolCall:
        case ChatEvent::Kind::Arguments:
            return Kind::ToolUse;
        default:
            return Kind::Text;
    }
}

bool AnthropicStreamWriter::saysSomething(const ChatEvent& event) {
    return event.kind == ChatEvent::Kind::ToolCall || event.kind == ChatEvent::Kind::Citation ||
           !saysNothing(event.text) || !event.signature.empty();
}

std::string AnthropicStreamWriter::startOf(const ChatEvent& event) const {
    switch (kindOf(event)) {
        case Kind::Thinking:
            return R"({"type":"thinking","thinking":"","signature":""})";
        case Kind::Redacted:
            return R"({"type":"redacted_thinking","data":)" +
                   anthropicSignature(m_context, event.vendor, event.signature) + "}";
        case Kind::ToolUse:
            return anthropicToolBlock(event.id, event.name, "{}");
        case Kind::Text:
            break;
    }
    return anthropicTextBlock("", "");
}

bool AnthropicStreamWriter::deltaOf(const ChatEvent& event, std::string& delta) const {
    delta.clear();
    switch (kindOf(event)) {
        case Kind::Thinking:
            if (!saysNothing(event.text))
                delta.append(R"({"type":"thinking_delta","thinking":)").append(event.text);
            else
                delta.append(R"({"type":"signature_delta","signature":)")
                    .append(anthropicSignature(m_context, event.vendor, event.signature));
            break;
        case Kind::ToolUse:
            if (event.kind == ChatEvent::Kind::ToolCall)
                return false;
            delta.append(R"({"type":"input_json_delta","partial_json":)").append(event.text);
            break;
        case Kind::Redacted:
            return false;
        case Kind::Text:
            if (event.kind != ChatEvent::Kind::Citation) {
                delta.append(R"({"type":"text_delta","text":)").append(event.text);
                break;
            }
            const std::string citation = anthropicCitation(event.json);
            if (citation.empty())
                return false;
            delta.append(R"({"type":"citations_delta","citation":)").append(citation);
            break;
    }
    delta.push_back('}');
    return true;
}

void AnthropicStreamWriter::content(const ChatEvent& event, std::string& out) {
    if (!saysSomething(event))
        return;
    // Thoughts and their proof may come in one step.
    if (kindOf(event) == Kind::Thinking && !saysNothing(event.text) && !event.signature.empty()) {
        ChatEvent half = event;
        half.signature = {};
        content(half, out);
        half.signature = event.signature;
        half.text = {};
        return content(half, out);
    }
    const bool told = deltaOf(event, m_scratch);
    if (!told && event.kind == ChatEvent::Kind::Citation)
        return;
    Block* block = blockOf(event, out);
    if (block == nullptr || !told || (block->isSigned && block->kind == Kind::Thinking))
        return;
    block->isSigned = kindOf(event) == Kind::Thinking && saysNothing(event.text);
    if (m_open && block == &*m_open)
        delta(m_scratch, out);
    else
        block->deltas.push_back(m_scratch);
}

AnthropicStreamWriter::Block* AnthropicStreamWriter::blockOf(const ChatEvent& event,
                                                             std::string& out) {
    const Kind kind = kindOf(event);
    const auto matches = [&](const Block& block) {
        return block.number == event.block && block.kind == kind && !block.ended &&
               kind != Kind::Redacted;
    };
    if (m_open && matches(*m_open))
        return &*m_open;
    const auto waiting = std::find_if(m_waiting.rbegin(), m_waiting.rend(), matches);
    if (waiting != m_waiting.rend())
        return &*waiting;
    if (event.kind == ChatEvent::Kind::Arguments)
        return nullptr;  // of a call that nobody announced, or that has ended
    Block fresh;
    fresh.number = event.block;
    fresh.kind = kind;
    fresh.start = startOf(event);
    m_end.calledTools = m_end.calledTools || kind == Kind::ToolUse;
    m_end.refused = m_end.refused || event.kind == ChatEvent::Kind::Refusal;
    if (m_open && m_open->kind == Kind::ToolUse) {
        m_waiting.push_back(std::move(fresh));
        return &m_waiting.back();
    }
    close(out);
    open(std::move(fresh), out);
    return &*m_open;
}

void AnthropicStreamWriter::blockEnd(std::size_t number, std::string& out) {
    for (Block& block : m_waiting)
        block.ended = block.ended || block.number == number;
    if (!m_open || m_open->number != number)
        return;
    close(out);
    // On to the next one whose end has not come; whatever is not a call may be cut.
    while (!m_waiting.empty()) {
        openWaiting(out);
        const bool mayCut = m_open->kind != Kind::ToolUse && !m_waiting.empty();
        if (!m_open->ended && !mayCut)
            break;
        close(out);
    }
}

void AnthropicStreamWriter::begin(std::string& out) {
    if (m_begun)
        return;
    m_begun = true;
    appendEvent(out, "message_start",
                "{\"type\":\"message_start\",\"message\":{" + anthropicHead(m_context) +
                    R"(,"content":[],"stop_reason":null,"stop_sequence":null,"stop_details":null,)"
                    R"("container":null,"usage":)" +
                    anthropicUsage(m_usage, false) + "}}");
}

void AnthropicStreamWriter::open(Block block, std::string& out) {
    begin(out);
    m_open = std::move(block);
    appendEvent(out, "content_block_start",
                "{\"type\":\"content_block_start\",\"index\":" + std::to_string(m_index) +
                    ",\"content_block\":" + m_open->start + "}");
    for (const std::string& text : m_open->deltas)
        delta(text, out);
    m_open->deltas.clear();
}

void AnthropicStreamWriter::openWaiting(std::string& out) {
    Block next = std::move(m_waiting.front());
    m_waiting.pop_front();
    open(std::move(next), out);
}

void AnthropicStreamWriter::close(std::string& out) {
    if (!m_open)
        return;
    if (m_open->kind == Kind::Thinking && !m_open->isSigned)
        delta(R"({"type":"signature_delta","signature":)" + anthropicSignature(m_context, "", "") +
                  "}",
              out);
    appendEvent(out, "content_block_stop",
                "{\"type\":\"content_block_stop\",\"index\":" + std::to_string(m_index++) + "}");
    m_open.reset();
}

void AnthropicStreamWriter::delta(std::string_view delta, std::string& out) const {
    out.append("event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":");
    out.append(std::to_string(m_index)).append(",\"delta\":").append(delta).append("}\n\n");
}

void AnthropicStreamWriter::fail(std::string_view error, std::string& out) {
    m_over = true;
    appendEvent(out, "error", error);
}

}  // namespace gr::protocol
