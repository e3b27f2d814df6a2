// SPDX-License-Identifier: MIT
#include "protocol/token_count.h"

#include <algorithm>
#include <array>
#include <span>

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

constexpr std::array<std::string_view, 8> kMessagesCounted{
    "model",       "messages", "system",        "tools",
    "tool_choice", "thinking", "output_config", "output_format"};

void keepOnly(WrittenRequest& written, std::span<const std::string_view> counted) {
    const auto object = json::objectIn(written.body);
    json::Writer out;
    out.object();
    for (const json::Member& member : object->members) {
        if (std::find(counted.begin(), counted.end(), member.key) != counted.end())
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
    for (const json::Member& member : object->members) {
        if (member.key != "model")
            out.key(member.key).raw(object->raw(member));
    }
    written.body = out.end().end().take();
}

// Of thoughts and their proofs.
std::size_t bytesOfThoughts(const ChatRequest& request) {
    std::size_t bytes = 0;
    for (const Turn& turn : request.turns) {
        for (const Part& part : turn.parts) {
            bytes += part.reasoning.text.size() + part.reasoning.signature.size();
            bytes += part.call.signature.size();
        }
    }
    return bytes;
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
        keepOnly(*written, kResponsesCounted);
    if (protocol == Protocol::Gemini)
        wrap(*written, target.model);
    written->path = countPath(protocol, target.model);
    return written;
}

std::optional<WrittenRequest> countOf(Protocol protocol, std::string_view model,
                                      std::string_view body) {
    if (protocol == Protocol::OpenAiChat)
        return std::nullopt;
    WrittenRequest written;
    written.path = countPath(protocol, model);
    written.body = body;
    if (protocol == Protocol::OpenAiResponses)
        keepOnly(written, kResponsesCounted);
    else if (protocol == Protocol::Anthropic)
        keepOnly(written, kMessagesCounted);
    else
        wrap(written, model);
    return written;
}

std::int64_t billedAtMost(const ChatRequest& request, std::int64_t counted) {
    constexpr std::int64_t kMost = INT64_MAX / 4;
    constexpr std::int64_t kSmallAmount = 1'000;
    counted = std::min(counted, kMost);
    return counted + counted / 10 + kSmallAmount +
           static_cast<std::int64_t>(bytesOfThoughts(request));
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
