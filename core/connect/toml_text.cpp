// SPDX-License-Identifier: MIT
#include <algorithm>

#include "connect/format_text.h"
#include "connect/toml_scan.h"

namespace gr::connect {
namespace {

bool isPrefix(const Path& shorter, const Path& longer) {
    return shorter.size() < longer.size() &&
           std::equal(shorter.begin(), shorter.end(), longer.begin());
}

std::string dotted(const Path& path) {
    std::string out;
    for (const std::string& step : path) {
        const bool bare =
            !step.empty() && std::all_of(step.begin(), step.end(), [](unsigned char c) {
                return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
                       c == '_' || c == '-';
            });
        out += (out.empty() ? "" : ".") + (bare ? step : settings::quoteJson(step));
    }
    return out;
}

Failure otherForm(const Path& path) {
    return fail(ErrorCode::InvalidField,
                "\"" + dotted(path) + "\" is written in a form that is not edited here.");
}

// Where the first entry of the root goes: behind the comment at the top, when a blank line parts it
// from the rest, since it is about the file then.
std::size_t topOf(std::string_view text) {
    std::size_t at = 0;
    while (text.substr(at).starts_with("#"))
        at = std::min(text.find('\n', at), text.size() - 1) + 1;
    const std::string_view rest = text.substr(at);
    return rest.empty() || rest.starts_with("\n") || rest.starts_with("\r\n") ? at : 0;
}

std::string withRootLine(std::string_view text, const TomlText& scanned, const std::string& line) {
    if (scanned.rootEnd > 0)
        return withLineAt(text, scanned.rootEnd, line);
    const std::string lineBreak = lineBreakOf(text);
    const std::size_t top = topOf(text);
    if (top == 0)
        return text.empty() ? withLineAt(text, 0, line) : withLineAt(text, 0, line + lineBreak);
    return withLineAt(text, top, lineBreak + line);
}

std::string withNewTable(std::string_view text, const Path& table, const std::string& line) {
    const std::string lineBreak = lineBreakOf(text);
    return withLineAt(
        text, text.size(),
        (text.empty() ? "" : lineBreak) + "[" + dotted(table) + "]" + lineBreak + line);
}

Result<std::string> withWish(const std::string& text, const Wish& wish) {
    const auto scanned = scanToml(text);
    if (!scanned)
        return fail(scanned.error());
    const auto& entries = scanned->entries;
    const auto isIt = [&wish](const TomlEntry& entry) { return entry.path == wish.path; };
    if (std::count_if(entries.begin(), entries.end(), isIt) > 1)
        return fail(ErrorCode::InvalidField, "\"" + dotted(wish.path) + "\" stands twice.");
    const std::string written = settings::quoteJson(wish.value.text);
    if (const auto it = std::find_if(entries.begin(), entries.end(), isIt); it != entries.end()) {
        if (wish.kind == Wish::Kind::Default || it->value == wish.value.text)
            return text;
        std::string changed = text;
        return changed.replace(it->valueBegin, it->valueEnd - it->valueBegin, written);
    }

    const Path parent(wish.path.begin(), wish.path.end() - 1);
    const std::string line = dotted({wish.path.back()}) + " = " + written;
    for (const TomlEntry& entry : entries) {
        // An inline table on the way, or a table of that name where a text belongs.
        if (isPrefix(entry.path, wish.path))
            return otherForm(entry.path);
        if (isPrefix(wish.path, entry.path))
            return otherForm(wish.path);
    }
    const TomlTable* table = nullptr;
    for (const TomlTable& one : scanned->tables) {
        if (one.list && (one.path == parent || isPrefix(one.path, parent)))
            return otherForm(one.path);
        if (!one.list && one.path == parent)
            table = &one;
    }
    if (parent.empty())
        return withRootLine(text, *scanned, line);
    if (table != nullptr)
        return withLineAt(text, table->bodyEnd, line);
    // A table that dotted names made may not be opened a second time (TOML 1.0, "Table").
    for (const TomlEntry& entry : entries) {
        if (entry.dotted && isPrefix(parent, entry.path))
            return otherForm(parent);
    }
    return withNewTable(text, parent, line);
}

}  // namespace

Result<std::string> tomlWith(std::string_view text, const std::vector<Wish>& wishes) {
    std::string changed(text);
    for (const Wish& wish : wishes) {
        auto next = withWish(changed, wish);
        if (!next)
            return next;
        changed = std::move(*next);
    }
    return changed;
}

Result<std::optional<std::string>> tomlValue(std::string_view text, const Path& path) {
    const auto scanned = scanToml(text);
    if (!scanned)
        return fail(scanned.error());
    for (const TomlEntry& entry : scanned->entries) {
        if (entry.path == path)
            return entry.value;
    }
    return std::nullopt;
}

}  // namespace gr::connect
