// SPDX-License-Identifier: MIT
#include "tokens/splitter.h"

#include <array>

namespace gr::tokens {
namespace {

bool isLineBreak(char c) {
    return c == '\r' || c == '\n';
}

class Matcher final {
  public:
    Matcher(const Letters& letters, std::string_view text) : m_letters(letters), m_text(text) {}

    std::size_t cl100k() const {
        if (const std::size_t end = contraction(0))
            return end;
        const std::size_t prefix = prefixSize();
        if (const std::size_t end = run(prefix, kLetter); end > prefix)
            return end;
        if (const std::size_t end = numbers())
            return end;
        if (const std::size_t end = signs(""))
            return end;
        const std::size_t end = run(0, kBlank);
        return end == m_text.size() ? end : blanks(end);
    }

    std::size_t o200k() const {
        if (const std::size_t end = word())
            return end + contraction(end);
        if (const std::size_t end = numbers())
            return end;
        if (const std::size_t end = signs("/"))
            return end;
        return blanks(run(0, kBlank));
    }

  private:
    std::uint8_t kind(std::size_t at) const {
        return at < m_text.size() ? m_letters.at(m_text, at).kind : std::uint8_t{kSign};
    }

    // Where the characters of these kinds end that begin at `from`.
    std::size_t run(std::size_t from, unsigned kinds) const {
        while (from < m_text.size()) {
            const Letters::Char c = m_letters.at(m_text, from);
            if ((c.kind & kinds) == 0)
                break;
            from += c.size;
        }
        return from;
    }

    // [^\r\n\p{L}\p{N}]?
    std::size_t prefixSize() const {
        const Letters::Char c = m_letters.at(m_text, 0);
        return (c.kind & (kLetter | kNumber)) != 0 || isLineBreak(m_text[0]) ? 0 : c.size;
    }

    // Length of 's, 't, 're, 've, 'm, 'll or 'd at `from`, in either case of ASCII.
    std::size_t contraction(std::size_t from) const {
        const std::string_view rest = m_text.substr(from, 3);
        if (rest.size() < 2 || rest[0] != '\'')
            return 0;
        const auto small = [](char c) { return c >= 'A' && c <= 'Z' ? char(c + 32) : c; };
        const char first = small(rest[1]);
        if (first == 's' || first == 't' || first == 'm' || first == 'd')
            return 2;
        const char second = rest.size() > 2 ? small(rest[2]) : '\0';
        const bool two =
            second == 'e' ? first == 'r' || first == 'v' : second == 'l' && first == 'l';
        return two ? 3 : 0;
    }

    // prefix [Lu Lt Lm Lo M]* [Ll Lm Lo M]+ | prefix [Lu Lt Lm Lo M]+ [Ll Lm Lo M]*
    std::size_t word() const {
        const std::size_t prefix = prefixSize();
        if (const std::size_t end = mixed(prefix); end > prefix)
            return end;
        if (const std::size_t end = prefix > 0 ? mixed(0) : 0)
            return end;
        // Without a small letter behind them there are capitals alone: the first branch takes the
        // rest.
        const std::size_t end = run(prefix, kCapital);
        return end > prefix ? end : 0;
    }

    // [Lu Lt Lm Lo M]* [Ll Lm Lo M]+ from `from`, which is returned where there is none. What both
    // classes hold may end the word: the greedy first class gives back as much as that takes.
    std::size_t mixed(std::size_t from) const {
        std::size_t lastOfBoth = from;
        std::size_t at = from;
        while (at < m_text.size()) {
            const Letters::Char c = m_letters.at(m_text, at);
            if ((c.kind & (kCapital | kUncased | kMark)) == 0)
                break;
            at += c.size;
            if (c.kind != kCapital)
                lastOfBoth = at;
        }
        return kind(at) == kSmall ? run(at, kSmall | kUncased | kMark) : lastOfBoth;
    }

    // \p{N}{1,3}
    std::size_t numbers() const {
        std::size_t at = 0;
        for (int i = 0; i < 3 && kind(at) == kNumber; ++i)
            at += m_letters.at(m_text, at).size;
        return at;
    }

    // ` ?[^\s\p{L}\p{N}]+[\r\n]*`, where `more` may stand among the line breaks.
    std::size_t signs(std::string_view more) const {
        const std::size_t from = m_text[0] == ' ' ? 1 : 0;
        std::size_t at = from;
        while (at < m_text.size()) {
            const Letters::Char c = m_letters.at(m_text, at);
            if ((c.kind & (kBlank | kLetter | kNumber)) != 0)
                break;
            at += c.size;
        }
        if (at == from)
            return 0;
        while (at < m_text.size() &&
               (isLineBreak(m_text[at]) || more.find(m_text[at]) != std::string_view::npos))
            ++at;
        return at;
    }

    // \s*[\r\n]+ | \s+(?!\S) | \s+, where the blanks end at `end`.
    std::size_t blanks(std::size_t end) const {
        const std::size_t lineBreak = m_text.substr(0, end).find_last_of("\r\n");
        if (lineBreak != std::string_view::npos)
            return lineBreak + 1;
        if (end == m_text.size())
            return end;
        std::size_t last = end - 1;  // the last blank goes to the word behind it
        while (last > 0 && (static_cast<unsigned char>(m_text[last]) & 0xc0) == 0x80)
            --last;
        return last > 0 ? last : end;
    }

    const Letters& m_letters;
    std::string_view m_text;
};

}  // namespace

std::size_t firstPiece(const Letters& letters, Pattern pattern, std::string_view text) {
    if (text.empty())
        return 0;
    const Matcher matcher(letters, text);
    return pattern == Pattern::Cl100k ? matcher.cl100k() : matcher.o200k();
}

}  // namespace gr::tokens
