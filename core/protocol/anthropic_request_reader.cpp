// SPDX-License-Identifier: MIT
#include "protocol/anthropic_request_reader.h"

#include "protocol/anthropic_content_reader.h"
#include "protocol/field_reader.h"
#include "protocol/json_text.h"

namespace gr::protocol {
namespace {

constexpr std::size_t kMaxStops = 16;

void readSystem(const FieldReader& body, ChatRequest& request) {
    Turn turn;
    turn.role = Role::System;
    readAnthropicContent(body, "system", BlockPlace::System, turn.parts);
    if (!turn.parts.empty())
        request.turns.push_back(std::move(turn));
}

void readMessage(const FieldReader& message, ChatRequest& request) {
    const std::string_view role = message.neededPlain("role");
    Turn turn;
    BlockPlace place = BlockPlace::User;
    if (role == "assistant") {
        turn.role = Role::Assistant;
        place = BlockPlace::Assistant;
    } else if (role == "system") {
        turn.role = Role::System;
        place = BlockPlace::System;
    } else if (role != "user") {
        return message.wrong("role", "\"user\", \"assistant\" or \"system\"");
    }
    if (!message.has("content"))
        return message.missing("content");
    readAnthropicContent(message, "content", place, turn.parts);
    request.turns.push_back(std::move(turn));
}

void readMessages(const FieldReader& body, ChatRequest& request) {
    if (body.neededList("messages").empty())
        return body.wrong("messages", "a list of at least one message");
    eachObject(body, "messages",
               [&](const FieldReader& message) { readMessage(message, request); });
}

void readTool(const FieldReader& fields, ChatRequest& request) {
    Tool tool;
    tool.source = fields.source().text;
    tool.name = fields.plain("name");
    tool.cacheControl = fields.object("cache_control");
    tool.type = fields.plain("type");
    if (!tool.type.empty() && tool.type != "custom") {
        tool.kind = Tool::Kind::Hosted;
        if (tool.type == "function")  // OpenAI's form, by mistake
            fields.wrong("type", "\"custom\" or the type of one of Anthropic's own tools");
        return request.tools.push_back(std::move(tool));
    }
    tool.type = {};
    if (fields.neededPlain("name").empty())
        fields.wrong("name", "the name of a tool");
    if (!fields.has("input_schema"))
        fields.missing("input_schema");
    tool.parameters = fields.object("input_schema");
    tool.description = fields.string("description");
    tool.strict = fields.flag("strict");
    request.tools.push_back(std::move(tool));
}

void readToolChoice(const FieldReader& choice, ChatRequest& request) {
    const std::string_view type = choice.neededPlain("type");
    ToolChoice& out = request.toolChoice.emplace();
    if (type == "any") {
        out.mode = ToolChoice::Mode::Required;
    } else if (type == "none") {
        out.mode = ToolChoice::Mode::None;
    } else if (type == "tool") {
        out.mode = ToolChoice::Mode::Named;
        out.names.push_back(choice.neededPlain("name"));
    } else if (type != "auto") {
        choice.wrong("type", "\"auto\", \"any\", \"tool\" or \"none\"");
    }
    if (const auto single = choice.flag("disable_parallel_tool_use"))
        request.parallelTools = !*single;
}

void readThinking(const FieldReader& fields, Thinking& thinking) {
    const std::string_view type = fields.neededPlain("type");
    thinking.on = type != "disabled";
    thinking.includeThoughts = fields.plain("display") != "omitted";
    if (type == "enabled") {
        if (!fields.has("budget_tokens"))
            fields.missing("budget_tokens");
        thinking.budget = fields.integer("budget_tokens");
        if (fields.ok() && thinking.budget < 1024)
            fields.wrong("budget_tokens", "at least 1024");
    } else if (type == "adaptive" || type == "between_tools") {
        thinking.adaptive = true;
    } else if (type != "disabled") {
        fields.wrong("type", "\"enabled\", \"adaptive\", \"between_tools\" or \"disabled\"");
    }
}

void readFormat(const FieldReader& fields, OutputFormat& format) {
    if (fields.neededPlain("type") != "json_schema")
        return fields.wrong("type", "\"json_schema\"");
    if (!fields.has("schema"))
        fields.missing("schema");
    format.kind = OutputFormat::Kind::JsonSchema;
    format.schema = fields.object("schema");
    format.strict = true;  // Anthropic's is never anything else
}

void readOutputConfig(const FieldReader& config, ChatRequest& request) {
    if (const std::string_view effort = config.plain("effort"); !effort.empty()) {
        request.thinking.effort = effortNamed(effort);
        if (!request.thinking.effort)
            config.wrong("effort", "\"low\", \"medium\", \"high\", \"xhigh\" or \"max\"");
    }
    within(config, "format", [&](const FieldReader& f) { readFormat(f, request.format); });
}

void readSampling(const FieldReader& body, Sampling& sampling) {
    sampling.temperature = body.number("temperature");
    sampling.topP = body.number("top_p");
    sampling.topK = body.number("top_k");
    for (const std::string_view stop : body.list("stop_sequences")) {
        if (!stop.starts_with('"') || sampling.stop.size() == kMaxStops)
            return body.wrong("stop_sequences", "a list of up to 16 strings");
        sampling.stop.push_back(stop);
    }
}

void readSettings(const FieldReader& body, ChatRequest& request) {
    request.stream = body.flag("stream").value_or(false);
    request.usageAsked = true;  // every answer of this protocol tells its usage
    request.maxOutput = body.integer("max_tokens");
    if (body.ok() && request.maxOutput && *request.maxOutput < 1)
        body.wrong("max_tokens", "at least 1");
    readSampling(body, request.sampling);
    within(body, "thinking", [&](const FieldReader& f) { readThinking(f, request.thinking); });
    within(body, "output_config", [&](const FieldReader& f) { readOutputConfig(f, request); });
    // Its name before output_config.
    within(body, "output_format", [&](const FieldReader& f) { readFormat(f, request.format); });
    within(body, "metadata", [&](const FieldReader& f) { request.user = f.plain("user_id"); });
}

Result<ChatRequest> read(std::string_view body, bool counting) {
    auto object = json::scanObject(body);
    if (!object)
        return fail(object.error());
    ChatRequest request;
    request.from = Protocol::Anthropic;
    request.source = body;
    std::optional<Error> problem;
    const FieldReader fields(*object, "", request.arena, problem);

    request.model = fields.neededPlain("model");
    if (fields.ok() && (request.model.empty() || request.model.size() > 256))
        fields.wrong("model", "a name of 1 to 256 bytes");
    if (!counting && !fields.has("max_tokens"))
        fields.missing("max_tokens");
    readSettings(fields, request);
    readSystem(fields, request);
    readMessages(fields, request);
    eachObject(fields, "tools", [&](const FieldReader& tool) { readTool(tool, request); });
    within(fields, "tool_choice", [&](const FieldReader& f) { readToolChoice(f, request); });
    if (problem)
        return fail(std::move(*problem));
    return request;
}

}  // namespace

Result<ChatRequest> readAnthropicRequest(std::string_view body) {
    return read(body, false);
}

Result<ChatRequest> readAnthropicCount(std::string_view body) {
    return read(body, true);
}

}  // namespace gr::protocol
