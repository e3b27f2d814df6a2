// SPDX-License-Identifier: MIT
#include "connect/line_diff.h"

#include <algorithm>
#include <array>

#include "base/text.h"

namespace gr::connect {
namespace {

using Lines = std::vector<std::string_view>;

// Beyond this many cells of the table the middle is shown as replaced as a whole.
constexpr std::size_t kMostCells = 4'000'000;

// With their line ends, so that these count as well.
Lines linesOf(std::string_view text) {
    Lines lines;
    while (!text.empty()) {
        const std::size_t end = std::min(text.find('\n'), text.size() - 1) + 1;
        lines.push_back(text.substr(0, end));
        text.remove_prefix(end);
    }
    return lines;
}

std::string shown(std::string_view line) {
    while (!line.empty() && (line.back() == '\n' || line.back() == '\r'))
        line.remove_suffix(1);
    return std::string(line);
}

void add(std::vector<DiffLine>& out, DiffLine::Kind kind, const Lines& lines, std::size_t from,
         std::size_t to) {
    for (std::size_t i = from; i < to; ++i)
        out.push_back({kind, shown(lines[i])});
}

// The longest common subsequence of a[from, aTo) and b[from, bTo).
void addMiddle(std::vector<DiffLine>& out, const Lines& a, const Lines& b, std::size_t from,
               std::size_t aTo, std::size_t bTo) {
    const std::size_t rows = aTo - from;
    const std::size_t columns = bTo - from;
    if ((rows + 1) * (columns + 1) > kMostCells) {
        add(out, DiffLine::Kind::Removed, a, from, aTo);
        add(out, DiffLine::Kind::Added, b, from, bTo);
        return;
    }
    std::vector<std::uint32_t> table((rows + 1) * (columns + 1));
    const auto cell = [&](std::size_t i, std::size_t j) -> std::uint32_t& {
        return table[i * (columns + 1) + j];
    };
    for (std::size_t i = rows; i-- > 0;) {
        for (std::size_t j = columns; j-- > 0;)
            cell(i, j) = a[from + i] == b[from + j] ? cell(i + 1, j + 1) + 1
                                                    : std::max(cell(i + 1, j), cell(i, j + 1));
    }
    std::size_t i = 0;
    std::size_t j = 0;
    while (i < rows || j < columns) {
        if (i < rows && j < columns && a[from + i] == b[from + j]) {
            out.push_back({DiffLine::Kind::Same, shown(a[from + i])});
            ++i;
            ++j;
        } else if (i < rows && (j == columns || cell(i + 1, j) >= cell(i, j + 1))) {
            out.push_back({DiffLine::Kind::Removed, shown(a[from + i++])});
        } else {
            out.push_back({DiffLine::Kind::Added, shown(b[from + j++])});
        }
    }
}

std::vector<DiffLine> cutTo(const std::vector<DiffLine>& all, std::size_t context) {
    std::vector<bool> keep(all.size());
    for (std::size_t i = 0; i < all.size(); ++i) {
        if (all[i].kind == DiffLine::Kind::Same)
            continue;
        const std::size_t first = i > context ? i - context : 0;
        for (std::size_t k = first; k < std::min(all.size(), i + context + 1); ++k)
            keep[k] = true;
    }
    std::vector<DiffLine> out;
    for (std::size_t i = 0; i < all.size(); ++i) {
        if (keep[i])
            out.push_back(all[i]);
        else if (out.empty() || out.back().kind != DiffLine::Kind::Gap)
            out.push_back({DiffLine::Kind::Gap, {}});
    }
    return out;
}

bool isKeyChar(unsigned char c) {
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_' ||
           c == '-';
}

bool looksLikeKey(std::string_view run, bool nearName) {
    constexpr std::array<std::string_view, 7> kBegins{"gr-",  "sk-",  "AIza", "ghp_",
                                                      "xai-", "gsk_", "hf_"};
    const auto has = [run](char from, char to) {
        return std::any_of(run.begin(), run.end(), [=](char c) { return c >= from && c <= to; });
    };
    const bool mixed = has('0', '9') && (has('a', 'z') || has('A', 'Z'));
    const bool begins = std::any_of(kBegins.begin(), kBegins.end(),
                                    [run](std::string_view b) { return run.starts_with(b); });
    return (begins && run.size() >= 12) || (nearName && mixed && run.size() >= 8);
}

std::string masked(std::string_view run) {
    return std::string(run.substr(0, 3)) + "••••••••" + std::string(run.substr(run.size() - 4));
}

}  // namespace

std::vector<DiffLine> lineDiff(std::string_view before, std::string_view after,
                               std::size_t context) {
    if (before == after)
        return {};
    const Lines a = linesOf(before);
    const Lines b = linesOf(after);
    const std::size_t least = std::min(a.size(), b.size());
    std::size_t head = 0;
    while (head < least && a[head] == b[head])
        ++head;
    std::size_t tail = 0;
    while (tail < least - head && a[a.size() - 1 - tail] == b[b.size() - 1 - tail])
        ++tail;
    std::vector<DiffLine> all;
    add(all, DiffLine::Kind::Same, a, 0, head);
    addMiddle(all, a, b, head, a.size() - tail, b.size() - tail);
    add(all, DiffLine::Kind::Same, a, a.size() - tail, a.size());
    return cutTo(all, context);
}

std::string withKeysMasked(std::string_view line) {
    const std::string lower = toLower(line);
    constexpr std::array<std::string_view, 6> kNames{"key",    "token", "secret",
                                                     "passwo", "auth",  "bearer"};
    const bool nearName = std::any_of(kNames.begin(), kNames.end(), [&](std::string_view name) {
        return lower.find(name) != std::string::npos;
    });
    std::string out;
    for (std::size_t at = 0; at < line.size();) {
        std::size_t end = at;
        while (end < line.size() && isKeyChar(static_cast<unsigned char>(line[end])))
            ++end;
        const std::string_view run = line.substr(at, end - at);
        if (run.empty())
            out += line[at++];
        else
            out += looksLikeKey(run, nearName) ? masked(run) : std::string(run);
        at = std::max(at, end);
    }
    return out;
}

}  // namespace gr::connect
