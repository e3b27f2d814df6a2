// SPDX-License-Identifier: MIT
#include "protocol/chat_choice_reader.h"

#include <algorithm>

#include "base/text.h"

namespace gr::protocol {

using json::Member;
using json::Object;
using json::Type;
using Kind = ChatEvent::Kind;

void ChatChoiceReader::read(const Object& choice, std::string_view answerId,
                            const EventSink& sink) {
    if (m_finished)  // some repeat the last chunk beside the usage
        return;
    m_answerId = answerId;
    if (const Member* logprobs = choice.find("logprobs");
        logprobs != nullptr && logprobs->type == Type::Object) {
        ChatEvent event = eventOf(Kind::Logprobs, m_open ? m_openBlock : m_nextBlock);
        event.json = choice.raw(*logprobs);
        sink(event);
    }
    auto delta = chatChild(choice, "delta");
    if (!delta)
        delta = chatChild(choice, "message");
    if (delta)
        readDelta(*delta, sink);
    const JsonString reason = chatString(choice, "finish_reason");
    if (saysNothing(reason))
        return;
    ChatFinish end = chatFinishNamed(inside(reason));
    if (end.fault)
        m_fault = std::move(end.fault);
    else
        finish(end.finish, sink);
}

void ChatChoiceReader::close(const EventSink& sink) {
    if (!m_finished)
        finish(Finish::Stop, sink);
}

void ChatChoiceReader::readDelta(const Object& delta, const EventSink& sink) {
    readReasoning(delta, sink);
    readContent(delta, sink);
    piece(Kind::Refusal, chatString(delta, "refusal"), sink);
    for (const std::string_view raw : json::elementsIn(chatArray(delta, "tool_calls"))) {
        if (const auto call = json::objectIn(raw))
            readCall(*call, sink);
    }
    if (const auto function = chatChild(delta, "function_call")) {
        Call& call = m_calls.empty() ? m_calls.emplace_back() : m_calls.back();
        readBody(call, *function, sink);
    }
    for (const std::string_view raw : json::elementsIn(chatArray(delta, "annotations"))) {
        ChatEvent event = eventOf(Kind::Citation, m_open ? m_openBlock : m_nextBlock);
        event.json = raw;
        sink(event);
    }
}

// The same thoughts may stand under several names at once: the first that has some counts.
void ChatChoiceReader::readReasoning(const Object& delta, const EventSink& sink) {
    bool texts = true;
    for (const std::string_view key : {"reasoning_content", "reasoning"}) {
        const JsonString text = texts ? chatString(delta, key) : JsonString();
        if (saysNothing(text))
            continue;
        piece(Kind::Reasoning, text, sink);
        texts = false;
    }
    for (const std::string_view raw : json::elementsIn(chatArray(delta, "reasoning_details")))
        readDetail(raw, texts, sink);
}

void ChatChoiceReader::readDetail(std::string_view raw, bool texts, const EventSink& sink) {
    const auto detail = json::objectIn(raw);
    if (!detail)
        return;
    for (const std::string_view key : {"text", "summary"}) {
        if (texts)
            piece(Kind::Reasoning, chatString(*detail, key), sink);
    }
    if (saysNothing(chatString(*detail, "signature")) && saysNothing(chatString(*detail, "data")))
        return;
    ChatEvent event = eventOf(Kind::Reasoning, blockFor(Kind::Reasoning, sink));
    event.signature = raw;  // goes back whole
    event.vendor = "openrouter";
    sink(event);
}

void ChatChoiceReader::readContent(const Object& delta, const EventSink& sink) {
    const Member* content = delta.find("content");
    if (content == nullptr)
        return;
    const std::string_view raw = delta.raw(*content);
    if (content->type == Type::String)
        return piece(Kind::Text, raw, sink);
    for (const std::string_view element : json::elementsIn(raw)) {
        const auto part = json::objectIn(element);
        if (!part)
            continue;
        const JsonString type = chatString(*part, "type");
        if (type == "\"text\"")
            piece(Kind::Text, chatString(*part, "text"), sink);
        else if (type == "\"thinking\"")
            piece(Kind::Reasoning, "\"" + thinkingText(*part) + "\"", sink);
    }
}

// The call that a piece belongs to. By its index; servers that number every call 0 give each its
// own id and name, and those that number none tell calls apart by the same.
ChatChoiceReader::Call& ChatChoiceReader::callOf(const Object& object, bool named) {
    std::optional<std::int64_t> index;
    if (const Member* member = object.find("index"); member && member->type == Type::Number)
        index = json::integerIn(object.raw(*member));
    const std::string id = plainOf(chatString(object, "id"));
    const auto found = std::find_if(m_calls.rbegin(), m_calls.rend(), [&](const Call& call) {
        if (index)
            return call.index == index;
        return id.empty() ? !named : call.id == id;
    });
    const bool another =
        found == m_calls.rend() || (named && !id.empty() && !found->id.empty() && found->id != id);
    Call& call = another ? m_calls.emplace_back() : *found;
    call.index = index;
    if (call.id.empty())
        call.id = id;
    return call;
}

void ChatChoiceReader::readCall(const Object& object, const EventSink& sink) {
    const auto custom = chatChild(object, "custom");
    const auto function = custom ? std::nullopt : chatChild(object, "function");
    const Object* const what = custom ? &*custom : function ? &*function : nullptr;
    if (what == nullptr)
        return;
    Call& call = callOf(object, !saysNothing(chatString(*what, "name")));
    call.custom = call.custom || custom.has_value();
    if (const auto extra = chatChild(object, "extra_content")) {
        if (const auto google = chatChild(*extra, "google"))
            call.signature = plainOf(chatString(*google, "thought_signature"));
    }
    readBody(call, *what, sink);
}

void ChatChoiceReader::readBody(Call& call, const Object& what, const EventSink& sink) {
    const bool opening = call.name.empty();
    if (opening) {
        call.name = m_names.fromProvider(plainOf(chatString(what, "name")));
        call.asFunction = !call.custom && !m_customTools && isCustom(call.name);
    }
    if (!call.announced && !call.name.empty() && !call.asFunction)
        announce(call, sink);
    const Member* arguments = what.find(call.custom ? "input" : "arguments");
    if (arguments == nullptr || arguments->type == Type::Null)
        return;
    const std::string_view raw = what.raw(*arguments);
    if (arguments->type != Type::String)  // an object where its text belongs
        return readArguments(call, quoted(raw), sink);
    // Some open a call with `{}` and send the arguments behind it; finishCall() knows it if not.
    if (!(opening && inside(raw) == "{}"))
        readArguments(call, raw, sink);
}

void ChatChoiceReader::readArguments(Call& call, JsonString piece, const EventSink& sink) {
    if (call.announced)
        emitArguments(call, piece, sink);
    else
        call.held.append(inside(piece));
}

void ChatChoiceReader::announce(Call& call, const EventSink& sink) {
    closeBlock(sink);
    call.announced = true;
    call.block = m_nextBlock++;
    if (call.id.empty())
        call.id = inventedId();
    ChatEvent event = eventOf(Kind::ToolCall, call.block);
    event.id = call.id;
    event.name = call.name;
    event.custom = call.custom;
    event.signature = call.signature;
    if (!call.signature.empty())
        event.vendor = "gemini";
    sink(event);
    if (!call.held.empty() && !call.asFunction)
        emitArguments(call, "\"" + call.held + "\"", sink);
}

void ChatChoiceReader::emitArguments(Call& call, JsonString piece, const EventSink& sink) {
    const JsonString joined = call.joiner->join(piece);
    if (joined.empty())
        return;
    call.pieces = true;
    ChatEvent event = eventOf(Kind::Arguments, call.block);
    event.text = joined;
    sink(event);
}

void ChatChoiceReader::finishCall(Call& call, const EventSink& sink) {
    if (call.asFunction) {
        call.custom = true;
        announce(call, sink);
        const std::string text = "\"" + call.held + "\"";
        const std::string plain = plainOf(text);
        const auto object = json::scanObject(plain);
        const JsonString input = object ? chatString(*object, "input") : JsonString();
        emitArguments(call, input.empty() ? JsonString(text) : input, sink);
    } else if (!call.announced) {
        return;  // it never got a name
    } else if (!call.pieces && !call.custom) {
        emitArguments(call, "\"{}\"", sink);
    }
    sink(eventOf(Kind::BlockEnd, call.block));
}

void ChatChoiceReader::finish(Finish finish, const EventSink& sink) {
    m_finished = true;
    closeBlock(sink);
    for (Call& call : m_calls)
        finishCall(call, sink);
    ChatEvent event = eventOf(Kind::Finish, 0);
    const bool calls = std::any_of(m_calls.begin(), m_calls.end(),
                                   [](const Call& call) { return call.announced; });
    event.finish = finish == Finish::Stop && calls ? Finish::ToolCalls : finish;
    sink(event);
}

void ChatChoiceReader::piece(Kind kind, JsonString text, const EventSink& sink) {
    if (saysNothing(text))
        return;
    const std::size_t block = blockFor(kind, sink);
    const JsonString joined = m_joiner.join(text);
    if (joined.empty())
        return;
    ChatEvent event = eventOf(kind, block);
    event.text = joined;
    sink(event);
}

std::size_t ChatChoiceReader::blockFor(Kind kind, const EventSink& sink) {
    if (m_open == kind)
        return m_openBlock;
    closeBlock(sink);
    m_open = kind;
    m_openBlock = m_nextBlock++;
    m_joiner = SurrogateJoiner();
    return m_openBlock;
}

void ChatChoiceReader::closeBlock(const EventSink& sink) {
    if (m_open)
        sink(eventOf(Kind::BlockEnd, m_openBlock));
    m_open.reset();
}

ChatEvent ChatChoiceReader::eventOf(Kind kind, std::size_t block) const {
    ChatEvent event;
    event.kind = kind;
    event.choice = m_choice;
    event.block = block;
    return event;
}

bool ChatChoiceReader::isCustom(std::string_view name) const {
    return std::any_of(m_request.tools.begin(), m_request.tools.end(), [name](const Tool& tool) {
        return tool.kind == Tool::Kind::Custom && tool.name == name;
    });
}

// For servers that give calls no ids: another one in every answer, as histories hold many.
std::string ChatChoiceReader::inventedId() const {
    const std::string seed = m_answerId + "/" + std::to_string(m_choice) + "/" +
                             std::to_string(m_nextBlock) + "/" + std::string(m_request.source);
    const std::string hash = sha256(seed);
    return "call_" + toHex({reinterpret_cast<const unsigned char*>(hash.data()), 12});
}

}  // namespace gr::protocol
