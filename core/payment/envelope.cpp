// SPDX-License-Identifier: MIT
#include "payment/envelope.h"

#include <array>
#include <cstdint>

#include "base/text.h"

namespace gr::payment {
namespace {

int sextet(char c) {
    if (c >= 'A' && c <= 'Z')
        return c - 'A';
    if (c >= 'a' && c <= 'z')
        return c - 'a' + 26;
    if (c >= '0' && c <= '9')
        return c - '0' + 52;
    if (c == '+' || c == '-')
        return 62;
    return c == '/' || c == '_' ? 63 : -1;
}

// The length of the character at the front by its first byte, 0 where none begins.
std::size_t lengthByFirst(unsigned char byte) {
    if (byte < 0x80)
        return 1;
    if (byte >= 0xc2 && byte < 0xe0)
        return 2;
    if (byte >= 0xe0 && byte < 0xf0)
        return 3;
    return byte >= 0xf0 && byte < 0xf5 ? 4 : 0;
}

struct Character {
    std::size_t bytes = 0;  // 0: no UTF-8
    std::uint32_t code = 0;
};

Character characterAt(std::string_view text) {
    constexpr std::array<std::uint32_t, 5> kLeast{0, 0, 0x80, 0x800, 0x10000};
    const auto first = static_cast<unsigned char>(text.front());
    const std::size_t length = lengthByFirst(first);
    if (length == 0 || length > text.size())
        return {};
    std::uint32_t code = length == 1 ? first : first & (0x7fU >> length);
    for (std::size_t i = 1; i < length; ++i) {
        const auto next = static_cast<unsigned char>(text[i]);
        if ((next & 0xc0U) != 0x80)
            return {};
        code = code << 6 | (next & 0x3fU);
    }
    const bool surrogate = code >= 0xd800 && code <= 0xdfff;
    if (code < kLeast[length] || code > 0x10ffff || surrogate)
        return {};
    return {length, code};
}

// Controls, separators of lines, marks of direction, characters without width, tags and variation
// selectors: what makes a text look like another one.
bool isHidden(std::uint32_t c) {
    struct Range {
        std::uint32_t first;
        std::uint32_t last;
    };
    constexpr std::array<Range, 15> kHidden{{{0x00, 0x1f},
                                             {0x7f, 0x9f},
                                             {0xad, 0xad},
                                             {0x34f, 0x34f},
                                             {0x61c, 0x61c},
                                             {0x115f, 0x1160},
                                             {0x17b4, 0x17b5},
                                             {0x180b, 0x180f},
                                             {0x200b, 0x200f},
                                             {0x2028, 0x202e},
                                             {0x2060, 0x206f},
                                             {0x3164, 0x3164},
                                             {0xfe00, 0xfe0f},
                                             {0xfeff, 0xfeff},
                                             {0xfff0, 0xfffb}}};
    for (const Range& range : kHidden) {
        if (c >= range.first && c <= range.last)
            return true;
    }
    return c >= 0xe0000;  // tags, selectors, private planes
}

}  // namespace

std::optional<std::string> decodeEnvelope(std::string_view value) {
    value = trim(value);
    if (value.size() > kMostHeader)
        return std::nullopt;
    for (int padding = 0; padding < 2 && value.ends_with('='); ++padding)
        value.remove_suffix(1);
    if (value.size() % 4 == 1)
        return std::nullopt;
    std::string out;
    out.reserve(value.size() / 4 * 3 + 2);
    std::uint32_t bits = 0;
    int count = 0;
    for (const char c : value) {
        const int six = sextet(c);
        if (six < 0)
            return std::nullopt;
        bits = (bits << 6 | static_cast<std::uint32_t>(six)) & 0xffffU;
        count += 6;
        if (count >= 8) {
            count -= 8;
            out.push_back(static_cast<char>(bits >> count & 0xff));
        }
    }
    return out;
}

std::string encodeEnvelope(std::string_view json) {
    return toBase64(json);
}

std::string plainText(std::string_view text, std::size_t most) {
    std::string out;
    while (!text.empty()) {
        const Character character = characterAt(text);
        const std::size_t bytes = character.bytes == 0 ? 1 : character.bytes;
        if (character.bytes != 0 && !isHidden(character.code)) {
            if (out.size() + bytes > most)
                break;
            out.append(text.substr(0, bytes));
        } else if (text.front() == '\n' || text.front() == '\t') {
            if (out.size() + 1 > most)
                break;
            out.push_back(' ');
        }
        text.remove_prefix(bytes);
    }
    return out;
}

std::string asciiText(std::string_view text, std::size_t most) {
    std::string out;
    for (const char c : plainText(text, text.size())) {
        if (out.size() >= most)
            break;
        const auto byte = static_cast<unsigned char>(c);
        if (byte >= 0x20 && byte < 0x7f)
            out.push_back(c);
        else if (byte >= 0xc0)  // one mark a character
            out.push_back('?');
    }
    return out;
}

}  // namespace gr::payment
