// SPDX-License-Identifier: MIT
#include "protocol/bound_reader.h"

#include <algorithm>
#include <limits>

#include "base/text.h"
#include "protocol/bound_sums.h"
#include "protocol/dialects.h"

namespace gr::protocol {
namespace {

using json::Cursor;
using json::Type;

constexpr std::int64_t kTemplate = 512;       // marks of turns, and models' own system texts
constexpr std::int64_t kToolTemplate = 1024;  // Anthropic's system text for tools: up to 804
constexpr std::int64_t kPromptTemplate = 16;  // marks around one prompt of many

// What JSON may gain when it is written anew.
constexpr std::int64_t kMarkGrowth = 2;     // space or line break and indentation around , : { [
constexpr std::int64_t kEscapeGrowth = 5;   // < as \u003c: some writers escape < > & '
constexpr std::int64_t kHighGrowth = 2;     // of each byte of é as \u00e9
constexpr std::int64_t kNumberGrowth = 20;  // 1e20 as 100000000000000000000

// Digits with an e behind them.
std::int64_t exponents(std::string_view text) {
    std::int64_t found = 0;
    for (std::size_t i = 1; i < text.size(); ++i) {
        const auto digit = static_cast<std::uint8_t>(text[i - 1] - '0');
        found += static_cast<int>((text[i] | 0x20) == 'e') & static_cast<int>(digit < 10);
    }
    return found;
}

std::int64_t budgetOfWord(std::string_view word) {
    static constexpr std::pair<std::string_view, std::int64_t> kBudgets[] = {
        {"none", 0},       {"minimal", 1024},  {"low", 2048},
        {"medium", 8192},  {"high", 16384},    {"disabled", 0},
        {"enabled", 8192}, {"adaptive", 8192}, {"between_tools", 8192},
    };
    const std::string lower = toLower(word);
    for (const auto& [name, budget] : kBudgets) {
        if (name == lower)
            return budget;
    }
    return 32000;
}

std::string snakeOf(std::string_view key) {
    std::string out;
    for (const char c : key) {
        const bool upper = c >= 'A' && c <= 'Z';
        if (upper)
            out.push_back('_');
        out.push_back(upper ? static_cast<char>(c - 'A' + 'a') : c);
    }
    return out;
}

}  // namespace

std::string_view camelOf(std::string_view key, std::string& room) {
    if (key.find('_') == key.npos)
        return key;
    room.clear();
    for (std::size_t i = 0; i < key.size(); ++i) {
        const bool upper =
            key[i] == '_' && i + 1 < key.size() && key[i + 1] >= 'a' && key[i + 1] <= 'z';
        room.push_back(upper ? static_cast<char>(key[++i] - 'a' + 'A') : key[i]);
    }
    return room;
}

std::string Where::text() const {
    std::string out = up != nullptr ? up->text() : std::string();
    if (key.empty())
        return out + "[" + std::to_string(index) + "]";
    if (!out.empty())
        out += '.';
    return out + std::string(key.substr(0, 64));
}

void BoundReader::unbounded(const Where& where, std::string_view what) {
    if (!m_bound.unbounded.empty())
        return;
    m_bound.unbounded = where.text();
    if (!what.empty())
        m_bound.unbounded += " " + std::string(what.substr(0, 64));
}

void BoundReader::known(const Known& names, Cursor& at, const Where& where, bool camel) {
    std::string room;
    Spelled spelled;
    at.members([&](std::string_view key) {
        const Where here{&where, key};
        const Known::Found found = names.look(camel ? camelOf(key, room) : key);
        if (camel && spelled.again(found))
            unbounded(here, kTwoSpellings);
        member(found.value, at, here);
    });
}

void BoundReader::member(Act act, Cursor& at, const Where& where) {
    if (at.type() == Type::Null)
        return;  // as good as absent
    switch (act) {
        case Act::Plain:
            return;
        case Act::Unknown:
            return unbounded(where);
        case Act::Refused:
            return refused(at, where);
        case Act::Rewritten:
            return rewritten(at.skip());
        case Act::GeminiCall:
            m_hasTools = true;
            return rewritten(at.skip());
        case Act::Cap:
        case Act::Choices:
        case Act::MaxToolCalls:
        case Act::Budget:
            return number(act, at, where);
        case Act::Effort:
        case Act::Switch:
        case Act::Mode:
        case Act::ReasoningMode:
            return word(act, at, where);
        case Act::Thinking: {
            std::string room;
            return at.members([&](std::string_view key) {
                const Where here{&where, key};
                room = snakeOf(key);
                member(kThinking.find(room), at, here);
            });
        }
        case Act::Prediction:
            return prediction(at);
        case Act::Modalities:
            return modalities(at, where);
        case Act::Tools:
            return tools(at, where);
        case Act::Nodes:
            return nodes(at, where);
        case Act::CacheMark:
            return cacheMark(at);
        case Act::Citations:
            return citations(at);
        case Act::OutputConfig:
            return known(kOutputConfig, at, where);
        case Act::ContextEdits:
            return contextEdits(at, where);
        case Act::Prompts:
            return prompts(at);
        case Act::EmbedInput:
            return embedInput(at, where);
        case Act::GeminiContents:
            return listOrOne(at, where,
                             [&](const Where& w) { known(kGeminiContent, at, w, true); });
        case Act::GeminiParts:
            return listOrOne(at, where, [&](const Where& w) { known(kGeminiPart, at, w, true); });
        case Act::GeminiResult:
            m_hasTools = true;
            return known(kGeminiResult, at, where, true);
        case Act::GeminiBlob:
            return blob(at, where);
        case Act::GeminiConfig:
            return known(kGeminiConfig, at, where, true);
        case Act::GeminiTools:
            return geminiTools(at, where);
        case Act::GeminiRequests:
            return listOrOne(at, where, [&](const Where& w) {
                m_extra += kPromptTemplate;
                std::string room;
                at.members([&](std::string_view key) {
                    const Where here{&w, key};
                    const Act found = kGeminiEmbeddings.find(camelOf(key, room));
                    member(key == "model" ? Act::Plain : found, at, here);
                });
            });
        default:
            return unbounded(where);
    }
}

// A plain whole number above zero; other ways to write one are read in different ways.
void BoundReader::number(Act act, Cursor& at, const Where& where) {
    const auto value = json::integerIn(at.skip());
    if (act == Act::Budget) {
        // 0 is off, -1 as the model likes.
        m_bound.thinkingTokens =
            std::max(m_bound.thinkingTokens, value && *value >= 0 ? *value : budgetOfWord({}));
        return;
    }
    if (!value || *value < 1 || *value > kMostTokens)
        return unbounded(where);
    if (act == Act::Cap)
        m_bound.cap = std::max(m_bound.cap.value_or(0), *value);
    else if (act == Act::Choices)
        m_bound.choices = std::max(m_bound.choices, *value);
    else
        m_maxToolCalls = *value, m_maxToolCallsRead = true;
}

void BoundReader::word(Act act, Cursor& at, const Where& where) {
    const Type type = at.type();
    std::string room;
    const std::string_view text = type == Type::String ? at.string(room) : at.skip();
    if (act == Act::Mode) {
        m_bound.modes.emplace_back(snakeOf(where.key), text);
    } else if (act == Act::ReasoningMode) {
        if (text != "standard")
            unbounded(where, text);
    } else if (type != Type::False) {
        m_bound.thinkingTokens =
            std::max(m_bound.thinkingTokens, budgetOfWord(type == Type::True ? "enabled" : text));
    }
}

// An empty object is refused, too: it may ask for what it names with all its usual settings, as
// web_search_options does.
void BoundReader::refused(Cursor& at, const Where& where) {
    if (at.type() == Type::False)
        return;
    const std::string_view text = at.skip();
    if (text != "[]" && text != "\"\"")
        unbounded(where);
}

// In blocks whose counts fit into bytes, so that the compiler counts many bytes at once.
void BoundReader::rewritten(std::string_view text) {
    constexpr std::size_t kBlock = 240;
    for (std::size_t begin = 0; begin < text.size(); begin += kBlock) {
        const std::size_t end = std::min(begin + kBlock, text.size());
        std::uint8_t marks = 0;
        std::uint8_t escapes = 0;
        std::uint8_t high = 0;
        for (std::size_t i = begin; i < end; ++i) {
            const auto c = static_cast<std::uint8_t>(text[i]);
            const auto upper = static_cast<std::uint8_t>(c | 0x20);  // [ as {, ] as }, E as e
            marks = static_cast<std::uint8_t>(
                marks + ((c == ',') | (c == ':') | (upper == '{') | (upper == '}')));
            escapes = static_cast<std::uint8_t>(
                escapes + ((c == '<') | (c == '>') | (c == '&') | (c == '\'')));
            high = static_cast<std::uint8_t>(high + (c >> 7));
        }
        m_extra += kMarkGrowth * marks + kEscapeGrowth * escapes + kHighGrowth * high;
    }
    m_extra += kNumberGrowth * exponents(text);
}

// {"type":"ephemeral","ttl":"1h"}, {"mode":"explicit","ttl":"30m"}, or OpenAI's "24h" alone.
void BoundReader::cacheMark(Cursor& at) {
    std::string room;
    if (at.type() == Type::String) {
        m_bound.cacheWrite1h |= at.string(room) != "in_memory";
        return;
    }
    at.members([&](std::string_view key) {
        if (key == "ttl" && at.type() != Type::Null)
            m_bound.cacheWrite1h |= at.string(room) != "5m";
    });
}

// Asked for, they cut a document into as many pieces as it has sentences, with marks around each.
void BoundReader::citations(Cursor& at) {
    at.members([&](std::string_view key) {
        if (key == "enabled" && at.type() == Type::True)
            m_bound.fillsContext = true;
    });
}

// Anthropic's edits that clear something only take away; a compaction writes a summary.
void BoundReader::contextEdits(Cursor& at, const Where& where) {
    std::string room;
    at.members([&](std::string_view key) {
        const Where edits{&where, key};
        if (key != "edits")
            return unbounded(edits);
        at.elements([&](std::size_t index) {
            const Where edit{&edits, {}, index};
            bool clears = false;
            at.members([&](std::string_view name) {
                if (name == "type")
                    clears = at.string(room).starts_with("clear_");
            });
            if (!clears)
                unbounded(edit);
        });
    });
}

void BoundReader::prediction(Cursor& at) {
    m_bound.predictionTokens += static_cast<std::int64_t>(at.skip().size());
}

void BoundReader::modalities(Cursor& at, const Where& where) {
    std::string room;
    listOrOne(at, where, [&](const Where& here) {
        const std::string modality = toLower(at.string(room));
        if (modality == "audio")
            m_bound.audioOutput = true;
        else if (modality != "text")
            unbounded(here, modality);
    });
}

void BoundReader::prompts(Cursor& at) {
    std::int64_t prompts = 0;
    at.elements([&](std::size_t) { prompts += at.type() == Type::Number ? 0 : 1; });
    m_prompts = std::max<std::int64_t>(prompts, 1);
    m_extra = plus(m_extra, times(m_prompts, kPromptTemplate));
}

void BoundReader::embedInput(Cursor& at, const Where& where) {
    listOrOne(at, where, [&](const Where& here) {
        if (at.type() == Type::Object)
            return unbounded(here);
        m_extra += at.type() == Type::Number ? 0 : kPromptTemplate;
    });
}

Bound BoundReader::finish(std::size_t bodyBytes) {
    if (!m_needsMaxToolCalls.empty()) {
        if (m_maxToolCallsRead) {
            m_bound.webSearches = m_maxToolCalls;
            m_bound.readings = m_maxToolCalls + 1;
            m_bound.fillsContext = true;
        } else if (m_bound.unbounded.empty()) {
            m_bound.unbounded = m_needsMaxToolCalls;
        }
    }
    m_extra += kTemplate + (m_hasTools ? kToolTemplate : 0);
    m_bound.inputTokens = plus(static_cast<std::int64_t>(bodyBytes - m_imageBytes), m_extra);
    m_bound.inputTokens =
        plus(m_bound.inputTokens, times(m_bound.images, ModelRules::kMostImageTokens));
    m_bound.inputTokens = times(m_bound.inputTokens, m_bound.readings);
    m_bound.choices = times(m_bound.choices, m_prompts);
    return std::move(m_bound);
}

}  // namespace gr::protocol
