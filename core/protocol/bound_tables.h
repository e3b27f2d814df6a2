// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <array>
#include <bitset>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <string_view>

// Every member that boundOf() knows, and what it does to the bound: the allow-lists.
namespace gr::protocol {

enum class Act : std::uint8_t {
    Unknown,
    Plain,          // takes no more tokens than its bytes
    Rewritten,      // JSON that a provider writes anew into its prompt
    Refused,        // has no bound unless it is null, false, or empty
    Cap,            // the most output of one choice
    Choices,        // how many answers
    Mode,           // picks another price
    Thinking,       // object: budgets and efforts
    Effort,         // a word
    Budget,         // tokens
    Switch,         // "enabled", "adaptive", true
    ReasoningMode,  // Responses: "pro" runs more than once
    Prediction,     // billed as output where it is wrong
    Modalities,     // of the answer
    MaxToolCalls,
    Tools,
    Nodes,  // messages, items, blocks, parts: text, a list, or one of them
    Type,   // of such a node
    ImageUrl,
    Audio,
    File,  // object with file_id, file_data, file_url
    FileData,
    Source,  // Anthropic's
    Proof,   // Responses: encrypted_content of a reasoning item
    CacheMark,
    Citations,
    OutputConfig,  // Anthropic's
    ContextEdits,  // Anthropic's context_management
    Prompts,       // /completions
    EmbedInput,
    GeminiContents,
    GeminiParts,
    GeminiBlob,
    GeminiCall,
    GeminiResult,
    GeminiConfig,
    GeminiTools,
    GeminiRequests,
};

constexpr bool comesBefore(std::string_view a, std::string_view b) {
    return a.size() != b.size() ? a.size() < b.size() : a < b;
}

// What is known, sorted while this is compiled.
template <class Value>
class Names final {
  public:
    struct Others {
        Value value;
        std::string_view names;  // with spaces between
    };

    // `plain`: names with spaces between, which stand for Value::Plain.
    constexpr Names(std::string_view plain, std::initializer_list<Others> others) {
        add(Value::Plain, plain);
        for (const Others& other : others)
            add(other.value, other.names);
        std::sort(m_entries.begin(), m_entries.begin() + m_size,
                  [](const Entry& a, const Entry& b) { return comesBefore(a.name, b.name); });
    }

    static constexpr std::size_t kMost = 80;

    struct Found {
        Value value = Value::Unknown;
        std::size_t index = kMost;
    };

    constexpr Found look(std::string_view name) const {
        const auto end = m_entries.begin() + m_size;
        const auto it = std::lower_bound(
            m_entries.begin(), end, name,
            [](const Entry& e, std::string_view n) { return comesBefore(e.name, n); });
        if (it == end || it->name != name)
            return {};
        return {it->value, static_cast<std::size_t>(it - m_entries.begin())};
    }

    // Value::Unknown for what is not.
    constexpr Value find(std::string_view name) const { return look(name).value; }

  private:
    struct Entry {
        std::string_view name;
        Value value = Value::Unknown;
    };

    constexpr void add(Value value, std::string_view names) {
        while (!names.empty()) {
            const std::size_t end = std::min(names.find(' '), names.size());
            m_entries[m_size++] = {names.substr(0, end), value};
            names.remove_prefix(std::min(end + 1, names.size()));
        }
    }

    std::array<Entry, kMost> m_entries{};
    std::ptrdiff_t m_size = 0;
};

using Known = Names<Act>;

// Which known members of one object were read. Google takes two spellings of each: where both
// stand there, nobody says which one counts.
class Spelled final {
  public:
    // True from the second time on.
    bool again(const Known::Found& found) {
        const bool before = m_read[found.index];
        m_read[found.index] = found.value != Act::Unknown;
        return before;
    }

  private:
    std::bitset<Known::kMost + 1> m_read;
};

inline constexpr std::string_view kTwoSpellings = "beside its other spelling";

// Of every body: the model, and this gateway's own members, which never leave it.
inline constexpr Known kEverywhere(
    "model stream models usage x-gaterouter-max-cost x-gaterouter-session "
    "x-gaterouter-preference",
    {});

// OpenAI's /chat/completions, and what its dialects add.
inline constexpr Known kChat(
    "stream_options temperature top_p top_k min_p top_a frequency_penalty "
    "presence_penalty repetition_penalty repeat_penalty logit_bias seed random_seed stop "
    "logprobs top_logprobs tool_choice function_call parallel_tool_calls "
    "include_reasoning reasoning_format verbosity audio store metadata user user_id "
    "safety_identifier client_metadata prompt_cache_key safe_prompt prompt_mode "
    "transforms cache_prompt guided_regex guided_choice guided_grammar grammar",
    {{Act::Nodes, "messages"},
     {Act::Tools, "tools"},
     {Act::Rewritten,
      "functions response_format chat_template_kwargs guided_json structured_outputs json_schema"},
     {Act::Cap, "max_tokens max_completion_tokens"},
     {Act::Choices, "n best_of"},
     {Act::Effort, "reasoning_effort"},
     {Act::Thinking, "reasoning thinking"},
     {Act::Budget, "thinking_budget"},
     {Act::Switch, "enable_thinking"},
     {Act::Modalities, "modalities"},
     {Act::Prediction, "prediction"},
     {Act::Mode, "service_tier speed"},
     {Act::CacheMark, "prompt_cache_retention prompt_cache_options cache_control"},
     {Act::Refused, "web_search_options background deferred plugins moderation"}});

// OpenAI's /completions.
inline constexpr Known kCompletions(
    "suffix stream_options temperature top_p top_k min_p frequency_penalty "
    "presence_penalty repetition_penalty repeat_penalty logit_bias seed random_seed stop "
    "logprobs user metadata cache_prompt",
    {{Act::Prompts, "prompt"},
     {Act::Cap, "max_tokens"},
     {Act::Choices, "n best_of"},
     {Act::Refused, "echo"},
     {Act::Mode, "service_tier"}});

// OpenAI's /responses.
inline constexpr Known kResponses(
    "stream_options temperature top_p top_logprobs tool_choice parallel_tool_calls "
    "include store truncation metadata client_metadata user safety_identifier "
    "prompt_cache_key",
    {{Act::Nodes, "input instructions"},
     {Act::Tools, "tools"},
     {Act::Cap, "max_output_tokens"},
     {Act::MaxToolCalls, "max_tool_calls"},
     {Act::Rewritten, "text"},
     {Act::Thinking, "reasoning"},
     {Act::CacheMark, "prompt_cache_retention prompt_cache_options"},
     {Act::Mode, "service_tier"},
     {Act::Refused,
      "background conversation prompt previous_response_id context_management moderation"}});

// Anthropic's /messages.
inline constexpr Known kMessages(
    "stop_sequences temperature top_p top_k tool_choice metadata diagnostics",
    {{Act::Nodes, "messages system"},
     {Act::Tools, "tools"},
     {Act::Cap, "max_tokens"},
     {Act::Thinking, "thinking"},
     {Act::OutputConfig, "output_config"},
     {Act::Rewritten, "output_format"},
     {Act::CacheMark, "cache_control"},
     {Act::Mode, "service_tier speed inference_geo"},
     {Act::ContextEdits, "context_management"},
     {Act::Refused, "container mcp_servers fallbacks"}});

// What a message, an item, a block or a part has, in OpenAI's two protocols and Anthropic's.
inline constexpr Known kNode(
    "role text name id tool_call_id tool_use_id call_id is_error status phase namespace "
    "refusal annotations logprobs prefix partial reasoning_content reasoning "
    "reasoning_details extra_content thinking signature data summary detail filename "
    "title context transformations tool_name toolset_name caller action operation "
    "max_output_length pending_safety_checks acknowledged_safety_checks execution url "
    "page_age retrieved_at queries results error index created_by server_label",
    {{Act::Type, "type"},
     {Act::Nodes, "content output"},
     {Act::Rewritten, "tool_calls function_call arguments input"},
     {Act::Proof, "encrypted_content"},
     {Act::ImageUrl, "image_url"},
     {Act::Audio, "input_audio"},
     {Act::File, "file"},
     {Act::FileData, "file_data"},
     {Act::Refused, "file_id file_url audio"},
     {Act::Source, "source"},
     {Act::Citations, "citations"},
     {Act::CacheMark, "cache_control prompt_cache_breakpoint"},
     {Act::Tools, "tools"}});

// What the types of such nodes are; any other has no bound.
enum class NodeKind : std::uint8_t { Unknown, Plain, Image, Document, Reasoning, Found };

// Found: what a provider's own tool found in an earlier turn, encrypted, or listed and kept there.
inline constexpr Names<NodeKind> kNodeTypes(
    "text message tool_use tool_result input_text output_text function_call "
    "function_call_output thinking redacted_thinking summary_text reasoning_text "
    "input_audio refusal search_result tool_reference custom_tool_call "
    "custom_tool_call_output local_shell_call local_shell_call_output shell_call "
    "shell_call_output apply_patch_call apply_patch_call_output computer_call "
    "computer_call_output tool_search_call tool_search_output additional_tools "
    "server_tool_use web_search_tool_result_error web_fetch_tool_result_error",
    {{NodeKind::Reasoning, "reasoning"},
     {NodeKind::Image, "image image_url input_image computer_screenshot"},
     {NodeKind::Document, "document file input_file"},
     {NodeKind::Found,
      "web_search_call web_search_tool_result web_search_result web_fetch_tool_result "
      "web_fetch_result"}});

// OpenAI's /embeddings and those like it.
inline constexpr Known kEmbeddings(
    "dimensions encoding_format user input_type task truncate truncation normalized "
    "embedding_type output_dimension output_dtype late_chunking",
    {{Act::EmbedInput, "input"}});

// Gemini's :embedContent and each of :batchEmbedContents; like all of Gemini's in camelCase.
inline constexpr Known kGeminiEmbeddings("taskType title outputDimensionality autoTruncate",
                                         {{Act::GeminiContents, "content"},
                                          {Act::GeminiRequests, "requests"}});

inline constexpr Known kGemini("toolConfig safetySettings labels store",
                               {{Act::GeminiContents, "contents systemInstruction"},
                                {Act::GeminiTools, "tools"},
                                {Act::GeminiConfig, "generationConfig"},
                                {Act::Refused, "cachedContent"},
                                {Act::Mode, "serviceTier"}});

inline constexpr Known kGeminiConfig(
    "temperature topP topK stopSequences responseMimeType seed presencePenalty "
    "frequencyPenalty responseLogprobs logprobs speechConfig mediaResolution "
    "audioTimestamp",
    {{Act::Cap, "maxOutputTokens"},
     {Act::Choices, "candidateCount"},
     {Act::Rewritten, "responseSchema responseJsonSchema"},
     {Act::Modalities, "responseModalities"},
     {Act::Thinking, "thinkingConfig"}});

inline constexpr Known kGeminiContent("role", {{Act::GeminiParts, "parts"}});

inline constexpr Known kGeminiPart(
    "text thought thoughtSignature executableCode codeExecutionResult videoMetadata "
    "mediaResolution",
    {{Act::GeminiCall, "functionCall"},
     {Act::GeminiResult, "functionResponse"},
     {Act::GeminiBlob, "inlineData"},
     {Act::Refused, "fileData"}});

inline constexpr Known kGeminiResult("name id willContinue scheduling",
                                     {{Act::Rewritten, "response"}, {Act::GeminiParts, "parts"}});

// Anthropic's output_config.
inline constexpr Known kOutputConfig("task_budget",
                                     {{Act::Effort, "effort"}, {Act::Rewritten, "format"}});

// How a model is told to think, in all protocols (camelCase read as snake_case).
inline constexpr Known kThinking(
    "summary generate_summary context exclude display include_thoughts",
    {{Act::Effort, "effort thinking_level"},
     {Act::Budget, "max_tokens budget_tokens thinking_budget"},
     {Act::Switch, "enabled type"},
     {Act::ReasoningMode, "mode"}});

}  // namespace gr::protocol
