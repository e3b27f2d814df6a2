// SPDX-License-Identifier: MIT
#include "routing/features.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <initializer_list>

namespace gr::routing {
namespace {

static_assert(std::endian::native == std::endian::little);

constexpr std::size_t kShortestPiece = 3;
constexpr std::size_t kLongestPiece = 5;
constexpr std::size_t kLongestWord = 40;  // of what is cut into pieces
constexpr std::size_t kMostSpace = 4;     // times kReadChars: where reading ends in any case
constexpr std::size_t kMostOptions = 10;  // of a multiple choice

// Odd numbers without a pattern: what is multiplied by one has its high bits well mixed.
constexpr std::uint64_t kWordFactor = 0x9e3779b97f4a7c15ULL;
constexpr std::uint64_t kTailFactor = 0xbf58476d1ce4e5b9ULL;
constexpr std::uint64_t kPairFactor = 0x94d049bb133111ebULL;
constexpr std::array<std::uint64_t, kLongestPiece + 1> kPieceFactors{
    0, 0, 0, 0xff51afd7ed558ccdULL, 0xc4ceb9fe1a85ec53ULL, 0xa0761d6478bd642fULL};

enum Kind : std::uint8_t { kSpace, kMark, kPoint, kDigit, kLetter };

struct Alphabet {
    std::array<Kind, 256> kind{};
    std::array<char, 256> lower{};

    constexpr Alphabet() {
        for (std::size_t c = 0; c < 256; ++c) {
            const bool upper = c >= 'A' && c <= 'Z';
            lower[c] = static_cast<char>(upper ? c + ('a' - 'A') : c);
            // Bytes of UTF-8 beyond ASCII count as letters.
            if (upper || (c >= 'a' && c <= 'z') || c >= 0x80)
                kind[c] = kLetter;
            else if (c >= '0' && c <= '9')
                kind[c] = kDigit;
            else if (c == ' ' || (c >= '\t' && c <= '\r'))
                kind[c] = kSpace;
            else
                // Commas and full stops stand everywhere and say nothing.
                kind[c] = c == '.' || c == ',' ? kPoint : kMark;
        }
    }
};
constexpr Alphabet kAlphabet;

Kind kindOf(char c) {
    return kAlphabet.kind[static_cast<unsigned char>(c)];
}

std::uint64_t load(const char* at) {
    std::uint64_t value = 0;
    std::memcpy(&value, at, sizeof value);
    return value;
}

constexpr std::uint64_t firstBytes(std::size_t count) {
    return count >= 8 ? ~std::uint64_t{0} : (std::uint64_t{1} << (8 * count)) - 1;
}

std::uint32_t gramOf(std::uint64_t value, std::uint64_t factor) {
    return static_cast<std::uint32_t>((value * factor) >> (64 - kGramBits));
}

// What some words tell by themselves.
enum Sign : std::uint8_t {
    kNoSign,
    kNot,
    kFollowing,
    kMany,
    kMuch,
    kPercent,
    kWrite,
    kProgram,
    kProve,
    kScenario,
    kStatement,
    kTime,
    kSigns
};

// The first eight letters.
constexpr std::uint64_t packed(std::string_view word) {
    std::uint64_t out = 0;
    for (std::size_t i = 0; i < std::min<std::size_t>(word.size(), 8); ++i)
        out |= std::uint64_t{static_cast<unsigned char>(word[i])} << (8 * i);
    return out;
}

class SignTable final {
  public:
    constexpr SignTable() {
        put(kNot, {"not", "except", "never"});
        put(kFollowing, {"followin"});
        put(kMany, {"many"});
        put(kMuch, {"much"});
        put(kPercent, {"percent"});
        put(kWrite, {"write"});
        put(kProve, {"prove", "show"});
        put(kScenario, {"scenario"});
        put(kStatement, {"statemen"});
        put(kTime, {"year", "years", "century"});
        put(kProgram, {"return", "def", "python", "code", "program", "list"});
    }
    Sign of(std::uint64_t word) const {
        const Entry& entry = m_entries[slot(word)];
        return entry.word == word ? entry.sign : kNoSign;
    }

  private:
    struct Entry {
        std::uint64_t word = 0;
        Sign sign = kNoSign;
    };
    static constexpr std::size_t slot(std::uint64_t word) { return (word * kWordFactor) >> 54; }
    constexpr void put(Sign sign, std::initializer_list<std::string_view> words) {
        for (const std::string_view word : words) {
            Entry& entry = m_entries[slot(packed(word))];
            if (entry.word != 0)
                throw "two words in one place";
            entry = {packed(word), sign};
        }
    }
    std::array<Entry, 1'024> m_entries{};
};
constexpr SignTable kSignTable;

// The text as tokens with one space before and behind each: words in small letters, numbers as #
// and how long they are, other marks alone.
class Tokens final {
  public:
    explicit Tokens(std::string_view text) {
        text = text.substr(0, kReadChars * kMostSpace);
        m_bytes[m_size++] = ' ';
        for (std::size_t i = 0; i < text.size() && read < kReadChars;) {
            const auto c = static_cast<unsigned char>(text[i]);
            const Kind kind = kindOf(text[i]);
            if (kind == kSpace) {
                ++read;
                do
                    ++i;
                while (i < text.size() && kindOf(text[i]) == kSpace);
            } else if (kind == kMark || kind == kPoint) {
                ++seen[c];
                ++marks;
                ++read;
                ++i;
                if (kind == kMark) {
                    m_bytes[m_size] = static_cast<char>(c);
                    ends(1, false);
                }
            } else {
                i += takeWord(text.substr(i, kReadChars - read));
            }
        }
        // A word's bytes are read eight at a time, also the last one's.
        std::memset(m_bytes.data() + m_size, 0, sizeof(std::uint64_t));
    }

    struct Token {
        std::uint16_t at;
        std::uint8_t size;
        bool pieces;  // is cut into such
    };
    const Token* begin() const { return m_tokens.data(); }
    const Token* end() const { return m_tokens.data() + count; }
    const char* bytes(const Token& token) const { return m_bytes.data() + token.at; }

    std::size_t count = 0;
    std::size_t read = 0;                   // bytes; a run of spaces is one
    std::array<std::uint16_t, 256> seen{};  // of each mark
    std::size_t marks = 0;
    std::size_t letters = 0;  // and digits, of all words
    std::size_t digits = 0;
    std::size_t wide = 0;       // bytes of UTF-8 beyond ASCII
    std::size_t longWords = 0;  // of more than 8
    std::size_t numbers = 0;
    std::size_t options = 0;    // of a multiple choice: "A." or "A)", then B and so on
    std::size_t optionsAt = 0;  // where the first stands

  private:
    // Of the word that `text` begins with: how many bytes it has.
    std::size_t takeWord(std::string_view text) {
        char* const out = m_bytes.data() + m_size;
        std::size_t size = 0;
        std::size_t digit = 0;
        std::size_t beyond = 0;  // ASCII; none of these in memory while bytes are written
        for (; size < text.size(); ++size) {
            const auto c = static_cast<unsigned char>(text[size]);
            const Kind kind = kAlphabet.kind[c];
            if (kind < kDigit)
                break;
            digit += kind == kDigit ? 1 : 0;
            beyond += c >> 7;
            out[size] = kAlphabet.lower[c];
        }
        if (size == 1)
            takeOption(out[0], text.substr(1, 1));
        read += size;
        letters += size;
        digits += digit;
        wide += beyond;
        longWords += size > 8 ? 1 : 0;
        if (digit == size) {
            ++numbers;
            out[0] = '#';
            out[1] = static_cast<char>('0' + std::min<std::size_t>(size, 5));
            ends(2, false);
        } else {
            ends(std::min(size, kLongestWord), size > 2);
        }
        return size;
    }

    void takeOption(char letter, std::string_view behind) {
        if (letter != static_cast<char>('a' + options) || options == kMostOptions ||
            (behind != "." && behind != ")"))
            return;
        if (options == 0)
            optionsAt = read;
        ++options;
    }

    void ends(std::size_t size, bool pieces) {
        m_tokens[count++] = {static_cast<std::uint16_t>(m_size), static_cast<std::uint8_t>(size),
                             pieces};
        m_size += size;
        m_bytes[m_size++] = ' ';
    }

    // At most three bytes for each: a number of one digit and a space. No value is set before it is
    // needed, which would cost as much as reading the text.
    std::array<char, kReadChars * 3 + 16> m_bytes;
    std::array<Token, kReadChars> m_tokens;
    std::size_t m_size = 0;
};

// Of the tokens: each word, each pair of them, and the pieces of words; each once.
class Grams final {
  public:
    explicit Grams(const Tokens& tokens) {
        std::uint64_t before = 0;
        for (const Tokens::Token& token : tokens) {
            const char* const at = tokens.bytes(token);
            std::uint64_t word = load(at) & firstBytes(token.size);
            ++signs[kSignTable.of(word)];
            if (token.size > 8)
                word ^= std::rotl(load(at + token.size - 8) * kTailFactor, 23) + token.size;
            const std::uint32_t* const sofar = m_end;
            add(gramOf(word, kWordFactor));
            distinct += m_end != sofar ? 1 : 0;
            word *= kTailFactor;
            word ^= word >> 32;
            add(gramOf(before + word, kPairFactor));
            before = word * 3;
            if (token.pieces)
                addPieces(at - 1, token.size + 2);
        }
    }
    Grams(const Grams&) = delete;
    Grams& operator=(const Grams&) = delete;

    std::size_t distinct = 0;
    std::array<std::uint16_t, kSigns> signs{};
    const std::uint32_t* begin() const { return m_grams.data(); }
    const std::uint32_t* end() const { return m_end; }

  private:
    // `size`: at least kLongestPiece. The last places have no room for the longer ones.
    void addPieces(const char* at, std::size_t size) {
        const char* const last = at + size - kLongestPiece;
        for (; at <= last; ++at) {
            const std::uint64_t value = load(at);
            addPiece<kShortestPiece>(value);
            addPiece<4>(value);
            addPiece<kLongestPiece>(value);
        }
        const std::uint64_t value = load(at);
        addPiece<kShortestPiece>(value);
        addPiece<4>(value);
        addPiece<kShortestPiece>(value >> 8);
    }
    template <std::size_t Length>
    void addPiece(std::uint64_t value) {
        static_assert(Length >= kShortestPiece && Length <= kLongestPiece);
        add(gramOf(value & firstBytes(Length), kPieceFactors[Length]));
    }
    // Grams that share their last 16 bits count as one.
    void add(std::uint32_t gram) {
        std::uint64_t& word = m_seen[(gram >> 6) & (m_seen.size() - 1)];
        const std::uint64_t bit = std::uint64_t{1} << (gram & 63);
        *m_end = gram;
        m_end += (word & bit) == 0 ? 1 : 0;
        word |= bit;
    }

    std::array<std::uint64_t, 1'024> m_seen{};
    std::array<std::uint32_t, kReadChars * 5> m_grams;
    // Not a number, which might lie in m_seen as far as the compiler knows: then each gram would
    // wait until the one before has written it.
    std::uint32_t* m_end = m_grams.data();
};

// Of grams and bytes a few counts whose meaning the trainer finds out; the order is part of the
// model file.
void putCounts(const Tokens& tokens, const Grams& grams, std::size_t tools, Features& out) {
    const auto size = static_cast<double>(tokens.read);
    const double chars = std::max(size, 1.0);
    const double count = std::max(static_cast<double>(tokens.count), 1.0);
    const std::size_t options = tokens.options < 2 ? 0 : tokens.options;
    const double stem = options == 0 ? size : static_cast<double>(tokens.optionsAt);
    std::size_t at = 0;
    const auto put = [&](double value) { out.counts[at++] = static_cast<float>(value); };
    const auto mark = [&](char c) {
        return static_cast<double>(tokens.seen[static_cast<unsigned char>(c)]);
    };
    const auto has = [&](bool any) { put(any ? 1.0 : 0.0); };
    const auto sign = [&](Sign one) { has(grams.signs[one] > 0); };
    put(std::log1p(size));
    has(tools > 0);
    put(std::log1p(static_cast<double>(tools)));
    put(std::log1p(static_cast<double>(tokens.count)));
    put(static_cast<double>(tokens.digits) / chars * 10);
    put(static_cast<double>(tokens.wide) / chars * 10);
    put(static_cast<double>(tokens.marks) / chars * 10);
    put(std::log1p(static_cast<double>(tokens.digits)));
    put(static_cast<double>(options) / 5);
    has(options == 0);
    has(options > 4);
    put(std::min(mark('?'), 4.0) / 2);
    has(mark('$') > 0);
    has(mark('\\') > 0);
    has(mark('=') > 0);
    has(mark('{') > 0);
    has(mark('_') > 1);
    has(mark(';') > 0);
    has(mark('^') > 0);
    put(static_cast<double>(tokens.letters) / count / 4);
    put(static_cast<double>(tokens.longWords) / count * 5);
    put(std::log1p(static_cast<double>(tokens.numbers)));
    put(static_cast<double>(tokens.numbers) / count * 5);
    put(static_cast<double>(grams.distinct) / count * 2);
    put(std::log1p(stem));
    put(options == 0 ? 0 : std::log1p((size - stem) / static_cast<double>(options)));
    put(mark(',') / count * 5);
    put(mark('.') / count * 5);
    put(mark('(') / count * 5);
    sign(kNot);
    sign(kFollowing);
    sign(kMany);
    sign(kMuch);
    has(grams.signs[kPercent] + tokens.seen['%'] > 0);
    sign(kWrite);
    sign(kProgram);
    sign(kProve);
    sign(kScenario);
    sign(kStatement);
    sign(kTime);
    static_assert(kCounts == 40);
}

}  // namespace

void readFeatures(std::string_view text, std::size_t tools, Features& out) {
    const Tokens tokens(text);
    const Grams grams(tokens);
    out.grams.assign(grams.begin(), grams.end());
    putCounts(tokens, grams, tools, out);
}

}  // namespace gr::routing
