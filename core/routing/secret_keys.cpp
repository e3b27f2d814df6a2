// SPDX-License-Identifier: MIT
// Keys that show by themselves what they are.
#include <algorithm>
#include <array>
#include <string>

#include "base/text.h"
#include "routing/secret_shapes.h"

namespace gr::routing {
namespace {

enum class Alphabet : std::uint8_t { Token, Alnum, Upper, Hex };

struct Shape {
    std::string_view prefix;
    std::size_t least;  // characters behind the prefix
    std::size_t most;
    Alphabet alphabet = Alphabet::Token;
};

constexpr std::size_t kAny = 512;

// By the vendors' own documentation and the patterns that they hand to secret scanners.
constexpr std::array kShapes{
    Shape{"sk-", 20, kAny},  // OpenAI, Anthropic, OpenRouter, DeepSeek and others
    Shape{"gr-", 43, 43},    // our own client keys
    Shape{"gsk_", 32, kAny, Alphabet::Alnum},
    Shape{"xai-", 40, kAny, Alphabet::Alnum},
    Shape{"pplx-", 32, kAny, Alphabet::Alnum},
    Shape{"csk-", 32, kAny, Alphabet::Alnum},
    Shape{"fw_", 20, kAny, Alphabet::Alnum},
    Shape{"nvapi-", 40, kAny},
    Shape{"tgp_v1_", 32, kAny},
    Shape{"r8_", 32, 48, Alphabet::Alnum},
    Shape{"hf_", 30, kAny, Alphabet::Alnum},
    Shape{"AIza", 35, 35},
    Shape{"GOCSPX-", 24, 40},
    Shape{"AKIA", 16, 16, Alphabet::Upper},
    Shape{"ASIA", 16, 16, Alphabet::Upper},
    Shape{"ghp_", 36, kAny, Alphabet::Alnum},
    Shape{"gho_", 36, kAny, Alphabet::Alnum},
    Shape{"ghu_", 36, kAny, Alphabet::Alnum},
    Shape{"ghs_", 36, kAny, Alphabet::Alnum},
    Shape{"ghr_", 36, kAny, Alphabet::Alnum},
    Shape{"github_pat_", 40, kAny},
    Shape{"glpat-", 20, kAny},
    Shape{"xoxb-", 20, kAny},
    Shape{"xoxp-", 20, kAny},
    Shape{"xoxa-", 20, kAny},
    Shape{"xoxr-", 20, kAny},
    Shape{"xoxs-", 20, kAny},
    Shape{"xapp-", 20, kAny},
    Shape{"sk_live_", 16, kAny, Alphabet::Alnum},
    Shape{"rk_live_", 16, kAny, Alphabet::Alnum},
    Shape{"sk_test_", 16, kAny, Alphabet::Alnum},
    Shape{"rk_test_", 16, kAny, Alphabet::Alnum},
    Shape{"whsec_", 24, kAny},
    Shape{"npm_", 36, 36, Alphabet::Alnum},
    Shape{"pypi-", 50, kAny},
    Shape{"dop_v1_", 64, 64, Alphabet::Hex},
    Shape{"shpat_", 32, 32, Alphabet::Hex},
    Shape{"shpss_", 32, 32, Alphabet::Hex},
    Shape{"shpca_", 32, 32, Alphabet::Hex},
    Shape{"dckr_pat_", 20, kAny},
    Shape{"lin_api_", 32, kAny, Alphabet::Alnum},
    Shape{"key-", 32, 32, Alphabet::Hex},
    Shape{"SK", 32, 32, Alphabet::Hex},
    Shape{"AGE-SECRET-KEY-1", 50, 64, Alphabet::Upper},
};

bool isIn(char c, Alphabet alphabet) {
    switch (alphabet) {
        case Alphabet::Token:
            return isTokenChar(c);
        case Alphabet::Alnum:
            return isAlnum(c);
        case Alphabet::Upper:
            return isDigit(c) || isUpper(c);
        case Alphabet::Hex:
            return isDigit(c) || (c >= 'a' && c <= 'f');
    }
    return false;
}

// Names made of words ("sk-fading-circle-container") have no long stretch in them.
bool hasStretch(std::string_view text) {
    constexpr std::size_t kStretch = 16;
    std::size_t run = 0;
    for (const char c : text) {
        run = isAlnum(c) ? run + 1 : 0;
        if (run >= kStretch)
            return true;
    }
    return false;
}

bool fits(const Shape& shape, std::string_view token) {
    if (!token.starts_with(shape.prefix))
        return false;
    const std::string_view tail = token.substr(shape.prefix.size());
    const auto in = [&shape](char c) { return isIn(c, shape.alphabet); };
    return tail.size() >= shape.least && tail.size() <= shape.most &&
           std::all_of(tail.begin(), tail.end(), in) && isMixed(tail) &&
           (shape.least < 20 || shape.most < kAny || hasStretch(tail));
}

std::string_view tokenAt(std::string_view text, std::size_t at) {
    std::size_t end = at;
    while (end < text.size() && end - at < kAny && isTokenChar(text[end]))
        ++end;
    return text.substr(std::min(at, text.size()), end - at);
}

// The last three tokens, as far as single dots join them.
class Dotted final {
  public:
    bool ends(std::string_view text, std::size_t begin, std::size_t end) {
        const bool joined = begin > 0 && begin == m_end + 1 && text[m_end] == '.';
        m_first = joined ? m_second : std::string_view();
        m_second = joined ? m_third : std::string_view();
        m_third = text.substr(begin, end - begin);
        m_end = end;
        if (m_first.starts_with("eyJ"))  // a JWT: {"… in base64 (RFC 7519)
            return m_first.size() >= 12 && m_second.size() >= 10 && m_third.size() >= 16;
        if (m_first == "SG")
            return m_second.size() == 22 && m_third.size() == 43;
        return m_second == "ya29" && m_third.size() >= 40;
    }

  private:
    std::string_view m_first;
    std::string_view m_second;
    std::string_view m_third;
    std::size_t m_end = 0;
};

// Telegram's bots.
bool isNumberedToken(std::string_view text, std::string_view token, std::size_t end) {
    return token.size() >= 8 && token.size() <= 10 &&
           std::all_of(token.begin(), token.end(), isDigit) && end < text.size() &&
           text[end] == ':' && tokenAt(text, end + 1).size() == 35 &&
           isMixed(tokenAt(text, end + 1));
}

// `Authorization: Bearer …` and `Basic …`.
bool isAuthorization(std::string_view text, std::string_view word, std::size_t end) {
    const bool bearer = equalsIgnoreCase(word, "bearer");
    if ((!bearer && !equalsIgnoreCase(word, "basic")) || end >= text.size() || text[end] != ' ')
        return false;
    std::size_t last = end + 1;
    const auto isIn64 = [](char c) {
        return isTokenChar(c) || c == '.' || c == '+' || c == '/' || c == '=' || c == '~';
    };
    while (last < text.size() && last - end < kAny && isIn64(text[last]))
        ++last;
    const std::string_view value = text.substr(end + 1, last - end - 1);
    if (bearer)
        return value.size() >= 20 && isMixed(value) && hasStretch(value);
    const auto plain = value.size() >= 8 ? fromBase64(value) : std::nullopt;
    return plain && plain->find(':') != std::string::npos;
}

// The words alone, as in code that looks for keys, are no key.
bool isPrivateKey(std::string_view behindBegin) {
    constexpr std::size_t kLongestTitle = 48;
    constexpr std::size_t kLongestHead = 512;
    constexpr std::string_view kTitle = "PRIVATE KEY";
    const auto title = behindBegin.substr(0, kLongestTitle).find(kTitle);
    if (title == std::string_view::npos)
        return false;
    std::size_t run = 0;
    for (const char c : behindBegin.substr(title + kTitle.size(), kLongestHead)) {
        run = isAlnum(c) || c == '+' || c == '/' ? run + 1 : 0;
        if (run >= 32)
            return true;
    }
    return false;
}

bool holdsPrivateKey(std::string_view text) {
    constexpr std::string_view kBegin = "-----BEGIN ";
    for (std::size_t at = text.find(kBegin); at != std::string_view::npos;
         at = text.find(kBegin, at + kBegin.size())) {
        if (isPrivateKey(text.substr(at + kBegin.size())))
            return true;
    }
    return text.find("\nPrivate-Lines: ") != std::string_view::npos;  // PuTTY's
}

bool isStandIn(std::string_view password) {
    constexpr std::array<std::string_view, 7> kWords{"password", "passwd", "pass", "pwd",
                                                     "secret",   "token",  "pw"};
    const std::string lower = toLower(password);
    return password.find_first_of("${<*[%(") == 0 ||
           std::find(kWords.begin(), kWords.end(), lower) != kWords.end();
}

// scheme://user:password@host (RFC 3986, 3.2.1).
bool holdsUrlWithPassword(std::string_view text) {
    constexpr std::size_t kLongest = 256;
    for (std::size_t at = text.find("://"); at != std::string_view::npos;
         at = text.find("://", at + 3)) {
        std::string_view user = text.substr(at + 3, kLongest);
        user = user.substr(0, user.find_first_of(" \t\r\n/?#\"'`<>\\"));
        const auto last = user.rfind('@');
        const auto colon = user.find(':');
        if (last == user.npos || colon == user.npos || colon + 1 >= last)
            continue;
        if (!isStandIn(user.substr(colon + 1, last - colon - 1)))
            return true;
    }
    return false;
}

}  // namespace

std::optional<SecretKind> findKey(std::string_view text) {
    Dotted dotted;
    const bool key = anyToken(text, [text, &dotted](std::size_t begin, std::size_t end) {
        const std::string_view token = text.substr(begin, end - begin);
        if (dotted.ends(text, begin, end) || isNumberedToken(text, token, end) ||
            isAuthorization(text, token, end))
            return true;
        constexpr std::size_t kShortest = 19;
        return token.size() >= kShortest &&
               std::any_of(kShapes.begin(), kShapes.end(),
                           [token](const Shape& shape) { return fits(shape, token); });
    });
    if (key)
        return SecretKind::ApiKey;
    if (holdsPrivateKey(text))
        return SecretKind::PrivateKey;
    return holdsUrlWithPassword(text) ? std::optional(SecretKind::Password) : std::nullopt;
}

}  // namespace gr::routing
