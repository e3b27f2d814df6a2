// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace gr::protocol {

// What a request can take at most of any provider; bound.h makes it.
struct Bound {
    // Bytes of the body without its pictures' data, what providers' templates add, and the dearest
    // family's maximum for each picture; of one reading. `inputFor` knows the model and says less.
    std::int64_t inputTokens = 0;
    // The client's own cap, of all choices together, thinking included wherever it is translated
    // to. Nothing: the client set none.
    std::optional<std::int64_t> outputTokens;
    std::int64_t choices = 1;  // n, candidateCount, best_of; times the prompts of /completions
    bool audioInput = false;   // may have such tokens
    bool audioOutput = false;
    bool cacheWrite5m = true;   // may be written to a cache: some providers do so unasked
    bool cacheWrite1h = false;  // only where a cache mark with a ttl other than "5m" stands in it
    std::int64_t webSearches = 0;  // Anthropic's max_uses, Responses' max_tool_calls
    // Members that pick another price, with their values: service_tier, speed, … (catalog::Mode)
    std::vector<std::pair<std::string, std::string>> modes;
    // The first member whose cost has no bound: "tools[2].type web_search_preview", "background",
    // "messages[0].content[1].file_id". Empty: there is none.
    std::string unbounded;

    // What the figures above are made of, for `inputFor` and `outputFor`.
    std::int64_t images = 0;
    bool imagesElsewhere = false;  // one by its address: what lies there may change
    // Something whose tokens its bytes do not bound (a PDF, a sound): only the context does.
    bool fillsContext = false;
    std::int64_t readings = 1;          // of the prompt: tools of the provider make it read again
    std::optional<std::int64_t> cap;    // of one choice, as the client said it
    std::int64_t thinkingTokens = 0;    // that the gateway may add to a cap for Anthropic's budget
    std::int64_t predictionTokens = 0;  // rejected ones are billed as output, beyond the cap
    bool writesPerReading = false;      // the cap may hold for each reading and not for all
};

}  // namespace gr::protocol
