// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

// What secrets and personal data look like in plain text. Each function reads the text once, front
// to back, and looks a bounded way ahead and back. Pure; any thread.
namespace gr::routing {

enum class SecretKind : std::uint8_t {
    ApiKey,      // of a vendor, by its prefix and shape; JWTs; bearer tokens
    PrivateKey,  // PEM with its key
    Password,    // assigned to a name that says so, or inside a URL
    Card,        // a payment card, by Luhn's check digit
    Account,     // an IBAN, by its check digits
    Email,
    Mnemonic,  // 12 to 24 plain words in a row
};

// Keys, tokens and private keys that show by themselves what they are.
std::optional<SecretKind> findKey(std::string_view text);

// What is assigned to a name such as "password" or "api_key": `name = value`, `"name": "value"`,
// `name: value`, `--name value`, `<name>value</name>`, `name is value`.
bool holdsAssignment(std::string_view text);

// The same where name and value are known apart, as in JSON.
bool isSecretUnder(std::string_view name, std::string_view value);

// Numbers of cards and accounts, e-mail addresses, mnemonics.
std::optional<SecretKind> findPersonal(std::string_view text);

// ASCII alone; never the locale.
constexpr bool isDigit(char c) {
    return c >= '0' && c <= '9';
}
constexpr bool isLower(char c) {
    return c >= 'a' && c <= 'z';
}
constexpr bool isUpper(char c) {
    return c >= 'A' && c <= 'Z';
}
constexpr bool isAlnum(char c) {
    return isDigit(c) || isLower(c) || isUpper(c);
}
// Of which keys and names consist.
constexpr bool isTokenChar(char c) {
    return isAlnum(c) || c == '_' || c == '-';
}

// Calls each(begin, end) for the longest runs of token characters, until it gives true; whether it
// did.
template <class Each>
bool anyToken(std::string_view text, const Each& each) {
    for (std::size_t at = 0; at < text.size();) {
        if (!isTokenChar(text[at])) {
            ++at;
            continue;
        }
        std::size_t end = at + 1;
        while (end < text.size() && isTokenChar(text[end]))
            ++end;
        if (each(at, end))
            return true;
        at = end;
    }
    return false;
}

// Does it have two of small letters, capitals and digits? Words have not.
constexpr bool isMixed(std::string_view text) {
    bool lower = false;
    bool upper = false;
    bool digit = false;
    for (const char c : text) {
        lower = lower || isLower(c);
        upper = upper || isUpper(c);
        digit = digit || isDigit(c);
    }
    return static_cast<int>(lower) + static_cast<int>(upper) + static_cast<int>(digit) > 1;
}

}  // namespace gr::routing
