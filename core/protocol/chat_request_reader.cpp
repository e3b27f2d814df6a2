// SPDX-License-Identifier: MIT
#include "protocol/chat_request_reader.h"

#include <algorithm>
#include <array>

#include "protocol/chat_message_reader.h"
#include "protocol/field_reader.h"
#include "protocol/json_text.h"

namespace gr::protocol {
namespace {

using json::Member;
using json::Object;
using json::Type;

constexpr std::size_t kMaxStops = 16;

// What is read here, and our extension of the list.
constexpr std::array<std::string_view, 33> kKnown{"model",
                                                  "messages",
                                                  "stream",
                                                  "stream_options",
                                                  "max_completion_tokens",
                                                  "max_tokens",
                                                  "temperature",
                                                  "top_p",
                                                  "top_k",
                                                  "frequency_penalty",
                                                  "presence_penalty",
                                                  "seed",
                                                  "logit_bias",
                                                  "logprobs",
                                                  "top_logprobs",
                                                  "n",
                                                  "stop",
                                                  "tools",
                                                  "tool_choice",
                                                  "parallel_tool_calls",
                                                  "functions",
                                                  "function_call",
                                                  "response_format",
                                                  "reasoning_effort",
                                                  "reasoning",
                                                  "thinking",
                                                  "verbosity",
                                                  "metadata",
                                                  "service_tier",
                                                  "user",
                                                  "safety_identifier",
                                                  "prompt_cache_key",
                                                  "models"};

// The object member of that name; anything else is wrong.
std::optional<Object> childOf(const FieldReader& fields, std::string_view key) {
    const JsonText raw = fields.object(key);
    return raw.empty() ? std::nullopt : json::objectIn(raw);
}

FieldReader below(const FieldReader& fields, const Object& object, std::string_view key) {
    return {object, fields.name(key), fields.arena(), fields.problem()};
}

void readBasics(const FieldReader& body, ChatRequest& request) {
    request.model = body.neededPlain("model");
    if (request.model.empty() || request.model.size() > 256)
        body.wrong("model", "a name of 1 to 256 bytes");
    request.stream = body.flag("stream").value_or(false);
    if (const auto options = childOf(body, "stream_options"))
        request.usageAsked =
            below(body, *options, "stream_options").flag("include_usage").value_or(false);

    const bool newField = body.has("max_completion_tokens");
    const std::string_view field = newField ? "max_completion_tokens" : "max_tokens";
    request.maxOutput = body.integer(field);
    if (request.maxOutput && *request.maxOutput < 1)
        body.wrong(field, "a whole number above 0");

    const std::string_view user = body.plain("safety_identifier");
    request.user = user.empty() ? body.plain("user") : user;
    request.cacheKey = body.plain("prompt_cache_key");
    request.verbosity = body.string("verbosity");
    request.metadata = body.object("metadata");
    request.serviceTier = body.string("service_tier");
    for (const std::string_view modality : body.list("modalities")) {
        if (modality != "\"text\"")
            body.fault(ErrorCode::InvalidField, "modalities",
                       "\"modalities\" asks for more than text, which this model cannot answer "
                       "with here; leave it out.");
    }
}

// The stop sequences: one string, or a list. Empty ones would stop before the first word.
void readStops(const FieldReader& body, Sampling& sampling) {
    constexpr std::string_view kExpected = "a string or a list of up to 16 strings";
    const Member* member = body.find("stop");
    if (member == nullptr)
        return;
    const std::string_view raw = body.source().raw(*member);
    auto stops =
        member->type == Type::Array ? json::elementsIn(raw) : std::vector<std::string_view>{raw};
    const bool strings = std::all_of(stops.begin(), stops.end(),
                                     [](std::string_view s) { return s.starts_with('"'); });
    if (!strings || stops.size() > kMaxStops)
        return body.wrong("stop", kExpected);
    std::erase_if(stops, saysNothing);
    sampling.stop = std::move(stops);
}

void readSampling(const FieldReader& body, Sampling& sampling) {
    sampling.temperature = body.number("temperature");
    sampling.topP = body.number("top_p");
    sampling.topK = body.number("top_k");
    sampling.frequencyPenalty = body.number("frequency_penalty");
    sampling.presencePenalty = body.number("presence_penalty");
    sampling.seed = body.number("seed");
    sampling.logitBias = body.object("logit_bias");
    sampling.topLogprobs = body.number("top_logprobs");
    sampling.logprobs = body.flag("logprobs").value_or(false);
    sampling.choices = body.integer("n").value_or(1);
    if (sampling.choices < 1 || sampling.choices > 128)
        body.wrong("n", "a whole number from 1 to 128");
    readStops(body, sampling);
}

// `reasoning_effort`, and what clients know of dialects: OpenRouter's `reasoning`, DeepSeek's
// `thinking`.
void readThinking(const FieldReader& body, Thinking& thinking) {
    const auto effort = [&thinking](const FieldReader& fields, std::string_view key) {
        const std::string_view word = fields.plain(key);
        thinking.effort = effortNamed(word);
        if (!word.empty() && !thinking.effort)
            fields.wrong(key, "none, minimal, low, medium, high, xhigh or max");
    };
    if (const auto object = childOf(body, "reasoning")) {
        const FieldReader fields = below(body, *object, "reasoning");
        effort(fields, "effort");
        thinking.budget = fields.integer("max_tokens");
        thinking.on = fields.flag("enabled");
        thinking.includeThoughts = !fields.flag("exclude").value_or(false);
    }
    if (const auto object = childOf(body, "thinking")) {
        const std::string_view type = below(body, *object, "thinking").plain("type");
        if (type == "enabled" || type == "disabled")
            thinking.on = type == "enabled";
    }
    if (body.has("reasoning_effort"))
        effort(body, "reasoning_effort");
}

void readFormat(const FieldReader& body, OutputFormat& format) {
    const auto object = childOf(body, "response_format");
    if (!object)
        return;
    const FieldReader fields = below(body, *object, "response_format");
    const std::string_view type = fields.neededPlain("type");
    if (type == "json_object") {
        format.kind = OutputFormat::Kind::JsonObject;
    } else if (type == "json_schema") {
        const auto inner = childOf(fields, "json_schema");
        if (!inner)
            return fields.missing("json_schema");
        const FieldReader what = below(fields, *inner, "json_schema");
        format.name = what.neededPlain("name");
        format.description = what.string("description");
        format.schema = what.object("schema");
        format.strict = what.flag("strict");
        format.kind =
            format.schema.empty() ? OutputFormat::Kind::JsonObject : OutputFormat::Kind::JsonSchema;
    } else if (type != "text") {
        fields.wrong("type", "text, json_object or json_schema");
    }
}

// The body of a function: inside `function` of a tool, or an element of the old `functions`.
Tool functionTool(const FieldReader& what) {
    Tool tool;
    tool.name = what.neededPlain("name");
    if (tool.name.empty())
        what.wrong("name", "a name");
    tool.description = what.string("description");
    tool.parameters = what.object("parameters");
    tool.strict = what.flag("strict");
    return tool;
}

void readTool(const FieldReader& fields, ChatRequest& request) {
    const std::string_view type = fields.neededPlain("type");
    if (type != "function" && type != "custom")
        return fields.wrong("type", "function or custom");
    const auto inner = childOf(fields, type);
    if (!inner)
        return fields.missing(type);
    const FieldReader what = below(fields, *inner, type);
    Tool tool;
    if (type == "function") {
        tool = functionTool(what);
    } else {
        tool.kind = Tool::Kind::Custom;
        tool.name = what.neededPlain("name");
        tool.description = what.string("description");
        tool.format = what.object("format");
    }
    tool.cacheControl = fields.object("cache_control");
    tool.source = fields.source().text;
    request.tools.push_back(std::move(tool));
}

// Calls `read` for each object of a list.
template <class Read>
void eachObject(const FieldReader& body, std::string_view key, Read read) {
    const auto elements = body.list(key);
    for (std::size_t i = 0; i < elements.size(); ++i) {
        const std::string name = std::string(key) + "[" + std::to_string(i) + "]";
        const auto object = json::objectIn(elements[i]);
        if (!object)
            return body.wrong(name, "an object");
        read(below(body, *object, name));
    }
}

void readTools(const FieldReader& body, ChatRequest& request) {
    eachObject(body, "tools", [&request](const FieldReader& f) { readTool(f, request); });
    if (!request.tools.empty() || !body.has("functions"))
        return;
    request.functionsAsked = true;
    request.parallelTools = false;  // the answer has room for one call
    eachObject(body, "functions", [&request](const FieldReader& fields) {
        request.tools.push_back(functionTool(fields));
    });
}

// The name inside {"type":"function","function":{"name":…}} or its custom sister.
std::string_view namedTool(const FieldReader& fields, std::string_view type) {
    const auto inner = childOf(fields, type);
    if (inner)
        return below(fields, *inner, type).neededPlain("name");
    fields.missing(type);
    return {};
}

bool knows(const ChatRequest& request, std::string_view name) {
    return std::any_of(request.tools.begin(), request.tools.end(),
                       [name](const Tool& tool) { return tool.name == name; });
}

void readAllowedTools(const FieldReader& fields, ToolChoice& choice) {
    const auto object = childOf(fields, "allowed_tools");
    if (!object)
        return fields.missing("allowed_tools");
    const FieldReader allowed = below(fields, *object, "allowed_tools");
    const std::string_view mode = allowed.neededPlain("mode");
    if (mode != "auto" && mode != "required")
        allowed.wrong("mode", "auto or required");
    choice.mode = mode == "required" ? ToolChoice::Mode::Required : ToolChoice::Mode::Auto;
    eachObject(allowed, "tools", [&choice](const FieldReader& tool) {
        choice.names.push_back(namedTool(tool, tool.neededPlain("type")));
    });
}

std::optional<ToolChoice::Mode> modeNamed(std::string_view word) {
    if (word == "auto")
        return ToolChoice::Mode::Auto;
    if (word == "none")
        return ToolChoice::Mode::None;
    if (word == "required" || word == "any")
        return ToolChoice::Mode::Required;
    return std::nullopt;
}

void readChoiceObject(const FieldReader& fields, const ChatRequest& request, ToolChoice& choice) {
    const std::string_view type = fields.neededPlain("type");
    if (type == "allowed_tools")
        return readAllowedTools(fields, choice);
    if (type != "function" && type != "custom")
        return fields.wrong("type", "function, custom or allowed_tools");
    choice.mode = ToolChoice::Mode::Named;
    choice.custom = type == "custom";
    choice.names = {namedTool(fields, type)};
    if (!knows(request, choice.names.front()))
        fields.wrong(std::string(type) + ".name", "the name of one of the tools");
}

// `tool_choice`, or the old `function_call`.
void readToolChoice(const FieldReader& body, ChatRequest& request) {
    const std::string_view key = request.functionsAsked ? "function_call" : "tool_choice";
    const Member* member = body.find(key);
    if (member == nullptr)
        return;
    ToolChoice choice;
    if (member->type == Type::String) {
        const auto mode = modeNamed(body.plain(key));
        if (!mode)
            return body.wrong(key, "none, auto, required or an object");
        choice.mode = *mode;
    } else if (const auto object = childOf(body, key)) {
        const FieldReader fields = below(body, *object, key);
        if (request.functionsAsked) {
            choice.mode = ToolChoice::Mode::Named;
            choice.names = {fields.neededPlain("name")};
            if (!knows(request, choice.names.front()))
                fields.wrong("name", "the name of one of the functions");
        } else {
            readChoiceObject(fields, request, choice);
        }
    }
    request.toolChoice = std::move(choice);
}

void readExtras(const FieldReader& body, ChatRequest& request) {
    for (const Member& member : body.source().members) {
        const bool known = std::find(kKnown.begin(), kKnown.end(), member.key) != kKnown.end();
        if (!known && !member.key.starts_with("x-gaterouter-") && member.type != Type::Null)
            request.extras.emplace_back(request.arena.keep(std::string(member.key)),
                                        body.source().raw(member));
    }
}

}  // namespace

Result<ChatRequest> readChatRequest(std::string_view text) {
    const auto object = json::scanObject(text);
    if (!object)
        return fail(object.error());
    ChatRequest request;
    request.from = Protocol::OpenAiChat;
    request.source = text;
    std::optional<Error> problem;
    const FieldReader body(*object, "", request.arena, problem);
    readBasics(body, request);
    readChatMessages(body, request);
    readSampling(body, request.sampling);
    readThinking(body, request.thinking);
    readFormat(body, request.format);
    request.parallelTools = body.flag("parallel_tool_calls");
    readTools(body, request);
    readToolChoice(body, request);
    readExtras(body, request);
    if (problem)
        return fail(std::move(*problem));
    return request;
}

}  // namespace gr::protocol
