// SPDX-License-Identifier: MIT
#include "protocol/responses_request_writer.h"

#include <algorithm>
#include <array>

#include "json/scan.h"
#include "json/writer.h"
#include "protocol/json_text.h"
#include "protocol/responses_effort.h"
#include "protocol/responses_input_writer.h"
#include "protocol/responses_tools_writer.h"

namespace gr::protocol {
namespace {

constexpr std::int64_t kLeastOutput = 16;  // of max_output_tokens; OpenAI refuses less
constexpr std::size_t kLongestUser = 64;   // of safety_identifier

// What only this protocol has, and passes on as it came.
constexpr std::array<std::string_view, 8> kOwnFields{
    "truncation",           "context_management",     "max_tool_calls", "client_metadata",
    "prompt_cache_options", "prompt_cache_retention", "moderation",     "access_programs",
};

class RequestBody final {
  public:
    RequestBody(const ChatRequest& request, const Target& target, WrittenRequest& out)
        : m_request(request), m_target(target), m_out(out), m_form(request, target) {
        if (m_form.own)
            m_source = json::objectIn(request.source);
    }

    Result<void> write() {
        if (m_request.sampling.choices > 1)
            return failField(ErrorCode::InvalidField, "n",
                             "\"n\" must be 1 for this model: its provider gives one answer.");
        m_writer.object().key("model").string(m_target.model);
        if (auto ok = writeResponsesInput(m_request, m_target, m_form, m_writer, m_out); !ok)
            return ok;
        writeResponsesTools(m_request, m_target, m_form, m_writer, m_out);
        output();
        sampling();
        thinking();
        text();
        account();
        own();
        m_writer.key("store").boolean(false).key("stream").boolean(m_request.stream);
        if (m_request.stream && m_target.dialect->id == "openai")
            m_writer.key("stream_options").raw(R"({"include_obfuscation":false})");
        m_out.body = m_writer.end().take();
        return {};
    }

  private:
    void raw(std::string_view key, std::string_view json) {
        if (!json.empty())
            m_writer.key(key).raw(json);
    }

    void drop(std::string_view name, bool wanted = true) {
        if (wanted)
            m_out.dropped.emplace_back(name);
    }

    JsonText sourceOf(std::string_view key) const {
        const json::Member* member = m_source ? m_source->find(key) : nullptr;
        return member != nullptr && member->type != json::Type::Null ? m_source->raw(*member)
                                                                     : JsonText();
    }

    void output() {
        if (m_request.maxOutput)
            m_writer.key("max_output_tokens").number(std::max(*m_request.maxOutput, kLeastOutput));
    }

    void sampling() {
        const Sampling& s = m_request.sampling;
        const ModelRules& rules = m_target.rules;
        const bool off = responsesEffort(m_request, m_target) == Effort::None;
        const bool allowed = rules.samplingWithoutThought ? off : rules.sampling;
        if (allowed) {
            raw("temperature", s.temperature);
            raw("top_p", s.topP);
            raw("top_logprobs", s.topLogprobs);
        }
        drop("temperature", !allowed && !s.temperature.empty());
        drop("top_p", !allowed && !s.topP.empty());
        drop("logprobs", !allowed && s.logprobs);
        m_logprobs = allowed && s.logprobs;
        drop("top_k", !s.topK.empty());
        drop("frequency_penalty", !s.frequencyPenalty.empty());
        drop("presence_penalty", !s.presencePenalty.empty());
        drop("seed", !s.seed.empty());
        drop("logit_bias", !s.logitBias.empty());
    }

    void thinking() {
        const ResponsesThinking thinking = responsesThinking(m_request, m_target, m_form);
        raw("reasoning", thinking.reasoning);
        drop("reasoning", thinking.dropped);
        json::Writer include;
        include.array();
        if (thinking.encrypted)
            include.string("reasoning.encrypted_content");
        if (m_logprobs)
            include.string("message.output_text.logprobs");
        for (const std::string_view entry : json::elementsIn(sourceOf("include"))) {
            if (entry != "\"reasoning.encrypted_content\"" &&
                entry != "\"message.output_text.logprobs\"")
                include.raw(entry);
        }
        const std::string list = include.end().take();
        if (list != "[]")
            m_writer.key("include").raw(list);
    }

    void text() {
        const OutputFormat& format = m_request.format;
        if (format.kind == OutputFormat::Kind::Text && m_request.verbosity.empty())
            return;
        m_writer.key("text").object();
        if (format.kind == OutputFormat::Kind::JsonObject) {
            m_writer.key("format").raw(R"({"type":"json_object"})");
        } else if (format.kind == OutputFormat::Kind::JsonSchema) {
            m_writer.key("format").object().key("type").string("json_schema");
            m_writer.key("name").string(format.name.empty() ? "answer" : format.name);
            raw("description", format.description);
            m_writer.key("schema").raw(format.schema.empty() ? "{}" : format.schema);
            if (format.strict)
                m_writer.key("strict").boolean(*format.strict);
            m_writer.end();
        }
        raw("verbosity", m_request.verbosity);
        m_writer.end();
    }

    // What concerns the account and not the answer: OpenAI's own clients only.
    void account() {
        const bool fromOpenAi = m_request.from == Protocol::OpenAiChat || m_form.own;
        const bool passes = fromOpenAi && m_form.openAi;
        const bool user = passes && m_request.user.size() <= kLongestUser;
        if (user && !m_request.user.empty())
            m_writer.key("safety_identifier").string(m_request.user);
        if (passes && !m_request.cacheKey.empty())
            m_writer.key("prompt_cache_key").string(m_request.cacheKey);
        raw("metadata", passes ? m_request.metadata : JsonText());
        raw("service_tier", passes ? m_request.serviceTier : JsonText());
        drop("user", !user && !m_request.user.empty());
        drop("prompt_cache_key", !passes && !m_request.cacheKey.empty());
        drop("metadata", !passes && !m_request.metadata.empty());
        drop("service_tier", !passes && !m_request.serviceTier.empty());
    }

    void own() {
        for (const std::string_view key : kOwnFields)
            raw(key, sourceOf(key));
    }

    const ChatRequest& m_request;
    const Target& m_target;
    WrittenRequest& m_out;
    ResponsesForm m_form;
    std::optional<json::Object> m_source;  // of a request in this protocol that stays in it
    bool m_logprobs = false;
    json::Writer m_writer;
};

}  // namespace

Result<WrittenRequest> writeResponsesRequest(const ChatRequest& request, const Target& target) {
    WrittenRequest out;
    out.path = "/responses";
    if (auto ok = RequestBody(request, target, out).write(); !ok)
        return fail(ok.error());
    return out;
}

}  // namespace gr::protocol
