// SPDX-License-Identifier: MIT
#include <algorithm>

#include "base/text.h"
#include "connect/format_text.h"

namespace gr::connect {
namespace {

// One assignment; the value with its quotes.
struct Assignment {
    std::string name;
    std::size_t lineBegin = 0;
    std::size_t valueBegin = 0;
    std::size_t valueEnd = 0;
    std::size_t nextLine = 0;
    std::string value;
};

std::size_t endOfLine(std::string_view text, std::size_t at) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    return end > at && text[end - 1] == '\r' ? end - 1 : end;
}

// Where a bare value ends: before its comment and the blanks behind it.
std::size_t endOfBare(std::string_view text, std::size_t begin) {
    std::size_t end = endOfLine(text, begin);
    for (std::size_t at = begin; at < end; ++at) {
        if (text[at] == '#' && (at == begin || text[at - 1] == ' ' || text[at - 1] == '\t'))
            end = at;
    }
    while (end > begin && (text[end - 1] == ' ' || text[end - 1] == '\t'))
        --end;
    return end;
}

std::string unquoted(std::string_view value) {
    if (value.size() < 2 || (value.front() != '"' && value.front() != '\''))
        return std::string(value);
    const bool escapes = value.front() == '"';
    std::string out;
    for (std::size_t i = 1; i + 1 < value.size(); ++i) {
        if (escapes && value[i] == '\\' && i + 2 < value.size())
            ++i;
        out += value[i];
    }
    return out;
}

Result<std::size_t> endOfQuoted(std::string_view text, std::size_t begin) {
    for (std::size_t at = begin + 1; at < text.size(); ++at) {
        if (text[begin] == '"' && text[at] == '\\')
            ++at;
        else if (text[at] == text[begin])
            return at + 1;
    }
    return unreadableAt(text, begin, "begins a quote that does not end");
}

bool isName(std::string_view name) {
    return !name.empty() && std::all_of(name.begin(), name.end(), [](unsigned char c) {
        return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
               c == '_' || c == '.' || c == '-';
    });
}

Result<std::vector<Assignment>> assignmentsIn(std::string_view text) {
    std::vector<Assignment> all;
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t end = endOfLine(text, at);
        const std::string_view line = trim(text.substr(at, end - at));
        Assignment one;
        one.lineBegin = at;
        one.nextLine = std::min(text.find('\n', end), text.size() - 1) + 1;
        if (line.empty() || line.front() == '#') {
            at = one.nextLine;
            continue;
        }
        const std::size_t equals = text.find('=', at);
        if (equals >= end)
            return unreadableAt(text, at, "is no NAME=value");
        std::string_view name = trim(text.substr(at, equals - at));
        if (name.starts_with("export ") || name.starts_with("export\t"))
            name = trim(name.substr(7));
        if (!isName(name))
            return unreadableAt(text, at, "is no NAME=value");
        one.name = name;
        one.valueBegin = std::min(text.find_first_not_of(" \t", equals + 1), text.size());
        one.valueBegin = std::min(one.valueBegin, end);
        if (one.valueBegin < end && (text[one.valueBegin] == '"' || text[one.valueBegin] == '\'')) {
            const auto quoted = endOfQuoted(text, one.valueBegin);
            if (!quoted)
                return fail(quoted.error());
            one.valueEnd = *quoted;
            one.nextLine = std::min(text.find('\n', *quoted), text.size() - 1) + 1;
        } else {
            one.valueEnd = endOfBare(text, one.valueBegin);
        }
        one.value = unquoted(text.substr(one.valueBegin, one.valueEnd - one.valueBegin));
        at = one.nextLine;
        all.push_back(std::move(one));
    }
    return all;
}

// Bare where every reader of such files takes it so.
std::string written(const std::string& value) {
    constexpr std::string_view kPlain =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-./:@+,";
    if (value.find_first_not_of(kPlain) == std::string::npos)
        return value;
    std::string out = "\"";
    for (const char c : value) {
        if (c == '"' || c == '\\' || c == '$' || c == '`')
            out += '\\';
        out += c;
    }
    return out + "\"";
}

Result<std::string> withWish(const std::string& text, const Wish& wish) {
    const auto all = assignmentsIn(text);
    if (!all)
        return fail(all.error());
    std::string changed = text;
    bool found = false;
    // Which one counts when a name stands twice depends on the reader: all get the value. From the
    // end, so that the places stay right.
    for (auto it = all->rbegin(); it != all->rend(); ++it) {
        if (it->name != wish.path.front())
            continue;
        found = true;
        if (wish.kind == Wish::Kind::Absent)
            changed.erase(it->lineBegin, it->nextLine - it->lineBegin);
        else if (wish.kind == Wish::Kind::Must && it->value != wish.value.text)
            changed.replace(it->valueBegin, it->valueEnd - it->valueBegin,
                            written(wish.value.text));
    }
    if (found || wish.kind == Wish::Kind::Absent)
        return changed;
    return withLineAt(changed, changed.size(), wish.path.front() + "=" + written(wish.value.text));
}

}  // namespace

Result<std::string> envWith(std::string_view text, const std::vector<Wish>& wishes) {
    std::string changed(text);
    for (const Wish& wish : wishes) {
        auto next = withWish(changed, wish);
        if (!next)
            return next;
        changed = std::move(*next);
    }
    return changed;
}

Result<std::optional<std::string>> envValue(std::string_view text, const Path& path) {
    const auto all = assignmentsIn(text);
    if (!all)
        return fail(all.error());
    for (const Assignment& one : *all) {
        if (one.name == path.front())
            return one.value;
    }
    return std::nullopt;
}

}  // namespace gr::connect
