// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/money.h"
#include "routing/prediction.h"

// What routing knows of a request: all that hard filters, rules and the choice ask about. Values,
// gathered once a request; any thread.
namespace gr::routing {

// How long a client asked a provider to keep the prompt's beginning (Anthropic's cache_control).
enum class CacheMarks : std::uint8_t { None, FiveMinutes, OneHour };

struct RequestFacts {
    std::string client;  // id of the key
    std::string model;   // as it was asked for

    // What the answer needs.
    bool hasImage = false;
    bool hasFile = false;  // PDF or another document
    bool hasAudio = false;
    bool hasVideo = false;
    bool hasTools = false;
    bool structured = false;  // a JSON schema, or JSON at all
    bool reasoning = false;   // effort or thinking was asked for
    // It goes on from something that only one provider keeps (a file id, a container, a stored
    // answer): only that provider can answer. Empty: none.
    std::string stateOf;
    std::string stateId;  // the id that it goes on from, as the request has it; empty: none

    std::size_t bodyBytes = 0;
    std::int64_t promptTokens = 0;  // about: bytes/4 of the text
    // Tokens at the beginning that repeat from turn to turn (system prompt, tools, all up to the
    // last answer; without an answer, all before the last user message), for the cost of losing a
    // provider's prompt cache; about.
    std::int64_t prefixTokens = 0;
    std::int64_t turns = 0;   // answers of a model that stand in it
    bool toolFailed = false;  // what the last answer wanted called, did not work
    CacheMarks cacheMarks = CacheMarks::None;
    std::optional<std::int64_t> maxOutput;  // of the request

    // The last user message, decoded, at most 1,500 characters of it: what the router reads.
    std::string lastUser;
    std::size_t toolCount = 0;
    std::string session;  // x-gaterouter-session, else derived; empty: none
    std::vector<std::pair<std::string, std::string>> headers;  // lower-case names; only those that
                                                               // some rule asks about

    // Found in the text, only if some rule asks about it.
    bool hasSecret = false;
    bool hasCode = false;
    std::string language;  // ISO 639-1 of the last user message; empty: not known

    Prediction prediction;
    Money sessionSpent;
    int hour = 0;  // 0 to 23, in the time zone of the settings
};

}  // namespace gr::routing
