// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "protocol/chat.h"

// Small conversions between plain text and JSON text. Pure.
namespace gr::protocol {

// `plain` (UTF-8) as a JSON string with quotes.
std::string quoted(std::string_view plain);
void appendQuoted(std::string& out, std::string_view plain);

// What a JSON string says. Lone surrogates become U+FFFD.
std::string plainOf(JsonString text);

// The same without a copy where nothing is escaped: a view into `text`, or into the arena.
std::string_view plainIn(TextArena& arena, JsonString text);

// The inside of a JSON string, escapes as they are: for putting two together.
inline std::string_view inside(JsonString text) {
    return text.size() < 2 ? std::string_view() : text.substr(1, text.size() - 2);
}

// True for an absent or empty string.
inline bool saysNothing(JsonString text) {
    return text.size() <= 2;
}

// The first line of Claude Code's system text is for its own vendor: it changes with every version
// and would spoil the caches of all others.
inline bool isBillingLine(JsonString text) {
    return inside(text).starts_with("x-anthropic-billing-header");
}

// A tool's arguments as the object they are: `text` is the JSON string of OpenAI's `arguments`.
// Empty text gives `{}`; what is not a JSON object becomes `{"_raw": "…"}`, so that nothing is
// lost.
std::string argumentsObject(JsonString text);

// Appends `event: NAME` (unless empty) and `data: DATA` with an empty line.
void appendEvent(std::string& out, std::string_view name, std::string_view data);

// A high surrogate at the end of a piece waits for its other half in the next one (some servers
// tear pairs). One object for each run of text.
class SurrogateJoiner final {
  public:
    // The piece to pass on: `piece` (a JSON string) with what was held before it, without a torn
    // half at its end. The view holds until the next call. Empty: nothing to pass on yet.
    JsonString join(JsonString piece);

  private:
    std::string m_held;  // the escape of a high surrogate, `\ud83d`
    std::string m_text;
};

}  // namespace gr::protocol
