// SPDX-License-Identifier: MIT
#include "gateway/error_body.h"

#include "base/log.h"
#include "json/writer.h"
#include "protocol/gemini_answer_writer.h"

namespace gr::gateway {
namespace {

void textOrNull(json::Writer& out, std::string_view text) {
    if (text.empty())
        out.null();
    else
        out.string(text);
}

}  // namespace

WireFormat wireFormatOf(std::string_view path) {
    if (path.starts_with("/v1beta/"))
        return WireFormat::Gemini;
    for (const std::string_view call : {"enerateContent", "mbedContent", ":countTokens"}) {
        if (path.find(call) != std::string_view::npos)
            return WireFormat::Gemini;
    }
    while (path.starts_with("/v1/"))
        path.remove_prefix(3);
    return path.starts_with("/messages") ? WireFormat::Anthropic : WireFormat::OpenAi;
}

WireFormat wireFormatOf(protocol::Protocol protocol) {
    switch (protocol) {
        case protocol::Protocol::Anthropic:
            return WireFormat::Anthropic;
        case protocol::Protocol::Gemini:
            return WireFormat::Gemini;
        default:
            return WireFormat::OpenAi;
    }
}

std::string errorBody(const Error& error, WireFormat format) {
    const ErrorInfo& info = errorInfo(error.code);
    const std::string message = log::redacted(error.message.text);
    json::Writer out;
    out.object();
    switch (format) {
        case WireFormat::OpenAi:
            out.key("error").object().key("message").string(message);
            out.key("type").string(info.openaiType).key("param");
            textOrNull(out, error.field);
            out.key("code");
            textOrNull(out, info.openaiCode);
            break;
        case WireFormat::Anthropic:
            out.key("type").string("error").key("error").object();
            out.key("type").string(info.anthropicType).key("message").string(message);
            break;
        case WireFormat::Gemini:
            return protocol::geminiErrorBody(error);
    }
    return out.end().end().take();
}

http::Reply errorReply(const Error& error, WireFormat format) {
    const ErrorInfo& info = errorInfo(error.code);
    http::Reply reply;
    reply.status = info.status;
    if (error.code == ErrorCode::ProviderOverloaded && format == WireFormat::Anthropic)
        reply.status = 529;  // what Anthropic's own clients wait at
    reply.headers = {{"Content-Type", "application/json"}, {"x-gaterouter-error", info.slug}};
    if (!info.retryable)  // the official SDKs obey this
        reply.headers.add("x-should-retry", "false");
    reply.body = errorBody(error, format);
    return reply;
}

}  // namespace gr::gateway
