// SPDX-License-Identifier: MIT
#include "protocol/chat_settings_writer.h"

#include <algorithm>

#include "base/text.h"
#include "protocol/json_text.h"

namespace gr::protocol {
namespace {

constexpr std::size_t kMaxStops = 4;
constexpr std::size_t kMaxId = 64;  // of safety_identifier, prompt_cache_key

Error refused(const ChatRequest& request, std::string_view name, const std::string& why) {
    std::string field = clientField(request.from, name);
    Error error(ErrorCode::InvalidField, "\"" + field + "\" " + why);
    error.field = std::move(field);
    return error;
}

// What the client asked for, before the model's rules.
std::optional<Effort> askedEffort(const Thinking& thinking) {
    constexpr std::int64_t kLow = 2048;
    constexpr std::int64_t kMedium = 12288;
    if (thinking.on == false || thinking.budget == 0)
        return Effort::None;
    if (thinking.effort)
        return thinking.effort;
    if (!thinking.budget || *thinking.budget < 0)
        return std::nullopt;
    if (*thinking.budget < kLow)
        return Effort::Low;
    return *thinking.budget < kMedium ? Effort::Medium : Effort::High;
}

bool thinksNot(const Thinking& thinking) {
    return askedEffort(thinking) == Effort::None;
}

std::string effortWord(const Dialect& dialect, Effort effort) {
    for (const auto& [ours, theirs] : dialect.efforts) {
        if (ours == effort)
            return theirs;
    }
    return std::string(nameOf(effort));
}

void writeThinking(const ChatRequest& request, const Target& target, ChatFields& out) {
    const Dialect& dialect = *target.dialect;
    const auto asked = askedEffort(request.thinking);
    if (target.rules.thinking != ThinkingForm::Effort) {
        if (asked && asked != Effort::None)
            out.drop("reasoning_effort");
        return;
    }
    if (dialect.thinkingSwitch && (asked || request.thinking.on)) {
        const bool off = asked == Effort::None;
        out.put("thinking", off ? R"({"type":"disabled"})" : R"({"type":"enabled"})");
        if (off)
            return;
    }
    auto effort = effortFor(request.thinking, target.rules);
    // These refuse tools together with thought here, also where the field is left out.
    const bool none = target.rules.toolsNeedResponses && !request.tools.empty();
    if (none && effort != Effort::None) {
        if (effort)
            out.drop("reasoning_effort");
        effort = Effort::None;
    }
    if (effort && dialect.effortField)
        out.putPlain("reasoning_effort", effortWord(dialect, *effort));
    else if (effort)
        out.drop("reasoning_effort");
}

bool samples(const ChatRequest& request, const ModelRules& rules) {
    return rules.samplingWithoutThought ? thinksNot(request.thinking) : rules.sampling;
}

void writeSampling(const ChatRequest& request, const ModelRules& rules, ChatFields& out) {
    const Sampling& sampling = request.sampling;
    const bool allowed = samples(request, rules);
    const auto put = [&out, allowed](std::string_view name, JsonText value) {
        if (allowed)
            out.put(name, value);
        else if (!value.empty())
            out.drop(name);
    };
    put("temperature", sampling.temperature);
    put("top_p", sampling.topP);
    put("top_k", sampling.topK);
    put("frequency_penalty", sampling.frequencyPenalty);
    put("presence_penalty", sampling.presencePenalty);
    put("logit_bias", sampling.logitBias);
    put("logprobs", sampling.logprobs ? "true" : "");
    put("top_logprobs", sampling.logprobs ? sampling.topLogprobs : JsonText());
    out.put("seed", sampling.seed);
}

std::optional<Error> writeStops(const ChatRequest& request, ChatFields& out) {
    const auto& stops = request.sampling.stop;
    if (stops.empty())
        return std::nullopt;
    if (stops.size() > kMaxStops || !out.taken("stop"))
        return refused(request, "stop", "has more sequences than this provider takes (4).");
    if (stops.size() == 1) {
        out.put("stop", stops.front());
        return std::nullopt;
    }
    json::Writer& w = out.open("stop").array();
    for (const JsonString stop : stops)
        w.raw(stop);
    w.end();
    return std::nullopt;
}

std::optional<Error> writeChoices(const ChatRequest& request, ChatFields& out) {
    if (request.sampling.choices <= 1)
        return std::nullopt;
    if (!out.taken("n"))
        return refused(request, "n", "must be 1 for this provider: it gives one answer a request.");
    out.put("n", std::to_string(request.sampling.choices));
    return std::nullopt;
}

void writeFormat(const ChatRequest& request, const Dialect& dialect, ChatFields& out) {
    const OutputFormat& format = request.format;
    if (format.kind == OutputFormat::Kind::Text)
        return;
    if (format.kind == OutputFormat::Kind::JsonObject || !dialect.jsonSchema) {
        out.put("response_format", R"({"type":"json_object"})");
        return;
    }
    json::Writer& w = out.open("response_format").object();
    w.key("type").string("json_schema").key("json_schema").object();
    w.key("name").string(format.name.empty() ? "answer" : format.name);
    if (!format.description.empty())
        w.key("description").raw(format.description);
    w.key("schema").raw(format.schema);
    if (format.strict)
        w.key("strict").boolean(*format.strict);
    w.end().end();
}

// Ids that are too long for OpenAI (agents send whole records) stay distinct by their hash.
std::string shortId(std::string_view id) {
    if (id.size() <= kMaxId)
        return std::string(id);
    const Sha256 hash = sha256(id);
    return toHex({reinterpret_cast<const unsigned char*>(hash.data()), hash.size()});
}

void writeIdentity(const ChatRequest& request, ChatFields& out) {
    const std::string_view field = out.taken("safety_identifier") ? "safety_identifier" : "user";
    out.putPlain(field, shortId(request.user));
    out.putPlain("prompt_cache_key", shortId(request.cacheKey));
    const bool openAi =
        request.from == Protocol::OpenAiChat || request.from == Protocol::OpenAiResponses;
    if (!openAi)
        return;
    out.put("verbosity", request.verbosity);
    out.put("metadata", request.metadata);
    out.put("service_tier", request.serviceTier);
}

void writeLimit(const ChatRequest& request, const Target& target, ChatFields& out) {
    if (!request.maxOutput)
        return;
    const std::int64_t most = target.maxOutput.value_or(*request.maxOutput);
    out.put(target.dialect->maxTokensField, std::to_string(std::min(*request.maxOutput, most)));
}

}  // namespace

// The nearest effort that the model has: one below rather than one above, and never none instead of
// some. A model that cannot stop thinking thinks as little as it can.
std::optional<Effort> effortFor(const Thinking& thinking, const ModelRules& rules) {
    const auto asked = askedEffort(thinking);
    if (!asked || rules.efforts.empty())
        return asked;
    std::optional<Effort> below;
    std::optional<Effort> above;
    for (const Effort effort : rules.efforts) {
        if (effort == Effort::None && asked != Effort::None)
            continue;
        if (effort <= *asked)
            below = std::max(below.value_or(effort), effort);
        else
            above = std::min(above.value_or(effort), effort);
    }
    return below ? below : above;
}

std::string formatInWords(const ChatRequest& request, const Dialect& dialect) {
    const OutputFormat& format = request.format;
    if (format.kind == OutputFormat::Kind::JsonSchema && !dialect.jsonSchema)
        return "Answer with one JSON object that follows this JSON schema, and with nothing "
               "else:\n" +
               std::string(format.schema);
    // Providers refuse json_object when no message says JSON; clients of chat know that.
    if (format.kind == OutputFormat::Kind::JsonObject && request.from != Protocol::OpenAiChat)
        return "Answer with one JSON object and nothing else.";
    return {};
}

std::optional<Error> writeChatSettings(const ChatRequest& request, const Target& target,
                                       ChatFields& out) {
    const Dialect& dialect = *target.dialect;
    if (request.stream) {
        out.put("stream", "true");
        if (dialect.streamUsageOption)
            out.put("stream_options", R"({"include_usage":true})");
    }
    writeLimit(request, target, out);
    writeSampling(request, target.rules, out);
    writeThinking(request, target, out);
    writeFormat(request, dialect, out);
    writeIdentity(request, out);
    if (auto error = writeStops(request, out))
        return error;
    return writeChoices(request, out);
}

}  // namespace gr::protocol
