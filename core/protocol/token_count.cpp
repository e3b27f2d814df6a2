// SPDX-License-Identifier: MIT
#include "protocol/token_count.h"

#include <algorithm>
#include <array>

#include "json/writer.h"
#include "protocol/adapters.h"
#include "protocol/anthropic_request_reader.h"
#include "protocol/anthropic_request_writer.h"
#include "protocol/gemini_answer_writer.h"
#include "protocol/gemini_request_reader.h"
#include "protocol/gemini_words.h"
#include "protocol/json_member.h"

namespace gr::protocol {
namespace {

// Of a request's members, those that OpenAI's count takes; the others it would refuse.
constexpr std::array<std::string_view, 8> kResponsesCounted{
    "model",     "input", "instructions", "tools", "tool_choice", "parallel_tool_calls",
    "reasoning", "text"};

void keepCounted(WrittenRequest& written) {
    const auto object = json::objectIn(written.body);
    json::Writer out;
    out.object();
    for (const json::Member& member : object->members) {
        if (std::find(kResponsesCounted.begin(), kResponsesCounted.end(), member.key) !=
            kResponsesCounted.end())
            out.key(member.key).raw(object->raw(member));
    }
    written.body = out.end().take();
}

// Gemini counts a whole request of its own form, which names its model.
void wrap(WrittenRequest& written, std::string_view model) {
    const auto object = json::objectIn(written.body);
    json::Writer out;
    out.object().key("generateContentRequest").object();
    out.key("model").string(geminiModelPath(model).substr(1));
    for (const json::Member& member : object->members)
        out.key(member.key).raw(object->raw(member));
    written.body = out.end().end().take();
}

}  // namespace

std::string countPath(Protocol protocol, std::string_view model) {
    switch (protocol) {
        case Protocol::OpenAiChat:
            return {};
        case Protocol::OpenAiResponses:
            return "/responses/input_tokens";
        case Protocol::Anthropic:
            return "/messages/count_tokens";
        case Protocol::Gemini:
            return geminiModelPath(model) + ":countTokens";
    }
    return {};
}

Result<ChatRequest> readCount(Protocol protocol, std::string_view body) {
    if (protocol == Protocol::Anthropic)
        return readAnthropicCount(body);
    if (protocol == Protocol::Gemini)
        return readGeminiCount(body);
    return adapter(protocol).readRequest(body);
}

Result<WrittenRequest> writeCount(Protocol protocol, const ChatRequest& request,
                                  const Target& target) {
    auto written = protocol == Protocol::Anthropic
                       ? writeAnthropicCount(request, target)
                       : adapter(protocol).writeRequest(request, target);
    if (!written)
        return written;
    if (protocol == Protocol::OpenAiResponses)
        keepCounted(*written);
    if (protocol == Protocol::Gemini)
        wrap(*written, target.model);
    written->path = countPath(protocol, target.model);
    return written;
}

Result<std::int64_t> countIn(Protocol protocol, std::string_view body) {
    const auto object = json::scanObject(body);
    const auto tokens =
        object ? integerOf(*object, protocol == Protocol::Gemini ? "totalTokens" : "input_tokens")
               : std::nullopt;
    if (!tokens || *tokens < 0)
        return fail(ErrorCode::ProviderAnswerInvalid, "The answer has no count of tokens.");
    return *tokens;
}

std::string countAnswer(Protocol protocol, std::int64_t tokens) {
    if (protocol == Protocol::Gemini)
        return geminiTokenCount(tokens);
    json::Writer out;
    out.object();
    if (protocol == Protocol::OpenAiResponses)
        out.key("object").string("response.input_tokens");
    return out.key("input_tokens").number(tokens).end().take();
}

}  // namespace gr::protocol
