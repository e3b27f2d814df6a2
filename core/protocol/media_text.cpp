// SPDX-License-Identifier: MIT
#include "protocol/media_text.h"

#include <algorithm>

#include "base/text.h"
#include "json/scan.h"
#include "protocol/json_text.h"

namespace gr::protocol {
namespace {

constexpr std::string_view kScheme = "data:";

}  // namespace

bool setFromUrl(Media& media, std::string_view url) {
    if (!equalsIgnoreCase(url.substr(0, kScheme.size()), kScheme)) {
        media.url = url;
        return true;
    }
    const std::size_t comma = url.find(',');
    constexpr std::string_view kBase64 = ";base64";
    if (comma == std::string_view::npos)
        return false;
    std::string_view head = url.substr(kScheme.size(), comma - kScheme.size());
    if (head.size() < kBase64.size() ||
        !equalsIgnoreCase(head.substr(head.size() - kBase64.size()), kBase64))
        return false;
    head.remove_suffix(kBase64.size());
    media.type = head.substr(0, head.find(';'));  // without parameters as ;charset=
    media.data = url.substr(comma + 1);
    return !media.data.empty() && (media.type.empty() || isMediaType(media.type));
}

bool isMediaType(std::string_view text) {
    // Parameters stand behind the whole type: readers of data: URLs cut at the first of them.
    const std::string_view kind = text.substr(0, text.find(';'));
    const std::size_t slash = kind.find('/');
    return slash != 0 && slash < kind.size() - 1 &&
           std::all_of(text.begin(), text.end(), [](char c) {
               return c >= ' ' && c <= '~' && c != ',' && c != '"' && c != '\\';
           });
}

std::optional<std::string> textIn(const Media& media) {
    auto text = fromBase64(media.data);
    if (text && !json::scanObject("{\"text\":" + quoted(*text) + "}"))
        text.reset();
    return text;
}

std::string urlOf(const Media& media) {
    if (media.data.empty())
        return std::string(media.url);
    std::string out;
    out.reserve(media.data.size() + media.type.size() + 16);
    return out.append(kScheme).append(media.type).append(";base64,").append(media.data);
}

}  // namespace gr::protocol
