// SPDX-License-Identifier: MIT
#include "connect/config_text.h"

#include "connect/format_text.h"

namespace gr::connect {
namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

Result<void> checkIsText(std::string_view text) {
    if (text.find('\0') != std::string_view::npos)
        return fail(ErrorCode::ConfigInvalid, "It is not text in UTF-8.");
    return {};
}

Result<std::string> bodyWith(Format format, std::string_view body,
                             const std::vector<Wish>& wishes) {
    switch (format) {
        case Format::Json:
            return jsonWith(body, wishes);
        case Format::Toml:
            return tomlWith(body, wishes);
        case Format::Yaml:
            return yamlWith(body, wishes);
        case Format::Env:
            break;
    }
    return envWith(body, wishes);
}

}  // namespace

Result<std::string> withWishes(Format format, std::string_view text,
                               const std::vector<Wish>& wishes) {
    if (auto checked = checkIsText(text); !checked)
        return fail(std::move(checked.error()));
    const std::string_view mark = text.starts_with(kByteOrderMark) ? kByteOrderMark : "";
    auto changed = bodyWith(format, text.substr(mark.size()), wishes);
    if (!changed)
        return changed;
    return std::string(mark) + *changed;
}

Result<std::optional<std::string>> valueAt(Format format, std::string_view text, const Path& path) {
    if (auto checked = checkIsText(text); !checked)
        return fail(std::move(checked.error()));
    if (text.starts_with(kByteOrderMark))
        text.remove_prefix(kByteOrderMark.size());
    switch (format) {
        case Format::Json:
            return jsonValue(text, path);
        case Format::Toml:
            return tomlValue(text, path);
        case Format::Yaml:
            return yamlValue(text, path);
        case Format::Env:
            break;
    }
    return envValue(text, path);
}

}  // namespace gr::connect
