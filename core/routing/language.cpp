// SPDX-License-Identifier: MIT
#include "routing/language.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <unordered_map>

namespace gr::routing {
namespace {

// The next character of UTF-8; 0 for what is none.
char32_t nextOf(std::string_view& text) {
    const auto byte = [text](std::size_t i) {
        return i < text.size() ? static_cast<unsigned char>(text[i]) : 0U;
    };
    const unsigned first = byte(0);
    std::size_t size = 1;
    char32_t code = first < 0x80 ? first : 0;
    if (first >= 0xC2 && first < 0xE0)
        size = 2, code = first & 0x1FU;
    else if (first >= 0xE0 && first < 0xF0)
        size = 3, code = first & 0x0FU;
    else if (first >= 0xF0 && first < 0xF5)
        size = 4, code = first & 0x07U;
    for (std::size_t i = 1; i < size; ++i)
        code = code << 6 | (byte(i) & 0x3FU);
    text.remove_prefix(std::min(size, text.size()));
    return code;
}

enum Script : std::uint8_t {
    Latin,
    Cyrillic,
    Greek,
    Arabic,
    Hebrew,
    Devanagari,
    Bengali,
    Thai,
    Hangul,
    Kana,
    Han,
    kScripts
};

struct Range {
    char32_t first;
    char32_t last;
    Script script;
};

// Blocks of Unicode, as far as these languages are written in them.
constexpr std::array kRanges{
    Range{0xC0, 0x24F, Latin},     Range{0x1E00, 0x1EFF, Latin},    Range{0x370, 0x3FF, Greek},
    Range{0x400, 0x52F, Cyrillic}, Range{0x590, 0x5FF, Hebrew},     Range{0x600, 0x6FF, Arabic},
    Range{0x750, 0x77F, Arabic},   Range{0x900, 0x97F, Devanagari}, Range{0x980, 0x9FF, Bengali},
    Range{0xE00, 0xE7F, Thai},     Range{0x1100, 0x11FF, Hangul},   Range{0xAC00, 0xD7A3, Hangul},
    Range{0x3040, 0x30FF, Kana},   Range{0x3400, 0x4DBF, Han},      Range{0x4E00, 0x9FFF, Han},
    Range{0x20000, 0x2FA1F, Han},
};

struct Letters {
    std::array<std::size_t, kScripts> of{};
    std::size_t ukrainian = 0;   // і ї є ґ
    std::size_t persian = 0;     // پ چ ژ گ
    std::size_t vietnamese = 0;  // vowels with two marks, đ, ơ, ư
};

Letters lettersIn(std::string_view text) {
    Letters out;
    while (!text.empty()) {
        const char32_t c = nextOf(text);
        if (c < 0x80) {
            out.of[Latin] += (c | 0x20) >= U'a' && (c | 0x20) <= U'z';
            continue;
        }
        const auto range = std::find_if(kRanges.begin(), kRanges.end(), [c](const Range& r) {
            return c >= r.first && c <= r.last;
        });
        if (range != kRanges.end())
            ++out.of[range->script];
        out.ukrainian += c == 0x456 || c == 0x457 || c == 0x454 || c == 0x491;
        out.persian += c == 0x67E || c == 0x686 || c == 0x698 || c == 0x6AF;
        out.vietnamese += (c >= 0x1EA0 && c <= 0x1EF9) || c == 0x111 || c == 0x1A1 || c == 0x1B0;
    }
    return out;
}

struct Words {
    std::string_view language;
    std::string_view words;  // each between blanks; those of one language mostly
};

constexpr std::array kWords{
    Words{"en",
          " the and is are of to what how you with that this for it can do does please my why "
          "write have which not from your me be was "},
    Words{"de",
          " der die das und ist nicht ich wie was ein eine mit für auf den dem bitte kannst wird "
          "mir du sind auch warum schreibe von zu "},
    Words{"fr",
          " le la les et est une des que qui pour dans pas je vous avec sur ce comment peux "
          "pourquoi est-ce mon du au un tu moi "},
    Words{"es",
          " el los las y es una que por para con no cómo qué del se mi puedes por favor cuál son "
          "está un lo más escribe en la de "},
    Words{"it",
          " il lo gli e è una che per con non come sono del della di mi puoi cosa perché questo un "
          "scrivi le nel dei la "},
    Words{"pt",
          " o os as e é uma que para com não como do da em você por meu está isso um são ao qual "
          "escreva no na "},
    Words{"nl",
          " de het een en is niet ik hoe wat van voor met op je dat kun zijn waarom aan deze mijn "
          "schrijf te "},
    Words{
        "pl",
        " i w na jest nie się jak co z do to czy że dla mi są ale ten proszę dlaczego napisz jest "
        "po "},
    Words{"sv",
          " och är det att en ett som på för med inte jag hur vad den kan du av till mig varför "
          "skriv "},
    Words{"da",
          " og er det at en et som på for med ikke jeg hvordan hvad den kan du af til mig hvorfor "
          "skriv "},
    Words{"cs", " a je se na v že jak co to pro s není jsem kde proč napiš prosím které mi jsou "},
    Words{"tr",
          " ve bir bu için ne nasıl mi ile da de değil neden bana olarak var çok yaz lütfen "},
};

// All but letters as blanks. Letters are made small where ASCII or Latin-1 has them.
std::string lowerWords(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        const bool latin1 = i > 0 && text[i - 1] == '\xC3' && c <= '\x9E';
        if (c >= 'A' && c <= 'Z')
            out += static_cast<char>(c - 'A' + 'a');
        else if (latin1)
            out += static_cast<char>(c + 0x20);
        else
            out += (c & 0x80) != 0 || (c >= 'a' && c <= 'z') || c == '-' ? c : ' ';
    }
    return out;
}

// For each word a bit for each language that has it.
std::unordered_map<std::string_view, unsigned> wordIndex() {
    std::unordered_map<std::string_view, unsigned> out;
    for (std::size_t i = 0; i < kWords.size(); ++i) {
        const std::string_view words = kWords[i].words;
        for (std::size_t at = 1; at < words.size();) {
            const std::size_t end = words.find(' ', at);
            out[words.substr(at, end - at)] |= 1U << i;
            at = end + 1;
        }
    }
    return out;
}

std::string_view byWords(std::string_view text) {
    static const auto kIndex = wordIndex();
    const std::string lower = lowerWords(text);
    std::array<int, kWords.size()> hits{};
    int words = 0;
    for (std::size_t at = 0; at < lower.size();) {
        const std::size_t end = std::min(lower.find(' ', at), lower.size());
        if (end > at) {
            ++words;
            const auto known = kIndex.find(std::string_view(lower).substr(at, end - at));
            for (std::size_t i = 0; known != kIndex.end() && i < kWords.size(); ++i)
                hits[i] += static_cast<int>(known->second >> i & 1U);
        }
        at = end + 1;
    }
    const auto best = std::max_element(hits.begin(), hits.end());
    const bool alone = std::count(hits.begin(), hits.end(), *best) == 1;
    // A name of a file or a line of code has such a word now and then; sentences are full of them.
    const bool enough = *best >= 2 && *best * 6 >= words;
    return alone && enough ? kWords[static_cast<std::size_t>(best - hits.begin())].language
                           : std::string_view();
}

}  // namespace

std::string_view languageOf(std::string_view text) {
    const Letters letters = lettersIn(text);
    const auto& of = letters.of;
    std::size_t all = 0;
    for (const std::size_t count : of)
        all += count;
    // A character of these says as much as a word of others.
    const std::size_t eastern = of[Han] + of[Kana] + of[Hangul];
    if (eastern > 1 && eastern * 4 > all) {
        if (of[Hangul] > of[Han] + of[Kana])
            return "ko";
        return of[Kana] * 8 > eastern ? "ja" : "zh";
    }
    const auto most = std::max_element(of.begin(), of.end());
    if (*most < 3 || *most * 2 <= all)
        return {};
    switch (static_cast<Script>(most - of.begin())) {
        case Cyrillic:
            return letters.ukrainian * 40 > of[Cyrillic] ? "uk" : "ru";
        case Greek:
            return "el";
        case Arabic:
            return letters.persian * 40 > of[Arabic] ? "fa" : "ar";
        case Hebrew:
            return "he";
        case Devanagari:
            return "hi";
        case Bengali:
            return "bn";
        case Thai:
            return "th";
        case Latin:
            return letters.vietnamese * 12 > of[Latin] ? "vi" : byWords(text);
        default:
            return {};
    }
}

}  // namespace gr::routing
