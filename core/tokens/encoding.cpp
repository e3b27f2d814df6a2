// SPDX-License-Identifier: MIT
#include "tokens/encoding.h"

#include <bit>
#include <functional>
#include <queue>

#include "base/embedded.h"
#include "tokens/unpack.h"

namespace gr::tokens {
namespace {

constexpr std::size_t kLongest = 255;  // bytes of a token

// One part of a piece that is being put together: a token, and its neighbours.
struct Link {
    std::uint32_t before = 0;
    std::uint32_t behind = 0;  // where the next part begins
    bool alive = true;
};

// Two neighbours that make a token together. Low ranks go first, the left one among equals.
struct Pair {
    std::uint32_t rank = 0;
    std::uint32_t left = 0;
    std::uint32_t end = 0;

    bool operator>(const Pair& other) const {
        return rank != other.rank ? rank > other.rank : left > other.left;
    }
};

}  // namespace

Result<std::shared_ptr<const Encoding>> Encoding::embedded(Vocabulary vocabulary) {
    const bool o200k = vocabulary == Vocabulary::O200k;
    auto letters = Letters::embedded();
    std::string tokens = unpack(o200k ? embeddedO200k() : embeddedCl100k());
    if (letters && !tokens.empty()) {
        const std::shared_ptr<Encoding> encoding(new Encoding(
            o200k ? Pattern::O200k : Pattern::Cl100k, std::move(*letters), std::move(tokens)));
        if (encoding->index())
            return encoding;
    }
    return fail(ErrorCode::Internal, "The tables of the tokenizer are damaged; install again.");
}

std::string_view Encoding::token(std::uint32_t rank) const {
    const std::size_t at = m_begins[rank];
    return std::string_view(m_tokens).substr(at + 1, static_cast<unsigned char>(m_tokens[at]));
}

std::size_t Encoding::slotOf(std::string_view bytes) const {
    const std::size_t mask = m_slots.size() - 1;
    std::size_t slot = std::hash<std::string_view>()(bytes) & mask;
    while (m_slots[slot] != kNone && token(m_slots[slot]) != bytes)
        slot = (slot + 1) & mask;
    return slot;
}

// False when the list is cut.
bool Encoding::index() {
    for (std::size_t at = 0; at < m_tokens.size();) {
        m_begins.push_back(static_cast<std::uint32_t>(at));
        at += 1 + static_cast<unsigned char>(m_tokens[at]);
        if (at > m_tokens.size())
            return false;
    }
    m_begins.shrink_to_fit();
    m_slots.assign(std::bit_ceil(2 * m_begins.size()), kNone);
    for (std::uint32_t rank = 0; rank < m_begins.size(); ++rank)
        m_slots[slotOf(token(rank))] = rank;
    return true;
}

std::uint32_t Encoding::rank(std::string_view bytes) const {
    return bytes.size() <= kLongest ? m_slots[slotOf(bytes)] : kNone;
}

std::size_t Encoding::count(std::string_view text) const {
    std::size_t tokens = 0;
    while (!text.empty()) {
        const std::size_t size = firstPiece(m_letters, m_pattern, text);
        tokens += countPiece(text.substr(0, size));
        text.remove_prefix(size);
    }
    return tokens;
}

// Puts bytes together, the pair of lowest rank first, until no pair is a token.
std::size_t Encoding::countPiece(std::string_view piece) const {
    if (piece.size() == 1 || rank(piece) != kNone)
        return 1;
    const auto size = static_cast<std::uint32_t>(piece.size());
    std::vector<Link> parts(size);
    for (std::uint32_t i = 0; i < size; ++i)
        parts[i] = {i == 0 ? 0 : i - 1, i + 1, true};
    std::vector<Pair> memory;
    memory.reserve(2 * piece.size());
    std::priority_queue<Pair, std::vector<Pair>, std::greater<>> pairs({}, std::move(memory));
    // The pair that begins with the part at `left`, if it is a token.
    const auto offer = [&](std::uint32_t left) {
        const std::uint32_t middle = parts[left].behind;
        if (middle >= size)
            return;
        const std::uint32_t end = parts[middle].behind;
        const std::uint32_t found = rank(piece.substr(left, end - left));
        if (found != kNone)
            pairs.push({found, left, end});
    };
    for (std::uint32_t i = 0; i + 1 < size; ++i)
        offer(i);
    std::size_t count = piece.size();
    while (!pairs.empty()) {
        const Pair pair = pairs.top();
        pairs.pop();
        const std::uint32_t middle = parts[pair.left].behind;
        // One of the two may have grown since.
        if (!parts[pair.left].alive || middle >= size || parts[middle].behind != pair.end)
            continue;
        parts[middle].alive = false;
        parts[pair.left].behind = pair.end;
        if (pair.end < size)
            parts[pair.end].before = pair.left;
        --count;
        offer(pair.left);
        if (pair.left > 0)
            offer(parts[pair.left].before);
    }
    return count;
}

}  // namespace gr::tokens
