// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "protocol/chat.h"

// What providers and models do differently from their protocol, as data (resources/dialects.json).
namespace gr::protocol {

enum class ToolIdForm : std::uint8_t {
    Any,
    Word,  // Anthropic: [a-zA-Z0-9_-]+
    Nine,  // Mistral: nine of [a-zA-Z0-9]
};

// A provider's way of speaking a protocol. Field names are those of OpenAI's chat completions.
struct Dialect {
    std::string id;  // "openai", "deepseek", …
    Protocol protocol = Protocol::OpenAiChat;
    bool streamUsageOption = true;     // takes stream_options.include_usage
    std::vector<std::string> only;     // top-level fields that are taken; empty: all
    std::vector<std::string> refused;  // top-level fields that are not taken
    std::vector<std::pair<std::string, std::string>> renamed;  // from our name to theirs
    std::string maxTokensField = "max_completion_tokens";
    std::string reasoningField;        // of an assistant message on the way up; empty: none
    bool reasoningMustReturn = false;  // with tool calls it is refused when it is missing
    bool developerRole = false;
    bool systemTurns = false;  // system messages anywhere; else one, in front
    bool messageNames = true;
    bool jsonSchema = true;  // response_format json_schema; else json_object + words
    bool toolChoice = true;
    bool parallelToolsOption = true;
    bool imageUrls = true;                // false: base64 only
    bool files = false;                   // content parts of type file
    bool audio = false;                   // content parts of type input_audio
    bool customTools = false;             // tools of type custom
    bool cacheMarks = false;              // Anthropic's cache_control in content parts
    bool openaiExtras = false;            // what only OpenAI's own service knows: prediction, …
    bool reasoningOutsideOutput = false;  // completion_tokens exclude reasoning
    bool thinkingSwitch = false;          // DeepSeek's thinking{type}
    bool responses = false;               // serves OpenAI's /responses too
    bool reportsCost = false;             // its usage tells what it bills, in US dollars
    bool effortField = true;              // takes reasoning_effort (for models that reason)
    std::vector<std::pair<Effort, std::string>> efforts;  // their word for ours; empty: ours
    ToolIdForm toolIds = ToolIdForm::Any;
};

// How a model is told to think.
enum class ThinkingForm : std::uint8_t {
    None,          // it does not, or cannot be told
    Effort,        // OpenAI: a word
    Budget,        // Anthropic up to 4.5: thinking{enabled, budget_tokens}
    Adaptive,      // Anthropic from 4.6: thinking{adaptive} and output_config.effort
    GeminiBudget,  // 2.5: thinkingBudget
    GeminiLevel,   // 3 and later: thinkingLevel
};

// What one model takes.
struct ModelRules {
    // Of any family that is known: gpt-4o-mini takes 2833 + 8 × 5667 for one with all details.
    static constexpr std::int64_t kMostImageTokens = 50'000;

    bool sampling = true;                 // temperature, top_p, top_k, penalties
    bool samplingWithoutThought = false;  // sampling only while thinking is off
    ThinkingForm thinking = ThinkingForm::None;
    bool thinkingCanBeOff = true;
    bool thinkingBudget = false;      // Adaptive: takes a budget as well
    bool forcedToolChoice = true;     // required or named
    bool toolsNeedResponses = false;  // OpenAI: tools together with reasoning only on /v1/responses
    bool systemTurns = false;         // Anthropic: system messages in mid-conversation
    bool prefill = true;              // a last assistant turn
    bool images = true;
    bool jsonSchema = true;       // answers that follow a schema; else it is asked for in words
    std::vector<Effort> efforts;  // taken; empty: all
    std::int64_t imageTokens = kMostImageTokens;  // at most, of one image
    // Its vendor documents how near its counts of tokens are to its bills: billedAtMost().
    bool counted = false;
};

// The data, read once. Immutable; any thread.
class Dialects final {
  public:
    // What is inside the program. Ends the program if that is broken: a test reads it.
    static Dialects embedded();
    // Fails with ConfigInvalid, naming the entry.
    static Result<Dialects> parse(std::string_view json);

    // The dialect of that id; the plain one of `protocol` for names without one.
    const Dialect& find(std::string_view id, Protocol protocol = Protocol::OpenAiChat) const;

    // The rules of a model as this dialect's provider calls it: every pattern that matches adds
    // to those before it.
    ModelRules rulesOf(const Dialect& dialect, std::string_view model) const;

  private:
    struct Pattern {
        std::string dialect;  // empty: any
        std::string model;    // with `*` for any run of characters
        std::vector<std::function<void(ModelRules&)>> rules;
    };
    friend class DialectReader;
    std::vector<Dialect> m_dialects;
    std::vector<Pattern> m_patterns;
};

}  // namespace gr::protocol
