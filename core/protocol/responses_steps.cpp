// SPDX-License-Identifier: MIT
#include "protocol/responses_steps.h"

#include <algorithm>

#include "json/writer.h"
#include "protocol/json_member.h"

namespace gr::protocol {
namespace {

using json::Object;
using Kind = ChatEvent::Kind;

constexpr std::string_view kParagraph = R"("\n\n")";

std::int64_t itemIndex(const Object& event) {
    return integerOf(event, "output_index").value_or(0);
}

ChatEvent eventOf(Kind kind, std::size_t block) {
    ChatEvent event;
    event.kind = kind;
    event.block = block;
    return event;
}

// The parts of a list of {type, text}.
std::vector<std::string> textsIn(const Object& item, std::string_view key) {
    std::vector<std::string> texts;
    for (const std::string_view entry : listOf(item, key)) {
        const auto object = json::objectIn(entry);
        if (object && !saysNothing(stringOf(*object, "text")))
            texts.emplace_back(stringOf(*object, "text"));
    }
    return texts;
}

// Tokens as chat has them: all members, with `bytes` where they are missing.
std::string chatLogprobs(JsonText list) {
    json::Writer writer;
    writer.object().key("content").array();
    for (const std::string_view entry : json::elementsIn(list)) {
        const auto object = json::objectIn(entry);
        if (!object)
            continue;
        writer.object();
        for (const json::Member& member : object->members) {
            if (member.key != "top_logprobs" && member.key != "bytes")
                writer.key(member.key).raw(object->raw(member));
        }
        const JsonText bytes = rawOf(*object, "bytes");
        writer.key("bytes").raw(bytes.empty() ? "null" : bytes).key("top_logprobs").array();
        for (const std::string_view other : listOf(*object, "top_logprobs")) {
            const auto top = json::objectIn(other);
            if (!top)
                continue;
            const JsonText topBytes = rawOf(*top, "bytes");
            writer.object().key("token").raw(stringOf(*top, "token"));
            writer.key("logprob").raw(rawOf(*top, "logprob"));
            writer.key("bytes").raw(topBytes.empty() ? "null" : topBytes).end();
        }
        writer.end().end();
    }
    return writer.end().key("refusal").null().end().take();
}

}  // namespace

void ResponsesSteps::begin(const Object& response, const EventSink& sink) {
    if (m_begun)
        return;
    const std::string id = plainOf(response, "id");
    const std::string model = plainOf(response, "model");
    ChatEvent event;
    event.id = id;
    event.model = model;
    m_begun = true;
    sink(event);
}

void ResponsesSteps::delta(const Object& event, std::string_view type, const EventSink& sink) {
    const std::int64_t item = itemIndex(event);
    const std::int64_t part = integerOf(event, "content_index").value_or(0);
    const JsonString text = stringOf(event, "delta");
    if (type == "output_text.delta") {
        Piece& spoken = piece(item, part);
        sayLogprobs(spoken, rawOf(event, "logprobs"), sink);
        say(spoken, Kind::Text, text, sink);
    } else if (type == "function_call_arguments.delta" || type == "custom_tool_call_input.delta") {
        if (Piece* call = find(item, 0))
            say(*call, Kind::Arguments, text, sink);
    } else if (type == "reasoning_summary_text.delta" || type == "reasoning_text.delta") {
        say(piece(item, 0), Kind::Reasoning, text, sink);
    } else if (type == "refusal.delta") {
        say(piece(item, part), Kind::Refusal, text, sink);
    }
}

void ResponsesSteps::itemAdded(const Object& event, const EventSink& sink) {
    const auto item = childOf(event, "item");
    const std::string type = item ? plainOf(*item, "type") : std::string();
    if (type == "function_call" || type == "custom_tool_call")
        callOf(*item, itemIndex(event), sink);
}

void ResponsesSteps::summaryAdded(const Object& event, const EventSink& sink) {
    Piece* thoughts = find(itemIndex(event), 0);
    if (thoughts != nullptr && thoughts->said)
        say(*thoughts, Kind::Reasoning, kParagraph, sink);
}

void ResponsesSteps::annotation(const Object& event, const EventSink& sink) {
    const Piece& spoken = piece(itemIndex(event), integerOf(event, "content_index").value_or(0));
    ChatEvent step = eventOf(Kind::Citation, spoken.block);
    step.json = rawOf(event, "annotation");
    if (!step.json.empty())
        send(step, sink);
}

void ResponsesSteps::itemDone(const Object& item, std::int64_t index, const EventSink& sink) {
    if (std::find(m_doneItems.begin(), m_doneItems.end(), index) != m_doneItems.end())
        return;
    m_doneItems.push_back(index);
    const std::string type = plainOf(item, "type");
    if (type == "message")
        messageDone(item, index, sink);
    else if (type == "reasoning")
        reasoningDone(item, index, sink);
    else if (type == "function_call" || type == "custom_tool_call")
        callDone(item, index, sink);
}

void ResponsesSteps::messageDone(const Object& item, std::int64_t index, const EventSink& sink) {
    const auto content = listOf(item, "content");
    for (std::size_t i = 0; i < content.size(); ++i) {
        const auto part = json::objectIn(content[i]);
        if (!part)
            continue;
        Piece& spoken = piece(index, static_cast<std::int64_t>(i));
        if (!spoken.said) {
            const bool refusal = plainOf(*part, "type") == "refusal";
            sayLogprobs(spoken, rawOf(*part, "logprobs"), sink);
            say(spoken, refusal ? Kind::Refusal : Kind::Text,
                stringOf(*part, refusal ? "refusal" : "text"), sink);
            for (const std::string_view citation : listOf(*part, "annotations")) {
                ChatEvent step = eventOf(Kind::Citation, spoken.block);
                step.json = citation;
                send(step, sink);
            }
        }
        endBlock(spoken, sink);
    }
}

void ResponsesSteps::reasoningDone(const Object& item, std::int64_t index, const EventSink& sink) {
    Piece& thoughts = piece(index, 0);
    if (!thoughts.said) {
        std::vector<std::string> texts = textsIn(item, "summary");
        if (texts.empty())
            texts = textsIn(item, "content");
        for (std::size_t i = 0; i < texts.size(); ++i) {
            if (i > 0)
                say(thoughts, Kind::Reasoning, kParagraph, sink);
            say(thoughts, Kind::Reasoning, texts[i], sink);
        }
    }
    const std::string encrypted = plainOf(item, "encrypted_content");
    if (!encrypted.empty()) {
        const std::string proof = plainOf(item, "id") + ":" + encrypted;
        ChatEvent step = eventOf(Kind::Reasoning, thoughts.block);
        step.signature = proof;
        step.vendor = "openai";
        send(step, sink);
    }
    endBlock(thoughts, sink);
}

void ResponsesSteps::callDone(const Object& item, std::int64_t index, const EventSink& sink) {
    Piece& call = callOf(item, index, sink);
    if (!call.said) {
        const bool custom = plainOf(item, "type") == "custom_tool_call";
        say(call, Kind::Arguments, stringOf(item, custom ? "input" : "arguments"), sink);
    }
    endBlock(call, sink);
}

ResponsesSteps::Piece* ResponsesSteps::find(std::int64_t item, std::int64_t part) {
    const auto it = std::find_if(m_pieces.rbegin(), m_pieces.rend(), [item, part](const Piece& p) {
        return p.item == item && p.part == part;
    });
    return it == m_pieces.rend() ? nullptr : &*it;
}

ResponsesSteps::Piece& ResponsesSteps::piece(std::int64_t item, std::int64_t part) {
    if (Piece* known = find(item, part))
        return *known;
    Piece& added = m_pieces.emplace_back();
    added.item = item;
    added.part = part;
    added.block = m_pieces.size() - 1;
    return added;
}

// The call of an item, announced when it is new.
ResponsesSteps::Piece& ResponsesSteps::callOf(const Object& item, std::int64_t index,
                                              const EventSink& sink) {
    if (Piece* known = find(index, 0))
        return *known;
    Piece& call = piece(index, 0);
    m_calls = true;
    const std::string id = plainOf(item, "call_id");
    const std::string nameSpace = plainOf(item, "namespace");
    std::string name = plainOf(item, "name");
    if (!nameSpace.empty())
        name = nameSpace + "__" + name;
    ChatEvent step = eventOf(Kind::ToolCall, call.block);
    step.id = id;
    step.name = m_names.fromProvider(name);
    step.custom = plainOf(item, "type") == "custom_tool_call";
    send(step, sink);
    return call;
}

void ResponsesSteps::say(Piece& piece, Kind kind, JsonString text, const EventSink& sink) {
    const JsonString whole = saysNothing(text) ? JsonString() : piece.joiner.join(text);
    if (saysNothing(whole))
        return;
    piece.said = true;
    if (kind == Kind::Text) {
        sayText(piece.block, whole, sink);
        return;
    }
    ChatEvent step = eventOf(kind, piece.block);
    step.text = whole;
    send(step, sink);
}

void ResponsesSteps::sayText(std::size_t block, JsonString text, const EventSink& sink) {
    ChatEvent step = eventOf(Kind::Text, block);
    if (m_cutter.idle()) {
        step.text = text;
        sink(step);
        return;
    }
    if (block != m_heldBlock)
        passHeld(sink);
    m_heldBlock = block;
    const bool before = !m_cutter.hit();
    const std::string passed = quoted(m_cutter.pass(text));
    step.text = passed;
    if (before && !saysNothing(passed))
        sink(step);
}

void ResponsesSteps::sayLogprobs(const Piece& piece, JsonText logprobs, const EventSink& sink) {
    if (logprobs.size() <= 2)  // the empty list of almost every delta
        return;
    const std::string chat = chatLogprobs(logprobs);
    ChatEvent step = eventOf(Kind::Logprobs, piece.block);
    step.json = chat;
    send(step, sink);
}

// Text that waited for the rest of a stop sequence which did not come.
void ResponsesSteps::passHeld(const EventSink& sink) {
    const std::string rest = m_cutter.rest();
    if (rest.empty())
        return;
    const std::string text = quoted(rest);
    ChatEvent step = eventOf(Kind::Text, m_heldBlock);
    step.text = text;
    sink(step);
}

void ResponsesSteps::endBlock(const Piece& piece, const EventSink& sink) {
    send(eventOf(Kind::BlockEnd, piece.block), sink);
}

// Passes a step on, behind what was held back; nothing behind a stop sequence.
void ResponsesSteps::send(const ChatEvent& event, const EventSink& sink) {
    if (m_cutter.hit())
        return;
    if (event.kind != Kind::Logprobs)
        passHeld(sink);
    sink(event);
}

void ResponsesSteps::finish(Finish finish, const EventSink& sink) {
    ChatEvent event;
    event.kind = Kind::Finish;
    event.finish = finish;
    std::string stop;
    if (m_cutter.hit()) {
        stop = quoted(*m_cutter.hit());
        event.finish = Finish::StopSequence;
        event.text = stop;
    }
    sink(event);
}

}  // namespace gr::protocol
