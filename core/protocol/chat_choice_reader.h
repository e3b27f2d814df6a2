// SPDX-License-Identifier: MIT
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "json/scan.h"
#include "protocol/adapter.h"
#include "protocol/chat_answer_shapes.h"
#include "protocol/chat_tools.h"
#include "protocol/json_text.h"

namespace gr::protocol {

// Reads one choice of an answer, chunk by chunk or at once, in every shape of the dialects. One
// object, one choice of one answer.
class ChatChoiceReader final {
  public:
    // `names` and `request` must outlive this. `customTools`: the provider knows them; otherwise
    // they went to it as functions and come back as calls of those.
    ChatChoiceReader(std::size_t choice, const ToolNames& names, const ChatRequest& request,
                     bool customTools)
        : m_choice(choice), m_names(names), m_request(request), m_customTools(customTools) {}

    // `choice`: an element of `choices`, with `delta` or `message`.
    void read(const json::Object& choice, std::string_view answerId, const EventSink& sink);
    // The answer ended without a word about why.
    void close(const EventSink& sink);

    bool finished() const { return m_finished; }
    // The provider's finish_reason says that the answer failed.
    const std::optional<ChatFault>& fault() const { return m_fault; }

  private:
    struct Call {
        std::optional<std::int64_t> index;  // the provider's
        std::string id;
        std::string name;
        std::string signature;
        std::string held;  // inside of a JSON string: arguments that wait
        std::size_t block = 0;
        bool announced = false;
        bool custom = false;
        bool asFunction = false;  // a custom tool that went out as a function
        bool pieces = false;
        std::unique_ptr<SurrogateJoiner> joiner = std::make_unique<SurrogateJoiner>();
    };

    void readDelta(const json::Object& delta, const EventSink& sink);
    void readReasoning(const json::Object& delta, const EventSink& sink);
    void readDetail(std::string_view raw, bool texts, const EventSink& sink);
    void readContent(const json::Object& delta, const EventSink& sink);
    void readCall(const json::Object& object, const EventSink& sink);
    void readBody(Call& call, const json::Object& what, const EventSink& sink);
    void readArguments(Call& call, JsonString piece, const EventSink& sink);
    Call& callOf(const json::Object& object, bool named);
    void announce(Call& call, const EventSink& sink);
    void emitArguments(Call& call, JsonString piece, const EventSink& sink);
    void finishCall(Call& call, const EventSink& sink);
    void finish(Finish finish, const EventSink& sink);

    void piece(ChatEvent::Kind kind, JsonString text, const EventSink& sink);
    std::size_t blockFor(ChatEvent::Kind kind, const EventSink& sink);
    void closeBlock(const EventSink& sink);
    ChatEvent eventOf(ChatEvent::Kind kind, std::size_t block) const;
    bool isCustom(std::string_view name) const;
    std::string inventedId() const;

    std::size_t m_choice;
    const ToolNames& m_names;
    const ChatRequest& m_request;
    bool m_customTools;
    std::string m_answerId;
    std::optional<ChatEvent::Kind> m_open;
    std::size_t m_openBlock = 0;
    std::size_t m_nextBlock = 0;
    SurrogateJoiner m_joiner;
    std::vector<Call> m_calls;
    bool m_finished = false;
    std::optional<ChatFault> m_fault;
};

}  // namespace gr::protocol
