// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "protocol/adapter.h"

namespace gr::protocol {

// Collects an answer and writes it as one chat.completion object.
class ChatWholeWriter final : public AnswerWriter {
  public:
    explicit ChatWholeWriter(AnswerContext context) : m_context(std::move(context)) {}

    void write(const ChatEvent& event, std::string& out) override;
    void end(std::string& out) override;
    void breakOff(const Error& error, std::string& out) override;
    void keepAlive(std::string&) override {}

  private:
    struct Call {
        std::size_t block = 0;
        std::string id;
        std::string name;
        std::string text;  // inside of a JSON string
        std::string signature;
        bool custom = false;
    };
    struct Choice {
        std::string text;  // these three are insides of JSON strings
        std::string refusal;
        std::string reasoning;
        bool hasText = false;
        std::size_t blockBegin = 0;  // in characters
        std::size_t characters = 0;
        std::size_t textBlock = 0;
        std::string annotations;
        std::string contentLogprobs;  // elements, with commas between them
        std::string refusalLogprobs;
        bool hasLogprobs = false;
        std::vector<Call> calls;
        std::optional<Finish> finish;
    };

    static void addText(Choice& choice, const ChatEvent& event);
    static void addLogprobs(Choice& choice, JsonText logprobs);
    static void addArguments(Choice& choice, const ChatEvent& event);
    void appendChoice(std::string& out, std::size_t index) const;
    void appendMessage(std::string& out, const Choice& choice) const;
    static void appendCalls(std::string& out, const Choice& choice);
    static void appendFunctionCall(std::string& out, const Call& call);

    AnswerContext m_context;
    std::vector<Choice> m_choices;
    TokenUsage m_usage;
    std::optional<Error> m_error;
};

}  // namespace gr::protocol
