// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "json/writer.h"
#include "protocol/adapter.h"

namespace gr::protocol {

// The field in which `request` has its turns, as its client calls it.
std::string_view turnsField(const ChatRequest& request);

// Writes single parts of a request to Gemini. What a Gemini client sent goes back as it came. One
// object, one request; `request` and `target` must outlive it.
class GeminiPartWriter final {
  public:
    GeminiPartWriter(const ChatRequest& request, const Target& target)
        : m_request(request),
          m_target(target),
          m_native(request.from == Protocol::Gemini),
          m_levels(target.rules.thinking == ThinkingForm::GeminiLevel) {}

    // The call came from Gemini, with its proof.
    static bool isSigned(const ToolCall& call);

    // False for what Gemini must not get: empty text, and thoughts that are not its own.
    bool takes(const Part& part) const;

    void text(JsonString text);
    void part(const Part& part);  // text, media, and what only Gemini's clients know
    void reasoning(const Part& part);
    // `lent`: a signature for a call that has none. `first` of its step: must be signed.
    void call(const Part& part, std::string_view lent, bool first);
    // The answer to `call`; without one it says so. Media that this model does not take inside are
    // added to `behind`.
    void result(const ToolCall& call, const ToolResult* result, std::vector<const Part*>& behind);

    json::Writer& out() { return m_out; }
    const std::optional<Error>& problem() const { return m_problem; }

  private:
    void media(const Part& part);
    void response(const ToolResult* result);
    void refuse(const std::string& why);
    bool isOwn(const Reasoning& reasoning) const;
    void callId(std::string_view id);

    const ChatRequest& m_request;
    const Target& m_target;
    const bool m_native;
    const bool m_levels;  // Gemini 3 and later: calls have ids and signatures
    json::Writer m_out;
    std::optional<Error> m_problem;
};

}  // namespace gr::protocol
