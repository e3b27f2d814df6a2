// SPDX-License-Identifier: MIT
#include "json/cursor.h"

#include <cstring>

namespace gr::json {

Type Cursor::type() const {
    switch (*m_p) {
        case '{':
            return Type::Object;
        case '[':
            return Type::Array;
        case '"':
            return Type::String;
        case 't':
            return Type::True;
        case 'f':
            return Type::False;
        case 'n':
            return Type::Null;
        default:
            return Type::Number;
    }
}

// To the first quote that an even number of backslashes stands before.
void Cursor::skipString() {
    const char* begin = m_p + 1;
    for (m_p = begin;; ++m_p) {
        m_p =
            static_cast<const char*>(std::memchr(m_p, '"', static_cast<std::size_t>(m_end - m_p)));
        const char* p = m_p;
        while (p > begin && p[-1] == '\\')
            --p;
        if ((m_p - p) % 2 == 0)
            break;
    }
    ++m_p;
}

void Cursor::skipNested() {
    int depth = 0;
    do {
        if (*m_p == '"') {
            skipString();
            continue;
        }
        if (*m_p == '{' || *m_p == '[')
            ++depth;
        else if (*m_p == '}' || *m_p == ']')
            --depth;
        ++m_p;
    } while (depth > 0);
}

std::string_view Cursor::skip() {
    const char* begin = m_p;
    if (*m_p == '"') {
        skipString();
    } else if (*m_p == '{' || *m_p == '[') {
        skipNested();
    } else {
        while (m_p < m_end && *m_p != ',' && *m_p != '}' && *m_p != ']' && *m_p > ' ')
            ++m_p;
    }
    return {begin, static_cast<std::size_t>(m_p - begin)};
}

std::string_view Cursor::string(std::string& room) {
    if (*m_p != '"') {
        skip();
        return {};
    }
    const char* begin = m_p;
    skipString();
    const std::string_view raw(begin, static_cast<std::size_t>(m_p - begin));
    if (raw.find('\\') == raw.npos)
        return raw.substr(1, raw.size() - 2);
    room = unescape(raw);
    return room;
}

std::string_view Cursor::key(std::string& room) {
    const std::string_view name = string(room);
    skipSpace();
    ++m_p;  // the colon
    skipSpace();
    return name;
}

}  // namespace gr::json
