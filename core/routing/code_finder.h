// SPDX-License-Identifier: MIT
#pragma once

#include <string_view>

namespace gr::routing {

// Does a message have program code, a shell's commands or markup in it? A block between ``` says
// so; else two signs of it (lines that end as statements do, words that begin them). Pure; any
// thread; time in proportion to the text.
bool hasCode(std::string_view message);

}  // namespace gr::routing
