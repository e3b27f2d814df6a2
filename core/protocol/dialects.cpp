// SPDX-License-Identifier: MIT
#include "protocol/dialects.h"

#include <algorithm>
#include <array>

namespace gr::protocol {
namespace {

constexpr std::array kDialects{
    Dialect{.id = "openai"},
    // Refuses unknown fields; usage always comes with the last chunk.
    Dialect{.id = "mistral", .streamUsageOption = false},
};

}  // namespace

const Dialect& dialect(std::string_view id) {
    const auto* it = std::find_if(kDialects.begin(), kDialects.end(),
                                  [id](const Dialect& d) { return d.id == id; });
    return it == kDialects.end() ? kDialects.front() : *it;
}

}  // namespace gr::protocol
