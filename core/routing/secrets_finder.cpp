// SPDX-License-Identifier: MIT
#include "routing/secrets_finder.h"

#include <algorithm>
#include <string>

#include "json/cursor.h"

namespace gr::routing {
namespace {

using json::Cursor;
using json::Type;

std::optional<SecretKind> findPlain(std::string_view text) {
    if (const auto key = findKey(text))
        return key;
    if (holdsAssignment(text))
        return SecretKind::Password;
    return findPersonal(text);
}

int hexOf(char c) {
    if (isDigit(c))
        return c - '0';
    const char lower = isUpper(c) ? static_cast<char>(c - 'A' + 'a') : c;
    return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

// \u0041 for what is ASCII; a blank for what is not: no key has such letters.
std::optional<char> unicodeAt(std::string_view text, std::size_t at) {
    int code = 0;
    for (std::size_t i = 0; i < 4; ++i) {
        const int digit = at + i < text.size() ? hexOf(text[at + i]) : -1;
        if (digit < 0)
            return std::nullopt;
        code = code * 16 + digit;
    }
    return code > 0 && code < 0x80 ? static_cast<char>(code) : ' ';
}

// What escapes stand for, in a text that may be none of JSON: what is no escape stays.
std::string unescaped(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char next = text[i] == '\\' && i + 1 < text.size() ? text[i + 1] : '\0';
        const auto unicode = next == 'u' ? unicodeAt(text, i + 2) : std::nullopt;
        if (unicode) {
            out += *unicode;
            i += 5;
        } else if (next == 'n' || next == 't' || next == 'r' || next == 'b' || next == 'f') {
            out += next == 't' ? '\t' : '\n';
            ++i;
        } else if (next == '"' || next == '\\' || next == '/') {
            out += next;
            ++i;
        } else {
            out += text[i];
        }
    }
    return out;
}

bool isData(std::string_view text) {
    constexpr std::size_t kShortest = 512;
    constexpr std::string_view kMark = ";base64,";
    if (text.starts_with("data:")) {
        const auto mark = text.substr(0, 128).find(kMark);
        text.remove_prefix(mark != text.npos ? mark + kMark.size() : 0);
    }
    return text.size() >= kShortest && std::all_of(text.begin(), text.end(), [](char c) {
               return isAlnum(c) || c == '+' || c == '/' || c == '=';
           });
}

class Walk final {
  public:
    bool value(Cursor& at, std::string_view name) {
        switch (at.type()) {
            case Type::Object:
                at.members([&](std::string_view key) {
                    if (m_found)
                        return;
                    look(key);
                    value(at, key);
                });
                break;
            case Type::Array:
                at.elements([&](std::size_t) {
                    if (!m_found)
                        value(at, name);
                });
                break;
            case Type::String:
                string(at.string(m_room), name);
                break;
            case Type::Number:
                look(at.skip());
                break;
            default:
                break;
        }
        return m_found;
    }

  private:
    void string(std::string_view text, std::string_view name) {
        if (isData(text))
            return;
        if (isSecretUnder(name, text))
            m_found = true;
        else
            look(text);
    }

    void look(std::string_view text) {
        m_left -= std::min(m_left, text.size());
        m_found = m_found || m_left == 0 || findSecret(text).has_value();
    }

    std::size_t m_left = kMostSearched;
    std::string m_room;
    bool m_found = false;
};

}  // namespace

std::optional<SecretKind> findSecret(std::string_view text) {
    constexpr int kMostLayers = 3;
    constexpr std::size_t kShortest = 6;
    if (text.size() < kShortest)
        return std::nullopt;
    auto found = findPlain(text);
    std::string plain;
    for (int layer = 0; !found && layer < kMostLayers && text.find('\\') != text.npos; ++layer) {
        plain = unescaped(text);
        text = plain;
        found = findPlain(text);
    }
    return found;
}

bool jsonHoldsSecret(std::string_view validated) {
    Cursor at(validated);
    return Walk().value(at, {});
}

bool bytesHoldSecret(std::string_view body) {
    return body.size() > kMostSearched || findSecret(body).has_value();
}

}  // namespace gr::routing
