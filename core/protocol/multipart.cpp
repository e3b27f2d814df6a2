// SPDX-License-Identifier: MIT
#include "protocol/multipart.h"

#include <algorithm>
#include <cstring>
#include <utility>
#include <vector>

#include "base/text.h"
#include "http/message.h"

namespace gr::protocol {
namespace {

using Parameters = std::vector<std::pair<std::string_view, std::string_view>>;

// The parameters of a header (`; name="value"`), without their quotes. Nothing where two readers
// could take them differently. Readers do not agree whether a backslash escapes a quote.
std::optional<Parameters> parametersOf(std::string_view header) {
    constexpr auto kNone = std::string_view::npos;
    Parameters found;
    for (std::size_t at = header.find(';'); at != kNone;) {
        if (trim(header.substr(++at)).empty())
            break;
        const std::size_t equals = header.find('=', at);
        if (equals == kNone)
            return std::nullopt;
        const std::string_view name = trim(header.substr(at, equals - at));
        const std::size_t begin = header.find_first_not_of(" \t", equals + 1);
        std::string_view value;
        if (begin != kNone && header[begin] == '"') {
            const std::size_t end = header.find('"', begin + 1);
            if (end == kNone || header[end - 1] == '\\')
                return std::nullopt;
            value = header.substr(begin + 1, end - begin - 1);
            at = header.find_first_not_of(" \t", end + 1);
            if (at != kNone && header[at] != ';')
                return std::nullopt;
        } else {
            at = header.find(';', equals);
            value = trim(header.substr(equals + 1, at == kNone ? at : at - equals - 1));
            if (value.find_first_of(" \t\"") != kNone)
                return std::nullopt;
        }
        if (name.empty() || name.find_first_of("; \t\"") != kNone)
            return std::nullopt;
        found.emplace_back(name, value);
    }
    return found;
}

// The value of the one parameter `name`; nothing when it is there twice, or as `name*` (RFC 2231),
// which only some read.
std::optional<std::string_view> parameter(std::string_view header, std::string_view name) {
    const auto all = parametersOf(header);
    std::optional<std::string_view> found;
    for (const auto& [key, value] : all.value_or(Parameters())) {
        if (equalsIgnoreCase(key.substr(0, key.find('*')), name)) {
            if (found || key.size() != name.size())
                return std::nullopt;
            found = value;
        }
    }
    return found;
}

// The name in the header lines of one part; nothing when it has none, or two readers could find
// different ones.
std::optional<std::string_view> partName(std::string_view lines) {
    constexpr auto kNone = std::string_view::npos;
    std::optional<std::string_view> found;
    while (!lines.empty()) {
        const std::string_view line = lines.substr(0, lines.find("\r\n"));
        lines.remove_prefix(std::min(line.size() + 2, lines.size()));
        const std::size_t colon = line.find(':');
        if (colon == kNone || line.find_first_of(std::string_view("\r\n\0", 3)) != kNone ||
            line.substr(0, colon).find_first_of(" \t") != kNone)
            return std::nullopt;
        if (!equalsIgnoreCase(line.substr(0, colon), "content-disposition"))
            continue;
        const auto name = parameter(line.substr(colon + 1), "name");
        if (found || !name || name->find('\\') != kNone)
            return std::nullopt;
        found = name;
    }
    return found;
}

// RFC 2046, 5.1.1.
bool isBoundary(std::string_view text) {
    return !text.empty() && text.size() <= 70 && text.back() != ' ' &&
           std::all_of(text.begin(), text.end(), [](char c) {
               return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                      std::string_view("'()+_,-./:=? ").find(c) != std::string_view::npos;
           });
}

std::size_t findIn(std::string_view text, std::string_view what, std::size_t from) {
    const void* found = memmem(text.data() + from, text.size() - from, what.data(), what.size());
    return found == nullptr
               ? std::string_view::npos
               : static_cast<std::size_t>(static_cast<const char*>(found) - text.data());
}

}  // namespace

std::optional<std::string> multipartBoundary(std::string_view contentType) {
    if (!equalsIgnoreCase(http::mediaTypeIn(contentType), "multipart/form-data"))
        return std::nullopt;
    const auto boundary = parameter(contentType, "boundary");
    if (!boundary || !isBoundary(*boundary))
        return std::nullopt;
    return std::string(*boundary);
}

Result<std::optional<PartSpan>> partNamed(std::string_view body, std::string_view boundary,
                                          std::string_view name) {
    const auto broken = [] {
        return failField(ErrorCode::InvalidField, "body",
                         "The body does not keep to the boundary of its multipart/form-data.");
    };
    const std::string mark = "--" + std::string(boundary);
    const std::string next = "\n" + mark;
    std::optional<PartSpan> found;
    if (!body.starts_with(mark))
        return broken();
    std::size_t at = mark.size();  // behind a boundary
    while (body.substr(at, 2) != "--") {
        if (body.substr(at, 2) != "\r\n")
            return broken();
        at += 2;
        // A boundary behind a line feed alone is one for some readers.
        const std::size_t end = findIn(body, next, at);
        if (end == std::string_view::npos || body[end - 1] != '\r')
            return broken();
        const std::string_view part = body.substr(at, end - 1 - at);
        const std::size_t blank = part.find("\r\n\r\n");
        const auto named = partName(part.substr(0, blank));
        if (blank == std::string_view::npos || !named)
            return failField(ErrorCode::InvalidField, "body",
                             "Each part of a form needs one Content-Disposition with one plain "
                             "name; a part of this one has none, or more.");
        if (*named == name) {
            if (found)
                return failField(ErrorCode::DuplicateKey, std::string(name),
                                 "\"" + std::string(name) + "\" stands twice in the form.");
            found = PartSpan{at + blank + 4, end - 1};
        }
        at = end + next.size();
    }
    if (body.find_first_not_of("\r\n", at + 2) != std::string_view::npos)
        return broken();
    return found;
}

}  // namespace gr::protocol
