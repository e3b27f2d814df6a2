// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/token_usage.h"

// One chat request and one chat answer, in no provider's words: what the four protocols have in
// common, and beside it the untouched text of what they have not. Plain values; any thread.
//
// Text is never decoded and encoded again on its way. Wherever a field is a `Json…` below it holds
// validated JSON text: a span of the client's body or of the provider's event, or text that the
// request keeps in its own arena. So key order, number text, escapes and 64-bit integers survive.
namespace gr::protocol {

// A JSON string with its quotes and escapes, as `"caf\u00e9"`. Empty: absent.
using JsonString = std::string_view;
// Any one JSON value (an object, an array, a number). Empty: absent.
using JsonText = std::string_view;

// Where text lives that was made on the way. Views into it hold as long as the arena, also when the
// arena is moved.
class TextArena final {
  public:
    std::string_view keep(std::string text) {
        return *m_texts.emplace_back(std::make_unique<const std::string>(std::move(text)));
    }

  private:
    std::deque<std::unique_ptr<const std::string>> m_texts;
};

enum class Protocol : std::uint8_t { OpenAiChat, OpenAiResponses, Anthropic, Gemini };

// "chat", "responses", "messages", "gemini": in records, test data and opaque tokens.
std::string_view nameOf(Protocol protocol);

enum class Role : std::uint8_t { System, Developer, User, Assistant };

// A picture, document or sound. One of `data`, `url` and `fileId` is set.
struct Media {
    std::string_view type;      // "image/png"; empty when only the URL knows
    std::string_view data;      // base64, without a data: prefix
    std::string_view url;       // http(s), or a provider's own scheme
    std::string_view fileId;    // means something to one provider only
    std::string_view fileName;  // plain text
    std::string_view detail;    // of images: auto, low, high
};

// Thoughts of a model, and the proof that they are its own.
struct Reasoning {
    JsonString text;  // what a person may read; may be absent
    // The proof, opaque: Anthropic's signature, Gemini's thoughtSignature, OpenAI's
    // encrypted_content. Goes back to `vendor` only.
    std::string_view signature;
    std::string_view vendor;  // "anthropic", "gemini", "openai", "deepseek"; empty: not known
    std::string_view id;      // of the item, where the protocol has one
    bool redacted = false;    // Anthropic's redacted_thinking: the signature is all there is
    bool summary = false;     // OpenAI: a summary and not the thoughts themselves
};

struct ToolCall {
    std::string_view id;         // the client's name of this call
    std::string_view name;       // plain; of a tool in a namespace: "ns__name"
    std::string_view nameSpace;  // Responses: what `name` begins with; empty for none
    // Function: the arguments as a JSON object (never empty, `{}` when there are none).
    JsonText arguments;
    // Custom (freeform) tool: its input as a string. Set instead of `arguments`.
    JsonString input;
    // Gemini's thoughtSignature that belongs to this call; goes back to Gemini only.
    std::string_view signature;
};

struct Part;

struct ToolResult {
    std::string_view callId;
    std::string_view name;    // Gemini knows it, the others find it by the id; may be empty
    std::vector<Part> parts;  // text and media, in order
    JsonText json;  // Gemini's `response` object as it came, whose words stand in `parts` too
    bool isError = false;
    bool custom = false;  // the answer to a custom tool
};

struct Part {
    enum class Kind : std::uint8_t {
        Text,        // text
        Refusal,     // text: the model said it will not
        Image,       // media
        File,        // media: PDF, plain text
        Audio,       // media
        Reasoning,   // reasoning
        ToolCall,    // call
        ToolResult,  // result
        Other,       // source alone: something only its own protocol knows
    };

    Kind kind = Kind::Text;
    JsonString text;
    Media media;
    Reasoning reasoning;
    ToolCall call;
    std::shared_ptr<const ToolResult> result;
    JsonText cacheControl;  // Anthropic's cache_control
    JsonText citations;     // as its protocol writes them
    JsonText source;        // the part as the client sent it
    JsonText item;          // Responses: the item of `input` that this is, or is a part of
};

// One turn of the conversation. Neighbours may have the same role; adapters merge where their
// protocol wants it. Results of tools are parts of a User turn.
struct Turn {
    Role role = Role::User;
    std::string_view name;  // chat's `name`, plain
    std::vector<Part> parts;
};

struct Tool {
    enum class Kind : std::uint8_t {
        Function,  // described by a schema
        Custom,    // takes free text
        Hosted,    // run by its provider: `type` and `source` are all that is known
    };
    Kind kind = Kind::Function;
    std::string_view name;       // plain; of a tool in a namespace: "ns__name"
    std::string_view nameSpace;  // Responses: what `name` begins with; empty for none
    std::string_view type;       // Hosted: "web_search", …
    JsonString description;
    JsonText parameters;  // the schema; empty when the client gave none
    JsonText format;      // Custom: its grammar
    std::optional<bool> strict;
    JsonText cacheControl;
    JsonText source;  // as the client sent it
};

struct ToolChoice {
    enum class Mode : std::uint8_t { Auto, None, Required, Named };
    Mode mode = Mode::Auto;
    std::vector<std::string_view> names;  // Named: one; otherwise the tools that are allowed
    bool custom = false;                  // Named: a custom tool
};

enum class Effort : std::uint8_t { None, Minimal, Low, Medium, High, XHigh, Max };

std::string_view nameOf(Effort effort);  // "none" … "max"
std::optional<Effort> effortNamed(std::string_view name);

struct Thinking {
    std::optional<Effort> effort;
    std::optional<std::int64_t> budget;  // tokens; 0: off, -1: as the model likes
    std::optional<bool> on;              // said outright: enabled, adaptive or disabled
    bool adaptive = false;
    bool includeThoughts = true;  // the client wants to read them
    JsonString summary;           // Responses: reasoning.summary
};

struct OutputFormat {
    enum class Kind : std::uint8_t { Text, JsonObject, JsonSchema };
    Kind kind = Kind::Text;
    std::string_view name;
    JsonString description;
    JsonText schema;
    std::optional<bool> strict;
};

// Settings whose numbers pass on as they were written.
struct Sampling {
    JsonText temperature;
    JsonText topP;
    JsonText topK;
    JsonText frequencyPenalty;
    JsonText presencePenalty;
    JsonText seed;
    JsonText logitBias;
    JsonText topLogprobs;
    bool logprobs = false;
    std::int64_t choices = 1;      // n, candidateCount
    std::vector<JsonString> stop;  // at most 16
};

struct ChatRequest {
    Protocol from = Protocol::OpenAiChat;
    std::string_view source;  // the client's body; not owned, outlives this
    TextArena arena;

    std::string model;
    bool stream = false;
    bool usageAsked = false;               // a stream that ends with its usage
    bool encryptedReasoningAsked = false;  // Responses: include reasoning.encrypted_content
    bool functionsAsked = false;           // chat's old `functions`: answered by function_call
    std::vector<Turn> turns;               // system turns in their place
    std::vector<Tool> tools;               // in order
    std::optional<ToolChoice> toolChoice;
    std::optional<bool> parallelTools;
    std::optional<std::int64_t> maxOutput;  // tokens
    Sampling sampling;
    Thinking thinking;
    OutputFormat format;
    std::string_view user;      // plain: safety_identifier, user, metadata.user_id
    std::string_view cacheKey;  // plain: prompt_cache_key
    JsonText verbosity;
    JsonText metadata;
    JsonText serviceTier;
    // Chat: top-level fields that are not read above, for a provider of the same format.
    std::vector<std::pair<std::string_view, JsonText>> extras;
};

enum class Finish : std::uint8_t {
    Stop,
    Length,
    ToolCalls,
    StopSequence,
    ContentFilter,
    PauseTurn,
    Error,  // the model's output was unusable (Gemini's MALFORMED_…)
};

// One step of an answer. A whole answer is the same steps at once. `block` numbers the pieces of
// content of one choice in their order of appearance, from 0; steps of two blocks may interleave.
// The views hold for the call that hands the event over.
struct ChatEvent {
    enum class Kind : std::uint8_t {
        Begin,      // id, model: once, first
        Text,       // block, text
        Refusal,    // block, text
        Reasoning,  // block, text; or signature (with vendor) when it came; redacted: signature
                    // only
        ToolCall,   // block, id, name, custom, signature (Gemini's): before its arguments
        Arguments,  // block, text: the next piece of the arguments (or of a custom tool's input)
        BlockEnd,   // block: nothing more of it follows; optional
        Citation,   // block, json: as the provider wrote it
        Logprobs,   // block, json: chat's logprobs object
        Usage,      // usage: the last one counts
        Finish,     // finish, text: the stop sequence, where known
        Error,      // code, message: the provider says that it failed
    };

    Kind kind = Kind::Begin;
    std::size_t choice = 0;
    std::size_t block = 0;
    JsonString text;         // pieces of text, thoughts, refusals, arguments
    std::string_view id;     // Begin: of the answer; ToolCall: of the call; Reasoning: of the item
    std::string_view model;  // Begin
    std::string_view name;   // ToolCall
    bool custom = false;     // ToolCall
    bool redacted = false;   // Reasoning
    std::string_view signature;  // Reasoning, ToolCall
    std::string_view vendor;     // whose signature
    JsonText json;               // Citation, Logprobs
    TokenUsage usage;
    Finish finish = Finish::Stop;
    std::string_view code;     // Error: the provider's own word for it
    std::string_view message;  // Error: plain
    int status = 0;            // Error: the HTTP status it stands for; 0: not known
};

}  // namespace gr::protocol
