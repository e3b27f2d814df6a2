// SPDX-License-Identifier: MIT
#include "protocol/anthropic_conversation.h"

#include <algorithm>

#include "protocol/json_text.h"

namespace gr::protocol {
namespace {

using Kind = Part::Kind;

bool isBlank(JsonString text) {
    std::string_view rest = inside(text);
    while (!rest.empty()) {
        if (rest.front() == ' ')
            rest.remove_prefix(1);
        else if (rest.starts_with("\\n") || rest.starts_with("\\t") || rest.starts_with("\\r"))
            rest.remove_prefix(2);
        else
            return false;
    }
    return true;
}

class Builder final {
  public:
    Builder(const ChatRequest& request, const ModelRules& rules)
        : m_request(request), m_rules(rules) {}

    AnthropicConversation build() {
        for (const Turn& turn : m_request.turns) {
            if (turn.role == Role::System || turn.role == Role::Developer)
                system(turn);
            else if (turn.role == Role::Assistant)
                assistant(turn);
            else
                user(turn);
        }
        answerTheRest();
        return std::move(m_out);
    }

  private:
    void drop(const std::string& name) {
        if (std::find(m_out.dropped.begin(), m_out.dropped.end(), name) == m_out.dropped.end())
            m_out.dropped.push_back(name);
    }

    bool isKept(const Part& part, Role role) {
        switch (part.kind) {
            case Kind::Text:
                return role == Role::User ? !saysNothing(part.text) : !isBlank(part.text);
            case Kind::Refusal:
                return !isBlank(part.text);
            case Kind::Reasoning:
                return isAnthropicThought(m_request, part.reasoning);
            case Kind::Other:
                if (m_request.from != Protocol::Anthropic)
                    drop("messages: a part that only its own protocol knows");
                return m_request.from == Protocol::Anthropic;
            default:
                return true;
        }
    }

    const Part* text(std::string json) {
        Part& part = m_out.made.emplace_back();
        part.text = m_out.arena.keep(std::move(json));
        return &part;
    }

    AnthropicMessage& message(Role role) {
        if (m_out.messages.empty() || m_out.messages.back().role != role)
            m_out.messages.emplace_back().role = role;
        return m_out.messages.back();
    }

    void system(const Turn& turn) {
        const bool leads = m_out.messages.empty();
        for (const Part& part : turn.parts) {
            if (!isKept(part, Role::System))
                continue;
            if (leads) {
                m_out.system.push_back(&part);
            } else if (m_rules.systemTurns && m_pending.empty()) {
                message(Role::System).parts.push_back(&part);
            } else {
                message(Role::User)
                    .parts.push_back(text("\"<system-reminder>" + std::string(inside(part.text)) +
                                          "</system-reminder>\""));
            }
        }
    }

    void assistant(const Turn& turn) {
        std::vector<const Part*> kept;
        for (const Part& part : turn.parts) {
            if (isKept(part, Role::Assistant))
                kept.push_back(&part);
        }
        if (kept.empty())
            return;
        if (!m_out.messages.empty() && m_out.messages.back().role != Role::Assistant)
            answerTheRest();
        AnthropicMessage& out = message(Role::Assistant);
        out.parts.insert(out.parts.end(), kept.begin(), kept.end());
        if (m_request.from != Protocol::Anthropic) {
            std::stable_partition(out.parts.begin(), out.parts.end(),
                                  [](const Part* p) { return p->kind == Kind::Reasoning; });
        }
        for (const Part* part : kept) {
            if (part->kind == Kind::ToolCall)
                m_pending.push_back(part->call.id);
        }
    }

    void user(const Turn& turn) {
        for (const Part& part : turn.parts) {
            if (part.kind == Kind::ToolResult)
                result(part);
            else if (part.kind != Kind::Reasoning && isKept(part, Role::User))  // only models think
                message(Role::User).parts.push_back(&part);
        }
    }

    void result(const Part& part) {
        const auto call = std::find(m_pending.begin(), m_pending.end(), part.result->callId);
        if (call == m_pending.end())
            return orphan(part);
        m_pending.erase(call);
        addResult(&part);
    }

    void addResult(const Part* part) {
        AnthropicMessage& out = message(Role::User);
        out.parts.insert(out.parts.begin() + static_cast<std::ptrdiff_t>(out.results++), part);
    }

    // A result whose call is not in this conversation is still something the user said.
    void orphan(const Part& part) {
        AnthropicMessage& out = message(Role::User);
        std::string words = "\"[Result of an earlier tool call] ";
        if (!part.result->json.empty() && part.result->parts.empty())
            words.append(inside(m_out.arena.keep(quoted(part.result->json))));
        for (const Part& inner : part.result->parts) {
            if (inner.kind == Kind::Text)
                words.append(inside(inner.text));
        }
        out.parts.push_back(text(words + "\""));
        for (const Part& inner : part.result->parts) {
            if (inner.kind != Kind::Text && isKept(inner, Role::User))
                out.parts.push_back(&inner);
        }
    }

    void answerTheRest() {
        for (const std::string_view id : m_pending) {
            auto result = std::make_shared<ToolResult>();
            result->callId = id;
            result->parts.emplace_back().text = "\"[no result]\"";
            Part& part = m_out.made.emplace_back();
            part.kind = Kind::ToolResult;
            part.result = std::move(result);
            addResult(&part);
        }
        m_pending.clear();
    }

    const ChatRequest& m_request;
    const ModelRules& m_rules;
    AnthropicConversation m_out;
    std::vector<std::string_view> m_pending;  // ids of calls without an answer so far
};

}  // namespace

AnthropicConversation anthropicConversation(const ChatRequest& request, const ModelRules& rules) {
    return Builder(request, rules).build();
}

bool isAnthropicThought(const ChatRequest& request, const Reasoning& reasoning) {
    if (reasoning.signature.empty())
        return false;
    if (!reasoning.vendor.empty())
        return reasoning.vendor == "anthropic";
    return request.from == Protocol::Anthropic && !reasoning.signature.starts_with("gr1.");
}

bool lacksThought(const AnthropicConversation& conversation) {
    const auto& messages = conversation.messages;
    if (messages.size() < 2 || messages.back().results == 0)
        return false;
    const AnthropicMessage& calls = messages[messages.size() - 2];
    return calls.role == Role::Assistant && calls.parts.front()->kind != Part::Kind::Reasoning;
}

}  // namespace gr::protocol
