// SPDX-License-Identifier: MIT
#include "json/scan.h"

#include <simdjson.h>

#include <algorithm>
#include <charconv>
#include <cstring>
#include <memory>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace gr::json {
namespace {

// Objects with more keys than this compare them by sorting instead of pair by pair.
constexpr std::size_t kPairwiseKeys = 24;

bool isDigit(char c) {
    return c >= '0' && c <= '9';
}

bool isSpace(char c) {
    return c == ' ' || c == '\n' || c == '\r' || c == '\t';
}

// Behind a backslash; `u` has more to say. A call of strchr() for each would cost a sixth of all.
bool isShortEscape(char c) {
    switch (c) {
        case '"':
        case '\\':
        case '/':
        case 'b':
        case 'f':
        case 'n':
        case 'r':
        case 't':
            return true;
        default:
            return false;
    }
}

bool isHex(char c) {
    return isDigit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

// The first byte that ends the plain run of a string: a quote, a backslash or a control character.
const char* skipPlain(const char* p, const char* end) {
#if defined(__SSE2__)
    const __m128i quote = _mm_set1_epi8('"');
    const __m128i backslash = _mm_set1_epi8('\\');
    const __m128i lastControl = _mm_set1_epi8(0x1f);
    while (end - p >= 16) {
        const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(p));
        const __m128i control = _mm_cmpeq_epi8(_mm_min_epu8(bytes, lastControl), bytes);
        const __m128i stop = _mm_or_si128(
            control, _mm_or_si128(_mm_cmpeq_epi8(bytes, quote), _mm_cmpeq_epi8(bytes, backslash)));
        const int mask = _mm_movemask_epi8(stop);
        if (mask != 0)
            return p + __builtin_ctz(static_cast<unsigned>(mask));
        p += 16;
    }
#endif
    while (p < end && *p != '"' && *p != '\\' && static_cast<unsigned char>(*p) >= 0x20)
        ++p;
    return p;
}

void appendUtf8(std::string& out, std::uint32_t point) {
    const auto push = [&out](std::uint32_t byte) { out.push_back(static_cast<char>(byte)); };
    if (point < 0x80) {
        push(point);
    } else if (point < 0x800) {
        push(0xc0 | point >> 6);
        push(0x80 | (point & 0x3f));
    } else if (point < 0x10000) {
        push(0xe0 | point >> 12);
        push(0x80 | (point >> 6 & 0x3f));
        push(0x80 | (point & 0x3f));
    } else {
        push(0xf0 | point >> 18);
        push(0x80 | (point >> 12 & 0x3f));
        push(0x80 | (point >> 6 & 0x3f));
        push(0x80 | (point & 0x3f));
    }
}

std::uint32_t hex4(const char* p) {
    std::uint32_t value = 0;
    std::from_chars(p, p + 4, value, 16);
    return value;
}

// Reads `\uXXXX` at p (behind the `u`), with its low half when one follows. Returns the end.
const char* appendUnicodeEscape(std::string& out, const char* p, const char* end) {
    constexpr std::uint32_t kReplacement = 0xfffd;
    std::uint32_t point = hex4(p);
    p += 4;
    if (point >= 0xd800 && point < 0xdc00 && end - p >= 6 && p[0] == '\\' && p[1] == 'u') {
        const std::uint32_t low = hex4(p + 2);
        if (low >= 0xdc00 && low < 0xe000) {
            appendUtf8(out, 0x10000 + ((point - 0xd800) << 10) + (low - 0xdc00));
            return p + 6;
        }
    }
    if (point >= 0xd800 && point < 0xe000)
        point = kReplacement;
    appendUtf8(out, point);
    return p;
}

class Scanner final {
  public:
    explicit Scanner(std::string_view text)
        : m_begin(text.data()), m_p(text.data()), m_end(text.data() + text.size()) {}

    // One value and nothing behind it; the outermost object's members go to `members`.
    bool document(Object& object) {
        m_members = &object.members;
        m_keys.reserve(64);
        if (static_cast<std::size_t>(m_end - m_begin) > kMaxText)
            return stop("is longer than 1 GB");
        skipSpace();
        if (m_p == m_end || *m_p != '{')
            return stop("must be a JSON object");
        if (!value(0))
            return false;
        skipSpace();
        object.unescapedKeys = std::move(m_unescaped);
        return m_p == m_end || stop("has something behind the JSON object");
    }

    std::size_t offset() const { return static_cast<std::size_t>(m_p - m_begin); }
    const std::string& problem() const { return m_problem; }
    bool duplicate() const { return m_duplicate; }

  private:
    bool stop(std::string_view problem) {
        m_problem = problem;
        return false;
    }

    void skipSpace() {
        while (m_p < m_end && isSpace(*m_p))
            ++m_p;
    }

    bool value(std::size_t depth) {
        if (m_p == m_end)
            return stop("ends too early");
        switch (*m_p) {
            case '{':
                return object(depth) && setType(Type::Object);
            case '[':
                return array(depth) && setType(Type::Array);
            case '"':
                return string() && setType(Type::String);
            case 't':
                return word("true") && setType(Type::True);
            case 'f':
                return word("false") && setType(Type::False);
            case 'n':
                return word("null") && setType(Type::Null);
            default:
                return number() && setType(Type::Number);
        }
    }

    bool setType(Type type) {
        m_type = type;
        return true;
    }

    bool word(std::string_view expected) {
        if (static_cast<std::size_t>(m_end - m_p) < expected.size() ||
            std::memcmp(m_p, expected.data(), expected.size()) != 0)
            return stop("has a word that is not JSON");
        m_p += expected.size();
        return true;
    }

    bool digits() {
        const char* from = m_p;
        while (m_p < m_end && isDigit(*m_p))
            ++m_p;
        return m_p > from;
    }

    bool number() {
        constexpr std::string_view kProblem = "has a value that is not JSON";
        if (*m_p == '-')
            ++m_p;
        const bool leadingZero = m_p < m_end && *m_p == '0';
        const char* from = m_p;
        if (!digits() || (leadingZero && m_p - from > 1))
            return stop(kProblem);
        if (m_p < m_end && *m_p == '.') {
            ++m_p;
            if (!digits())
                return stop(kProblem);
        }
        if (m_p < m_end && (*m_p == 'e' || *m_p == 'E')) {
            ++m_p;
            if (m_p < m_end && (*m_p == '+' || *m_p == '-'))
                ++m_p;
            if (!digits())
                return stop(kProblem);
        }
        return true;
    }

    bool string() {
        m_escaped = false;
        for (++m_p;;) {
            m_p = skipPlain(m_p, m_end);
            if (m_p == m_end)
                return stop("has a string without an end");
            if (*m_p == '"') {
                ++m_p;
                return true;
            }
            if (*m_p != '\\')
                return stop("has a control character inside a string");
            m_escaped = true;
            if (!escape())
                return false;
        }
    }

    bool escape() {
        ++m_p;
        if (m_p == m_end)
            return stop("has a string without an end");
        const char c = *m_p++;
        if (c == 'u') {
            if (m_end - m_p < 4 || !std::all_of(m_p, m_p + 4, isHex))
                return stop("has a broken \\u escape");
            m_p += 4;
            return true;
        }
        return isShortEscape(c) || stop("has an unknown escape in a string");
    }

    bool array(std::size_t depth) {
        if (depth == kMaxDepth)
            return stop("is nested more than 64 levels deep");
        ++m_p;
        skipSpace();
        if (m_p < m_end && *m_p == ']') {
            ++m_p;
            return true;
        }
        for (;;) {
            skipSpace();
            if (!value(depth + 1))
                return false;
            skipSpace();
            if (m_p == m_end)
                return stop("ends too early");
            const char c = *m_p++;
            if (c == ']')
                return true;
            if (c != ',')
                return --m_p, stop("misses a comma or ] in an array");
        }
    }

    bool object(std::size_t depth) {
        if (depth == kMaxDepth)
            return stop("is nested more than 64 levels deep");
        ++m_p;
        const std::size_t firstKey = m_keys.size();
        skipSpace();
        if (m_p < m_end && *m_p == '}') {
            ++m_p;
            return true;
        }
        for (;;) {
            skipSpace();
            if (!member(depth, firstKey))
                return false;
            skipSpace();
            if (m_p == m_end)
                return stop("ends too early");
            const char c = *m_p++;
            if (c == '}')
                break;
            if (c != ',')
                return --m_p, stop("misses a comma or } in an object");
        }
        const bool unique = m_keys.size() - firstKey <= kPairwiseKeys || sortedKeysDiffer(firstKey);
        m_keys.resize(firstKey);
        return unique;
    }

    bool member(std::size_t depth, std::size_t firstKey) {
        if (m_p == m_end || *m_p != '"')
            return stop("has an object key without quotes");
        const char* keyBegin = m_p;
        if (!string())
            return false;
        const std::string_view rawKey(keyBegin, static_cast<std::size_t>(m_p - keyBegin));
        if (!rememberKey(rawKey, firstKey))
            return false;
        const std::string_view key = m_keys.back();
        skipSpace();
        if (m_p == m_end || *m_p != ':')
            return stop("misses the colon behind a key");
        ++m_p;
        skipSpace();
        const char* valueBegin = m_p;
        if (!value(depth + 1))
            return false;
        if (depth == 0) {
            m_members->push_back({key, static_cast<std::uint32_t>(keyBegin - m_begin),
                                  static_cast<std::uint32_t>(valueBegin - m_begin),
                                  static_cast<std::uint32_t>(offset()), m_type});
        }
        return true;
    }

    bool rememberKey(std::string_view rawKey, std::size_t firstKey) {
        std::string_view key = rawKey.substr(1, rawKey.size() - 2);
        if (m_escaped) {
            m_unescaped.push_back(std::make_unique<const std::string>(unescape(rawKey)));
            key = *m_unescaped.back();
        }
        if (m_keys.size() - firstKey <= kPairwiseKeys) {
            for (std::size_t i = firstKey; i < m_keys.size(); ++i) {
                if (m_keys[i] == key)
                    return duplicateKey(key);
            }
        }
        m_keys.push_back(key);
        return true;
    }

    bool sortedKeysDiffer(std::size_t firstKey) {
        const auto from = m_keys.begin() + static_cast<std::ptrdiff_t>(firstKey);
        std::sort(from, m_keys.end());
        const auto twin = std::adjacent_find(from, m_keys.end());
        return twin == m_keys.end() || duplicateKey(*twin);
    }

    bool duplicateKey(std::string_view key) {
        m_duplicate = true;
        return stop("has the key \"" + std::string(key.substr(0, 60)) +
                    "\" twice in one object; send it once");
    }

    const char* m_begin;
    const char* m_p;
    const char* m_end;
    std::vector<Member>* m_members = nullptr;
    std::vector<std::string_view> m_keys;  // of all open objects, outermost first
    std::vector<std::unique_ptr<const std::string>> m_unescaped;
    Type m_type = Type::Null;
    bool m_escaped = false;  // the string read last has an escape
    bool m_duplicate = false;
    std::string m_problem;
};

}  // namespace

const Member* Object::find(std::string_view key) const {
    const auto it = std::find_if(members.begin(), members.end(),
                                 [key](const Member& m) { return m.key == key; });
    return it == members.end() ? nullptr : &*it;
}

Result<Object> scanObject(std::string_view text) {
    if (!simdjson::validate_utf8(text.data(), text.size()))
        return fail(ErrorCode::InvalidJson, "The body is not valid UTF-8.");
    Object object;
    object.text = text;
    object.members.reserve(16);
    Scanner scanner(text);
    if (!scanner.document(object)) {
        return fail(scanner.duplicate() ? ErrorCode::DuplicateKey : ErrorCode::InvalidJson,
                    "The body " + scanner.problem() + " (at byte " +
                        std::to_string(scanner.offset()) + ").");
    }
    return object;
}

std::optional<Object> objectIn(std::string_view validated) {
    Object object;
    object.text = validated;
    Scanner scanner(validated);
    if (!scanner.document(object))
        return std::nullopt;
    return object;
}

std::vector<std::string_view> elementsIn(std::string_view validated) {
    std::vector<std::string_view> elements;
    if (!validated.starts_with('['))
        return elements;
    int depth = 0;
    const char* begin = nullptr;
    const char* end = validated.data() + validated.size();
    for (const char* p = validated.data(); p < end; ++p) {
        const char c = *p;
        if (c == '"') {
            if (begin == nullptr)
                begin = p;
            for (p = skipPlain(p + 1, end); *p != '"'; p = skipPlain(p, end))
                p += 2;  // an escape; `\u` leaves plain digits behind
        } else if (c == '[' || c == '{') {
            if (++depth == 2 && begin == nullptr)
                begin = p;
        } else if ((c == ',' && depth == 1) || ((c == ']' || c == '}') && --depth == 0)) {
            if (begin != nullptr) {
                const char* last = p;
                while (last > begin && isSpace(last[-1]))
                    --last;
                elements.emplace_back(begin, static_cast<std::size_t>(last - begin));
            }
            begin = nullptr;
        } else if (begin == nullptr && !isSpace(c)) {
            begin = p;
        }
    }
    return elements;
}

std::string unescape(std::string_view rawString) {
    const char* p = rawString.data() + 1;
    const char* end = rawString.data() + rawString.size() - 1;
    std::string out;
    out.reserve(rawString.size());
    while (p < end) {
        const char* plainEnd = skipPlain(p, end);
        out.append(p, plainEnd);
        p = plainEnd;
        if (p == end)
            break;
        const char c = p[1];
        p += 2;
        switch (c) {
            case 'b':
                out.push_back('\b');
                break;
            case 'f':
                out.push_back('\f');
                break;
            case 'n':
                out.push_back('\n');
                break;
            case 'r':
                out.push_back('\r');
                break;
            case 't':
                out.push_back('\t');
                break;
            case 'u':
                p = appendUnicodeEscape(out, p, end);
                break;
            default:
                out.push_back(c);
        }
    }
    return out;
}

std::optional<std::int64_t> integerIn(std::string_view rawNumber) {
    std::int64_t value = 0;
    const char* end = rawNumber.data() + rawNumber.size();
    const auto [stop, error] = std::from_chars(rawNumber.data(), end, value);
    if (rawNumber.empty() || error != std::errc() || stop != end)
        return std::nullopt;
    return value;
}

}  // namespace gr::json
