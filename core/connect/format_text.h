// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "connect/wish.h"

// The formats behind config_text.h, one file each; `text` has no byte order mark here.
namespace gr::connect {

Result<std::string> jsonWith(std::string_view text, const std::vector<Wish>& wishes);
Result<std::optional<std::string>> jsonValue(std::string_view text, const Path& path);

Result<std::string> tomlWith(std::string_view text, const std::vector<Wish>& wishes);
Result<std::optional<std::string>> tomlValue(std::string_view text, const Path& path);

Result<std::string> yamlWith(std::string_view text, const std::vector<Wish>& wishes);
Result<std::optional<std::string>> yamlValue(std::string_view text, const Path& path);

Result<std::string> envWith(std::string_view text, const std::vector<Wish>& wishes);
Result<std::optional<std::string>> envValue(std::string_view text, const Path& path);

// How the lines of `text` end: what its first one does; LF where there is none.
inline std::string lineBreakOf(std::string_view text) {
    const std::size_t end = text.find('\n');
    return end != std::string_view::npos && end > 0 && text[end - 1] == '\r' ? "\r\n" : "\n";
}

// `text` with `line` (without its end) put in at `at`, which is the begin of a line or the end of
// the text; a last line without an end gets one.
inline std::string withLineAt(std::string_view text, std::size_t at, const std::string& line) {
    const std::string lineBreak = lineBreakOf(text);
    std::string out(text.substr(0, at));
    if (at > 0 && text[at - 1] != '\n')
        out += lineBreak;
    out += line + lineBreak;
    out += text.substr(at);
    return out;
}

inline Failure unreadableAt(std::string_view text, std::size_t at, const std::string& why) {
    return fail(ErrorCode::ConfigInvalid,
                "Line " + std::to_string(settings::positionOf(text, at).line) + " " + why + ".");
}

}  // namespace gr::connect
