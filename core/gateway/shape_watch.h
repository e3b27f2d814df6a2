// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "protocol/adapter.h"

namespace gr::gateway {

// What a request wants its answer to look like: JSON of a schema, arguments of strict tools.
struct WantedShape {
    bool json = false;
    std::string schema;  // of the answer; empty: any object
    struct Tool {
        std::string name;
        std::string schema;
    };
    std::vector<Tool> strictTools;

    bool any() const { return json || !strictTools.empty(); }
};

// Reads it from the body of a request; nothing is wanted where it cannot be read.
WantedShape wantedShape(protocol::Protocol protocol, std::string_view body);

// Watches one answer. Pure; one thread. `wanted` outlives it.
class ShapeWatch final {
  public:
    explicit ShapeWatch(const WantedShape& wanted) : m_wanted(wanted) {}

    void take(const protocol::ChatEvent& event);
    // The answer came to its own end and is not what was wanted. False where it was cut, refused,
    // or is longer than is looked at.
    bool missed() const;

  private:
    struct Call {
        std::size_t block = 0;
        std::string name;
        std::string arguments;  // the inside of JSON strings, joined
    };
    void add(std::string& to, protocol::JsonString text);
    bool missed(const Call& call) const;

    const WantedShape& m_wanted;
    std::string m_text;  // as Call::arguments
    std::vector<Call> m_calls;
    bool m_ended = false;
    bool m_unsaid = false;  // nothing can be said
};

}  // namespace gr::gateway
