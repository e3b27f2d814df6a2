// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "protocol/chat.h"

namespace gr::protocol {

// Looks for stop sequences in an answer that comes in pieces, for providers that have no such
// setting. Text that may be the beginning of one is held back. One object, one answer.
class StopCutter final {
  public:
    // `stops`: JSON strings, not kept.
    explicit StopCutter(const std::vector<JsonString>& stops);

    bool idle() const { return m_stops.empty(); }
    // The text of `piece` (a JSON string) that may pass, plain. Behind a hit nothing passes.
    std::string pass(JsonString piece);
    // What is held back, when no more text can follow.
    std::string rest();
    // The sequence that was found, plain.
    const std::optional<std::string>& hit() const { return m_hit; }

  private:
    std::vector<std::string> m_stops;
    std::string m_held;
    std::optional<std::string> m_hit;
};

}  // namespace gr::protocol
