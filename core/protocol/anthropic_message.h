// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>

#include "base/error.h"
#include "protocol/adapter.h"

// The parts of a Messages answer that its stream and its whole form share, as JSON text. Pure.
namespace gr::protocol {

// What an answer's end is told from.
struct AnthropicEnd {
    Finish finish = Finish::Stop;
    JsonString stopSequence;
    bool calledTools = false;
    bool refused = false;  // the model said so in words
};

// `"stop_reason":…,"stop_sequence":…,"stop_details":…,"container":null`
std::string anthropicStop(const AnthropicEnd& end);

// The usage object; `delta` for the one of message_delta.
std::string anthropicUsage(const TokenUsage& usage, bool delta);

// The inside of a message object up to its content: id, type, role, model.
std::string anthropicHead(const AnswerContext& context);

// {"type":"error",…} for an error of ours and for one that the provider reports.
std::string anthropicError(const Error& error, std::string_view requestId);
std::string anthropicError(const ChatEvent& event, std::string_view requestId);

// A citation in Anthropic's form, or nothing when it cannot be told in it.
std::string anthropicCitation(JsonText citation);

// The signature of a thinking block, as a JSON string: Anthropic's own verbatim, all others sealed.
// Never empty: clients insist on one.
std::string anthropicSignature(const AnswerContext& context, std::string_view vendor,
                               std::string_view signature);

// The first content of a block, without what comes in deltas.
std::string anthropicTextBlock(std::string_view inside, std::string_view citations);
std::string anthropicToolBlock(std::string_view id, std::string_view name, JsonText input);

}  // namespace gr::protocol
