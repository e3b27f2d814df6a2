// SPDX-License-Identifier: MIT
#include "protocol/multipart.h"

#include <cstring>

#include "base/text.h"
#include "http/message.h"

namespace gr::protocol {
namespace {

// The value of `name` among the parameters of a header (`; name="value"`), unquoted. Nothing when
// it is not there once.
std::optional<std::string> parameter(std::string_view header, std::string_view name) {
    std::optional<std::string> found;
    std::size_t at = header.find(';');
    while (at < header.size()) {
        const std::size_t equals = header.find('=', at);
        if (equals == std::string_view::npos)
            break;
        const bool wanted = equalsIgnoreCase(trim(header.substr(at + 1, equals - at - 1)), name);
        std::string value;
        std::size_t i = equals + 1;
        if (i < header.size() && header[i] == '"') {
            for (++i; i < header.size() && header[i] != '"'; ++i) {
                if (header[i] == '\\' && i + 1 < header.size())
                    ++i;
                value.push_back(header[i]);
            }
            at = header.find(';', i);
        } else {
            at = header.find(';', i);
            value = trim(header.substr(i, at == std::string_view::npos ? at : at - i));
        }
        if (wanted && found)
            return std::nullopt;
        if (wanted)
            found = std::move(value);
    }
    return found;
}

// The name in the header lines of one part; nothing when it has none.
std::optional<std::string> partName(std::string_view lines) {
    constexpr std::string_view kField = "content-disposition:";
    while (!lines.empty()) {
        const std::string_view line = lines.substr(0, lines.find("\r\n"));
        lines.remove_prefix(std::min(line.size() + 2, lines.size()));
        if (line.size() > kField.size() && equalsIgnoreCase(line.substr(0, kField.size()), kField))
            return parameter(line.substr(kField.size()), "name");
    }
    return std::nullopt;
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
    auto boundary = parameter(contentType, "boundary");
    if (!boundary || boundary->empty() || boundary->size() > 70)
        return std::nullopt;
    return boundary;
}

Result<std::optional<PartSpan>> partNamed(std::string_view body, std::string_view boundary,
                                          std::string_view name) {
    const auto broken = [] {
        return failField(ErrorCode::InvalidField, "body",
                         "The body does not keep to the boundary of its multipart/form-data.");
    };
    const std::string mark = "--" + std::string(boundary);
    const std::string next = "\r\n" + mark;
    std::optional<PartSpan> found;
    if (!body.starts_with(mark))
        return broken();
    std::size_t at = mark.size();
    while (body.substr(at, 2) != "--") {
        if (body.substr(at, 2) != "\r\n")
            return broken();
        const std::size_t blank = findIn(body, "\r\n\r\n", at);
        const std::size_t end =
            blank == std::string_view::npos ? blank : findIn(body, next, blank + 2);
        if (end == std::string_view::npos)
            return broken();
        if (partName(body.substr(at + 2, blank - at - 2)) == name) {
            if (found)
                return failField(ErrorCode::DuplicateKey, std::string(name),
                                 "\"" + std::string(name) + "\" stands twice in the form.");
            found = PartSpan{std::min(blank + 4, end), end};
        }
        at = end + next.size();
    }
    return found;
}

}  // namespace gr::protocol
