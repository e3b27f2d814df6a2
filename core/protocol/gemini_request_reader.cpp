// SPDX-License-Identifier: MIT
#include "protocol/gemini_request_reader.h"

#include <optional>

#include "base/text.h"
#include "json/scan.h"
#include "protocol/field_reader.h"
#include "protocol/gemini_content_reader.h"
#include "protocol/gemini_schema.h"
#include "protocol/gemini_words.h"

namespace gr::protocol {
namespace {

using json::Member;
using json::Object;
using json::Type;

FieldReader within(const FieldReader& fields, std::string_view key, const Object& object) {
    return {object, fields.name(key), fields.arena(), fields.problem()};
}

void declaration(const FieldReader& fields, ChatRequest& request) {
    Tool tool;
    tool.name = fields.neededPlain("name");
    tool.description = fields.string("description");
    tool.parameters = fields.object(spelled(fields, "parametersJsonSchema"));
    const JsonText schema = fields.object("parameters");
    if (tool.parameters.empty() && !schema.empty())
        tool.parameters = request.arena.keep(jsonSchemaOfGemini(schema));
    tool.source = fields.source().text;
    request.tools.push_back(std::move(tool));
}

// One entry of `tools`: declarations of functions, and tools that Google runs itself.
void toolEntry(const FieldReader& fields, ChatRequest& request) {
    for (const Member& member : fields.source().members) {
        if (member.key == "functionDeclarations" || member.key == "function_declarations") {
            std::size_t index = 0;
            for (const std::string_view text : fields.list(member.key)) {
                const std::string key =
                    std::string(member.key) + "[" + std::to_string(index++) + "]";
                const auto object = json::objectIn(text);
                if (!object)
                    return fields.wrong(key, "an object");
                declaration(within(fields, key, *object), request);
            }
            continue;
        }
        Tool tool;
        tool.kind = Tool::Kind::Hosted;
        tool.type = request.arena.keep(std::string(member.key));
        tool.source = fields.source().raw(member);
        request.tools.push_back(std::move(tool));
    }
}

void tools(const FieldReader& fields, ChatRequest& request) {
    std::size_t index = 0;
    for (const std::string_view text : fields.list("tools")) {
        const std::string key = "tools[" + std::to_string(index++) + "]";
        const auto object = json::objectIn(text);
        if (!object)
            return fields.wrong(key, "an object");
        toolEntry(within(fields, key, *object), request);
    }
}

void toolChoice(const FieldReader& fields, ChatRequest& request) {
    const std::string_view outerKey = spelled(fields, "toolConfig");
    const auto outer = json::objectIn(fields.object(outerKey));
    if (!outer)
        return;
    const FieldReader config = within(fields, outerKey, *outer);
    const std::string_view key = spelled(config, "functionCallingConfig");
    const auto object = json::objectIn(config.object(key));
    if (!object)
        return;
    const FieldReader calling = within(config, key, *object);
    ToolChoice choice;
    for (const std::string_view name : calling.list(spelled(calling, "allowedFunctionNames"))) {
        if (!name.starts_with('"'))
            return calling.wrong(spelled(calling, "allowedFunctionNames"), "a list of strings");
        choice.names.push_back(request.arena.keep(json::unescape(name)));
    }
    const std::string mode = toLower(calling.plain("mode"));
    if (mode == "any")
        choice.mode =
            choice.names.size() == 1 ? ToolChoice::Mode::Named : ToolChoice::Mode::Required;
    else if (mode == "none")
        choice.mode = ToolChoice::Mode::None;
    else if (!mode.empty() && mode != "auto" && mode != "validated" && mode != "mode_unspecified")
        return calling.wrong("mode", "\"AUTO\", \"ANY\", \"NONE\" or \"VALIDATED\"");
    request.toolChoice = std::move(choice);
}

void thinking(const FieldReader& fields, Thinking& thinking) {
    thinking.includeThoughts = false;  // Google's default
    const std::string_view key = spelled(fields, "thinkingConfig");
    const auto object = json::objectIn(fields.object(key));
    if (!object)
        return;
    const FieldReader config = within(fields, key, *object);
    thinking.includeThoughts = config.flag(spelled(config, "includeThoughts")).value_or(false);
    thinking.budget = config.integer(spelled(config, "thinkingBudget"));
    const std::string_view levelKey = spelled(config, "thinkingLevel");
    const std::string level = toLower(config.plain(levelKey));
    if (level.empty() || level == "thinking_level_unspecified")
        return;
    thinking.effort = effortNamed(level);
    if (!thinking.effort)
        config.wrong(levelKey, "\"MINIMAL\", \"LOW\", \"MEDIUM\" or \"HIGH\"");
}

void outputFormat(const FieldReader& fields, ChatRequest& request) {
    const JsonText schema = fields.object(spelled(fields, "responseSchema"));
    JsonText jsonSchema = fields.any(spelled(fields, "responseJsonSchema"));
    if (jsonSchema.empty() && !schema.empty())
        jsonSchema = request.arena.keep(jsonSchemaOfGemini(schema));
    if (fields.plain(spelled(fields, "responseMimeType")) != "application/json")
        return;
    request.format.kind =
        jsonSchema.empty() ? OutputFormat::Kind::JsonObject : OutputFormat::Kind::JsonSchema;
    request.format.schema = jsonSchema;
    request.format.name = jsonSchema.empty() ? std::string_view() : "answer";
}

void generationConfig(const FieldReader& fields, ChatRequest& request) {
    Sampling& sampling = request.sampling;
    sampling.temperature = fields.number("temperature");
    sampling.topP = fields.number(spelled(fields, "topP"));
    sampling.topK = fields.number(spelled(fields, "topK"));
    sampling.frequencyPenalty = fields.number(spelled(fields, "frequencyPenalty"));
    sampling.presencePenalty = fields.number(spelled(fields, "presencePenalty"));
    sampling.seed = fields.number("seed");
    sampling.logprobs = fields.flag(spelled(fields, "responseLogprobs")).value_or(false);
    sampling.topLogprobs = fields.number("logprobs");
    sampling.choices = fields.integer(spelled(fields, "candidateCount")).value_or(1);
    if (sampling.choices < 1)
        fields.wrong(spelled(fields, "candidateCount"), "at least 1");
    request.maxOutput = fields.integer(spelled(fields, "maxOutputTokens"));
    if (request.maxOutput.value_or(1) < 1)
        fields.wrong(spelled(fields, "maxOutputTokens"), "at least 1");
    const std::string_view stopKey = spelled(fields, "stopSequences");
    for (const std::string_view stop : fields.list(stopKey)) {
        if (!stop.starts_with('"') || sampling.stop.size() == 16)
            return fields.wrong(stopKey, "a list of at most 16 strings");
        sampling.stop.push_back(stop);
    }
    thinking(fields, request.thinking);
    outputFormat(fields, request);
}

Result<ChatRequest> readObject(const Object& object, std::string path) {
    ChatRequest request;
    request.from = Protocol::Gemini;
    request.source = object.text;
    request.usageAsked = true;  // Google tells it in every chunk
    request.thinking.includeThoughts = false;
    std::optional<Error> problem;
    const FieldReader fields(object, std::move(path), request.arena, problem);
    GeminiContentReader contents(request);
    contents.system(fields);
    contents.contents(fields);
    tools(fields, request);
    toolChoice(fields, request);
    const std::string_view key = spelled(fields, "generationConfig");
    if (const auto config = json::objectIn(fields.object(key)))
        generationConfig(within(fields, key, *config), request);
    if (problem)
        return fail(std::move(*problem));
    return request;
}

}  // namespace

Result<ChatRequest> readGeminiRequest(std::string_view body) {
    const auto object = json::scanObject(body);
    if (!object)
        return fail(object.error());
    return readObject(*object, "");
}

Result<ChatRequest> readGeminiCount(std::string_view body) {
    const auto object = json::scanObject(body);
    if (!object)
        return fail(object.error());
    constexpr std::string_view kInner = "generateContentRequest";
    const Member* inner = object->find(kInner);
    if (inner == nullptr)
        inner = object->find("generate_content_request");
    if (inner == nullptr || inner->type != Type::Object)
        return readObject(*object, "");
    return readObject(*json::objectIn(object->raw(*inner)), std::string(kInner));
}

}  // namespace gr::protocol
