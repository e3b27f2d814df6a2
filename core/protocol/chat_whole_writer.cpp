// SPDX-License-Identifier: MIT
#include "protocol/chat_whole_writer.h"

#include "json/scan.h"
#include "protocol/chat_wire.h"
#include "protocol/json_text.h"

namespace gr::protocol {
namespace {

void appendMember(std::string& out, std::string_view key, std::string_view insideOfString) {
    out.append(",\"").append(key).append("\":\"").append(insideOfString).append("\"");
}

void appendElements(std::string& out, const json::Object& logprobs, std::string_view key) {
    const json::Member* member = logprobs.find(key);
    if (member == nullptr || member->type != json::Type::Array)
        return;
    for (const std::string_view element : json::elementsIn(logprobs.raw(*member)))
        out.append(out.empty() ? "" : ",").append(element);
}

}  // namespace

void ChatWholeWriter::write(const ChatEvent& event, std::string&) {
    using Kind = ChatEvent::Kind;
    if (m_choices.size() <= event.choice)
        m_choices.resize(event.choice + 1);
    Choice& choice = m_choices[event.choice];
    switch (event.kind) {
        case Kind::Text:
            addText(choice, event);
            break;
        case Kind::Refusal:
            choice.refusal.append(inside(event.text));
            break;
        case Kind::Reasoning:
            choice.reasoning.append(inside(event.text));
            break;
        case Kind::ToolCall:
            choice.calls.push_back({event.block, std::string(event.id), std::string(event.name), "",
                                    std::string(event.signature), event.custom});
            break;
        case Kind::Arguments:
            addArguments(choice, event);
            break;
        case Kind::Citation:
            if (const std::string annotation =
                    chatAnnotation(event.json, choice.blockBegin, choice.characters);
                !annotation.empty())
                choice.annotations.append(choice.annotations.empty() ? "" : ",").append(annotation);
            break;
        case Kind::Logprobs:
            addLogprobs(choice, event.json);
            break;
        case Kind::Usage:
            m_usage = event.usage;
            break;
        case Kind::Finish:
            choice.finish = event.finish;
            if (event.finish == Finish::Error)
                m_error = unusableOutput();
            break;
        case Kind::Error:
            m_error = Error(ErrorCode::ProviderFailed, std::string(event.message));
            break;
        case Kind::Begin:
        case Kind::BlockEnd:
            break;
    }
}

void ChatWholeWriter::addText(Choice& choice, const ChatEvent& event) {
    if (!choice.hasText || choice.textBlock != event.block)
        choice.blockBegin = choice.characters;
    choice.hasText = true;
    choice.textBlock = event.block;
    choice.characters += charactersOf(event.text);
    choice.text.append(inside(event.text));
}

void ChatWholeWriter::addLogprobs(Choice& choice, JsonText logprobs) {
    const auto object = json::objectIn(logprobs);
    if (!object)
        return;
    choice.hasLogprobs = true;
    appendElements(choice.contentLogprobs, *object, "content");
    appendElements(choice.refusalLogprobs, *object, "refusal");
}

void ChatWholeWriter::addArguments(Choice& choice, const ChatEvent& event) {
    for (Call& call : choice.calls) {
        if (call.block == event.block)
            call.text.append(inside(event.text));
    }
}

void ChatWholeWriter::appendFunctionCall(std::string& out, const Call& call) {
    out.append("{\"name\":");
    appendQuoted(out, call.name);
    out.append(call.custom ? ",\"input\":\"" : ",\"arguments\":\"");
    out.append(call.text.empty() && !call.custom ? "{}" : call.text).append("\"}");
}

void ChatWholeWriter::appendCalls(std::string& out, const Choice& choice) {
    out.append(",\"tool_calls\":[");
    for (std::size_t i = 0; i < choice.calls.size(); ++i) {
        const Call& call = choice.calls[i];
        out.append(i == 0 ? "{\"id\":" : ",{\"id\":");
        appendQuoted(out, call.id);
        out.append(call.custom ? R"(,"type":"custom","custom":)"
                               : R"(,"type":"function","function":)");
        appendFunctionCall(out, call);
        if (!call.signature.empty()) {
            out.append(R"(,"extra_content":{"google":{"thought_signature":)");
            appendQuoted(out, call.signature);
            out.append("}}");
        }
        out.push_back('}');
    }
    out.push_back(']');
}

void ChatWholeWriter::appendMessage(std::string& out, const Choice& choice) const {
    const bool functions = m_context.request != nullptr && m_context.request->functionsAsked;
    const bool other = !choice.calls.empty() || !choice.refusal.empty();
    out.append(R"({"role":"assistant","content":)");
    if (choice.text.empty() && other)
        out.append("null");
    else
        out.append("\"").append(choice.text).append("\"");
    out.append(",\"refusal\":");
    if (choice.refusal.empty())
        out.append("null");
    else
        out.append("\"").append(choice.refusal).append("\"");
    if (!choice.reasoning.empty())
        appendMember(out, "reasoning_content", choice.reasoning);
    if (!choice.annotations.empty())
        out.append(",\"annotations\":[").append(choice.annotations).append("]");
    if (!choice.calls.empty() && functions) {
        out.append(",\"function_call\":");
        appendFunctionCall(out, choice.calls.front());
    } else if (!choice.calls.empty()) {
        appendCalls(out, choice);
    }
    out.push_back('}');
}

void ChatWholeWriter::appendChoice(std::string& out, std::size_t index) const {
    const Choice& choice = m_choices[index];
    const bool functions = m_context.request != nullptr && m_context.request->functionsAsked;
    out.append(index == 0 ? "{\"index\":" : ",{\"index\":").append(std::to_string(index));
    out.append(",\"message\":");
    appendMessage(out, choice);
    out.append(",\"logprobs\":");
    if (choice.hasLogprobs) {
        const auto list = [&out](const std::string& elements) {
            elements.empty() ? out.append("null") : out.append("[").append(elements).append("]");
        };
        out.append("{\"content\":");
        list(choice.contentLogprobs);
        out.append(",\"refusal\":");
        list(choice.refusalLogprobs);
        out.push_back('}');
    } else {
        out.append("null");
    }
    out.append(",\"finish_reason\":\"");
    out.append(chatFinish(choice.finish.value_or(Finish::Stop), !choice.calls.empty(), functions));
    out.append("\"}");
}

void ChatWholeWriter::end(std::string& out) {
    if (m_error)
        return breakOff(*m_error, out);
    out.append("{\"id\":");
    appendQuoted(out, chatAnswerId(m_context.id));
    out.append(R"(,"object":"chat.completion","created":)");
    out.append(std::to_string(m_context.created)).append(",\"model\":");
    appendQuoted(out, m_context.model);
    out.append(",\"choices\":[");
    for (std::size_t i = 0; i < m_choices.size(); ++i)
        appendChoice(out, i);
    out.push_back(']');
    if (m_usage.known()) {
        out.append(",\"usage\":");
        appendChatUsage(out, m_usage);
    }
    out.push_back('}');
}

void ChatWholeWriter::breakOff(const Error& error, std::string& out) {
    out.append(chatError(error));
}

}  // namespace gr::protocol
