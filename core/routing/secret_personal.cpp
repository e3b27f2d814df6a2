// SPDX-License-Identifier: MIT
// Data of people that has a shape: cards, accounts, addresses, and the words of a wallet.
#include <algorithm>
#include <array>
#include <string>

#include "base/text.h"
#include "routing/secret_shapes.h"

namespace gr::routing {
namespace {

// ISO/IEC 7812-1, annex B.
bool passesLuhn(std::string_view digits) {
    int sum = 0;
    for (std::size_t i = 0; i < digits.size(); ++i) {
        int digit = digits[digits.size() - 1 - i] - '0';
        if (i % 2 == 1)
            digit = digit > 4 ? 2 * digit - 9 : 2 * digit;
        sum += digit;
    }
    return sum % 10 == 0;
}

// The ranges that card networks issue.
bool isIssued(std::string_view digits) {
    const auto begins = [digits](int from, int to) {
        const auto width = std::to_string(from).size();
        const int begin = std::stoi(std::string(digits.substr(0, width)));
        return begin >= from && begin <= to;
    };
    const std::size_t size = digits.size();
    if (begins(34, 34) || begins(37, 37))
        return size == 15;
    if (begins(36, 36) || begins(38, 39) || begins(300, 305))
        return size == 14 || size == 16;
    if (begins(4, 4))
        return size == 13 || size == 16 || size == 19;
    if (begins(51, 55) || begins(2221, 2720))
        return size == 16;
    return size >= 16 && (begins(6011, 6011) || begins(644, 659) || begins(62, 62) ||
                          begins(3528, 3589) || begins(50, 50) || begins(56, 69));
}

// Does a card's number begin here? In one piece, or in groups with one blank or hyphen between.
bool isCardAt(std::string_view text, std::size_t at) {
    constexpr std::size_t kLeast = 13;
    constexpr std::size_t kMost = 19;
    std::string digits;
    char between = '\0';
    while (at < text.size() && digits.size() < kMost) {
        if (isDigit(text[at])) {
            digits += text[at++];
            const bool ends = at >= text.size() || !isTokenChar(text[at]) || text[at] == '-';
            if (ends && digits.size() >= kLeast && isIssued(digits) && passesLuhn(digits) &&
                digits.find_first_not_of(digits.front()) != digits.npos)
                return true;
            continue;
        }
        const bool goesOn = (text[at] == ' ' || text[at] == '-') &&
                            (between == '\0' || between == text[at]) && digits.size() >= 3 &&
                            at + 1 < text.size() && isDigit(text[at + 1]);
        if (!goesOn)
            return false;
        between = text[at++];
    }
    return false;
}

struct Country {
    std::string_view code;
    std::size_t length;
};

// ISO 13616: the registry of lengths.
constexpr std::array kCountries{
    Country{"AD", 24}, Country{"AE", 23}, Country{"AL", 28}, Country{"AT", 20}, Country{"AZ", 28},
    Country{"BA", 20}, Country{"BE", 16}, Country{"BG", 22}, Country{"BH", 22}, Country{"BR", 29},
    Country{"BY", 28}, Country{"CH", 21}, Country{"CR", 22}, Country{"CY", 28}, Country{"CZ", 24},
    Country{"DE", 22}, Country{"DK", 18}, Country{"DO", 28}, Country{"EE", 20}, Country{"EG", 29},
    Country{"ES", 24}, Country{"FI", 18}, Country{"FO", 18}, Country{"FR", 27}, Country{"GB", 22},
    Country{"GE", 22}, Country{"GI", 23}, Country{"GL", 18}, Country{"GR", 27}, Country{"GT", 28},
    Country{"HR", 21}, Country{"HU", 28}, Country{"IE", 22}, Country{"IL", 23}, Country{"IQ", 23},
    Country{"IS", 26}, Country{"IT", 27}, Country{"JO", 30}, Country{"KW", 30}, Country{"KZ", 20},
    Country{"LB", 28}, Country{"LC", 32}, Country{"LI", 21}, Country{"LT", 20}, Country{"LU", 20},
    Country{"LV", 21}, Country{"LY", 25}, Country{"MC", 27}, Country{"MD", 24}, Country{"ME", 22},
    Country{"MK", 19}, Country{"MR", 27}, Country{"MT", 31}, Country{"MU", 30}, Country{"NL", 18},
    Country{"NO", 15}, Country{"PK", 24}, Country{"PL", 28}, Country{"PS", 29}, Country{"PT", 25},
    Country{"QA", 29}, Country{"RO", 24}, Country{"RS", 22}, Country{"SA", 24}, Country{"SC", 31},
    Country{"SE", 24}, Country{"SI", 19}, Country{"SK", 24}, Country{"SM", 27}, Country{"ST", 25},
    Country{"SV", 28}, Country{"TL", 23}, Country{"TN", 24}, Country{"TR", 26}, Country{"UA", 29},
    Country{"VA", 22}, Country{"VG", 24}, Country{"XK", 20}};

// ISO 7064, mod 97-10, with the first four characters put last.
bool passesMod97(const std::string& iban) {
    unsigned rest = 0;
    for (std::size_t i = 0; i < iban.size(); ++i) {
        const char c = iban[(i + 4) % iban.size()];
        rest = isDigit(c) ? (rest * 10 + static_cast<unsigned>(c - '0')) % 97
                          : (rest * 100 + static_cast<unsigned>(c - 'A' + 10)) % 97;
    }
    return rest == 1;
}

bool isIbanAt(std::string_view text, std::size_t at) {
    std::string code(text.substr(at, 2));
    for (char& c : code)
        c = isLower(c) ? static_cast<char>(c - 'a' + 'A') : c;
    const auto country = std::find_if(kCountries.begin(), kCountries.end(),
                                      [&code](const Country& c) { return c.code == code; });
    if (country == kCountries.end())
        return false;
    std::string iban;
    for (; at < text.size() && iban.size() < country->length; ++at) {
        const char c = text[at];
        if (isAlnum(c))
            iban += isLower(c) ? static_cast<char>(c - 'a' + 'A') : c;
        else if (c != ' ' || text[at - 1] == ' ')
            return false;
    }
    const bool ends = at >= text.size() || !isAlnum(text[at]);
    return ends && iban.size() == country->length && passesMod97(iban);
}

// What stands before, so that a number in the middle of something else is none.
bool beginsHere(std::string_view text, std::size_t at) {
    return at == 0 || !(isTokenChar(text[at - 1]) || text[at - 1] == '.' || text[at - 1] == '%');
}

bool isLocalChar(char c) {
    return isTokenChar(c) || c == '.' || c == '+' || c == '%';
}

// Names that are set aside for examples (RFC 2606), names of files ("icon@2x.png"), and senders
// that are nobody.
bool isNobody(std::string_view local, std::string_view domain) {
    constexpr std::array<std::string_view, 4> kNobody{"git", "noreply", "no-reply", "example"};
    constexpr std::array<std::string_view, 14> kEnds{
        ".example", ".test", ".invalid", ".localhost", ".local", ".png", ".jpg",
        ".svg",     ".webp", ".js",      ".ts",        ".json",  ".md",  ".service"};
    const std::string plain = toLower(domain);
    return std::find(kNobody.begin(), kNobody.end(), toLower(local)) != kNobody.end() ||
           plain.starts_with("example.") || plain.find(".example.") != plain.npos ||
           plain == "users.noreply.github.com" ||
           std::any_of(kEnds.begin(), kEnds.end(),
                       [&plain](std::string_view end) { return plain.ends_with(end); });
}

bool isEmailAround(std::string_view text, std::size_t sign) {
    constexpr std::size_t kLongestLocal = 64;
    constexpr std::size_t kLongestDomain = 253;
    std::size_t begin = sign;
    while (begin > 0 && sign - begin <= kLongestLocal && isLocalChar(text[begin - 1]))
        --begin;
    std::size_t end = sign + 1;
    while (end < text.size() && end - sign <= kLongestDomain &&
           (isTokenChar(text[end]) || text[end] == '.'))
        ++end;
    std::string_view domain = text.substr(sign + 1, end - sign - 1);
    while (!domain.empty() && !isAlnum(domain.back()))
        domain.remove_suffix(1);
    const auto dot = domain.rfind('.');
    if (begin == sign || dot == domain.npos || dot == 0 || !isAlnum(domain.front()))
        return false;
    const std::string_view top = domain.substr(dot + 1);
    return top.size() >= 2 &&
           std::all_of(top.begin(), top.end(), [](char c) { return isLower(c) || isUpper(c); }) &&
           !isNobody(text.substr(begin, sign - begin), domain);
}

// Of the words that a wallet's mnemonic may have none is as common as these.
bool isCommonWord(std::string_view word) {
    constexpr std::array<std::string_view, 40> kCommon{
        "the",   "and",   "for",   "with",  "from",  "are",   "was",   "has",  "not",   "but",
        "his",   "her",   "she",   "its",   "our",   "had",   "been",  "were", "than",  "them",
        "their", "these", "those", "which", "while", "would", "could", "your", "who",   "how",
        "out",   "did",   "does",  "too",   "some",  "here",  "via",   "new",  "being", "using"};
    const auto same = [word](std::string_view common) {
        return common[0] == word[0] && common == word;
    };
    return std::any_of(kCommon.begin(), kCommon.end(), same);
}

// BIP-39 has 12, 15, 18, 21 or 24 words of 3 to 8 small letters. Without its list of words, what
// tells them from sentences is that the words in between are missing.
class Words final {
  public:
    // Of the next token; true where a mnemonic ended before it.
    bool next(std::string_view text, std::size_t begin, std::size_t end) {
        const std::string_view word = text.substr(begin, end - begin);
        const bool fits = word.size() >= 3 && word.size() <= 8 &&
                          std::all_of(word.begin(), word.end(), isLower) && !isCommonWord(word);
        const bool joined = begin == m_end + 1 && text[m_end] == ' ';
        const bool found = !(joined && fits) && ended();
        if (!joined || !fits)
            m_count = m_inflected = 0;
        m_end = end;
        if (fits) {
            ++m_count;
            m_inflected += word.ends_with("s") || word.ends_with("ed") || word.ends_with("ing");
        }
        return found;
    }
    bool ended() const {
        return m_count >= 12 && m_count <= 24 && m_count % 3 == 0 && m_inflected * 4 <= m_count;
    }

  private:
    std::size_t m_end = 0;
    int m_count = 0;
    int m_inflected = 0;
};

}  // namespace

std::optional<SecretKind> findPersonal(std::string_view text) {
    std::optional<SecretKind> found;
    Words words;
    anyToken(text, [&](std::size_t begin, std::size_t end) {
        if (words.next(text, begin, end))
            found = SecretKind::Mnemonic;
        else if (end - begin < 2 || !beginsHere(text, begin))
            return false;
        else if (isDigit(text[begin]) && isCardAt(text, begin))
            found = SecretKind::Card;
        else if (!isDigit(text[begin]) && end - begin > 3 && isDigit(text[begin + 2]) &&
                 isDigit(text[begin + 3]) && isIbanAt(text, begin))
            found = SecretKind::Account;
        return found.has_value();
    });
    if (!found && words.ended())
        found = SecretKind::Mnemonic;
    for (std::size_t at = text.find('@'); !found && at != text.npos; at = text.find('@', at + 1)) {
        if (isEmailAround(text, at))
            found = SecretKind::Email;
    }
    return found;
}

}  // namespace gr::routing
