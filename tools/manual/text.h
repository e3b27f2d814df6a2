// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>

namespace gr::manual {

// `text` for running text of a manual page: what troff would take for its own is escaped, and a
// dash stays the dash that people type. Pure.
inline std::string roff(std::string_view text) {
    std::string out;
    for (const char c : text) {
        if (c == '\\')
            out += "\\e";
        else if (c == '-')
            out += "\\-";
        else if (c == '\'' && (out.empty() || out.back() == '\n'))
            out += "\\(aq";
        else if (c == '.' && (out.empty() || out.back() == '\n'))
            out += "\\&.";
        else
            out += c;
    }
    return out;
}

inline std::string bold(std::string_view text) {
    return "\\fB" + roff(text) + "\\fR";
}

inline std::string italic(std::string_view text) {
    return "\\fI" + roff(text) + "\\fR";
}

// `text` with every `from` replaced. Pure.
inline std::string replaced(std::string text, std::string_view from, std::string_view to) {
    for (auto at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size()))
        text.replace(at, from.size(), to);
    return text;
}

}  // namespace gr::manual
