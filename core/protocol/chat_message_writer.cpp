// SPDX-License-Identifier: MIT
#include "protocol/chat_message_writer.h"

#include <algorithm>
#include <span>
#include <utility>

#include "json/scan.h"
#include "protocol/chat_media_writer.h"
#include "protocol/json_text.h"

namespace gr::protocol {
namespace {

using Turns = std::span<const Turn>;
using Kind = Part::Kind;

// Several JSON strings as one.
class Joined final {
  public:
    void add(JsonString text, std::string_view between = "") {
        if (saysNothing(text))
            return;
        if (m_text.size() > 1)
            m_text.append(between);
        m_text.append(inside(text));
    }
    bool empty() const { return m_text.size() == 1; }
    JsonString text() {
        m_closed = m_text + "\"";
        return m_closed;
    }

  private:
    std::string m_text = "\"";
    std::string m_closed;
};

bool isSystem(const Turn& turn) {
    return turn.role == Role::System || turn.role == Role::Developer;
}

bool isMedia(const Part& part) {
    return part.kind == Kind::Image || part.kind == Kind::File || part.kind == Kind::Audio;
}

class MessagesWriter final {
  public:
    MessagesWriter(const ChatRequest& request, const Target& target, const ToolNames& names,
                   json::Writer& out)
        : m_request(request),
          m_target(target),
          m_dialect(*target.dialect),
          m_names(names),
          m_ids(request, target.dialect->toolIds),
          m_out(out) {}

    std::optional<Error> write(std::string_view instructions) {
        const Turns turns = m_request.turns;
        std::size_t at = 0;
        while (at < turns.size() && isSystem(turns[at]))
            ++at;
        leading(turns.first(at), instructions);
        while (at < turns.size()) {
            const bool model = turns[at].role == Role::Assistant;
            const std::size_t begin = at;
            while (at < turns.size() && (turns[at].role == Role::Assistant) == model)
                ++at;
            const Turns run = turns.subspan(begin, at - begin);
            if (model)
                assistant(run);
            else
                others(run);
        }
        results({});  // the last turn may end in calls
        return std::move(m_error);
    }

  private:
    // The templates of many models take one system message, and only in front. What a client of
    // this very protocol says stays where it says it.
    bool systemOnlyInFront() const {
        return !m_dialect.systemTurns && m_request.from != Protocol::OpenAiChat;
    }

    void leading(Turns turns, std::string_view instructions) {
        const std::string more = quoted(instructions);
        Turn all;
        all.role = Role::System;
        for (const Turn& turn : turns) {
            if (systemOnlyInFront())
                all.parts.insert(all.parts.end(), turn.parts.begin(), turn.parts.end());
            else
                system(turn);
        }
        all.parts.emplace_back().text = more;
        system(all);
    }

    void system(const Turn& turn) {
        if (m_dialect.cacheMarks && marked(turn.parts))
            return list(systemRole(turn), turn);
        Joined text;
        for (const Part& part : turn.parts) {
            if (part.kind == Kind::Text && !isBillingLine(part.text))
                text.add(part.text, "\\n");
        }
        if (text.empty())
            return;
        m_out.object().key("role").string(systemRole(turn));
        name(turn);
        m_out.key("content").raw(text.text()).end();
    }

    void reminder(const Turn& turn) {
        Joined text;
        for (const Part& part : turn.parts)
            text.add(part.text, "\\n");
        if (text.empty())
            return;
        const std::string content =
            "\"<system-reminder>\\n" + std::string(inside(text.text())) + "\\n</system-reminder>\"";
        m_out.object().key("role").string("user").key("content").raw(content).end();
    }

    std::string_view systemRole(const Turn& turn) const {
        const bool developer = turn.role == Role::Developer && m_dialect.developerRole &&
                               m_target.rules.thinking == ThinkingForm::Effort;
        return developer ? "developer" : "system";
    }

    void name(const Turn& turn) {
        if (m_dialect.messageNames && !turn.name.empty())
            m_out.key("name").string(turn.name);
    }

    static bool marked(const std::vector<Part>& parts) {
        return std::any_of(parts.begin(), parts.end(),
                           [](const Part& part) { return !part.cacheControl.empty(); });
    }

    // One message of all neighbouring turns: the calls of one step belong together.
    void assistant(Turns run) {
        Joined text;
        Joined thoughts;
        std::vector<const Part*> calls;
        for (const Turn& turn : run) {
            std::string_view between = "\\n\\n";  // of two turns; the parts of one go on
            for (const Part& part : turn.parts) {
                if (part.kind == Kind::Text || part.kind == Kind::Refusal)
                    text.add(part.text, std::exchange(between, ""));
                else if (part.kind == Kind::Reasoning)
                    thoughts.add(part.reasoning.text, "\\n\\n");
                else if (part.kind == Kind::ToolCall)
                    calls.push_back(&part);
            }
        }
        if (text.empty() && calls.empty())
            return;
        m_out.object().key("role").string("assistant");
        name(run.front());
        m_out.key("content");
        text.empty() ? m_out.null() : m_out.raw(text.text());
        reasoning(run, thoughts, !calls.empty());
        if (!calls.empty())
            toolCalls(calls);
        m_out.end();
    }

    void reasoning(Turns run, Joined& thoughts, bool calls) {
        const bool details = m_dialect.id == kOpenRouter && reasoningDetails(run);
        if (m_dialect.reasoningField.empty() || details)
            return;
        if (!thoughts.empty())
            m_out.key(m_dialect.reasoningField).raw(thoughts.text());
        else if (calls && m_dialect.reasoningMustReturn)
            m_out.key(m_dialect.reasoningField).string(" ");  // empty is refused like a missing one
    }

    // OpenRouter's own proofs go back as they came.
    bool reasoningDetails(Turns run) {
        bool any = false;
        for (const Turn& turn : run) {
            for (const Part& part : turn.parts) {
                if (part.kind != Kind::Reasoning || part.reasoning.vendor != kOpenRouter)
                    continue;
                const auto detail = json::scanObject(part.reasoning.signature);
                if (!detail)
                    continue;
                if (!any)
                    m_out.key("reasoning_details").array();
                any = true;
                reasoningDetail(*detail, part.reasoning.text);
            }
        }
        if (any)
            m_out.end();
        return any;
    }

    // In a stream the proof comes behind the text it is about.
    void reasoningDetail(const json::Object& detail, JsonString text) {
        const json::Member* own = detail.find("text");
        const bool replace = !saysNothing(text) && detail.find("signature") != nullptr &&
                             (own == nullptr || saysNothing(detail.raw(*own)));
        m_out.object();
        for (const json::Member& member : detail.members) {
            if (!(replace && member.key == "text"))
                m_out.key(member.key).raw(detail.raw(member));
        }
        if (replace)
            m_out.key("text").raw(text);
        m_out.end();
    }

    void toolCalls(const std::vector<const Part*>& calls) {
        m_out.key("tool_calls").array();
        for (const Part* part : calls) {
            const ToolCall& call = part->call;
            const bool custom = !call.input.empty() && m_dialect.customTools;
            const std::string_view type = custom ? "custom" : "function";
            m_out.object().key("id").string(m_ids.toProvider(call.id));
            m_out.key("type").string(type).key(type).object();
            m_out.key("name").string(m_names.toProvider(call.name));
            if (custom)
                m_out.key("input").raw(call.input);
            else if (call.input.empty())
                m_out.key("arguments").string(call.arguments);
            else
                m_out.key("arguments").string("{\"input\":" + std::string(call.input) + "}");
            m_out.end().end();
            m_openCalls.push_back(&call);
        }
        m_out.end();
    }

    // What stands between two turns of the model: first the answers to its calls, then the rest.
    void others(Turns run) {
        results(run);
        for (const Turn& turn : run) {
            if (!isSystem(turn))
                user(turn);
            else
                systemOnlyInFront() ? reminder(turn) : system(turn);
        }
    }

    // Answers every open call, in their order, with what `run` has for it.
    void results(Turns run) {
        std::vector<std::pair<const ToolCall*, const ToolResult*>> withMedia;
        for (const ToolCall* call : m_openCalls) {
            const ToolResult* result = answerTo(*call, run);
            m_out.object().key("role").string("tool");
            m_out.key("tool_call_id").string(m_ids.toProvider(call->id)).key("content");
            if (result == nullptr) {
                m_out.string("[no result]").end();
                continue;
            }
            m_used.push_back(result);
            m_out.raw(resultText(*result)).end();
            if (std::any_of(result->parts.begin(), result->parts.end(), isMedia))
                withMedia.emplace_back(call, result);
        }
        m_openCalls.clear();
        // Messages of tools hold text alone.
        for (const auto& [call, result] : withMedia)
            resultMedia(*call, *result);
    }

    const ToolResult* answerTo(const ToolCall& call, Turns run) const {
        for (const Turn& turn : run) {
            for (const Part& part : turn.parts) {
                if (part.kind == Kind::ToolResult && part.result->callId == call.id &&
                    !used(*part.result))
                    return part.result.get();
            }
        }
        return nullptr;
    }

    bool used(const ToolResult& result) const {
        return std::find(m_used.begin(), m_used.end(), &result) != m_used.end();
    }

    static std::string resultText(const ToolResult& result) {
        Joined text;
        if (result.isError)
            text.add("\"Error: \"");
        bool first = true;
        for (const Part& part : result.parts) {
            if (part.kind != Kind::Text)
                continue;
            text.add(part.text, first ? "" : "\\n");
            first = false;
        }
        if (first && !result.json.empty())
            text.add(quoted(result.json));
        else if (first && !result.parts.empty())
            text.add("\"The result is in the next message.\"");
        return std::string(text.text());
    }

    void resultMedia(const ToolCall& call, const ToolResult& result) {
        m_out.object().key("role").string("user").key("content").array();
        m_out.object().key("type").string("text").key("text");
        m_out.string("Result of the tool " + std::string(m_names.toProvider(call.name)) +
                     " (call " + std::string(m_ids.toProvider(call.id)) + "):");
        m_out.end();
        for (const Part& part : result.parts) {
            if (isMedia(part))
                media(part);
        }
        m_out.end().end();
    }

    // A result without its call would be refused: what it says stays, as text of the user.
    std::string orphan(const ToolResult& result) const {
        Joined text;
        text.add(quoted("Result of the tool " + std::string(result.name) + ":"));
        text.add(resultText(result), "\\n");
        return std::string(text.text());
    }

    void user(const Turn& turn) {
        std::vector<Part> parts;  // without the answers that stand above
        TextArena arena;
        for (const Part& part : turn.parts) {
            if (part.kind == Kind::ToolResult) {
                if (used(*part.result))
                    continue;
                Part& text = parts.emplace_back();
                text.text = arena.keep(orphan(*part.result));
                for (const Part& inner : part.result->parts) {
                    if (isMedia(inner))
                        parts.push_back(inner);
                }
            } else if (part.kind == Kind::Text || isMedia(part)) {
                parts.push_back(part);
            }
        }
        if (parts.empty())
            return;
        const bool hasMedia = std::any_of(parts.begin(), parts.end(), isMedia);
        if (hasMedia || (m_dialect.cacheMarks && marked(parts)))
            return list("user", turn, parts);
        Joined text;
        for (const Part& part : parts)
            text.add(part.text, "\\n");
        m_out.object().key("role").string("user");
        name(turn);
        m_out.key("content").raw(text.text()).end();
    }

    void list(std::string_view role, const Turn& turn) { list(role, turn, turn.parts); }

    // `content` as a list of parts.
    void list(std::string_view role, const Turn& turn, const std::vector<Part>& parts) {
        m_out.object().key("role").string(role);
        name(turn);
        m_out.key("content").array();
        for (const Part& part : parts) {
            if (isMedia(part)) {
                media(part);
            } else if (!saysNothing(part.text) && !isBillingLine(part.text)) {
                m_out.object().key("type").string("text").key("text").raw(part.text);
                if (m_dialect.cacheMarks && !part.cacheControl.empty())
                    m_out.key("cache_control").raw(part.cacheControl);
                m_out.end();
            }
        }
        m_out.end().end();
    }

    void media(const Part& part) {
        auto error = writeChatMedia(m_request, m_target, part, m_out);
        if (error && !m_error)
            m_error = std::move(error);
    }

    static constexpr std::string_view kOpenRouter = "openrouter";

    const ChatRequest& m_request;
    const Target& m_target;
    const Dialect& m_dialect;
    const ToolNames& m_names;
    ToolIds m_ids;
    json::Writer& m_out;
    std::vector<const ToolCall*> m_openCalls;  // not answered yet
    std::vector<const ToolResult*> m_used;     // stand as messages of tools
    std::optional<Error> m_error;
};

}  // namespace

std::optional<Error> writeChatMessages(const ChatRequest& request, const Target& target,
                                       const ToolNames& names, std::string_view instructions,
                                       json::Writer& out) {
    return MessagesWriter(request, target, names, out).write(instructions);
}

}  // namespace gr::protocol
