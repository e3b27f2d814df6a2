// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace gr::http {

// Header fields in the order of the wire, names as written. Lookup ignores case (RFC 9110, 5.1).
class Fields final {
  public:
    struct Field {
        std::string_view name;
        std::string_view value;
    };

    void clear() { m_fields.clear(); }
    void add(std::string_view name, std::string_view value) { m_fields.push_back({name, value}); }
    // The first field of that name; nothing when there is none.
    std::optional<std::string_view> find(std::string_view name) const;
    std::size_t count(std::string_view name) const;
    const std::vector<Field>& all() const { return m_fields; }

  private:
    std::vector<Field> m_fields;
};

// The media type in a Content-Type, without its parameters (RFC 9110, 8.3.1). Its case means
// nothing.
std::string_view mediaTypeIn(std::string_view contentType);
// Whether the first Content-Type among `fields` names `type`, whatever its parameters.
bool hasMediaType(const Fields& fields, std::string_view type);

// The head of a request or an answer. Owns its bytes; the views point into them, so it moves but is
// not copied. Reusing one object for many messages keeps its memory.
struct Head {
    Head() = default;
    Head(const Head&) = delete;
    Head& operator=(const Head&) = delete;

    std::string text;  // the bytes of the head
    Fields fields;
    std::optional<std::uint64_t> contentLength;
    bool chunked = false;
    bool keepAlive = true;
    bool http10 = false;
};

struct RequestHead : Head {
    std::string_view method;
    std::string_view target;  // as sent: path and query
    bool expectContinue = false;

    std::string_view path() const { return target.substr(0, target.find('?')); }
};

struct ResponseHead : Head {
    int status = 0;
};

// The reason phrase of a status; "Unknown" for numbers without one.
std::string_view reasonPhrase(int status);

// Fields to write, kept as the lines they will be. Values must be free of line breaks.
class HeaderLines final {
  public:
    HeaderLines() = default;
    HeaderLines(std::initializer_list<std::pair<std::string_view, std::string_view>> fields);

    void reserve(std::size_t bytes) { m_text.reserve(bytes); }
    void add(std::string_view name, std::string_view value);
    void append(const HeaderLines& more) { m_text.append(more.m_text); }
    const std::string& text() const { return m_text; }

  private:
    std::string m_text;
};

enum class BodyFraming : std::uint8_t { Length, Chunked, UntilClose };

// Puts into `out` "HTTP/1.1 STATUS REASON" and the given fields, then what frames the body,
// `Connection: close` unless kept alive, and the empty line. The memory of `out` is used again.
void writeResponseHead(std::string& out, int status, const HeaderLines& headers,
                       BodyFraming framing, std::uint64_t contentLength, bool keepAlive);

}  // namespace gr::http
