// SPDX-License-Identifier: MIT
#include "protocol/responses_tools_writer.h"

#include <algorithm>

#include "json/scan.h"
#include "protocol/custom_tool.h"
#include "protocol/json_text.h"

namespace gr::protocol {
namespace {

constexpr std::string_view kNoParameters = R"({"type":"object","properties":{}})";
void writeFunction(const Tool& tool, std::string_view parameters, const ResponsesForm& form,
                   json::Writer& writer) {
    writer.object().key("type").string("function");
    writer.key("name").string(form.names.toProvider(tool.name));
    if (!tool.description.empty())
        writer.key("description").raw(tool.description);
    writer.key("parameters").raw(parameters.empty() ? kNoParameters : parameters);
    writer.key("strict").boolean(tool.strict.value_or(false)).end();
}

// Chat keeps a grammar in an object of its own; here its members stand beside the type.
void writeFormat(JsonText format, json::Writer& writer) {
    const auto object = json::objectIn(format);
    const json::Member* grammar = object ? object->find("grammar") : nullptr;
    const auto inner = grammar != nullptr ? json::objectIn(object->raw(*grammar)) : std::nullopt;
    if (!inner) {
        writer.raw(format);
        return;
    }
    writer.object().key("type").string("grammar");
    for (const json::Member& member : inner->members)
        writer.key(member.key).raw(inner->raw(member));
    writer.end();
}

void writeCustom(const Tool& tool, const ResponsesForm& form, json::Writer& writer) {
    if (!form.openAi) {
        const std::string description = customToolDescription(tool);
        Tool function = tool;
        function.description = saysNothing(description) ? JsonString() : JsonString(description);
        writeFunction(function, kCustomToolSchema, form, writer);
        return;
    }
    writer.object().key("type").string("custom");
    writer.key("name").string(form.names.toProvider(tool.name));
    if (!tool.description.empty())
        writer.key("description").raw(tool.description);
    if (!tool.format.empty()) {
        writer.key("format");
        writeFormat(tool.format, writer);
    }
    writer.end();
}

bool isCustom(const ChatRequest& request, std::string_view name) {
    return std::any_of(request.tools.begin(), request.tools.end(), [name](const Tool& t) {
        return t.name == name && t.kind == Tool::Kind::Custom;
    });
}

void writeNamed(const ChatRequest& request, const ResponsesForm& form, std::string_view name,
                json::Writer& writer) {
    const bool custom = form.openAi && isCustom(request, name);
    writer.object().key("type").string(custom ? "custom" : "function");
    writer.key("name").string(form.names.toProvider(name)).end();
}

void writeChoice(const ChatRequest& request, const ResponsesForm& form, json::Writer& writer) {
    const ToolChoice& choice = *request.toolChoice;
    writer.key("tool_choice");
    const bool required = choice.mode == ToolChoice::Mode::Required;
    if (choice.mode == ToolChoice::Mode::None) {
        writer.string("none");
    } else if (choice.mode == ToolChoice::Mode::Named && !choice.names.empty()) {
        writeNamed(request, form, choice.names.front(), writer);
    } else if (choice.names.empty()) {
        writer.string(required ? "required" : "auto");
    } else {
        writer.object().key("type").string("allowed_tools");
        writer.key("mode").string(required ? "required" : "auto").key("tools").array();
        for (const std::string_view name : choice.names)
            writeNamed(request, form, name, writer);
        writer.end().end();
    }
}

// What the client wrote, where it wrote in this protocol.
JsonText ownChoice(const ChatRequest& request) {
    const auto source = json::objectIn(request.source);
    const json::Member* member = source ? source->find("tool_choice") : nullptr;
    return member != nullptr ? source->raw(*member) : JsonText();
}

// Returns how many were written.
std::size_t writeList(const ChatRequest& request, const ResponsesForm& form, json::Writer& writer,
                      WrittenRequest& out) {
    std::size_t written = 0;
    const char* last = nullptr;  // the tools of a namespace share one source
    for (const Tool& tool : request.tools) {
        if (form.own) {
            if (tool.source.data() != last)
                writer.raw(tool.source);
            last = tool.source.data();
        } else if (tool.kind == Tool::Kind::Hosted) {
            out.dropped.emplace_back(tool.type);
            continue;
        } else if (tool.kind == Tool::Kind::Custom) {
            writeCustom(tool, form, writer);
        } else {
            writeFunction(tool, tool.parameters, form, writer);
        }
        ++written;
    }
    return written;
}

}  // namespace

void writeResponsesTools(const ChatRequest& request, const Target& target,
                         const ResponsesForm& form, json::Writer& writer, WrittenRequest& out) {
    json::Writer list;
    list.array();
    const std::size_t count = writeList(request, form, list, out);
    if (count == 0)
        return;
    writer.key("tools").raw(list.end().text());
    if (request.toolChoice) {
        const bool forced = request.toolChoice->mode == ToolChoice::Mode::Required ||
                            request.toolChoice->mode == ToolChoice::Mode::Named;
        const bool refused =
            (forced && !target.rules.forcedToolChoice) || !target.dialect->toolChoice;
        if (refused)
            out.dropped.emplace_back("tool_choice");
        else if (form.own)
            writer.key("tool_choice").raw(ownChoice(request));
        else
            writeChoice(request, form, writer);
    }
    if (request.parallelTools) {
        if (target.dialect->parallelToolsOption)
            writer.key("parallel_tool_calls").boolean(*request.parallelTools);
        else
            out.dropped.emplace_back("parallel_tool_calls");
    }
}

}  // namespace gr::protocol
