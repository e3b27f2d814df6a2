// SPDX-License-Identifier: MIT
#include "connect/toml_scan.h"

#include <algorithm>

#include "connect/format_text.h"

namespace gr::connect {
namespace {

bool isBlank(char c) {
    return c == ' ' || c == '\t';
}

bool isBareKey(char c) {
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_' ||
           c == '-';
}

// The text between the quotes of a one-line string. Escapes other than \" and \\ stay as written:
// no name or address that is compared here has one.
std::string decoded(std::string_view quoted) {
    const bool escapes = quoted.front() == '"';
    std::string out;
    for (std::size_t i = 1; i + 1 < quoted.size(); ++i) {
        if (escapes && quoted[i] == '\\' && (quoted[i + 1] == '"' || quoted[i + 1] == '\\'))
            ++i;
        out += quoted[i];
    }
    return out;
}

class Scanner final {
  public:
    explicit Scanner(std::string_view text) : m_text(text) {}

    Result<TomlText> run() {
        for (;;) {
            skipBlankLines();
            if (m_at == m_text.size())
                return std::move(m_out);
            const auto done = m_text[m_at] == '[' ? header() : entry();
            if (!done)
                return fail(done.error());
        }
    }

  private:
    bool atEnd() const { return m_at >= m_text.size(); }
    bool sees(std::string_view what) const { return m_text.substr(m_at).starts_with(what); }

    void skipBlanks() {
        while (!atEnd() && isBlank(m_text[m_at]))
            ++m_at;
    }

    void skipComment() {
        if (!atEnd() && m_text[m_at] == '#')
            m_at = std::min(m_text.find('\n', m_at), m_text.size());
    }

    // To the next thing that is no blank, line end or comment.
    void skipBlankLines() {
        for (;;) {
            while (!atEnd() &&
                   (isBlank(m_text[m_at]) || m_text[m_at] == '\n' || m_text[m_at] == '\r'))
                ++m_at;
            if (atEnd() || m_text[m_at] != '#')
                return;
            skipComment();
        }
    }

    std::size_t lineBegin(std::size_t at) const {
        while (at > 0 && m_text[at - 1] != '\n')
            --at;
        return at;
    }

    // Only a comment may follow on the line; moves to the next one.
    Result<void> endLine() {
        skipBlanks();
        skipComment();
        if (sees("\r\n"))
            ++m_at;
        if (!atEnd() && m_text[m_at] != '\n')
            return unreadableAt(m_text, m_at, "goes on where it should end");
        m_at = std::min(m_at + 1, m_text.size());
        return {};
    }

    Result<Path> keys() {
        Path path;
        for (;;) {
            skipBlanks();
            const std::size_t begin = m_at;
            if (!atEnd() && (m_text[m_at] == '"' || m_text[m_at] == '\'')) {
                if (const auto skipped = quoted(); !skipped)
                    return fail(skipped.error());
                path.push_back(decoded(m_text.substr(begin, m_at - begin)));
            } else {
                while (!atEnd() && isBareKey(m_text[m_at]))
                    ++m_at;
                if (m_at == begin)
                    return unreadableAt(m_text, begin, "has no name where one should stand");
                path.emplace_back(m_text.substr(begin, m_at - begin));
            }
            skipBlanks();
            if (atEnd() || m_text[m_at] != '.')
                return path;
            ++m_at;
        }
    }

    Result<void> header() {
        TomlTable table;
        table.lineBegin = lineBegin(m_at);
        table.list = sees("[[");
        const std::string_view close = table.list ? "]]" : "]";
        m_at += close.size();
        auto path = keys();
        if (!path)
            return fail(path.error());
        if (!sees(close))
            return unreadableAt(m_text, m_at, "has a table's name without its end");
        m_at += close.size();
        table.path = std::move(*path);
        if (auto ended = endLine(); !ended)
            return ended;
        table.bodyEnd = m_at;
        // Below a list every name stands for one item of it: nothing there is ours.
        m_inList = std::any_of(m_out.tables.begin(), m_out.tables.end(), [&](const TomlTable& t) {
            return t.list && t.path.size() <= table.path.size() &&
                   std::equal(t.path.begin(), t.path.end(), table.path.begin());
        });
        m_inList = m_inList || table.list;
        m_out.tables.push_back(std::move(table));
        return {};
    }

    Result<void> entry() {
        TomlEntry entry;
        entry.lineBegin = lineBegin(m_at);
        auto path = keys();
        if (!path)
            return fail(path.error());
        if (atEnd() || m_text[m_at] != '=')
            return unreadableAt(m_text, m_at, "has a name without a value");
        ++m_at;
        skipBlanks();
        entry.dotted = path->size() > 1;
        entry.valueBegin = m_at;
        if (auto skipped = value(); !skipped)
            return skipped;
        entry.valueEnd = m_at;
        const std::string_view raw = m_text.substr(entry.valueBegin, m_at - entry.valueBegin);
        const bool oneLine = !raw.starts_with("\"\"\"") && !raw.starts_with("'''");
        const bool isText = raw.front() == '"' || raw.front() == '\'';
        entry.value = isText && (oneLine || raw.size() == 2) ? decoded(raw) : std::string(raw);
        if (auto ended = endLine(); !ended)
            return ended;
        entry.nextLine = m_at;
        if (m_out.tables.empty()) {
            m_out.rootEnd = m_at;
        } else {
            m_out.tables.back().bodyEnd = m_at;
            entry.path = m_out.tables.back().path;
        }
        entry.path.insert(entry.path.end(), path->begin(), path->end());
        if (!m_inList)
            m_out.entries.push_back(std::move(entry));
        return {};
    }

    Result<void> quoted() {
        const std::size_t begin = m_at;
        const char quote = m_text[m_at];
        for (++m_at; !atEnd() && m_text[m_at] != '\n'; ++m_at) {
            if (quote == '"' && m_text[m_at] == '\\') {
                ++m_at;
            } else if (m_text[m_at] == quote) {
                ++m_at;
                return {};
            }
        }
        return unreadableAt(m_text, begin, "has a text without its end");
    }

    Result<void> longText(std::string_view quotes) {
        const std::size_t begin = m_at;
        for (m_at += 3; !atEnd(); ++m_at) {
            if (quotes.front() == '"' && m_text[m_at] == '\\') {
                ++m_at;
            } else if (sees(quotes)) {
                m_at += 3;
                // One or two more of them belong to the text.
                while (!atEnd() && m_text[m_at] == quotes.front())
                    ++m_at;
                return {};
            }
        }
        return unreadableAt(m_text, begin, "begins a text without an end");
    }

    Result<void> value() {
        for (const std::string_view quotes : {"\"\"\"", "'''"}) {
            if (sees(quotes))
                return longText(quotes);
        }
        if (atEnd())
            return unreadableAt(m_text, m_at, "has a name without a value");
        const char first = m_text[m_at];
        if (first == '"' || first == '\'')
            return quoted();
        if (first == '[' || first == '{')
            return nested();
        const std::size_t begin = m_at;
        while (!atEnd() &&
               std::string_view("#,]}\r\n").find(m_text[m_at]) == std::string_view::npos)
            ++m_at;
        while (m_at > begin && isBlank(m_text[m_at - 1]))
            --m_at;
        if (m_at == begin)
            return unreadableAt(m_text, begin, "has a name without a value");
        // A date may hold a blank; nothing bare holds one of these.
        if (m_text.substr(begin, m_at - begin).find_first_of("=\"'") != std::string_view::npos)
            return unreadableAt(m_text, begin, "goes on where it should end");
        return {};
    }

    // A list or an inline table, to its end; what is in it is passed over.
    Result<void> nested() {
        const std::size_t begin = m_at;
        std::string open;
        while (!atEnd()) {
            const char c = m_text[m_at];
            if (c == '"' || c == '\'') {
                if (auto skipped = value(); !skipped)
                    return skipped;
                continue;
            }
            if (c == '#') {
                skipComment();
                continue;
            }
            ++m_at;
            if (c == '[' || c == '{') {
                open += c;
            } else if (c == ']' || c == '}') {
                if (open.back() != (c == ']' ? '[' : '{'))
                    break;
                open.pop_back();
                if (open.empty())
                    return {};
            }
        }
        return unreadableAt(m_text, begin, "begins a list or table without an end");
    }

    std::string_view m_text;
    std::size_t m_at = 0;
    bool m_inList = false;
    TomlText m_out;
};

}  // namespace

Result<TomlText> scanToml(std::string_view text) {
    return Scanner(text).run();
}

}  // namespace gr::connect
