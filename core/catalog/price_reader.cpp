// SPDX-License-Identifier: MIT
#include "catalog/price_reader.h"

#include <algorithm>
#include <array>
#include <string>
#include <utility>

#include "base/text.h"
#include "base/time_text.h"

namespace gr::catalog {
namespace od = simdjson::ondemand;
namespace {

using Value = PriceReader::Value;

constexpr std::array<std::pair<std::string_view, TokenClass>, 10> kClasses{{
    {"input", TokenClass::Input},
    {"output", TokenClass::Output},
    {"cache_read", TokenClass::CacheRead},
    {"cache_write", TokenClass::CacheWrite5m},
    {"cache_write_1h", TokenClass::CacheWrite1h},
    {"reasoning", TokenClass::Reasoning},
    {"input_audio", TokenClass::AudioInput},
    {"audio_input", TokenClass::AudioInput},
    {"output_audio", TokenClass::AudioOutput},
    {"audio_output", TokenClass::AudioOutput},
}};
constexpr std::string_view kPerMillion = "_mtok";  // ending of the names of genai-prices
constexpr std::int64_t kLongContext = 200'000;     // context_over_200k

// The members of an object, key by key, as far as they can be read.
template <class Take>
void forMembers(Value value, const Take& take) {
    od::object members;
    if (value.get_object().get(members) != simdjson::SUCCESS)
        return;
    for (auto field : members) {
        std::string_view key;
        Value part;
        if (field.unescaped_key().get(key) != simdjson::SUCCESS ||
            field.value().get(part) != simdjson::SUCCESS)
            return;
        // The text of a key lives only until the next string is read.
        take(std::string(key), part);
    }
}

template <class Take>
void forElements(Value value, const Take& take) {
    od::array items;
    if (value.get_array().get(items) != simdjson::SUCCESS)
        return;
    for (auto item : items) {
        Value part;
        if (item.get(part) != simdjson::SUCCESS)
            return;
        take(part);
    }
}

std::string textOf(Value value) {
    std::string_view text;
    return value.get_string().get(text) == simdjson::SUCCESS ? std::string(text) : std::string();
}

std::int64_t countOf(Value value) {
    std::int64_t count = 0;
    return value.get_int64().get(count) == simdjson::SUCCESS && count >= 0 ? count : -1;
}

// A number, or a decimal in a string.
std::optional<Rate> rateOf(Value value) {
    od::json_type type{};
    if (value.type().get(type) != simdjson::SUCCESS)
        return std::nullopt;
    if (type == od::json_type::string)
        return Rate::parse(textOf(value));
    if (type != od::json_type::number)
        return std::nullopt;
    std::string_view token = value.raw_json_token();
    token = token.substr(0, token.find_first_of(" \t\r\n"));
    return Rate::parse(token);
}

bool takeRate(std::string_view key, Value value, Rates& rates) {
    if (key.ends_with(kPerMillion))
        key.remove_suffix(kPerMillion.size());
    const auto named = std::find_if(kClasses.begin(), kClasses.end(),
                                    [key](const auto& pair) { return pair.first == key; });
    if (named == kClasses.end())
        return false;
    rates.set(named->second, rateOf(value));
    return true;
}

void takeRates(Value value, Rates& rates) {
    forMembers(value, [&rates](const std::string& key, Value part) { takeRate(key, part, rates); });
}

// "hh:mm", and whatever follows; nothing for other texts.
std::optional<int> minuteIn(std::string_view text) {
    if (text.size() < 5 || text[2] != ':')
        return std::nullopt;
    const auto hours = parseUnsigned(text.substr(0, 2));
    const auto minutes = parseUnsigned(text.substr(3, 2));
    if (!hours || !minutes || *hours > 24 || *minutes > 59)
        return std::nullopt;
    return static_cast<int>(*hours * 60 + *minutes);
}

// {"start_date":…} or {"start_time":…,"end_time":…}. False for conditions of other kinds.
bool takeWhen(Value value, PriceRow& row) {
    bool known = false;
    forMembers(value, [&](const std::string& key, Value part) {
        if (key == "type")
            return;
        const std::string text = textOf(part);
        const auto minute = minuteIn(text);
        if (key == "start_time" && minute)
            row.firstMinute = *minute;
        else if (key == "end_time" && minute)
            row.endMinute = *minute;
        else if (const auto from = parseTime(text); key == "start_date" && from)
            row.from = *from;
        known = true;
    });
    return known && (row.hasWindow() || row.from > PriceRow().from);
}

// "hh:mm-hh:mm".
void takeWindow(std::string_view text, PriceRow& row) {
    const auto first = minuteIn(text);
    const auto end = text.size() == 11 ? minuteIn(text.substr(6)) : std::nullopt;
    if (first && end) {
        row.firstMinute = *first;
        row.endMinute = *end;
    }
}

PriceRow ownRow(Value value) {
    PriceRow row;
    forMembers(value, [&](const std::string& key, Value part) {
        if (takeRate(key, part, row.rates))
            return;
        if (key == "prompt_over") {
            row.promptOver = countOf(part);
        } else if (const std::string text = textOf(part); key == "mode") {
            row.mode = text;
        } else if (key == "window") {
            takeWindow(text, row);
        } else if (const auto time = parseTime(text); time && key == "from") {
            row.from = *time;
        } else if (time && key == "until") {
            row.until = *time;
        }
    });
    return row;
}

// Sounds have prices of their own, whatever the length of the prompt and the mode.
void inheritSounds(const Rates& base, Rates& rates) {
    for (const TokenClass tokens : {TokenClass::AudioInput, TokenClass::AudioOutput}) {
        if (!rates.told(tokens))
            rates.set(tokens, base.told(tokens));
    }
}

bool allZero(const PriceRow& row) {
    for (std::size_t i = 0; i < kTokenClasses; ++i) {
        if (row.rates.of(static_cast<TokenClass>(i)).value_or(Rate()) != Rate())
            return false;
    }
    return true;
}

}  // namespace

bool PriceReader::member(std::string_view key, Value value) {
    if (key == "cost")
        cost(value);
    else if (key == "cost_by_time")
        costByTime(value);
    else if (key == "modes")
        modes(value);
    else if (key == "experimental")
        experimental(value);
    else if (key == "price")
        own(value);
    else
        return false;
    return true;
}

void PriceReader::cost(Value value) {
    PriceRow base;
    std::vector<PriceRow> larger;
    std::vector<PriceRow> over200k;
    forMembers(value, [&](const std::string& key, Value part) {
        if (takeRate(key, part, base.rates))
            return;
        if (key == "web_search_per_1k")
            m_webSearch = rateOf(part);
        else if (key == "tiers")
            tiers(part, larger);
        else if (key == "context_over_200k")
            takeRates(part, over200k.emplace_back().rates);
    });
    if (larger.empty() && !over200k.empty()) {
        larger = std::move(over200k);
        larger.front().promptOver = kLongContext;
    }
    for (PriceRow& row : larger)
        inheritSounds(base.rates, row.rates);
    m_usual.assign(1, std::move(base));
    m_usual.insert(m_usual.end(), larger.begin(), larger.end());
}

void PriceReader::tiers(Value value, std::vector<PriceRow>& rows) {
    forElements(value, [&](Value item) {
        PriceRow row;
        forMembers(item, [&](const std::string& key, Value part) {
            if (takeRate(key, part, row.rates) || key != "tier")
                return;
            forMembers(part, [&](const std::string& name, Value number) {
                if (name == "size")
                    row.promptOver = countOf(number);
            });
        });
        if (row.promptOver >= 0)
            rows.push_back(std::move(row));
    });
}

// Of the elements that apply, the last one counts. A later start ends what held before; a window of
// the day belongs to the start before it.
void PriceReader::costByTime(Value value) {
    std::vector<PriceRow>& rows = m_byTime;
    rows.clear();
    forElements(value, [&](Value item) {
        PriceRow row;
        bool known = true;
        forMembers(item, [&](const std::string& key, Value part) {
            if (key == "when")
                known = takeWhen(part, row);
            else
                takeRate(key, part, row.rates);
        });
        if (!known)
            return;
        if (row.hasWindow()) {
            if (!rows.empty())
                row.from = rows.back().from;
        } else {
            for (PriceRow& earlier : rows) {
                if (earlier.from < row.from)
                    earlier.until = std::min(earlier.until, row.from);
            }
        }
        rows.push_back(std::move(row));
    });
}

void PriceReader::modes(Value value) {
    forMembers(value, [&](const std::string& name, Value part) { mode(name, part); });
}

void PriceReader::experimental(Value value) {
    forMembers(value, [&](const std::string& key, Value part) {
        if (key == "modes")
            modes(part);
    });
}

// {"cost":{…},"provider":{"body":{"service_tier":"priority"}}}. Modes without a price of their own
// cost what is usual.
void PriceReader::mode(std::string_view name, Value value) {
    PriceRow row;
    Mode made{std::string(name), {}, {}};
    forMembers(value, [&](const std::string& key, Value part) {
        if (key == "cost") {
            takeRates(part, row.rates);
        } else if (key == "provider") {
            forMembers(part, [&](const std::string& where, Value members) {
                if (where != "body")
                    return;
                forMembers(members, [&](const std::string& field, Value text) {
                    made.field = field;
                    made.value = textOf(text);
                });
            });
        }
    });
    if (row.rates.empty() || made.field.empty() || made.value.empty())
        return;
    row.mode = made.name;
    m_modeRows.push_back(std::move(row));
    m_modes.push_back(std::move(made));
}

void PriceReader::own(Value value) {
    Price price;
    forMembers(value, [&](const std::string& key, Value part) {
        if (key == "web_search_per_1k") {
            price.webSearch = rateOf(part);
        } else if (key == "rows") {
            forElements(part, [&](Value item) { price.rows.push_back(ownRow(item)); });
        } else if (key == "modes") {
            forMembers(part, [&](const std::string& name, Value members) {
                Mode& made = price.modes.emplace_back(Mode{name, {}, {}});
                forMembers(members, [&](const std::string& field, Value text) {
                    if (field == "field")
                        made.field = textOf(text);
                    else if (field == "value")
                        made.value = textOf(text);
                });
            });
        }
    });
    m_own = std::move(price);
}

std::shared_ptr<const Price> PriceReader::take(bool piecewise) {
    Price price;
    if (m_own) {
        price = std::move(*m_own);
    } else {
        price.rows = m_byTime.empty() ? std::move(m_usual) : std::move(m_byTime);
        for (PriceRow& row : m_modeRows) {
            if (!price.rows.empty())
                inheritSounds(price.rows.front().rates, row.rates);
            price.rows.push_back(std::move(row));
        }
        price.modes = std::move(m_modes);
        price.webSearch = m_webSearch;
    }
    std::erase_if(price.rows, [](const PriceRow& row) { return row.rates.empty(); });
    if (price.rows.empty() || (piecewise && std::ranges::all_of(price.rows, allZero)))
        return nullptr;
    price.rows.shrink_to_fit();
    return std::make_shared<const Price>(std::move(price));
}

}  // namespace gr::catalog
