// SPDX-License-Identifier: MIT
#include "tokens/letters.h"

#include <algorithm>
#include <array>

#include "base/embedded.h"
#include "tokens/unpack.h"

namespace gr::tokens {
namespace {

constexpr std::array<std::uint8_t, 128> kAscii = [] {
    std::array<std::uint8_t, 128> kinds{};
    for (std::size_t c = 0; c < kinds.size(); ++c) {
        if (c >= 'A' && c <= 'Z')
            kinds[c] = kCapital;
        else if (c >= 'a' && c <= 'z')
            kinds[c] = kSmall;
        else if (c >= '0' && c <= '9')
            kinds[c] = kNumber;
        else if (c == ' ' || (c >= '\t' && c <= '\r'))
            kinds[c] = kBlank;
    }
    return kinds;
}();

struct Point {
    std::uint32_t code = 0;
    std::uint8_t size = 0;  // 0: no UTF-8
};

Point decode(std::string_view text) {
    const auto byte = [text](std::size_t i) { return static_cast<unsigned char>(text[i]); };
    const std::uint32_t lead = byte(0);
    const std::uint8_t size = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
    if (lead < 0xc0 || lead >= 0xf8 || text.size() < size)
        return {};
    std::uint32_t code = lead & (0x7fU >> size);
    for (std::size_t i = 1; i < size; ++i) {
        if ((byte(i) & 0xc0) != 0x80)
            return {};
        code = code << 6 | (byte(i) & 0x3fU);
    }
    return {code, size};
}

}  // namespace

std::optional<Letters> Letters::embedded() {
    constexpr std::size_t kRow = 5;
    const std::string table = unpack(embeddedLetters());
    if (table.empty() || table.size() % kRow != 0)
        return std::nullopt;
    Letters letters;
    letters.m_starts.reserve(table.size() / kRow);
    letters.m_kinds.reserve(table.size() / kRow);
    for (std::size_t row = 0; row < table.size(); row += kRow) {
        std::uint32_t start = 0;
        for (std::size_t i = 4; i-- > 0;)
            start = start << 8 | static_cast<unsigned char>(table[row + i]);
        letters.m_starts.push_back(start);
        letters.m_kinds.push_back(static_cast<std::uint8_t>(table[row + 4]));
    }
    if (letters.m_starts.front() != 0)
        return std::nullopt;
    return letters;
}

Letters::Char Letters::at(std::string_view text, std::size_t at) const {
    const auto lead = static_cast<unsigned char>(text[at]);
    if (lead < kAscii.size())
        return {kAscii[lead], 1};
    const Point point = decode(text.substr(at, 4));
    if (point.size == 0)
        return {};
    const auto behind = std::upper_bound(m_starts.begin(), m_starts.end(), point.code);
    return {m_kinds[static_cast<std::size_t>(behind - m_starts.begin()) - 1], point.size};
}

}  // namespace gr::tokens
