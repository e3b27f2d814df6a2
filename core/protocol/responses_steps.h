// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "json/scan.h"
#include "protocol/adapter.h"
#include "protocol/chat_tools.h"
#include "protocol/json_text.h"
#include "protocol/stop_cutter.h"

namespace gr::protocol {

// Turns items of a Responses answer and pieces of them into steps, each exactly once, whichever
// event brings them first. One object, one answer.
class ResponsesSteps final {
  public:
    // `request` must outlive this.
    explicit ResponsesSteps(const ChatRequest& request)
        : m_names(request), m_cutter(request.sampling.stop) {}

    // The response object of the first event; an empty one where the server starts with something
    // else.
    void begin(const json::Object& response, const EventSink& sink);
    // An event whose type ends in ".delta"; `type` without "response.".
    void delta(const json::Object& event, std::string_view type, const EventSink& sink);
    void itemAdded(const json::Object& event, const EventSink& sink);
    void summaryAdded(const json::Object& event, const EventSink& sink);
    void annotation(const json::Object& event, const EventSink& sink);
    // A finished item: what did not come in pieces comes now. A second call does nothing.
    void itemDone(const json::Object& item, std::int64_t index, const EventSink& sink);
    // No more text follows.
    void passHeld(const EventSink& sink);
    void finish(Finish finish, const EventSink& sink);

    bool begun() const { return m_begun; }
    bool calls() const { return m_calls; }

  private:
    // A part of a message, the thoughts of an item, or a call: one block of the answer.
    struct Piece {
        std::int64_t item = 0;
        std::int64_t part = 0;
        std::size_t block = 0;
        bool said = false;  // something of it was passed on
        SurrogateJoiner joiner;
    };

    Piece* find(std::int64_t item, std::int64_t part);
    Piece& piece(std::int64_t item, std::int64_t part);
    Piece& callOf(const json::Object& item, std::int64_t index, const EventSink& sink);
    void messageDone(const json::Object& item, std::int64_t index, const EventSink& sink);
    void reasoningDone(const json::Object& item, std::int64_t index, const EventSink& sink);
    void callDone(const json::Object& item, std::int64_t index, const EventSink& sink);
    void say(Piece& piece, ChatEvent::Kind kind, JsonString text, const EventSink& sink);
    void sayText(std::size_t block, JsonString text, const EventSink& sink);
    void sayLogprobs(const Piece& piece, JsonText logprobs, const EventSink& sink);
    void endBlock(const Piece& piece, const EventSink& sink);
    void send(const ChatEvent& event, const EventSink& sink);

    std::deque<Piece> m_pieces;  // addresses stay
    std::vector<std::int64_t> m_doneItems;
    ToolNames m_names;
    StopCutter m_cutter;
    std::size_t m_heldBlock = 0;
    bool m_begun = false;
    bool m_calls = false;
};

}  // namespace gr::protocol
