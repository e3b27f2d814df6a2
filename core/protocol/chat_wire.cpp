// SPDX-License-Identifier: MIT
#include "protocol/chat_wire.h"

#include <initializer_list>

#include "base/log.h"
#include "json/scan.h"
#include "json/writer.h"
#include "protocol/json_text.h"

namespace gr::protocol {
namespace {

// The first of the members that is a string; `""` without one.
JsonString firstString(const json::Object& object, std::initializer_list<std::string_view> keys) {
    for (const std::string_view key : keys) {
        const json::Member* member = object.find(key);
        if (member != nullptr && member->type == json::Type::String)
            return object.raw(*member);
    }
    return "\"\"";
}

}  // namespace

std::string chatAnswerId(std::string_view requestId) {
    constexpr std::string_view kRequest = "req_";
    if (requestId.starts_with(kRequest))
        requestId.remove_prefix(kRequest.size());
    return "chatcmpl-" + std::string(requestId);
}

std::string_view chatFinish(Finish finish, bool calls, bool functions) {
    switch (finish) {
        case Finish::Length:
            return "length";
        case Finish::ContentFilter:
            return "content_filter";
        case Finish::Stop:
        case Finish::ToolCalls:
        case Finish::StopSequence:
        case Finish::PauseTurn:
        case Finish::Error:
            break;
    }
    if (!calls)
        return "stop";
    return functions ? "function_call" : "tool_calls";
}

void appendChatUsage(std::string& out, const TokenUsage& usage) {
    json::Writer w;
    const std::int64_t input = usage.inputTotal().value_or(0);
    const std::int64_t output = usage.outputTotal().value_or(0);
    w.object().key("prompt_tokens").number(input).key("completion_tokens").number(output);
    w.key("total_tokens").number(usage.total().value_or(0));
    const auto written = usage.cacheWriteTotal();
    if (usage.cacheRead || written || usage.audioInput) {
        w.key("prompt_tokens_details").object();
        if (usage.cacheRead)
            w.key("cached_tokens").number(*usage.cacheRead);
        if (written)
            w.key("cache_write_tokens").number(*written);
        if (usage.audioInput)
            w.key("audio_tokens").number(*usage.audioInput);
        w.end();
    }
    if (usage.reasoning || usage.audioOutput) {
        w.key("completion_tokens_details").object();
        if (usage.reasoning)
            w.key("reasoning_tokens").number(*usage.reasoning);
        if (usage.audioOutput)
            w.key("audio_tokens").number(*usage.audioOutput);
        w.end();
    }
    out.append(w.end().text());
}

std::string chatError(const Error& error) {
    const ErrorInfo& info = errorInfo(error.code);
    json::Writer w;
    w.object().key("error").object();
    w.key("message").string(log::redacted(error.message.text)).key("type").string(info.openaiType);
    w.key("param");
    error.field.empty() ? w.null() : w.string(error.field);
    w.key("code");
    info.openaiCode.empty() ? w.null() : w.string(info.openaiCode);
    return w.end().end().take();
}

Error unusableOutput() {
    return {ErrorCode::ProviderAnswerInvalid,
            "The model's output could not be used, for example because it called a tool in a "
            "broken form. Ask again."};
}

std::string chatAnnotation(JsonText citation, std::size_t begin, std::size_t end) {
    const auto object = json::objectIn(citation);
    if (!object)
        return {};
    if (object->find("url_citation") != nullptr)
        return std::string(citation);
    const JsonString url = firstString(*object, {"url", "uri", "source"});
    if (inside(url).find("://") == std::string_view::npos)
        return {};
    const auto index = [&object](std::string_view key, std::size_t otherwise) {
        const json::Member* member = object->find(key);
        const auto value = member != nullptr ? json::integerIn(object->raw(*member))
                                             : std::optional<std::int64_t>();
        return value.value_or(static_cast<std::int64_t>(otherwise));
    };
    json::Writer w;
    w.object().key("type").string("url_citation").key("url_citation").object();
    w.key("start_index").number(index("start_index", begin));
    w.key("end_index").number(index("end_index", end));
    w.key("url").raw(url).key("title").raw(firstString(*object, {"title", "document_title"}));
    return w.end().end().take();
}

std::size_t charactersOf(JsonString text) {
    const std::string_view raw = inside(text);
    std::size_t count = 0;
    for (std::size_t i = 0; i < raw.size(); ++i) {
        const auto byte = static_cast<unsigned char>(raw[i]);
        if (byte != '\\') {
            count += (byte & 0xC0U) != 0x80U ? 1 : 0;  // not the later bytes of a character
            continue;
        }
        const bool hex = raw[i + 1] == 'u';
        const bool low = hex && (raw[i + 2] == 'd' || raw[i + 2] == 'D') &&
                         std::string_view("cdefCDEF").find(raw[i + 3]) != std::string_view::npos;
        count += low ? 0 : 1;  // the second half of a pair
        i += hex ? 5 : 1;
    }
    return count;
}

}  // namespace gr::protocol
