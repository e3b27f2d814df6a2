// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "json/scan.h"

// One walk through JSON text, front to back, that keeps nothing.
namespace gr::json {

// Stands on a value of a text that scanObject() has validated (anything else is undefined), reads
// or skips it, and stands behind it then. Nothing is allocated but for keys and strings with
// escapes. Does not own the text.
class Cursor final {
  public:
    explicit Cursor(std::string_view validated)
        : m_p(validated.data()), m_end(validated.data() + validated.size()) {
        skipSpace();
    }

    Type type() const;

    // The span of the value.
    std::string_view skip();

    // The plain text of a string, with room for it where it has escapes. Empty, and skipped, when
    // the value is no string.
    std::string_view string(std::string& room);

    // Calls each(key) for the members of an object, in order, standing on the member's value, which
    // `each` reads or leaves. The key holds for the call. Skips what is no object.
    template <class Each>
    void members(Each&& each) {
        if (!enter('{'))
            return;
        std::string room;
        while (*m_p != '}') {
            const std::string_view name = key(room);
            const char* value = m_p;
            each(name);
            leave(value);
        }
        ++m_p;
    }

    // Calls each(index) for the elements of an array in the same way.
    template <class Each>
    void elements(Each&& each) {
        if (!enter('['))
            return;
        for (std::size_t index = 0; *m_p != ']'; ++index) {
            const char* value = m_p;
            each(index);
            leave(value);
        }
        ++m_p;
    }

  private:
    void skipSpace() {
        while (m_p < m_end && (*m_p == ' ' || *m_p == '\n' || *m_p == '\r' || *m_p == '\t'))
            ++m_p;
    }

    bool enter(char bracket) {
        if (*m_p != bracket) {
            skip();
            return false;
        }
        ++m_p;
        skipSpace();
        return true;
    }

    // To the next item, or to the closing bracket.
    void leave(const char* value) {
        if (m_p == value)
            skip();
        skipSpace();
        if (*m_p == ',') {
            ++m_p;
            skipSpace();
        }
    }

    void skipString();
    void skipNested();
    std::string_view key(std::string& room);

    const char* m_p;
    const char* m_end;
};

}  // namespace gr::json
