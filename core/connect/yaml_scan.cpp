// SPDX-License-Identifier: MIT
#include "connect/yaml_scan.h"

#include <algorithm>
#include <optional>

#include "base/text.h"
#include "connect/format_text.h"

namespace gr::connect {
namespace {

struct Line {
    std::size_t begin = 0;
    std::size_t end = 0;  // without its line end
    std::size_t next = 0;
    std::size_t column = 0;  // of its first byte that is no space
    bool empty = false;      // nothing, or a comment alone
};

std::vector<Line> linesOf(std::string_view text, std::size_t from, std::size_t to) {
    std::vector<Line> lines;
    for (std::size_t at = from; at < to;) {
        Line line{.begin = at};
        line.end = std::min(text.find('\n', at), to);
        line.next = std::min(line.end + 1, to);
        if (line.end > at && text[line.end - 1] == '\r')
            --line.end;
        const std::size_t first = text.find_first_not_of(' ', at);
        line.column = std::min(first, line.end) - at;
        line.empty = line.column == line.end - at || text[at + line.column] == '#';
        lines.push_back(line);
        at = line.next;
    }
    return lines;
}

// Where a scalar on one line ends; for a quoted one behind its quote.
std::optional<std::size_t> endOfScalar(std::string_view text, std::size_t begin, std::size_t end) {
    const char first = text[begin];
    if (first == '"' || first == '\'') {
        for (std::size_t at = begin + 1; at < end; ++at) {
            if (first == '"' && text[at] == '\\')
                ++at;
            else if (text[at] == first && first == '\'' && at + 1 < end && text[at + 1] == first)
                ++at;
            else if (text[at] == first)
                return at + 1;
        }
        return std::nullopt;  // it goes on below
    }
    for (std::size_t at = begin + 1; at < end; ++at) {
        if (text[at] == '#' && (text[at - 1] == ' ' || text[at - 1] == '\t')) {
            end = at;
            break;
        }
    }
    while (end > begin && (text[end - 1] == ' ' || text[end - 1] == '\t'))
        --end;
    return end;
}

std::string unquoted(std::string_view raw) {
    if (raw.size() < 2 || (raw.front() != '"' && raw.front() != '\''))
        return std::string(raw);
    const char quote = raw.front();
    std::string out;
    for (std::size_t i = 1; i + 1 < raw.size(); ++i) {
        if ((quote == '"' && raw[i] == '\\') || (quote == '\'' && raw[i] == '\''))
            ++i;
        out += raw[i];
    }
    return out;
}

// `NAME: value` from `begin` on; nothing when the line is not so.
std::optional<YamlEntry> entryAt(std::string_view text, std::size_t begin, const Line& line) {
    YamlEntry entry;
    entry.lineBegin = line.begin;
    std::size_t colon = begin;
    if (text[begin] == '"' || text[begin] == '\'') {
        const auto end = endOfScalar(text, begin, line.end);
        if (!end)
            return std::nullopt;
        colon = *end;
        entry.name = unquoted(text.substr(begin, colon - begin));
    } else {
        if (std::string_view("?&*!|>%@`{}[],-").find(text[begin]) != std::string_view::npos)
            return std::nullopt;
        while (colon < line.end &&
               !(text[colon] == ':' && (colon + 1 == line.end || text[colon + 1] == ' ')))
            ++colon;
        entry.name = trim(text.substr(begin, colon - begin));
    }
    if (colon >= line.end || text[colon] != ':' || entry.name == "<<")
        return std::nullopt;
    entry.nameEnd = colon + 1;
    entry.valueBegin = std::min(text.find_first_not_of(" \t", colon + 1), line.end);
    entry.valueBegin = std::min(entry.valueBegin, line.end);
    entry.valueEnd = entry.valueBegin;
    entry.blockEnd = line.next;
    if (entry.valueBegin == line.end || text[entry.valueBegin] == '#')
        return entry;
    const bool special =
        std::string_view("|>{[&*!@`%").find(text[entry.valueBegin]) != std::string_view::npos;
    const auto end = endOfScalar(text, entry.valueBegin, line.end);
    entry.kind = special || !end ? YamlEntry::Kind::Other : YamlEntry::Kind::Scalar;
    entry.valueEnd = end.value_or(line.end);
    entry.value = unquoted(text.substr(entry.valueBegin, entry.valueEnd - entry.valueBegin));
    return entry;
}

bool isDash(std::string_view text, const Line& line) {
    const std::size_t at = line.begin + line.column;
    return text[at] == '-' && (at + 1 == line.end || text[at + 1] == ' ');
}

}  // namespace

Result<std::vector<YamlEntry>> scanYaml(std::string_view text) {
    std::vector<YamlEntry> entries;
    bool begun = false;
    for (const Line& line : linesOf(text, 0, text.size())) {
        if (line.empty)
            continue;
        const std::string_view content = text.substr(line.begin, line.end - line.begin);
        if (content.find_first_not_of(" \t") != line.column &&
            (entries.empty() || entries.back().kind != YamlEntry::Kind::Other))
            return unreadableAt(text, line.begin, "is indented with a tab");
        if (line.column > 0 || (isDash(text, line) && !entries.empty() &&
                                entries.back().kind == YamlEntry::Kind::Empty)) {
            if (entries.empty())
                return unreadableAt(text, line.begin, "is indented, with nothing above it");
            entries.back().blockEnd = line.next;
            entries.back().goesOn = true;
            continue;
        }
        if (trim(content) == "---" && !begun) {
            begun = true;
            continue;
        }
        begun = true;
        auto entry = entryAt(text, line.begin, line);
        if (!entry)
            return unreadableAt(text, line.begin, "is no \"name: value\"");
        if (std::any_of(entries.begin(), entries.end(),
                        [&](const YamlEntry& other) { return other.name == entry->name; }))
            return unreadableAt(text, line.begin, "has a name that stands twice");
        entries.push_back(std::move(*entry));
    }
    return entries;
}

Result<YamlList> scanYamlList(std::string_view text, const YamlEntry& entry) {
    YamlList list;
    list.blockEnd = entry.blockEnd;
    const std::size_t below = text.find('\n', entry.nameEnd);
    std::vector<Line> lines = below == std::string_view::npos
                                  ? std::vector<Line>()
                                  : linesOf(text, below + 1, entry.blockEnd);
    std::erase_if(lines, [](const Line& line) { return line.empty; });
    for (Line line : lines) {
        if (list.items.empty())
            list.dashColumn = line.column;
        const bool begins = line.column == list.dashColumn;
        if (line.column < list.dashColumn || (begins && !isDash(text, line)))
            return unreadableAt(text, line.begin, "is no item of the list that it stands in");
        if (begins) {
            list.items.emplace_back();
            const std::size_t after = text.find_first_not_of(' ', line.begin + line.column + 1);
            if (after >= line.end)
                continue;
            line.column = after - line.begin;
        }
        YamlItem& item = list.items.back();
        item.blockEnd = line.next;
        if (item.entries.empty() && item.column == 0)
            item.column = line.column;
        if (line.column > item.column) {
            if (!item.entries.empty()) {
                item.entries.back().blockEnd = line.next;
                item.entries.back().goesOn = true;
            }
            continue;
        }
        if (line.column < item.column)
            return unreadableAt(text, line.begin, "is indented less than what it belongs to");
        if (auto found = entryAt(text, line.begin + line.column, line))
            item.entries.push_back(std::move(*found));
        else if (!item.entries.empty() && isDash(text, line))
            item.entries.back().goesOn = true;  // its list may stand as far left as its name
        else if (!item.entries.empty())
            return unreadableAt(text, line.begin, "is no \"name: value\"");
    }
    return list;
}

}  // namespace gr::connect
