// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "json/scan.h"
#include "ledger/entry.h"
#include "protocol/dialects.h"
#include "protocol/passthrough.h"

// OpenAI chat completions: reading what the road needs of a request, and watching an answer that
// passes through untouched. Pure; one stream, one observer.
namespace gr::protocol {

struct ChatAsk {
    json::Object body;  // spans of the source, which must outlive this
    std::string model;
    bool stream = false;
    bool usageAsked = false;             // stream_options.include_usage: the client wants the chunk
    std::size_t choices = 1;             // answers that are asked for: `n`
    std::vector<std::string> fallbacks;  // our extension `models`, in order
    std::vector<const json::Member*> extensions;  // members that are ours and not the provider's

    ChatAsk() = default;
    ChatAsk(ChatAsk&&) = default;  // moving a vector keeps its elements where they are
    ChatAsk& operator=(ChatAsk&&) = default;
};

// Errors: InvalidJson, DuplicateKey, MissingField, InvalidField; each names the field.
Result<ChatAsk> readChat(std::string_view body);

// The changes that `ask` needs on its way to a provider: the provider's model name, our extensions
// out, and usage asked for where a stream would not tell it.
std::vector<Splice> chatSplices(const ChatAsk& ask, std::string_view providerModel,
                                const Dialect& dialect);

// The usage in a whole answer or in a chunk; all absent when there is none.
ledger::TokenUsage usageIn(const json::Object& answer);

// Looks at the events of a streamed answer as they pass.
class ChatStream final {
  public:
    enum class Verdict : std::uint8_t {
        Hold,     // nothing the client would miss: keep it back while a fallback is possible
        Content,  // commits the answer
        Forward,
        Drop,   // the usage chunk the client did not ask for
        Error,  // the provider says it failed; errorText() has its words
    };

    // So many answers to one question were asked for (`ChatAsk::choices`).
    explicit ChatStream(bool dropUsageChunk, std::size_t choices = 1)
        : m_dropUsageChunk(dropUsageChunk), m_choices(choices) {}

    // `event`: one raw server-sent event.
    Verdict see(std::string_view event);

    // The provider ended the answer itself: each choice has its finish reason, or [DONE] came.
    bool complete() const { return m_finished.size() >= m_choices || m_done; }
    const ledger::TokenUsage& usage() const { return m_usage; }
    const std::string& errorText() const { return m_errorText; }

  private:
    Verdict seeJson(std::string_view data);
    void noteFinish(const json::Object& choice);

    bool m_dropUsageChunk;
    std::size_t m_choices;
    std::vector<std::int64_t> m_finished;  // indexes of choices that have a finish reason
    bool m_committed = false;
    bool m_done = false;
    ledger::TokenUsage m_usage;
    std::string m_errorText;
    std::string m_scratch;
};

}  // namespace gr::protocol
