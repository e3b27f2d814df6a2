// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "protocol/adapter.h"

// The names and ids of tools as a provider of OpenAI's format takes them. Pure values; both are
// functions of the request, so that writing it and reading its answer agree.
namespace gr::protocol {

// Names are [a-zA-Z0-9_-], at most 64; others are rewritten and found again in the answer.
class ToolNames final {
  public:
    // Views into `request`, which must outlive this.
    explicit ToolNames(const ChatRequest& request);

    std::string_view toProvider(std::string_view name) const;
    std::string_view fromProvider(std::string_view name) const;

  private:
    std::unordered_map<std::string_view, std::string> m_rewritten;  // ours to theirs; mostly empty
};

// Ids of calls in the form that a dialect takes. An id that has the form stays; any other gets one
// by its hash, another for every call, the same for the call and its result and in every turn.
class ToolIds final {
  public:
    ToolIds(const ChatRequest& request, ToolIdForm form);

    std::string_view toProvider(std::string_view id) const;

  private:
    std::unordered_map<std::string_view, std::string> m_rewritten;
};

}  // namespace gr::protocol
