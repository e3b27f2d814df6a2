// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <string>

// What the tests of Anthropic's adapter share.

// JSON as a test can write it legibly: ' stands for ".
inline std::string q(std::string text) {
    std::replace(text.begin(), text.end(), '\'', '"');
    return text;
}

inline bool contains(const std::string& text, const std::string& what) {
    return text.find(what) != std::string::npos;
}
