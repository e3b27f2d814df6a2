// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "json/scan.h"
#include "protocol/chat.h"

// Watching an answer of OpenAI's chat completions, or of its legacy completions, that passes
// through untouched. Pure; one stream, one observer.
namespace gr::protocol {

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

    // So many answers to one question were asked for (`Ask::choices`).
    // `reasoningOutside`: Dialect::reasoningOutsideOutput.
    explicit ChatStream(bool dropUsageChunk, std::size_t choices = 1, bool reasoningOutside = false)
        : m_dropUsageChunk(dropUsageChunk),
          m_choices(choices),
          m_reasoningOutside(reasoningOutside) {}

    // `event`: one raw server-sent event.
    Verdict see(std::string_view event);

    // A chunk that says nothing, with the name of this answer; a comment while that is not known.
    std::string emptyChunk() const;

    // The provider ended the answer itself: each choice has its finish reason, or [DONE] came.
    bool complete() const { return m_finished.size() >= m_choices || m_done; }
    const TokenUsage& usage() const { return m_usage; }
    const std::string& errorText() const { return m_errorText; }

  private:
    Verdict seeJson(std::string_view data);
    void noteFinish(const json::Object& choice);

    bool m_dropUsageChunk;
    std::size_t m_choices;
    bool m_reasoningOutside;
    std::vector<std::int64_t> m_finished;  // indexes of choices that have a finish reason
    bool m_committed = false;
    bool m_done = false;
    TokenUsage m_usage;
    std::string m_name;  // of the answer: the members of its chunks that say so
    std::string m_errorText;
    std::string m_scratch;
};

}  // namespace gr::protocol
