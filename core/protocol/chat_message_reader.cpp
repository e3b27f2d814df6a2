// SPDX-License-Identifier: MIT
#include "protocol/chat_message_reader.h"

#include <algorithm>

#include "protocol/chat_answer_shapes.h"
#include "protocol/chat_content_reader.h"
#include "protocol/json_text.h"

namespace gr::protocol {
namespace {

using json::Member;
using json::Object;
using json::Type;

Part textPart(Part::Kind kind, JsonString text) {
    Part part;
    part.kind = kind;
    part.text = text;
    return part;
}

Part reasoningPart(JsonString text) {
    Part part;
    part.kind = Part::Kind::Reasoning;
    part.reasoning.text = text;
    return part;
}

class MessageReader final {
  public:
    explicit MessageReader(ChatRequest& request) : m_request(request) {}

    void read(const FieldReader& message) {
        const std::string_view role = message.neededPlain("role");
        if (role == "user")
            plainTurn(message, Role::User, ContentPlace::User);
        else if (role == "assistant")
            assistant(message);
        else if (role == "tool")
            toolResult(message);
        else if (role == "system")
            plainTurn(message, Role::System, ContentPlace::System);
        else if (role == "developer")
            plainTurn(message, Role::Developer, ContentPlace::System);
        else if (role == "function")
            functionResult(message);
        else
            message.wrong("role", "system, developer, user, assistant, tool or function");
    }

  private:
    struct Call {
        std::string_view id;
        std::string_view name;
        bool custom = false;
        bool open = true;  // an old function_call that no `function` message answered yet
    };

    Turn& addTurn(const FieldReader& message, Role role) {
        Turn& turn = m_request.turns.emplace_back();
        turn.role = role;
        turn.name = message.plain("name");
        return turn;
    }

    static void content(const FieldReader& message, ContentPlace place, std::vector<Part>& parts) {
        const Member* member = message.find("content");
        if (member == nullptr) {
            if (place != ContentPlace::Assistant)
                message.missing("content");
            return;
        }
        const std::string_view raw = message.source().raw(*member);
        if (member->type == Type::String) {
            parts.push_back(textPart(Part::Kind::Text, raw));
            return;
        }
        if (member->type != Type::Array)
            return message.wrong("content", "a string or a list of parts");
        const auto elements = json::elementsIn(raw);
        for (std::size_t i = 0; i < elements.size(); ++i) {
            const std::string key = "content[" + std::to_string(i) + "]";
            const auto object = json::objectIn(elements[i]);
            if (!object)
                return message.wrong(key, "an object");
            const FieldReader fields(*object, message.name(key), message.arena(),
                                     message.problem());
            readChatContent(fields, place, parts);
        }
    }

    void plainTurn(const FieldReader& message, Role role, ContentPlace place) {
        content(message, place, addTurn(message, role).parts);
    }

    void assistant(const FieldReader& message) {
        Turn& turn = addTurn(message, Role::Assistant);
        reasoning(message.source(), turn.parts);
        content(message, ContentPlace::Assistant, turn.parts);
        if (const JsonString refusal = message.string("refusal"); !saysNothing(refusal))
            turn.parts.push_back(textPart(Part::Kind::Refusal, refusal));
        const auto calls = message.list("tool_calls");
        for (std::size_t i = 0; i < calls.size(); ++i) {
            const std::string key = "tool_calls[" + std::to_string(i) + "]";
            const auto object = json::objectIn(calls[i]);
            if (!object)
                return message.wrong(key, "an object");
            toolCall({*object, message.name(key), message.arena(), message.problem()}, turn);
        }
        if (message.has("function_call"))
            functionCall(message, turn);
    }

    // What clients carry back of a model's thoughts, by the first name that has some.
    void reasoning(const Object& message, std::vector<Part>& parts) {
        for (const std::string_view key : {"reasoning_content", "reasoning"}) {
            if (const JsonString text = chatString(message, key); !saysNothing(text)) {
                parts.push_back(reasoningPart(text));
                break;
            }
        }
        const Member* details = message.find("reasoning_details");
        if (details == nullptr)
            return;
        const bool texts = parts.empty();
        for (const std::string_view element : json::elementsIn(message.raw(*details)))
            reasoningDetail(element, texts, parts);
    }

    // OpenRouter's: the whole detail is the proof that goes back to it.
    static void reasoningDetail(std::string_view raw, bool texts, std::vector<Part>& parts) {
        const auto detail = json::objectIn(raw);
        if (!detail)
            return;
        JsonString text = chatString(*detail, "text");
        if (text.empty())
            text = chatString(*detail, "summary");
        const bool proof = !saysNothing(chatString(*detail, "signature")) ||
                           !saysNothing(chatString(*detail, "data"));
        if (!proof && (!texts || saysNothing(text)))
            return;
        Part part = reasoningPart(texts ? text : JsonString());
        if (proof) {
            part.reasoning.signature = raw;
            part.reasoning.vendor = "openrouter";
        }
        parts.push_back(std::move(part));
    }

    void toolCall(const FieldReader& fields, Turn& turn) {
        Part part;
        part.kind = Part::Kind::ToolCall;
        part.source = fields.source().text;
        ToolCall& call = part.call;
        call.id = fields.neededPlain("id");
        const std::string_view type = fields.plain("type");
        if (type != "custom" && type != "function" && !type.empty())
            return fields.wrong("type", "function or custom");
        const bool custom = type == "custom";
        const std::string_view key = custom ? "custom" : "function";
        const auto inner = chatChild(fields.source(), key);
        if (!inner)
            return fields.missing(key);
        const FieldReader what(*inner, fields.name(key), fields.arena(), fields.problem());
        call.name = what.neededPlain("name");
        const JsonString text = what.string(custom ? "input" : "arguments");
        if (custom)
            call.input = text.empty() ? "\"\"" : text;
        else
            call.arguments = fields.arena().keep(argumentsObject(text));
        if (const auto extra = chatChild(fields.source(), "extra_content")) {
            if (const auto google = chatChild(*extra, "google"))
                call.signature = plainIn(fields.arena(), chatString(*google, "thought_signature"));
        }
        m_calls.push_back({call.id, call.name, custom, false});
        turn.parts.push_back(std::move(part));
    }

    // The deprecated function_call has no id: it gets one by its place.
    void functionCall(const FieldReader& message, Turn& turn) {
        const auto inner = chatChild(message.source(), "function_call");
        if (!inner)
            return message.wrong("function_call", "an object");
        const FieldReader what(*inner, message.name("function_call"), message.arena(),
                               message.problem());
        Part part;
        part.kind = Part::Kind::ToolCall;
        part.call.id = message.arena().keep("call_function" + std::to_string(m_calls.size()));
        part.call.name = what.neededPlain("name");
        part.call.arguments = message.arena().keep(argumentsObject(what.string("arguments")));
        m_calls.push_back({part.call.id, part.call.name, false, true});
        turn.parts.push_back(std::move(part));
    }

    void addResult(const FieldReader& message, ToolResult result) {
        content(message, ContentPlace::Tool, result.parts);
        Part part;
        part.kind = Part::Kind::ToolResult;
        part.source = message.source().text;
        part.result = std::make_shared<const ToolResult>(std::move(result));
        Turn& turn = m_request.turns.emplace_back();
        turn.role = Role::User;
        turn.parts.push_back(std::move(part));
    }

    void toolResult(const FieldReader& message) {
        ToolResult result;
        result.callId = message.neededPlain("tool_call_id");
        const auto call = std::find_if(m_calls.rbegin(), m_calls.rend(),
                                       [&](const Call& c) { return c.id == result.callId; });
        if (call != m_calls.rend()) {
            result.name = call->name;
            result.custom = call->custom;
        } else {
            result.name = message.plain("name");
        }
        addResult(message, std::move(result));
    }

    // Answers the oldest open function_call of its name; without one its result is an orphan.
    void functionResult(const FieldReader& message) {
        ToolResult result;
        result.name = message.neededPlain("name");
        const auto call = std::find_if(m_calls.begin(), m_calls.end(), [&](const Call& c) {
            return c.open && c.name == result.name;
        });
        if (call != m_calls.end()) {
            result.callId = call->id;
            call->open = false;
        }
        addResult(message, std::move(result));
    }

    ChatRequest& m_request;
    std::vector<Call> m_calls;
};

}  // namespace

void readChatMessages(const FieldReader& body, ChatRequest& request) {
    const auto messages = body.neededList("messages");
    if (messages.empty())
        return body.wrong("messages", "a list of at least one message");
    MessageReader reader(request);
    request.turns.reserve(messages.size());
    for (std::size_t i = 0; i < messages.size() && body.ok(); ++i) {
        const std::string path = "messages[" + std::to_string(i) + "]";
        const auto object = json::objectIn(messages[i]);
        if (!object)
            return body.wrong(path, "an object");
        reader.read(FieldReader(*object, path, body.arena(), body.problem()));
    }
}

}  // namespace gr::protocol
