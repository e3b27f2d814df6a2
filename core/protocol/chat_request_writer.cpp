// SPDX-License-Identifier: MIT
#include "protocol/chat_request_writer.h"

#include <algorithm>
#include <array>

#include "protocol/chat_fields.h"
#include "protocol/chat_message_writer.h"
#include "protocol/chat_settings_writer.h"
#include "protocol/chat_tools.h"
#include "protocol/custom_tool.h"
#include "protocol/json_text.h"

namespace gr::protocol {
namespace {

// What only OpenAI's own service takes.
constexpr std::array<std::string_view, 8> kOpenAiOnly{"store",
                                                      "prediction",
                                                      "moderation",
                                                      "web_search_options",
                                                      "prompt_cache_retention",
                                                      "prompt_cache_options",
                                                      "modalities",
                                                      "audio"};

template <class List>
bool contains(const List& list, std::string_view name) {
    return std::find(list.begin(), list.end(), name) != list.end();
}

// Fields of dialects that a chat client wrote for this very provider.
void writeExtras(const ChatRequest& request, ChatFields& out) {
    for (const auto& [name, value] : request.extras) {
        const bool elsewhere = !out.dialect().openaiExtras && out.dialect().only.empty();
        if (elsewhere && contains(kOpenAiOnly, name))
            out.drop(name);
        else
            out.put(name, value);
    }
}

class ToolsWriter final {
  public:
    ToolsWriter(const ChatRequest& request, const Target& target, const ToolNames& names,
                ChatFields& out)
        : m_request(request), m_target(target), m_names(names), m_out(out) {
        for (const Tool& tool : request.tools) {
            if (tool.kind == Tool::Kind::Hosted)
                out.drop("tools." + std::string(tool.type));
            else if (allowed(tool))
                m_tools.push_back(&tool);
        }
    }

    void write() {
        if (m_tools.empty() || !m_out.taken("tools"))
            return;
        json::Writer& w = m_out.open("tools").array();
        for (const Tool* tool : m_tools)
            writeTool(*tool, w);
        w.end();
        writeChoice();
        if (m_request.parallelTools && m_target.dialect->parallelToolsOption)
            m_out.put("parallel_tool_calls", *m_request.parallelTools ? "true" : "false");
        else if (m_request.parallelTools == false)
            m_out.drop("parallel_tool_calls");
    }

  private:
    // A choice among some tools: only those are sent.
    bool allowed(const Tool& tool) const {
        const auto& choice = m_request.toolChoice;
        if (!choice || choice->mode == ToolChoice::Mode::Named || choice->names.empty())
            return true;
        return contains(choice->names, tool.name);
    }

    void writeTool(const Tool& tool, json::Writer& w) const {
        const bool freeform = tool.kind == Tool::Kind::Custom;
        const bool custom = freeform && m_target.dialect->customTools;
        const std::string_view type = custom ? "custom" : "function";
        w.object().key("type").string(type).key(type).object();
        w.key("name").string(m_names.toProvider(tool.name));
        const std::string description =
            freeform && !custom ? customToolDescription(tool) : std::string(tool.description);
        if (!saysNothing(description))
            w.key("description").raw(description);
        if (custom) {
            if (!tool.format.empty())
                w.key("format").raw(tool.format);
        } else {
            w.key("parameters").raw(parametersOf(tool));
            if (tool.strict)
                w.key("strict").boolean(*tool.strict);
        }
        w.end().end();
    }

    static std::string_view parametersOf(const Tool& tool) {
        if (tool.kind == Tool::Kind::Custom)
            return kCustomToolSchema;
        return tool.parameters.empty() ? R"({"type":"object","properties":{}})" : tool.parameters;
    }

    void writeChoice() {
        using Mode = ToolChoice::Mode;
        if (!m_request.toolChoice)
            return;
        const ToolChoice& choice = *m_request.toolChoice;
        const bool forced = choice.mode == Mode::Required || choice.mode == Mode::Named;
        if (!m_target.dialect->toolChoice || (forced && !m_target.rules.forcedToolChoice)) {
            if (choice.mode != Mode::Auto)
                m_out.drop("tool_choice");
            return;
        }
        switch (choice.mode) {
            case Mode::Auto:
                m_out.put("tool_choice", R"("auto")");
                break;
            case Mode::None:
                m_out.put("tool_choice", R"("none")");
                break;
            case Mode::Required:
                m_out.put("tool_choice", R"("required")");
                break;
            case Mode::Named:
                writeNamed(choice);
                break;
        }
    }

    void writeNamed(const ToolChoice& choice) {
        const std::string_view type =
            choice.custom && m_target.dialect->customTools ? "custom" : "function";
        json::Writer w;
        w.object().key("type").string(type).key(type).object();
        w.key("name").string(m_names.toProvider(choice.names.front())).end().end();
        m_out.put("tool_choice", w.text());
    }

    const ChatRequest& m_request;
    const Target& m_target;
    const ToolNames& m_names;
    ChatFields& m_out;
    std::vector<const Tool*> m_tools;
};

}  // namespace

Result<WrittenRequest> writeChatRequest(const ChatRequest& request, const Target& target) {
    ChatFields fields(*target.dialect);
    const ToolNames names(request);
    fields.putPlain("model", target.model);
    json::Writer& messages = fields.open("messages").array();
    const std::string instructions = formatInWords(request, *target.dialect);
    if (auto error = writeChatMessages(request, target, names, instructions, messages))
        return fail(std::move(*error));
    if (messages.text().ends_with('[')) {
        const std::string field = clientField(request.from, "messages");
        return failField(
            ErrorCode::InvalidField, field,
            "\"" + field + "\" says nothing; send at least one message with some content.");
    }
    messages.end();
    ToolsWriter(request, target, names, fields).write();
    if (auto error = writeChatSettings(request, target, fields))
        return fail(std::move(*error));
    writeExtras(request, fields);
    WrittenRequest out;
    out.path = "/chat/completions";
    out.dropped = fields.takeDropped();
    out.body = fields.takeBody();
    return out;
}

}  // namespace gr::protocol
