// SPDX-License-Identifier: MIT
#include "routing/features.h"

#include <algorithm>
#include <cmath>
#include <initializer_list>

namespace gr::routing {
namespace {

constexpr std::uint64_t kFnvOffset = 1'469'598'103'934'665'603ULL;
constexpr std::uint64_t kFnvPrime = 1'099'511'628'211ULL;
constexpr std::uint32_t kGramMask = (1U << kGramBits) - 1;
constexpr std::uint64_t kPairSeed = 77;
constexpr std::size_t kShortestPiece = 3;
constexpr std::size_t kLongestPiece = 5;
constexpr std::size_t kLongestWord = 40;  // of what is cut into pieces
constexpr std::uint32_t kFree = 0xffff'ffffU;

bool isDigit(unsigned char c) {
    return c >= '0' && c <= '9';
}

bool isLower(unsigned char c) {
    return c >= 'a' && c <= 'z';
}

bool isUpper(unsigned char c) {
    return c >= 'A' && c <= 'Z';
}

bool isSpace(unsigned char c) {
    return c == ' ' || (c >= '\t' && c <= '\r');
}

// Bytes of UTF-8 beyond ASCII count as letters.
bool inWord(unsigned char c) {
    return isDigit(c) || isLower(c) || isUpper(c) || c >= 0x80;
}

char lowered(char c) {
    return isUpper(static_cast<unsigned char>(c)) ? static_cast<char>(c + ('a' - 'A')) : c;
}

std::uint64_t hashed(std::string_view bytes, std::uint64_t seed) {
    for (const char c : bytes)
        seed = (seed ^ static_cast<unsigned char>(c)) * kFnvPrime;
    return seed;
}

std::uint32_t gramOf(std::uint64_t hash) {
    hash ^= hash >> 33;
    hash *= 0xff51afd7ed558ccdULL;
    hash ^= hash >> 33;
    return static_cast<std::uint32_t>(hash) & kGramMask;
}

// Which grams were there already: at most one word, one pair and three pieces for each byte.
class Seen final {
  public:
    Seen() { m_slots.fill(kFree); }
    bool insert(std::uint32_t gram) {
        std::size_t at = gram & (m_slots.size() - 1);
        while (m_slots[at] != kFree) {
            if (m_slots[at] == gram)
                return false;
            at = (at + 1) & (m_slots.size() - 1);
        }
        m_slots[at] = gram;
        return true;
    }

  private:
    static_assert(kReadChars * 5 < 8'192);
    std::array<std::uint32_t, 8'192> m_slots;
};

// Reads the words one after the other, and counts on the way.
class Words final {
  public:
    Words(std::string_view text, Features& out) : m_out(out) {
        for (std::size_t i = 0; i < text.size();) {
            const auto c = static_cast<unsigned char>(text[i]);
            if (!inWord(c)) {
                // Commas and full stops stand everywhere and say nothing.
                if (!isSpace(c) && c != '.' && c != ',')
                    take(text.substr(i, 1));
                ++i;
                continue;
            }
            std::size_t end = i;
            while (end < text.size() && inWord(static_cast<unsigned char>(text[end])))
                ++end;
            take(text.substr(i, end - i));
            i = end;
        }
    }

    std::size_t words = 0;
    std::size_t numbers = 0;
    std::size_t letters = 0;    // of all words
    std::size_t longWords = 0;  // of more than 8
    std::size_t distinct = 0;

  private:
    void take(std::string_view word) {
        ++words;
        letters += word.size();
        longWords += word.size() > 8 ? 1 : 0;
        const std::string_view shape = shapeOf(word);
        const std::uint64_t hash = hashed(shape, kFnvOffset);
        if (add(hash))
            ++distinct;
        if (words > 1)
            add(hashed(shape, (m_before ^ kPairSeed) * kFnvPrime));
        m_before = hash;
        if (shape.size() > 2)
            addPieces();
    }

    // The word in small letters between < and >, in m_buffer; of a number only how long it is.
    std::string_view shapeOf(std::string_view word) {
        const bool number = std::all_of(word.begin(), word.end(), [](char c) {
            return isDigit(static_cast<unsigned char>(c));
        });
        if (number) {
            ++numbers;
            m_length = 2;
            m_buffer[1] = '#';
            m_buffer[2] = static_cast<char>('0' + std::min<std::size_t>(word.size(), 5));
        } else {
            m_length = std::min(word.size(), kLongestWord);
            for (std::size_t i = 0; i < m_length; ++i)
                m_buffer[i + 1] = lowered(word[i]);
        }
        m_buffer[0] = '<';
        m_buffer[m_length + 1] = '>';
        return {m_buffer.data() + 1, m_length};
    }

    void addPieces() {
        const std::size_t size = m_length + 2;
        for (std::size_t from = 0; from + kShortestPiece <= size; ++from) {
            std::uint64_t hash = kFnvPrime;
            const std::size_t end = std::min(size, from + kLongestPiece);
            for (std::size_t i = from; i < end; ++i) {
                hash = (hash ^ static_cast<unsigned char>(m_buffer[i])) * kFnvPrime;
                if (i + 1 >= from + kShortestPiece)
                    add(hash);
            }
        }
    }

    bool add(std::uint64_t hash) {
        const std::uint32_t gram = gramOf(hash);
        if (!m_seen.insert(gram))
            return false;
        m_out.grams.push_back(gram);
        return true;
    }

    Features& m_out;
    Seen m_seen;
    std::array<char, kLongestWord + 2> m_buffer{};
    std::size_t m_length = 0;
    std::uint64_t m_before = 0;
};

struct Bytes {
    explicit Bytes(std::string_view text) {
        for (const char ch : text) {
            const auto c = static_cast<unsigned char>(ch);
            digits += isDigit(c) ? 1 : 0;
            upper += isUpper(c) ? 1 : 0;
            wide += c >= 0x80 ? 1 : 0;
            lines += c == '\n' ? 1 : 0;
            marks += !inWord(c) && !isSpace(c) ? 1 : 0;
            questions += c == '?' ? 1 : 0;
            commas += c == ',' ? 1 : 0;
            stops += c == '.' ? 1 : 0;
            brackets += c == '(' ? 1 : 0;
        }
    }
    double digits = 0, upper = 0, wide = 0, lines = 0, marks = 0, questions = 0, commas = 0,
           stops = 0, brackets = 0;
};

// Options of a multiple choice, "\nA." or "\nA)", up to J.
std::size_t optionsIn(std::string_view text) {
    std::uint32_t found = 0;
    for (std::size_t i = 0; i + 2 < text.size(); ++i) {
        const char letter = text[i + 1];
        if (text[i] == '\n' && letter >= 'A' && letter <= 'J' &&
            (text[i + 2] == '.' || text[i + 2] == ')'))
            found |= 1U << (letter - 'A');
    }
    std::size_t count = 0;
    for (; found != 0; found &= found - 1)
        ++count;
    return count;
}

// Of grams and bytes a few counts whose meaning the trainer finds out; the order is part of the
// model file.
void putCounts(std::string_view text, std::size_t tools, const Words& words, Features& out) {
    const Bytes bytes(text);
    const auto size = static_cast<double>(text.size());
    const double chars = std::max(size, 1.0);
    const double count = std::max(static_cast<double>(words.words), 1.0);
    const auto options = static_cast<double>(optionsIn(text));
    const std::size_t optionsAt = text.find("\nA");
    const double stem = optionsAt == text.npos ? size : static_cast<double>(optionsAt);
    const auto toolCount = static_cast<double>(tools);

    std::size_t at = 0;
    const auto put = [&](double value) { out.counts[at++] = static_cast<float>(value); };
    const auto has = [&](std::initializer_list<std::string_view> any) {
        put(std::any_of(any.begin(), any.end(),
                        [&](std::string_view part) { return text.find(part) != text.npos; })
                ? 1.0
                : 0.0);
    };
    put(std::log1p(size));
    put(std::log1p(static_cast<double>(words.words)));
    put(bytes.digits / chars * 10);
    put(bytes.upper / chars * 10);
    put(bytes.marks / chars * 10);
    put(std::log1p(bytes.lines));
    put(bytes.wide / chars * 10);
    put(std::log1p(bytes.digits));
    put(options / 5);
    put(options == 0 ? 1 : 0);
    put(options > 4 ? 1 : 0);
    put(std::min(bytes.questions, 4.0) / 2);
    has({"$"});
    has({"\\"});
    has({"="});
    has({"{"});
    has({"```", "def ", "return"});
    has({"__"});
    put(static_cast<double>(words.letters) / count / 4);
    put(static_cast<double>(words.longWords) / count * 5);
    has({"not", "NOT", "EXCEPT", "except"});
    has({"Which of the following"});
    has({"How many", "how many"});
    has({"How much", "how much"});
    put(std::log1p(static_cast<double>(words.numbers)));
    put(static_cast<double>(words.numbers) / count * 5);
    put(static_cast<double>(words.distinct) / count * 2);
    put(std::log1p(stem));
    put(optionsAt == text.npos ? 0 : std::log1p((size - stem) / std::max(options, 1.0)));
    put(tools > 0 ? 1 : 0);
    put(std::log1p(toolCount));
    has({"Answer:"});
    has({"percent", "%"});
    has({"write", "Write"});
    has({"function"});
    has({"prove", "Prove", "Show that"});
    has({"scenario"});
    has({"statements", "Statement"});
    has({"year", "century"});
    has({";"});
    put(bytes.commas / count * 5);
    put(bytes.stops / count * 5);
    put(bytes.brackets / count * 5);
    has({"^", "\\frac"});
    has({"I ", "my "});
    put(!text.empty() && isLower(static_cast<unsigned char>(text.front())) ? 1 : 0);
}

}  // namespace

void readFeatures(std::string_view text, std::size_t tools, Features& out) {
    text = text.substr(0, kReadChars);
    out.grams.clear();
    out.counts.fill(0);
    const Words words(text, out);
    putCounts(text, tools, words, out);
}

}  // namespace gr::routing
