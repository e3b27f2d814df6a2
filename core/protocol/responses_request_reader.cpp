// SPDX-License-Identifier: MIT
#include "protocol/responses_request_reader.h"

#include <array>

#include "protocol/field_reader.h"
#include "protocol/json_text.h"
#include "protocol/responses_input.h"
#include "protocol/responses_tools.h"

namespace gr::protocol {
namespace {

// Fields that only mean something to a server that keeps conversations.
void refuseMemory(const FieldReader& fields) {
    constexpr std::array<std::pair<std::string_view, std::string_view>, 3> kRefused{
        std::pair{"previous_response_id", "no earlier response is kept here"},
        std::pair{"conversation", "no conversations are kept here"},
        std::pair{"prompt", "no prompts are kept here"},
    };
    for (const auto& [name, why] : kRefused) {
        if (fields.has(name))
            fields.fault(ErrorCode::InvalidField, name,
                         "\"" + std::string(name) + "\" cannot be used: " + std::string(why) +
                             ". Send the whole conversation in \"input\".");
    }
    if (fields.flag("background").value_or(false))
        fields.fault(ErrorCode::InvalidField, "background",
                     "\"background\" cannot be true: answers are not kept here. Leave it out.");
}

void readModel(const FieldReader& fields, ChatRequest& request) {
    request.model = fields.neededPlain("model");
    if (fields.has("model") && (request.model.empty() || request.model.size() > 256))
        fields.wrong("model", "a name of 1 to 256 bytes");
}

void readInstructions(const FieldReader& fields, ChatRequest& request) {
    Part part;
    part.text = fields.string("instructions");
    if (saysNothing(part.text))
        return;
    Turn& turn = request.turns.emplace_back();
    turn.role = Role::System;
    turn.parts.push_back(std::move(part));
}

void readInput(const FieldReader& fields, ChatRequest& request) {
    const json::Member* input = fields.find("input");
    if (input == nullptr) {
        fields.missing("input");
    } else if (input->type == json::Type::String) {
        Part part;
        part.text = fields.string("input");
        request.turns.emplace_back().parts.push_back(std::move(part));
    } else if (input->type == json::Type::Array) {
        readResponsesInput(fields.list("input"), request, fields.problem());
    } else {
        fields.wrong("input", "a string or a list of items");
    }
}

void readSampling(const FieldReader& fields, ChatRequest& request) {
    request.sampling.temperature = fields.number("temperature");
    request.sampling.topP = fields.number("top_p");
    request.sampling.topLogprobs = fields.number("top_logprobs");
    request.maxOutput = fields.integer("max_output_tokens");
    if (request.maxOutput && *request.maxOutput < 1)
        fields.wrong("max_output_tokens", "a whole number above 0");
}

void readReasoning(const FieldReader& fields, ChatRequest& request) {
    const auto object = json::objectIn(fields.object("reasoning"));
    if (!object)
        return;
    const FieldReader reasoning(*object, fields.name("reasoning"), fields.arena(),
                                fields.problem());
    const std::string_view effort = reasoning.plain("effort");
    request.thinking.effort = effortNamed(effort);
    if (!effort.empty() && !request.thinking.effort)
        reasoning.wrong("effort", "one of none, minimal, low, medium, high, xhigh and max");
    request.thinking.summary = reasoning.string("summary");
    if (request.thinking.summary.empty())
        request.thinking.summary = reasoning.string("generate_summary");
    request.thinking.includeThoughts = !request.thinking.summary.empty();
}

void readJsonSchema(const FieldReader& format, OutputFormat& out) {
    out.kind = OutputFormat::Kind::JsonSchema;
    out.name = format.neededPlain("name");
    out.description = format.string("description");
    out.schema = format.object("schema");
    out.strict = format.flag("strict");
    if (!format.has("schema"))
        format.missing("schema");
}

void readText(const FieldReader& fields, ChatRequest& request) {
    const auto object = json::objectIn(fields.object("text"));
    if (!object)
        return;
    const FieldReader text(*object, fields.name("text"), fields.arena(), fields.problem());
    request.verbosity = text.string("verbosity");
    const auto inner = json::objectIn(text.object("format"));
    if (!inner)
        return;
    const FieldReader format(*inner, text.name("format"), fields.arena(), fields.problem());
    const std::string_view type = format.neededPlain("type");
    if (type == "json_schema")
        readJsonSchema(format, request.format);
    else if (type == "json_object")
        request.format.kind = OutputFormat::Kind::JsonObject;
    else if (type != "text")
        format.wrong("type", "text, json_object or json_schema");
}

void readInclude(const FieldReader& fields, ChatRequest& request) {
    const auto list = fields.list("include");
    for (std::size_t i = 0; i < list.size(); ++i) {
        if (list[i] == "\"reasoning.encrypted_content\"")
            request.encryptedReasoningAsked = true;
        else if (list[i] == "\"message.output_text.logprobs\"")
            request.sampling.logprobs = true;
        else if (!list[i].starts_with('"'))
            fields.wrong("include[" + std::to_string(i) + "]", "a string");
    }
}

void readRest(const FieldReader& fields, ChatRequest& request) {
    request.stream = fields.flag("stream").value_or(false);
    request.usageAsked = true;  // the last event always tells it
    request.parallelTools = fields.flag("parallel_tool_calls");
    request.metadata = fields.object("metadata");
    request.serviceTier = fields.string("service_tier");
    request.cacheKey = fields.plain("prompt_cache_key");
    request.user = fields.plain("safety_identifier");
    const std::string_view user = fields.plain("user");
    if (request.user.empty())
        request.user = user;
}

}  // namespace

Result<ChatRequest> readResponsesRequest(std::string_view body) {
    const auto object = json::scanObject(body);
    if (!object)
        return fail(object.error());
    ChatRequest request;
    request.from = Protocol::OpenAiResponses;
    request.source = body;
    std::optional<Error> problem;
    const FieldReader fields(*object, {}, request.arena, problem);
    readModel(fields, request);
    refuseMemory(fields);
    readInstructions(fields, request);
    readResponsesTools(fields.list("tools"), "tools", request, problem);
    readInput(fields, request);
    readResponsesToolChoice(fields, request);
    readSampling(fields, request);
    readReasoning(fields, request);
    readText(fields, request);
    readInclude(fields, request);
    readRest(fields, request);
    if (problem)
        return fail(std::move(*problem));
    return request;
}

}  // namespace gr::protocol
