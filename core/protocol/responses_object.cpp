// SPDX-License-Identifier: MIT
#include "protocol/responses_object.h"

#include <algorithm>
#include <array>
#include <optional>

#include "json/scan.h"
#include "json/writer.h"

namespace gr::protocol {
namespace {

// Those of the published description, and two that clients are known to act upon.
constexpr std::array<std::string_view, 22> kErrorCodes{
    "server_error",
    "rate_limit_exceeded",
    "invalid_prompt",
    "data_residency_mismatch",
    "bio_policy",
    "vector_store_timeout",
    "invalid_image",
    "invalid_image_format",
    "invalid_base64_image",
    "invalid_image_url",
    "image_too_large",
    "image_too_small",
    "image_parse_error",
    "image_content_policy_violation",
    "invalid_image_mode",
    "image_file_too_large",
    "unsupported_image_media_type",
    "empty_image_file",
    "failed_to_download_image",
    "image_file_not_found",
    "context_length_exceeded",
    "insufficient_quota",
};

void writeTools(const ChatRequest& request, json::Writer& writer) {
    const char* last = nullptr;  // the tools of a namespace share one source
    for (const Tool& tool : request.tools) {
        if (tool.kind == Tool::Kind::Function && tool.nameSpace.empty()) {
            writer.object().key("type").string("function").key("name").string(tool.name);
            writer.key("description").raw(tool.description.empty() ? "null" : tool.description);
            writer.key("parameters").raw(tool.parameters.empty() ? "null" : tool.parameters);
            writer.key("strict");
            if (tool.strict)
                writer.boolean(*tool.strict);
            else
                writer.null();
            writer.end();
        } else if (tool.source.data() != last) {
            writer.raw(tool.source);
            last = tool.source.data();
        }
    }
}

// The members that repeat what the client asked for.
void writeEcho(const AnswerContext& context, json::Writer& writer) {
    const ChatRequest* request = context.request;
    const bool ours = request != nullptr && request->from == Protocol::OpenAiResponses;
    const auto source = ours ? json::objectIn(request->source) : std::nullopt;
    const auto echo = [&](std::string_view key, std::string_view otherwise) {
        const json::Member* member = source ? source->find(key) : nullptr;
        const bool given = member != nullptr && member->type != json::Type::Null;
        if (given || !otherwise.empty())
            writer.key(key).raw(given ? source->raw(*member) : otherwise);
    };
    echo("instructions", "null");
    echo("max_output_tokens", "null");
    echo("max_tool_calls", "null");
    writer.key("model").string(context.model);
    echo("parallel_tool_calls", "true");
    writer.key("previous_response_id");
    if (context.previous.empty())
        writer.null();
    else
        writer.string(context.previous);
    echo("prompt_cache_key", "null");
    echo("reasoning", R"({"effort":null,"summary":null})");
    echo("safety_identifier", "null");
    echo("service_tier", {});
    writer.key("store").boolean(context.keep != nullptr);
    echo("temperature", "null");
    echo("text", R"({"format":{"type":"text"}})");
    echo("tool_choice", "\"auto\"");
    writer.key("tools").array();
    if (ours)
        writeTools(*request, writer);
    writer.end();
    echo("top_logprobs", "0");
    echo("top_p", "null");
    echo("truncation", "\"disabled\"");
    echo("user", {});
    echo("metadata", "{}");
}

}  // namespace

ResponseObject::ResponseObject(const AnswerContext& context) {
    json::Writer head;
    head.object().key("id").string("resp_" + answerStem(context.id));
    head.key("object").string("response").key("created_at").number(context.created);
    m_head = head.take() + ",\"status\":\"";
    json::Writer tail;
    tail.object();
    writeEcho(context, tail);
    m_tail = tail.end().take();
    m_tail.front() = ',';
    // Line ends may stand between the tokens of what the client wrote, but not in an event's line.
    std::replace_if(
        m_tail.begin(), m_tail.end(), [](char c) { return c == '\n' || c == '\r'; }, ' ');
}

void ResponseObject::append(std::string& out, const ResponseState& state) const {
    out.append(m_head).append(state.status).append(R"(","background":false,"completed_at":null)");
    out.append(",\"error\":").append(state.error);
    out.append(",\"incomplete_details\":").append(state.incomplete);
    out.append(",\"output\":").append(state.output);
    if (!state.usage.empty())
        out.append(",\"usage\":").append(state.usage);
    out.append(m_tail);
}

std::string answerStem(std::string_view id) {
    return std::string(id.substr(id.starts_with("req_") ? 4 : 0));
}

std::string responseUsage(const TokenUsage& usage) {
    if (!usage.known())
        return {};
    json::Writer writer;
    writer.object().key("input_tokens").number(usage.inputTotal().value_or(0));
    writer.key("input_tokens_details").object();
    writer.key("cached_tokens").number(usage.cacheRead.value_or(0));
    writer.key("cache_write_tokens").number(usage.cacheWriteTotal().value_or(0)).end();
    writer.key("output_tokens").number(usage.outputTotal().value_or(0));
    writer.key("output_tokens_details").object();
    writer.key("reasoning_tokens").number(usage.reasoning.value_or(0)).end();
    writer.key("total_tokens").number(usage.total().value_or(0)).end();
    return writer.take();
}

std::string responseError(std::string_view code, std::string_view message) {
    const bool known = std::find(kErrorCodes.begin(), kErrorCodes.end(), code) != kErrorCodes.end();
    json::Writer writer;
    writer.object().key("code").string(known ? code : "server_error");
    writer.key("message").string(message).end();
    return writer.take();
}

std::string responseError(const Error& error) {
    switch (error.code) {
        case ErrorCode::ProviderRateLimited:
            return responseError("rate_limit_exceeded", error.message.text);
        case ErrorCode::ProviderRejected:
        case ErrorCode::PromptTooLong:
        case ErrorCode::InvalidField:
            return responseError("invalid_prompt", error.message.text);
        default:
            return responseError("server_error", error.message.text);
    }
}

}  // namespace gr::protocol
