// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "json/scan.h"
#include "protocol/chat.h"

// The shapes in which providers of OpenAI's format say the same thing. Pure.
namespace gr::protocol {

// The object member of that name, or nothing.
std::optional<json::Object> chatChild(const json::Object& object, std::string_view key);
// The string member of that name, raw; empty when it is absent or something else.
JsonString chatString(const json::Object& object, std::string_view key);
// The array member of that name, or nothing.
JsonText chatArray(const json::Object& object, std::string_view key);

// The tokens in a chunk or a whole answer: `usage`, Groq's x_groq.usage, or that of a choice.
// `reasoningOutside`: completion_tokens are without reasoning, unless the total says otherwise.
std::optional<TokenUsage> chatUsage(const json::Object& answer, bool reasoningOutside);

struct ChatFault {
    std::string code;
    std::string message;
    int status = 0;  // HTTP; 0: not known
};

// What a chunk or an answer says went wrong, also where its HTTP status was 200.
std::optional<ChatFault> chatFault(const json::Object& answer);

// What `finish_reason` means: a way to end, or a failure in mid-answer.
struct ChatFinish {
    Finish finish = Finish::Stop;
    std::optional<ChatFault> fault;
};
ChatFinish chatFinishNamed(std::string_view word);

// The text of a Mistral part {"type":"thinking","thinking":[{"type":"text","text":"…"}]}, as the
// inside of a JSON string.
std::string thinkingText(const json::Object& part);

}  // namespace gr::protocol
