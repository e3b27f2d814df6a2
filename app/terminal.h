// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <string>

namespace gr::app {

// Names of others on a terminal: printable ASCII, nothing that moves the cursor or turns the text.
inline std::string plain(std::string text) {
    std::replace_if(
        text.begin(), text.end(), [](char c) { return c < 0x20 || c > 0x7e; }, '?');
    return text;
}

}  // namespace gr::app
