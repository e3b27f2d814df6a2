// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <string>
#include <string_view>

namespace gr::test {

// JSON written with single quotes, which reads better in tables (and moc trips over some others).
inline std::string jsonOf(std::string_view text) {
    std::string out(text);
    std::replace(out.begin(), out.end(), '\'', '"');
    return out;
}

// The other way round, to compare in the same words.
inline std::string words(std::string_view text) {
    std::string out(text);
    std::replace(out.begin(), out.end(), '"', '\'');
    return out;
}

}  // namespace gr::test
