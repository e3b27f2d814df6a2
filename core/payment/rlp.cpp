// SPDX-License-Identifier: MIT
#include "payment/rlp.h"

namespace gr::payment::rlp {
namespace {

constexpr std::size_t kLongestShort = 55;
constexpr unsigned char kBytesMark = 0x80;
constexpr unsigned char kListMark = 0xc0;

std::string withLength(unsigned char mark, std::string_view payload) {
    std::string head;
    if (payload.size() <= kLongestShort) {
        head.push_back(static_cast<char>(mark + payload.size()));
    } else {
        std::string length;
        for (std::size_t rest = payload.size(); rest != 0; rest >>= 8)
            length.insert(length.begin(), static_cast<char>(rest & 0xff));
        head.push_back(static_cast<char>(mark + kLongestShort + length.size()));
        head += length;
    }
    return head.append(payload);
}

}  // namespace

std::string bytes(std::string_view text) {
    if (text.size() == 1 && static_cast<unsigned char>(text.front()) < kBytesMark)
        return std::string(text);
    return withLength(kBytesMark, text);
}

std::string number(const Uint256& value) {
    const auto& word = value.word();
    std::string_view digits(reinterpret_cast<const char*>(word.data()), word.size());
    const std::size_t first = digits.find_first_not_of('\0');
    return bytes(first == std::string_view::npos ? std::string_view() : digits.substr(first));
}

std::string list(std::string_view items) {
    return withLength(kListMark, items);
}

std::optional<Item> take(std::string_view& items) {
    if (items.empty())
        return std::nullopt;
    const auto mark = static_cast<unsigned char>(items.front());
    if (mark < kBytesMark) {
        const Item item{false, items.substr(0, 1)};
        items.remove_prefix(1);
        return item;
    }
    const bool isList = mark >= kListMark;
    std::size_t size = mark - (isList ? kListMark : kBytesMark);
    std::size_t head = 1;
    if (size > kLongestShort) {
        const std::size_t digits = size - kLongestShort;
        if (digits > sizeof(std::uint32_t) || items.size() < head + digits || items[head] == '\0')
            return std::nullopt;
        size = 0;
        for (std::size_t i = 0; i < digits; ++i)
            size = size << 8 | static_cast<unsigned char>(items[head + i]);
        head += digits;
        if (size <= kLongestShort)
            return std::nullopt;
    }
    if (items.size() - head < size)
        return std::nullopt;
    const Item item{isList, items.substr(head, size)};
    const bool longer =
        !isList && size == 1 && static_cast<unsigned char>(item.payload.front()) < kBytesMark;
    if (longer)
        return std::nullopt;
    items.remove_prefix(head + size);
    return item;
}

}  // namespace gr::payment::rlp
