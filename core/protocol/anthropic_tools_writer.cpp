// SPDX-License-Identifier: MIT
#include "protocol/anthropic_tools_writer.h"

#include <algorithm>

#include "protocol/anthropic_names.h"
#include "protocol/anthropic_schema.h"
#include "protocol/custom_tool.h"
#include "protocol/json_text.h"

namespace gr::protocol {
namespace {

using Mode = ToolChoice::Mode;

bool isTaken(const ChatRequest& request, const Tool& tool) {
    const bool hosted = tool.kind == Tool::Kind::Hosted;
    if (hosted && request.from != Protocol::Anthropic)
        return false;
    // Of a choice that is not of one tool the names are those that are allowed.
    const auto& choice = request.toolChoice;
    if (!choice || choice->mode == Mode::Named || choice->names.empty())
        return true;
    return std::any_of(choice->names.begin(), choice->names.end(), [&](std::string_view name) {
        return name == tool.name || (hosted && name == tool.type);
    });
}

void writeTool(const ChatRequest& request, const Tool& tool, json::Writer& out) {
    if (request.from == Protocol::Anthropic) {
        out.raw(tool.source);
        return;
    }
    const bool custom = tool.kind == Tool::Kind::Custom;
    out.object().key("name").string(anthropicToolName(tool.name));
    const std::string description =
        custom ? customToolDescription(tool) : std::string(tool.description);
    if (!saysNothing(description))
        out.key("description").raw(description);
    out.key("input_schema");
    if (custom)
        out.raw(kCustomToolSchema);
    else if (tool.strict.value_or(false))
        out.raw(anthropicStrictSchema(anthropicToolSchema(tool.parameters)))
            .key("strict")
            .raw("true");
    else
        out.raw(anthropicToolSchema(tool.parameters));
    if (!tool.cacheControl.empty())
        out.key("cache_control").raw(tool.cacheControl);
    out.end();
}

void writeChoice(const ChatRequest& request, const AnthropicPlan& plan, json::Writer& out) {
    const bool single = request.parallelTools == false;
    if (!plan.choice && !single)
        return;
    const Mode mode = plan.choice ? plan.choice->mode : Mode::Auto;
    out.key("tool_choice").object().key("type");
    switch (mode) {
        case Mode::Auto:
            out.string("auto");
            break;
        case Mode::None:
            out.string("none");
            break;
        case Mode::Required:
            out.string("any");
            break;
        case Mode::Named:
            out.string("tool").key("name").string(anthropicToolName(plan.choice->names.front()));
            break;
    }
    if (single && mode != Mode::None)
        out.key("disable_parallel_tool_use").boolean(true);
    out.end();
}

}  // namespace

void writeAnthropicTools(const ChatRequest& request, const AnthropicPlan& plan, json::Writer& out,
                         std::vector<std::string>& dropped) {
    bool any = false;
    for (const Tool& tool : request.tools) {
        if (!isTaken(request, tool)) {
            if (tool.kind == Tool::Kind::Hosted)
                dropped.push_back("tools: " + std::string(tool.type));
            continue;
        }
        if (!any)
            out.key("tools").array();
        any = true;
        writeTool(request, tool, out);
    }
    if (!any)
        return;
    out.end();
    writeChoice(request, plan, out);
}

}  // namespace gr::protocol
