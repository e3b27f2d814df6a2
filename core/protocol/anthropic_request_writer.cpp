// SPDX-License-Identifier: MIT
#include "protocol/anthropic_request_writer.h"

#include <algorithm>
#include <array>

#include "json/scan.h"
#include "json/writer.h"
#include "protocol/anthropic_block_writer.h"
#include "protocol/anthropic_conversation.h"
#include "protocol/anthropic_plan.h"
#include "protocol/anthropic_schema.h"
#include "protocol/anthropic_tools_writer.h"
#include "protocol/json_text.h"
#include "protocol/passthrough.h"

namespace gr::protocol {
namespace {

using json::Member;
using json::Object;
using Format = OutputFormat::Kind;

constexpr std::string_view kJsonOnly =
    "Answer with one JSON object and nothing else: no words around it and no code fence.";
constexpr std::size_t kMaxUser = 256;  // bytes of metadata.user_id

// What a request to Anthropic may hold that this writer makes itself.
constexpr std::array<std::string_view, 15> kWritten{
    "model",          "max_tokens",  "stream",   "system",        "messages",
    "tools",          "tool_choice", "thinking", "output_config", "output_format",
    "stop_sequences", "temperature", "top_p",    "top_k",         "models"};

bool isExtension(std::string_view key) {
    return key == "models" || key.starts_with("x-gaterouter-");
}

bool namesModel(const ChatRequest& request, const Target& target) {
    const std::string_view asked = request.model;
    const std::string_view model = target.model;
    return asked == model || (asked.size() > model.size() && asked.ends_with(model) &&
                              asked[asked.size() - model.size() - 1] == '/');
}

// True when a part of the conversation may not go out as it came.
bool mustRewrite(const ChatRequest& request) {
    for (const Turn& turn : request.turns) {
        for (const Part& part : turn.parts) {
            const bool empty = part.kind == Part::Kind::Text && saysNothing(part.text);
            const bool foreign =
                part.kind == Part::Kind::Reasoning &&
                (!part.reasoning.vendor.empty() || !isAnthropicThought(request, part.reasoning));
            const bool madeUp =
                part.citations.find("\"encrypted_index\":\"\"") != std::string_view::npos;
            if (empty || foreign || madeUp)
                return true;
        }
    }
    return false;
}

void writeThinking(const AnthropicPlan& plan, json::Writer& out) {
    using Thought = AnthropicPlan::Thought;
    if (plan.thought == Thought::Unsaid)
        return;
    out.key("thinking").object().key("type");
    if (plan.thought == Thought::Off) {
        out.string("disabled");
    } else if (plan.thought == Thought::Budget) {
        out.string("enabled").key("budget_tokens").number(plan.budget);
    } else {
        out.string("adaptive").key("display");
        out.string(plan.showThoughts ? "summarized" : "omitted");
    }
    out.end();
}

// What an Anthropic client wrote there.
std::optional<Object> ownOutputConfig(const ChatRequest& request) {
    const auto body = request.from == Protocol::Anthropic ? json::objectIn(request.source)
                                                          : std::optional<Object>();
    const Member* config = body ? body->find("output_config") : nullptr;
    return config == nullptr ? std::nullopt : json::objectIn(body->raw(*config));
}

// Does the answer's form go into output_config?
bool takesSchema(const ChatRequest& request, const Target& target) {
    return request.format.kind == Format::JsonSchema && !request.format.schema.empty() &&
           target.rules.jsonSchema && target.dialect->jsonSchema;
}

// What the model is told in words about the form of its answer, as a JSON string; empty for
// nothing.
std::string formatInWords(const ChatRequest& request, const Target& target) {
    if (request.format.kind == Format::Text || takesSchema(request, target))
        return {};
    std::string words(kJsonOnly);
    if (!request.format.schema.empty())
        words.append(" It follows this JSON Schema: ").append(request.format.schema);
    return quoted(words);
}

void writeOutputConfig(const ChatRequest& request, const Target& target, const AnthropicPlan& plan,
                       json::Writer& out) {
    json::Writer config;
    config.object();
    if (plan.effort)
        config.key("effort").string(nameOf(*plan.effort));
    if (takesSchema(request, target)) {
        config.key("format").object().key("type").string("json_schema").key("schema");
        config.raw(request.from == Protocol::Anthropic
                       ? std::string(request.format.schema)
                       : anthropicStrictSchema(request.format.schema));
        config.end();
    }
    if (const auto own = ownOutputConfig(request)) {
        for (const Member& member : own->members) {
            if (member.key != "effort" && member.key != "format")
                config.key(member.key).raw(own->raw(member));
        }
    }
    const std::string text = config.end().take();
    if (text != "{}")
        out.key("output_config").raw(text);
}

// Stop sequences of blanks alone are refused by Anthropic.
bool isBlankStop(JsonString stop) {
    return plainOf(stop).find_first_not_of(" \t\r\n") == std::string::npos;
}

void writeSettings(const ChatRequest& request, const AnthropicPlan& plan, json::Writer& out,
                   std::vector<std::string>& dropped) {
    if (!plan.temperature.empty())
        out.key("temperature").raw(plan.temperature);
    if (!plan.topP.empty())
        out.key("top_p").raw(plan.topP);
    if (!plan.topK.empty())
        out.key("top_k").raw(plan.topK);
    bool any = false;
    for (const JsonString stop : plan.stop) {
        if (isBlankStop(stop)) {
            dropped.emplace_back("stop: a blank one");
            continue;
        }
        if (!any)
            out.key("stop_sequences").array();
        any = true;
        out.raw(stop);
    }
    if (any)
        out.end();
    if (request.from == Protocol::Anthropic)
        return;
    const bool user = request.user.size() <= kMaxUser;
    if (user && !request.user.empty())
        out.key("metadata").object().key("user_id").string(request.user).end();
    const auto drop = [&dropped](std::string_view name, bool said) {
        if (said)
            dropped.emplace_back(name);
    };
    drop("user", !user);
    drop("metadata", !request.metadata.empty());
    drop("prompt_cache_key", !request.cacheKey.empty());
    drop("service_tier", !request.serviceTier.empty());
    drop("verbosity", !request.verbosity.empty());
}

class Writer final {
  public:
    Writer(const ChatRequest& request, const Target& target, bool counting)
        : m_request(request), m_target(target), m_counting(counting), m_blocks(request, target) {}

    Result<WrittenRequest> write() {
        if (m_request.sampling.choices > 1) {
            return failField(ErrorCode::InvalidField, "n",
                             "\"n\" must be 1 for this model: Anthropic gives one answer.");
        }
        m_written.path = m_counting ? "/messages/count_tokens" : "/messages";
        m_written.headers = {{"anthropic-version", "2023-06-01"}};
        const bool own = m_request.from == Protocol::Anthropic;
        if (own && namesModel(m_request, m_target))
            m_written.body = passed();
        else
            m_written.body = made();
        if (m_blocks.problem())
            return fail(std::move(*m_blocks.problem()));
        return std::move(m_written);
    }

  private:
    // The client's own body with the few changes that must be.
    std::string passed() {
        const auto object = json::objectIn(m_request.source);
        std::vector<const Member*> extensions;
        for (const Member& member : object->members) {
            if (isExtension(member.key))
                extensions.push_back(&member);
        }
        std::vector<Splice> splices = removeMembers(*object, extensions);
        const Member* model = object->find("model");
        std::string name = quoted(m_target.model);
        if (!m_request.maxOutput && !m_counting)
            name += ",\"max_tokens\":" + std::to_string(anthropicDefaultMaxTokens(m_target));
        splices.push_back({model->valueBegin, model->valueEnd, std::move(name)});
        if (mustRewrite(m_request))
            spliceConversation(*object, splices);
        const SplicedBody spliced(m_request.source, std::move(splices));
        std::string body;
        body.reserve(spliced.size());
        for (const std::string_view piece : spliced.pieces())
            body.append(piece);
        return body;
    }

    void spliceConversation(const Object& object, std::vector<Splice>& splices) {
        ModelRules rules = m_target.rules;
        rules.systemTurns = rules.prefill = true;  // the client knows its model
        Target target = m_target;
        target.rules = rules;
        AnthropicBlockWriter blocks(m_request, target);
        const AnthropicConversation conversation = anthropicConversation(m_request, rules);
        json::Writer out;
        blocks.messages(conversation, out);
        json::Writer slot;
        blocks.system(conversation.system, {}, slot);
        std::string text = out.take();
        if (const Member* system = object.find("system"))
            splices.push_back({system->valueBegin, system->valueEnd, slot.take()});
        else if (!conversation.system.empty())  // from system turns before the first message
            text += ",\"system\":" + slot.take();
        const Member* messages = object.find("messages");
        splices.push_back({messages->valueBegin, messages->valueEnd, std::move(text)});
    }

    // A body of our own making.
    std::string made() {
        const AnthropicConversation conversation = anthropicConversation(m_request, m_target.rules);
        const AnthropicPlan plan = anthropicPlan(m_request, m_target, lacksThought(conversation));
        m_written.dropped = conversation.dropped;
        m_written.dropped.insert(m_written.dropped.end(), plan.dropped.begin(), plan.dropped.end());

        json::Writer out;
        out.object().key("model").string(m_target.model);
        if (!m_counting)
            out.key("max_tokens").number(plan.maxTokens);
        if (m_request.stream && !m_counting)
            out.key("stream").boolean(true);
        const std::string format = formatInWords(m_request, m_target);
        if (!format.empty() || !conversation.system.empty()) {
            out.key("system");
            m_blocks.system(conversation.system, format, out);
        }
        out.key("messages");
        m_blocks.messages(conversation, out);
        noteConversation(conversation);
        writeAnthropicTools(m_request, plan, out, m_written.dropped);
        writeThinking(plan, out);
        writeOutputConfig(m_request, m_target, plan, out);
        if (!m_counting)
            writeSettings(m_request, plan, out, m_written.dropped);
        if (m_request.from == Protocol::Anthropic && !m_counting)
            writeTheRest(out);
        return out.end().take();
    }

    void noteConversation(const AnthropicConversation& conversation) {
        if (conversation.messages.empty()) {
            m_blocks.problem().emplace(
                ErrorCode::InvalidField,
                "\"messages\" must say something besides the system's part.");
            m_blocks.problem()->field = "messages";
        } else if (conversation.messages.back().role == Role::Assistant &&
                   !m_target.rules.prefill) {
            m_written.dropped.emplace_back("messages: the answer's beginning (prefill)");
        }
    }

    // What only Anthropic knows.
    void writeTheRest(json::Writer& out) const {
        const auto object = json::objectIn(m_request.source);
        for (const Member& member : object->members) {
            const bool written =
                std::find(kWritten.begin(), kWritten.end(), member.key) != kWritten.end();
            if (!written && !isExtension(member.key))
                out.key(member.key).raw(object->raw(member));
        }
    }

    const ChatRequest& m_request;
    const Target& m_target;
    bool m_counting;
    AnthropicBlockWriter m_blocks;
    WrittenRequest m_written;
};

}  // namespace

Result<WrittenRequest> writeAnthropicRequest(const ChatRequest& request, const Target& target) {
    return Writer(request, target, false).write();
}

Result<WrittenRequest> writeAnthropicCount(const ChatRequest& request, const Target& target) {
    return Writer(request, target, true).write();
}

}  // namespace gr::protocol
