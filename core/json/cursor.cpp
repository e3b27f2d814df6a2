// SPDX-License-Identifier: MIT
#include "json/cursor.h"

#include "json/plain_run.h"

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

bool Cursor::skipString() {
    bool escaped = false;
    for (m_p = skipPlain(m_p + 1, m_end); *m_p != '"'; m_p = skipPlain(m_p + 2, m_end))
        escaped = true;  // `\u` leaves plain digits behind
    ++m_p;
    return escaped;
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
    const bool escaped = skipString();
    const std::string_view raw(begin, static_cast<std::size_t>(m_p - begin));
    if (!escaped)
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
