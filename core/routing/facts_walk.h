// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "json/cursor.h"

namespace gr::routing {

// The walk of readFacts() through a body: chat completions, Responses, Messages, generateContent
// and legacy completions in one, since no member of one means something else in another. What
// clients' own tools say (arguments, results as JSON) is not looked into: its keys are theirs.
// Views lie in the body, which must outlive this.
struct FactsWalk {
    void body(std::string_view validated);

    std::vector<std::string_view> lastUser;  // raw strings of the last message of a person
    std::string_view firstSystem;            // raw value
    std::string_view firstUser;              // raw message
    std::string cacheKey;
    std::string userId;
    std::string stateId;
    std::int64_t images = 0;
    std::int64_t files = 0;
    bool audio = false;
    bool video = false;
    std::size_t tools = 0;
    bool structured = false;
    bool reasoning = false;
    bool cacheMarks = false;
    bool cachesAnHour = false;
    std::optional<std::int64_t> maxOutput;
    std::size_t media = 0;  // bytes that are data of pictures, sounds and documents
    std::int64_t turns = 0;
    bool toolFailed = false;  // behind the last answer
    // Behind the last answer; without one, of the last user message.
    std::size_t addedBytes = 0;
    std::int64_t addedImages = 0;

  private:
    enum class Side : std::uint8_t { System, Person, Model, Tool };
    struct Item {
        Side side = Side::Person;
        bool result = false;  // has the result of a tool
        bool sideKnown = false;
        bool keepsTexts = true;
    };

    void member(std::string_view key, json::Cursor& at);
    void config(json::Cursor& at);
    void toolList(json::Cursor& at);
    void format(json::Cursor& at);
    void thinking(json::Cursor& at);
    void items(json::Cursor& at);
    void item(json::Cursor& at);
    void role(Item& item, json::Cursor& at);
    void content(Item& item, json::Cursor& at);
    void part(Item& item, json::Cursor& at);
    void partType(Item& item, json::Cursor& at);
    void blob(json::Cursor& at);
    void mediaOf(std::string_view mime);
    void close(Item& item, std::string_view span, std::size_t mediaBefore,
               std::int64_t imagesBefore);
    void marksIn(std::string_view span);
    void number(json::Cursor& at);
    std::string_view word(json::Cursor& at);

    std::string m_room;
    std::vector<std::string_view> m_texts;  // of the item that is read; its memory is used again
    bool m_modelBefore = false;  // the item before was the model's: an answer may be several items
};

}  // namespace gr::routing
