// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace gr {

// ASCII only, as protocols want it; never the locale.
bool equalsIgnoreCase(std::string_view a, std::string_view b);
std::string toLower(std::string_view text);
std::string_view trim(std::string_view text);  // spaces and tabs at both ends
// `pattern` with `*` for any run of characters.
bool matchesPattern(std::string_view pattern, std::string_view name);

std::string toHex(std::span<const unsigned char> bytes);
std::optional<std::string> fromHex(std::string_view hex);  // bytes, or nothing
std::string toBase64(std::string_view bytes);
std::optional<std::string> fromBase64(std::string_view text);

using Sha256 = std::string;  // 32 bytes
Sha256 sha256(std::string_view bytes);
std::string hmacSha256(std::string_view key, std::string_view bytes);  // 32 bytes (RFC 2104)

// `count` bytes of the system's generator. Ends the program if there is none: nothing here may go
// on with predictable keys.
std::string randomBytes(std::size_t count);

// A new client key: "gr-" and 43 characters of base64url, 256 bits.
std::string newClientKey();

// Appends `text` as the inside of a JSON string: quotes, backslashes and control characters
// escaped, everything else byte for byte.
void appendJsonEscaped(std::string& out, std::string_view text);

// A number without sign or blanks; nothing when it does not fit.
std::optional<std::uint64_t> parseUnsigned(std::string_view digits);

}  // namespace gr
