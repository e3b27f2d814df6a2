// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>

#include "protocol/adapter.h"
#include "protocol/gemini_answer_reader.h"

// The steps of an answer as lines, for comparing.
namespace gr::test {

inline std::string lineOf(const protocol::ChatEvent& e) {
    using enum protocol::ChatEvent::Kind;
    const std::string at = std::to_string(e.choice) + "/" + std::to_string(e.block) + " ";
    const std::string text(e.text);
    const std::string proof =
        e.signature.empty() ? "" : " " + std::string(e.vendor) + ":" + std::string(e.signature);
    const auto n = [](const auto& count) { return count ? std::to_string(*count) : "-"; };
    switch (e.kind) {
        case Begin:
            return "begin " + std::string(e.id) + " " + std::string(e.model);
        case Text:
            return at + "text " + text;
        case Refusal:
            return at + "refusal " + text;
        case Reasoning:
            return at + "thought " + text + proof;
        case ToolCall:
            return at + (e.custom ? "custom " : "call ") + std::string(e.id) + " " +
                   std::string(e.name) + proof;
        case Arguments:
            return at + "args " + text;
        case BlockEnd:
            return at + "end";
        case Citation:
            return at + "citation " + std::string(e.json);
        case Logprobs:
            return at + "logprobs " + std::string(e.json);
        case Usage:
            return "usage " + n(e.usage.input) + " " + n(e.usage.cacheRead) + " " +
                   n(e.usage.output) + " " + n(e.usage.reasoning);
        case Finish:
            return "finish " + std::to_string(e.choice) + " " +
                   std::to_string(static_cast<int>(e.finish));
        case Error:
            return "error " + std::to_string(e.status) + " " + std::string(e.code) + " " +
                   std::string(e.message);
    }
    return {};
}

}  // namespace gr::test
