// SPDX-License-Identifier: MIT
#include "settings/json_tree.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <unordered_set>
#include <utility>

namespace gr::settings {
namespace {

constexpr int kMaxDepth = 64;

bool isDigit(char c) {
    return c >= '0' && c <= '9';
}

void appendUtf8(std::string& out, std::uint32_t code) {
    const auto push = [&out](std::uint32_t byte) { out.push_back(static_cast<char>(byte)); };
    if (code < 0x80) {
        push(code);
    } else if (code < 0x800) {
        push(0xC0 | (code >> 6));
        push(0x80 | (code & 0x3F));
    } else if (code < 0x10000) {
        push(0xE0 | (code >> 12));
        push(0x80 | ((code >> 6) & 0x3F));
        push(0x80 | (code & 0x3F));
    } else {
        push(0xF0 | (code >> 18));
        push(0x80 | ((code >> 12) & 0x3F));
        push(0x80 | ((code >> 6) & 0x3F));
        push(0x80 | (code & 0x3F));
    }
}

// Recursive descent over the text. Every function gives false after `m_problem` was set.
class Parser final {
  public:
    explicit Parser(std::string_view text) : m_text(text) {}

    Result<JsonNode> run() {
        JsonNode root;
        if (m_text.starts_with("\xEF\xBB\xBF"))
            m_at = 3;
        if (skipBlanks()) {
            if (m_at == m_text.size()) {
                root.type = JsonNode::Type::Object;
                root.begin = root.end = m_at;
                return root;
            }
            if (value(root, 0) && skipBlanks() && m_at < m_text.size())
                complain("something follows the end of the document");
        }
        if (m_problem.empty())
            return root;
        const TextPosition where = positionOf(m_text, m_at);
        return fail(ErrorCode::ConfigInvalid, m_problem + " at line " + std::to_string(where.line) +
                                                  ", column " + std::to_string(where.column));
    }

  private:
    bool complain(std::string what) {
        if (m_problem.empty())
            m_problem = std::move(what);
        return false;
    }

    char peek() const { return m_at < m_text.size() ? m_text[m_at] : '\0'; }

    // Blanks and comments.
    bool skipBlanks() {
        while (m_at < m_text.size()) {
            const std::string_view rest = m_text.substr(m_at);
            if (rest.front() == ' ' || rest.front() == '\t' || rest.front() == '\n' ||
                rest.front() == '\r') {
                ++m_at;
            } else if (rest.starts_with("//")) {
                m_at = std::min(m_text.find('\n', m_at), m_text.size());
            } else if (rest.starts_with("/*")) {
                const auto close = m_text.find("*/", m_at + 2);
                if (close == std::string_view::npos)
                    return complain("a comment that begins with /* has no end");
                m_at = close + 2;
            } else {
                break;
            }
        }
        return true;
    }

    bool value(JsonNode& node, int depth) {
        if (depth > kMaxDepth)
            return complain("the document is nested too deeply");
        node.begin = m_at;
        bool good = false;
        switch (peek()) {
            case '{':
                good = object(node, depth);
                break;
            case '[':
                good = array(node, depth);
                break;
            case '"':
                node.type = JsonNode::Type::String;
                good = string(node.text);
                break;
            case 't':
                good = word(node, "true", JsonNode::Type::Bool, true);
                break;
            case 'f':
                good = word(node, "false", JsonNode::Type::Bool, false);
                break;
            case 'n':
                good = word(node, "null", JsonNode::Type::Null, false);
                break;
            case '\0':
                return complain("the document ends too early");
            default:
                good = number(node);
        }
        node.end = m_at;
        return good;
    }

    bool word(JsonNode& node, std::string_view text, JsonNode::Type type, bool flag) {
        if (!m_text.substr(m_at).starts_with(text))
            return complain("a value was expected (texts stand in double quotes)");
        node.type = type;
        node.boolean = flag;
        m_at += text.size();
        return true;
    }

    void digits() {
        while (isDigit(peek()))
            ++m_at;
    }

    bool number(JsonNode& node) {
        const std::size_t start = m_at;
        if (peek() == '-')
            ++m_at;
        if (!isDigit(peek())) {
            m_at = start;
            return complain("a value was expected (texts stand in double quotes)");
        }
        if (peek() == '0')
            ++m_at;
        else
            digits();
        if (peek() == '.') {
            ++m_at;
            if (!isDigit(peek()))
                return complain("a digit was expected");
            digits();
        }
        if (peek() == 'e' || peek() == 'E') {
            ++m_at;
            if (peek() == '+' || peek() == '-')
                ++m_at;
            if (!isDigit(peek()))
                return complain("a digit was expected");
            digits();
        }
        if (isDigit(peek()))
            return complain("a number must not begin with 0");
        node.type = JsonNode::Type::Number;
        node.text = m_text.substr(start, m_at - start);
        return true;
    }

    bool hex4(std::uint32_t& code) {
        if (m_text.size() - m_at < 4)
            return complain("\\u needs four hexadecimal digits");
        const char* const first = m_text.data() + m_at;
        const auto [stop, error] = std::from_chars(first, first + 4, code, 16);
        if (error != std::errc() || stop != first + 4)
            return complain("\\u needs four hexadecimal digits");
        m_at += 4;
        return true;
    }

    bool escapedUnicode(std::string& out) {
        std::uint32_t code = 0;
        if (!hex4(code))
            return false;
        if (code >= 0xD800 && code < 0xDC00 && m_text.substr(m_at).starts_with("\\u")) {
            m_at += 2;
            std::uint32_t low = 0;
            if (!hex4(low))
                return false;
            if (low < 0xDC00 || low > 0xDFFF)
                return complain("a \\u pair does not make a character");
            code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00);
        } else if (code >= 0xD800 && code <= 0xDFFF) {
            return complain("a \\u pair does not make a character");
        }
        appendUtf8(out, code);
        return true;
    }

    bool escape(std::string& out) {
        static constexpr std::string_view kNames = "\"\\/bfnrt";
        static constexpr std::string_view kMeanings = "\"\\/\b\f\n\r\t";
        const char c = peek();
        ++m_at;
        if (c == 'u')
            return escapedUnicode(out);
        const auto which = kNames.find(c);
        if (c == '\0' || which == std::string_view::npos) {
            --m_at;
            return complain("an unknown escape stands after a backslash");
        }
        out.push_back(kMeanings[which]);
        return true;
    }

    bool string(std::string& out) {
        const std::size_t start = m_at;
        ++m_at;
        while (m_at < m_text.size()) {
            const char c = m_text[m_at];
            if (c == '"') {
                ++m_at;
                return true;
            }
            if (static_cast<unsigned char>(c) < 0x20)
                return complain(c == '\n' ? "a text is not closed on its line"
                                          : "a control character stands inside a text");
            ++m_at;
            if (c != '\\')
                out.push_back(c);
            else if (!escape(out))
                return false;
        }
        m_at = start;
        return complain("a text that begins here is not closed");
    }

    // After an element: true when another one follows, with its first character ahead.
    bool more(char close, bool& another) {
        if (!skipBlanks())
            return false;
        if (peek() == ',') {
            ++m_at;
            if (!skipBlanks())
                return false;
        } else if (peek() != close) {
            return complain(m_at == m_text.size()
                                ? "the document ends too early"
                                : std::string("a comma or ") + close + " was expected");
        }
        another = peek() != close;
        return true;
    }

    bool array(JsonNode& node, int depth) {
        node.type = JsonNode::Type::Array;
        ++m_at;
        if (!skipBlanks())
            return false;
        for (bool another = peek() != ']'; another;) {
            if (!value(node.items.emplace_back(), depth + 1) || !more(']', another))
                return false;
        }
        ++m_at;
        return true;
    }

    bool object(JsonNode& node, int depth) {
        node.type = JsonNode::Type::Object;
        ++m_at;
        if (!skipBlanks())
            return false;
        std::unordered_set<std::string> names;
        for (bool another = peek() != '}'; another;) {
            JsonMember& member = node.members.emplace_back();
            member.nameBegin = m_at;
            if (peek() != '"')
                return complain(m_at == m_text.size() ? "the document ends too early"
                                                      : "a name in double quotes was expected");
            if (!string(member.name) || !skipBlanks())
                return false;
            if (peek() != ':')
                return complain("a colon was expected");
            ++m_at;
            member.repeated = !names.insert(member.name).second;
            if (!skipBlanks() || !value(member.value, depth + 1) || !more('}', another))
                return false;
        }
        ++m_at;
        return true;
    }

    std::string_view m_text;
    std::size_t m_at = 0;
    std::string m_problem;
};

}  // namespace

const JsonNode* JsonNode::find(std::string_view name) const {
    const auto it = std::find_if(members.begin(), members.end(),
                                 [name](const JsonMember& m) { return m.name == name; });
    return it == members.end() ? nullptr : &it->value;
}

double JsonNode::number() const {
    double out = 0;
    if (isNumber())
        std::from_chars(text.data(), text.data() + text.size(), out);
    return out;
}

std::optional<std::int64_t> JsonNode::integer() const {
    if (!isNumber())
        return std::nullopt;
    std::int64_t whole = 0;
    const char* const last = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data(), last, whole);
    if (error == std::errc() && stop == last)
        return whole;
    // 5.0 and 5e3 are whole too; beyond 2^53 a double would no longer say so exactly.
    const double value = number();
    if (std::abs(value) > 9007199254740992.0 || value != std::floor(value))
        return std::nullopt;
    return static_cast<std::int64_t>(value);
}

TextPosition positionOf(std::string_view text, std::size_t offset) {
    TextPosition where;
    for (const char c : text.substr(0, offset)) {
        if (c == '\n') {
            ++where.line;
            where.column = 1;
        } else if ((static_cast<unsigned char>(c) & 0xC0) != 0x80) {
            ++where.column;
        }
    }
    return where;
}

Result<JsonNode> parseJson(std::string_view text) {
    return Parser(text).run();
}

std::string quoteJson(std::string_view text) {
    constexpr std::string_view kHex = "0123456789abcdef";
    std::string out = "\"";
    for (const char c : text) {
        const auto u = static_cast<unsigned char>(c);
        if (c == '"' || c == '\\') {
            out.push_back('\\');
            out.push_back(c);
        } else if (c == '\n') {
            out += "\\n";
        } else if (c == '\t') {
            out += "\\t";
        } else if (u < 0x20) {
            out += "\\u00";
            out.push_back(kHex[u >> 4]);
            out.push_back(kHex[u & 15]);
        } else {
            out.push_back(c);
        }
    }
    return out + "\"";
}

}  // namespace gr::settings
