// SPDX-License-Identifier: MIT
#include "protocol/anthropic_message.h"

#include <array>

#include "base/log.h"
#include "json/scan.h"
#include "json/writer.h"
#include "protocol/json_text.h"

namespace gr::protocol {
namespace {

std::string_view stopReason(const AnthropicEnd& end) {
    switch (end.finish) {
        case Finish::Length:
            return "max_tokens";
        case Finish::StopSequence:
            return "stop_sequence";
        case Finish::ContentFilter:
            return "refusal";
        case Finish::PauseTurn:
            return "pause_turn";
        case Finish::ToolCalls:
            return "tool_use";
        case Finish::Stop:
        case Finish::Error:
            break;
    }
    if (end.calledTools)  // some providers finish their calls with a plain stop
        return "tool_use";
    return end.refused ? "refusal" : "end_turn";
}

constexpr std::array<std::string_view, 9> kErrorTypes{
    "invalid_request_error", "authentication_error", "billing_error",
    "permission_error",      "not_found_error",      "rate_limit_error",
    "timeout_error",         "overloaded_error",     "request_too_large"};

std::string_view errorType(std::string_view code, int status) {
    for (const std::string_view type : kErrorTypes) {
        if (type == code)
            return type;
    }
    switch (status) {
        case 400:
        case 422:
            return "invalid_request_error";
        case 404:
            return "not_found_error";
        case 413:
            return "request_too_large";
        case 429:
            return "rate_limit_error";
        case 504:
            return "timeout_error";
        case 503:
        case 529:
            return "overloaded_error";
        default:
            return "api_error";
    }
}

std::string errorText(std::string_view type, std::string_view message, std::string_view requestId) {
    json::Writer out;
    out.object().key("type").string("error").key("error").object();
    out.key("type").string(type).key("message").string(log::redacted(std::string(message))).end();
    return out.key("request_id").string(requestId).end().take();
}

// The text of a string member, as JSON; empty when there is none.
JsonString stringIn(const json::Object& object, std::string_view key) {
    const json::Member* member = object.find(key);
    return member != nullptr && member->type == json::Type::String ? object.raw(*member)
                                                                   : JsonString();
}

}  // namespace

std::string anthropicStop(const AnthropicEnd& end) {
    const std::string_view reason = stopReason(end);
    json::Writer out;
    out.object().key("stop_reason").string(reason).key("stop_sequence");
    out.raw(reason == "stop_sequence" && !end.stopSequence.empty() ? end.stopSequence : "null");
    out.key("stop_details");
    out.raw(reason == "refusal" ? R"({"type":"refusal","category":null,"explanation":null})"
                                : "null");
    const std::string text = out.key("container").null().end().take();
    return text.substr(1, text.size() - 2);
}

std::string anthropicUsage(const TokenUsage& usage, bool delta) {
    json::Writer out;
    out.object().key("input_tokens").number(usage.input.value_or(0));
    out.key("cache_creation_input_tokens").number(usage.cacheWriteTotal().value_or(0));
    out.key("cache_read_input_tokens").number(usage.cacheRead.value_or(0));
    if (!delta) {
        out.key("cache_creation").object();
        out.key("ephemeral_5m_input_tokens").number(usage.cacheWrite5m.value_or(0));
        out.key("ephemeral_1h_input_tokens").number(usage.cacheWrite1h.value_or(0)).end();
    }
    out.key("output_tokens").number(usage.outputTotal().value_or(0)).key("output_tokens_details");
    if (usage.reasoning)
        out.object().key("thinking_tokens").number(*usage.reasoning).end();
    else
        out.null();
    out.key("server_tool_use").null();
    if (!delta)
        out.key("service_tier").null().key("speed").null().key("inference_geo").null();
    return out.end().take();
}

std::string anthropicHead(const AnswerContext& context) {
    std::string_view id = context.id;
    if (id.starts_with("req_"))
        id.remove_prefix(4);
    return "\"id\":" + quoted("msg_" + std::string(id)) +
           R"(,"type":"message","role":"assistant","model":)" + quoted(context.model) +
           R"(,"diagnostics":null)";
}

std::string anthropicError(const Error& error, std::string_view requestId) {
    return errorText(errorInfo(error.code).anthropicType, error.message.text, requestId);
}

std::string anthropicError(const ChatEvent& event, std::string_view requestId) {
    return errorText(errorType(event.code, event.status), event.message, requestId);
}

std::string anthropicCitation(JsonText citation) {
    const auto object = json::objectIn(citation);
    if (!object)
        return {};
    const JsonString type = stringIn(*object, "type");
    if (type.ends_with("_location\""))
        return std::string(citation);
    if (const json::Member* nested = object->find("url_citation"))  // chat's form
        return anthropicCitation(object->raw(*nested));
    JsonString url = stringIn(*object, "url");
    if (url.empty())
        url = stringIn(*object, "uri");
    if (url.empty())
        return {};
    const JsonString title = stringIn(*object, "title");
    return R"({"type":"web_search_result_location","cited_text":"","encrypted_index":"","title":)" +
           std::string(title.empty() ? "null" : title) + ",\"url\":" + std::string(url) + "}";
}

std::string anthropicSignature(const AnswerContext& context, std::string_view vendor,
                               std::string_view signature) {
    if (vendor == "anthropic" && !signature.empty())
        return quoted(signature);
    return quoted(context.seal ? context.seal(vendor, signature) : "gr1.");
}

std::string anthropicTextBlock(std::string_view inside, std::string_view citations) {
    std::string block = R"({"type":"text","text":")";
    block.append(inside).append("\",\"citations\":");
    block.append(citations.empty() ? "null" : citations);
    return block + "}";
}

std::string anthropicToolBlock(std::string_view id, std::string_view name, JsonText input) {
    return R"({"type":"tool_use","id":)" + quoted(id) + ",\"name\":" + quoted(name) +
           ",\"input\":" + std::string(input) + R"(,"caller":{"type":"direct"}})";
}

}  // namespace gr::protocol
