// SPDX-License-Identifier: MIT
// What is assigned to a name that says it is secret.
#include <algorithm>
#include <array>
#include <string>

#include "base/text.h"
#include "routing/secret_shapes.h"

namespace gr::routing {
namespace {

constexpr std::size_t kLongestName = 24;  // of what a name ends with
constexpr std::size_t kLongestValue = 256;

enum class Weight : std::uint8_t {
    None,
    Key,       // long and mixed, or it is something else: "token", "secret"
    Password,  // whatever people think of
};

// In small letters, without "_", "-" and blanks; a name ends with it.
constexpr std::array<std::string_view, 9> kPasswords{"password", "passwd",     "passwort",
                                                     "kennwort", "passphrase", "pwd",
                                                     "senha",    "motdepasse", "wachtwoord"};
constexpr std::array<std::string_view, 7> kKeys{"secret",    "token",      "apikey", "accesskey",
                                                "secretkey", "privatekey", "authkey"};
constexpr std::array<std::string_view, 5> kMoreKeys{"encryptionkey", "signingkey", "masterkey",
                                                    "accountkey", "privkey"};
// Where letters are not ASCII a name is found by itself.
constexpr std::array<std::string_view, 6> kForeign{"contraseña", "пароль",     "密码",
                                                   "密碼",       "パスワード", "비밀번호"};

template <class Names>
bool endsWithOne(std::string_view name, const Names& names) {
    return std::any_of(names.begin(), names.end(),
                       [name](std::string_view end) { return name.ends_with(end); });
}

// `plain`: as the lists above have it.
Weight weightOf(std::string_view plain) {
    if (endsWithOne(plain, kPasswords) || plain == "pass" || endsWithOne(plain, kForeign))
        return Weight::Password;
    return endsWithOne(plain, kKeys) || endsWithOne(plain, kMoreKeys) ? Weight::Key : Weight::None;
}

void appendPlain(std::string& out, std::string_view name) {
    if (name.size() > 2 * kLongestName)
        name.remove_prefix(name.size() - 2 * kLongestName);
    for (const char c : name) {
        if (c != '_' && c != '-' && c != ' ' && c != '.')
            out += isUpper(c) ? static_cast<char>(c - 'A' + 'a') : c;
    }
}

bool isNameChar(char c) {
    return isAlnum(c) || c == '_';
}

// `$PASSWORD`, `${…}`, `%PASSWORD%`, `<password>`, `{{ … }}`: filled in elsewhere.
bool isVariable(std::string_view value) {
    const char first = value.front();
    const char last = value.back();
    return (first == '$' && !std::any_of(value.begin(), value.end(), isDigit)) ||
           (first == '%' && last == '%') || (first == '<' && last == '>') || first == '{' ||
           first == '[';
}

bool isPlaceholder(std::string_view value) {
    constexpr std::array<std::string_view, 9> kParts{
        "example", "placeholder", "redacted", "${", "{{", "...", "…", "***", "xxxx"};
    constexpr std::array<std::string_view, 6> kBegins{"your", "/", "./", "~/", "http:", "https:"};
    constexpr std::array<std::string_view, 14> kWords{
        "password", "secret",    "string",           "required",    "optional",
        "hidden",   "undefined", "number",           "boolean",     "default",
        "missing",  "invalid",   "current-password", "new-password"};
    const std::string lower = toLower(value);
    const auto begins = [&lower](std::string_view begin) { return lower.starts_with(begin); };
    const auto has = [&lower](std::string_view part) { return lower.find(part) != lower.npos; };
    return lower.find_first_not_of(lower.front()) == lower.npos || isVariable(value) ||
           std::find(kWords.begin(), kWords.end(), lower) != kWords.end() ||
           std::any_of(kBegins.begin(), kBegins.end(), begins) ||
           std::any_of(kParts.begin(), kParts.end(), has);
}

struct Value {
    std::string_view text;
    bool quoted = false;
};

// A name in a program, not a value: `config.password`, `getenv(…)`, `String`.
bool isCode(std::string_view value) {
    return value.find_first_of("([{") != value.npos ||
           std::all_of(value.begin(), value.end(), [](char c) {
               return (isNameChar(c) && !isDigit(c)) || c == '.' || c == '-' || c == ':';
           });
}

// `process.env.KEY_2`
bool isPath(std::string_view value) {
    return value.find('.') != value.npos && std::all_of(value.begin(), value.end(), [](char c) {
               return isNameChar(c) || c == '.';
           });
}

bool isSecretValue(Weight weight, const Value& value) {
    constexpr std::size_t kShortestKey = 16;
    constexpr std::size_t kShortestPassword = 6;
    const std::string_view text = value.text;
    const std::size_t least = weight == Weight::Key ? kShortestKey : kShortestPassword;
    if (text.size() < least || isPlaceholder(text) || text.find(' ') != text.npos)
        return false;
    if (weight == Weight::Key)
        return isMixed(text) && !isCode(text) && !isPath(text);
    return value.quoted || !isCode(text);
}

std::size_t skipSome(std::string_view text, std::size_t at, std::string_view which,
                     std::size_t most) {
    const std::size_t end = std::min(text.size(), at + most);
    while (at < end && which.find(text[at]) != which.npos)
        ++at;
    return at;
}

// Behind the sign that says "is"; nothing where there is none. `end`: behind the name.
std::optional<std::size_t> behindSign(std::string_view text, std::size_t begin, std::size_t end,
                                      Weight weight) {
    if (begin > 0 && text[begin - 1] == '<' && end < text.size() && text[end] == '>')
        return end + 1;
    const bool option = text.substr(begin, 2) == "--";
    std::size_t at = skipSome(text, end, "\"'`\\])", 3);
    const std::size_t blanks = at;
    at = skipSome(text, at, " \t", 4);
    constexpr std::array<std::string_view, 5> kSigns{"=>", ":=", "==", "=", ":"};
    constexpr std::array<std::string_view, 5> kWords{"：", "is ", "ist ", "is: ", "es "};
    const std::string_view rest = text.substr(at, 4);
    for (const std::string_view sign : kSigns) {
        if (rest.starts_with(sign))
            return at + sign.size();
    }
    for (const std::string_view word : kWords) {
        if (weight == Weight::Password && rest.starts_with(word))
            return at + word.size();
    }
    return option && at > blanks ? std::optional(at) : std::nullopt;
}

Value valueAt(std::string_view text, std::size_t at) {
    at = skipSome(text, at, " \t\n\r\\", 8);
    if (at + 1 < text.size() && (text[at] == 'b' || text[at] == 'r' || text[at] == 'f') &&
        (text[at + 1] == '"' || text[at + 1] == '\''))
        ++at;
    const std::string_view rest = text.substr(std::min(at, text.size()), kLongestValue);
    if (rest.empty())
        return {};
    const char quote = rest.front();
    if (quote == '"' || quote == '\'' || quote == '`') {
        const auto end = rest.find(quote, 1);
        if (end != rest.npos)
            return {rest.substr(1, end - 1), true};
        return {rest.substr(1, rest.find_first_of(" \t\r\n")), true};
    }
    std::string_view value = rest.substr(0, rest.find_first_of(" \t\r\n\"'`,;<>)&|\\"));
    while (!value.empty() && value.back() == '.')
        value.remove_suffix(1);
    return {value, false};
}

bool isAssigned(std::string_view text, std::size_t begin, std::size_t end, Weight weight) {
    const auto at = behindSign(text, begin, end, weight);
    return at && isSecretValue(weight, valueAt(text, *at));
}

bool holdsForeign(std::string_view text) {
    return std::any_of(kForeign.begin(), kForeign.end(), [text](std::string_view name) {
        for (std::size_t at = text.find(name); at != text.npos; at = text.find(name, at + 1)) {
            if (isAssigned(text, at, at + name.size(), Weight::Password))
                return true;
        }
        return false;
    });
}

}  // namespace

bool holdsAssignment(std::string_view text) {
    std::size_t first = 0;  // of the tokens with one blank between: "private key" is one name
    std::size_t last = 0;
    const bool found = anyToken(text, [&](std::size_t begin, std::size_t end) {
        if (begin != last + 1 || text[last] != ' ')
            first = begin;
        last = end;
        // Most words are followed by nothing that would assign to them.
        if (!behindSign(text, begin, end, Weight::Password))
            return false;
        std::string name;
        appendPlain(name, text.substr(first, end - first));
        const Weight weight = weightOf(name);
        return weight != Weight::None && isAssigned(text, begin, end, weight);
    });
    return found || holdsForeign(text);
}

bool isSecretUnder(std::string_view name, std::string_view value) {
    std::string plain;
    appendPlain(plain, name);
    const Weight weight = weightOf(plain);
    return weight != Weight::None && isSecretValue(weight, {value.substr(0, kLongestValue), true});
}

}  // namespace gr::routing
