// SPDX-License-Identifier: MIT
#include "protocol/gemini_request_writer.h"

#include <algorithm>
#include <optional>

#include "json/scan.h"
#include "json/writer.h"
#include "protocol/custom_tool.h"
#include "protocol/gemini_content_writer.h"
#include "protocol/gemini_schema.h"
#include "protocol/gemini_thinking.h"
#include "protocol/gemini_words.h"
#include "protocol/json_text.h"

namespace gr::protocol {
namespace {

using Mode = ToolChoice::Mode;

constexpr std::size_t kMostStops = 5;

class RequestText final {
  public:
    RequestText(const ChatRequest& request, const Target& target)
        : m_request(request), m_target(target) {}

    Result<WrittenRequest> write();

  private:
    bool isDeclared(const Tool& tool) const;
    void tools();
    void declaration(const Tool& tool);
    void toolConfig(bool declared);
    void sampling();
    void outputFormat(bool declared);
    void generationConfig(bool declared);
    void othersOfGoogle();
    void settingsOfGoogle();
    void system(std::vector<std::string> parts, bool declared);
    bool formatInWords(bool declared) const;
    void field(std::string_view key, JsonText value);
    void drop(std::string_view name, bool present);

    const ChatRequest& m_request;
    const Target& m_target;
    json::Writer m_out;
    std::vector<std::string> m_dropped;
};

void RequestText::field(std::string_view key, JsonText value) {
    if (!value.empty())
        m_out.key(key).raw(value);
}

void RequestText::drop(std::string_view name, bool present) {
    if (present)
        m_dropped.emplace_back(name);
}

// Tools that the client allows; with a choice of several only those.
bool RequestText::isDeclared(const Tool& tool) const {
    if (tool.kind == Tool::Kind::Hosted)
        return false;
    const auto& choice = m_request.toolChoice;
    const bool narrowed = choice && choice->mode == Mode::Auto && !choice->names.empty();
    return !narrowed ||
           std::find(choice->names.begin(), choice->names.end(), tool.name) != choice->names.end();
}

void RequestText::tools() {
    const bool native = m_request.from == Protocol::Gemini;
    const bool any = std::any_of(
        m_request.tools.begin(), m_request.tools.end(),
        [&](const Tool& t) { return isDeclared(t) || (native && t.kind == Tool::Kind::Hosted); });
    for (const Tool& tool : m_request.tools)
        drop(tool.type, tool.kind == Tool::Kind::Hosted && !native);
    if (!any)
        return;
    m_out.key("tools").array();
    bool open = false;
    for (const Tool& tool : m_request.tools) {
        if (!isDeclared(tool))
            continue;
        if (!std::exchange(open, true))
            m_out.object().key("functionDeclarations").array();
        declaration(tool);
    }
    if (open)
        m_out.end().end();
    for (const Tool& tool : m_request.tools) {
        if (native && tool.kind == Tool::Kind::Hosted)
            m_out.object().key(tool.type).raw(tool.source).end();
    }
    m_out.end();
}

// A freeform tool is a function with one text.
void RequestText::declaration(const Tool& tool) {
    if (m_request.from == Protocol::Gemini && !tool.source.empty()) {
        m_out.raw(tool.source);
        return;
    }
    m_out.object().key("name").string(geminiToolName(tool.name));
    const bool custom = tool.kind == Tool::Kind::Custom;
    const std::string description =
        custom ? customToolDescription(tool) : std::string(tool.description);
    if (!saysNothing(description))
        field("description", description);
    field("parametersJsonSchema",
          custom ? std::string(kCustomToolSchema) : geminiJsonSchema(tool.parameters));
    m_out.end();
}

void RequestText::toolConfig(bool declared) {
    const auto& choice = m_request.toolChoice;
    drop("parallel_tool_calls", declared && m_request.parallelTools == false);
    if (!choice || !declared || choice->mode == Mode::Auto)
        return;
    const bool forced = choice->mode == Mode::Required || choice->mode == Mode::Named;
    if (forced && !m_target.rules.forcedToolChoice)
        return drop("tool_choice", true);
    m_out.key("toolConfig").object().key("functionCallingConfig").object();
    m_out.key("mode").string(forced ? "ANY" : "NONE");
    if (forced && !choice->names.empty()) {
        m_out.key("allowedFunctionNames").array();
        for (const std::string_view name : choice->names)
            m_out.string(geminiToolName(name));
        m_out.end();
    }
    m_out.end().end();
}

void RequestText::sampling() {
    const Sampling& s = m_request.sampling;
    if (m_target.rules.sampling) {
        field("temperature", s.temperature);
        field("topP", s.topP);
        field("topK", s.topK);
        field("presencePenalty", s.presencePenalty);
        field("frequencyPenalty", s.frequencyPenalty);
    } else {
        drop("temperature", !s.temperature.empty());
        drop("top_p", !s.topP.empty());
        drop("top_k", !s.topK.empty());
        drop("presence_penalty", !s.presencePenalty.empty());
        drop("frequency_penalty", !s.frequencyPenalty.empty());
    }
    field("seed", s.seed);
    drop("logit_bias", !s.logitBias.empty());
    const bool foreign = m_request.from != Protocol::Gemini;
    drop("user", !m_request.user.empty());
    drop("metadata", foreign && !m_request.metadata.empty());
    drop("prompt_cache_key", !m_request.cacheKey.empty());
    drop("service_tier", foreign && !m_request.serviceTier.empty());
    drop("verbosity", !m_request.verbosity.empty());
    if (s.choices > 1)
        m_out.key("candidateCount").number(s.choices);
    if (s.logprobs) {
        m_out.key("responseLogprobs").boolean(true);
        field("logprobs", s.topLogprobs);
    }
    if (!s.stop.empty()) {
        m_out.key("stopSequences").array();
        for (const JsonString stop : s.stop)
            m_out.raw(stop);
        m_out.end();
    }
}

// Models before Gemini 3 refuse functions together with an answer in JSON: they are told in words.
bool RequestText::formatInWords(bool declared) const {
    return declared && m_request.format.kind != OutputFormat::Kind::Text &&
           m_target.rules.thinking != ThinkingForm::GeminiLevel;
}

void RequestText::outputFormat(bool declared) {
    const OutputFormat& format = m_request.format;
    if (format.kind == OutputFormat::Kind::Text || formatInWords(declared))
        return;
    m_out.key("responseMimeType").string("application/json");
    if (format.kind == OutputFormat::Kind::JsonSchema && !format.schema.empty())
        m_out.key("responseJsonSchema").raw(geminiJsonSchema(format.schema));
}

void RequestText::generationConfig(bool declared) {
    json::Writer before = std::exchange(m_out, json::Writer());
    m_out.object();
    std::optional<std::int64_t> most = m_request.maxOutput;
    if (most && m_target.maxOutput)
        most = std::min(*most, *m_target.maxOutput);
    if (most)
        m_out.key("maxOutputTokens").number(*most);
    sampling();
    outputFormat(declared);
    const std::string thinking =
        geminiThinking(m_request.thinking, m_target.rules, m_target.model, most);
    field("thinkingConfig", thinking);
    drop("reasoning_effort", m_request.thinking.effort && thinking.empty());
    settingsOfGoogle();
    const std::string config = m_out.end().take();
    m_out = std::move(before);
    if (config != "{}")
        m_out.key("generationConfig").raw(config);
}

// What a Gemini client sent and nobody else knows.
void RequestText::othersOfGoogle() {
    constexpr std::string_view kOthers[] = {"safetySettings", "safety_settings", "cachedContent",
                                            "cached_content", "labels",          "serviceTier",
                                            "service_tier"};
    const auto source =
        m_request.from == Protocol::Gemini ? json::objectIn(m_request.source) : std::nullopt;
    for (const std::string_view key : kOthers) {
        const json::Member* member = source ? source->find(key) : nullptr;
        if (member != nullptr)
            m_out.key(key).raw(source->raw(*member));
    }
}

void RequestText::settingsOfGoogle() {
    constexpr std::string_view kKnown[] = {"maxOutputTokens",
                                           "max_output_tokens",
                                           "temperature",
                                           "topP",
                                           "top_p",
                                           "topK",
                                           "top_k",
                                           "presencePenalty",
                                           "presence_penalty",
                                           "frequencyPenalty",
                                           "frequency_penalty",
                                           "seed",
                                           "candidateCount",
                                           "candidate_count",
                                           "responseLogprobs",
                                           "response_logprobs",
                                           "logprobs",
                                           "stopSequences",
                                           "stop_sequences",
                                           "thinkingConfig",
                                           "thinking_config"};
    const auto source =
        m_request.from == Protocol::Gemini ? json::objectIn(m_request.source) : std::nullopt;
    const json::Member* config = source ? source->find("generationConfig") : nullptr;
    if (source && config == nullptr)
        config = source->find("generation_config");
    const auto object = config != nullptr ? json::objectIn(source->raw(*config)) : std::nullopt;
    if (!object)
        return;
    const bool formatWritten = m_request.format.kind != OutputFormat::Kind::Text;
    for (const json::Member& member : object->members) {
        const bool format = member.key.starts_with("response") && formatWritten &&
                            (member.key.find("chema") != member.key.npos ||
                             member.key.find("ime") != member.key.npos);
        if (!format &&
            std::find(std::begin(kKnown), std::end(kKnown), member.key) == std::end(kKnown))
            m_out.key(member.key).raw(object->raw(member));
    }
}

void RequestText::system(std::vector<std::string> parts, bool declared) {
    if (formatInWords(declared)) {
        std::string words = "When you give your final answer, write nothing but one JSON object";
        if (!m_request.format.schema.empty())
            words += " that fits this JSON Schema: " + std::string(m_request.format.schema);
        parts.push_back("{\"text\":" + quoted(words) + "}");
    }
    if (parts.empty())
        return;
    m_out.key("systemInstruction").object().key("parts").array();
    for (const std::string& part : parts)
        m_out.raw(part);
    m_out.end().end();
}

Result<WrittenRequest> RequestText::write() {
    auto contents = geminiContents(m_request, m_target);
    if (!contents)
        return fail(contents.error());
    if (m_request.sampling.stop.size() > kMostStops) {
        const std::string name = m_request.from == Protocol::Anthropic ? "stop_sequences" : "stop";
        return failField(ErrorCode::InvalidField, name,
                         "\"" + name + "\" has more than 5 entries, which is all Gemini takes.");
    }
    const bool declared = std::any_of(m_request.tools.begin(), m_request.tools.end(),
                                      [this](const Tool& tool) { return isDeclared(tool); });
    m_out.object().key("contents").raw(contents->contents);
    system(std::move(contents->system), declared);
    tools();
    toolConfig(declared);
    generationConfig(declared);
    othersOfGoogle();
    WrittenRequest written;
    written.path = geminiModelPath(m_target.model);
    written.path += m_request.stream ? ":streamGenerateContent?alt=sse" : ":generateContent";
    written.body = m_out.end().take();
    written.dropped = std::move(m_dropped);
    return written;
}

}  // namespace

Result<WrittenRequest> writeGeminiRequest(const ChatRequest& request, const Target& target) {
    return RequestText(request, target).write();
}

}  // namespace gr::protocol
