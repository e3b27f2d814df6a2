// SPDX-License-Identifier: MIT
#include "catalog/price.h"

#include <algorithm>
#include <array>
#include <span>
#include <tuple>

#include "base/text.h"

namespace gr::catalog {
namespace {

__extension__ typedef __int128 Wide;

constexpr std::int64_t kTokensPerRate = 1'000'000;
constexpr std::int64_t kSearchesPerRate = 1'000;
constexpr std::int64_t kMsPerMinute = 60'000;
constexpr std::int64_t kMsPerDay = 24 * 60 * kMsPerMinute;
constexpr std::int64_t kSettledWithinMs = 60 * kMsPerMinute;

constexpr std::array kInputClasses{TokenClass::Input, TokenClass::CacheRead,
                                   TokenClass::CacheWrite5m, TokenClass::CacheWrite1h,
                                   TokenClass::AudioInput};
constexpr std::array kOutputClasses{TokenClass::Output, TokenClass::Reasoning,
                                    TokenClass::AudioOutput};

int minuteOfDay(UnixMs when) {
    const std::int64_t inDay = ((when.value % kMsPerDay) + kMsPerDay) % kMsPerDay;
    return static_cast<int>(inDay / kMsPerMinute);
}

bool holdsNow(const PriceRow& row, UnixMs when) {
    if (!row.validAt(when))
        return false;
    const int minute = minuteOfDay(when);
    if (row.firstMinute <= row.endMinute)
        return row.firstMinute <= minute && minute < row.endMinute;
    return minute >= row.firstMinute || minute < row.endMinute;
}

// A sum of products in millionths of a pico-dollar; void once something did not fit or was unknown.
class Sum final {
  public:
    void add(std::int64_t count, std::optional<Rate> rate, std::int64_t perRate) {
        if (count == 0)
            return;
        Wide product = 0;
        const Wide scale = kTokensPerRate / perRate;
        m_fits = m_fits && count > 0 && rate &&
                 !__builtin_mul_overflow(Wide{count} * rate->picoPerMillion, scale, &product) &&
                 !__builtin_add_overflow(m_total, product, &m_total);
    }

    // The shortest decimal of dollars, without rounding.
    std::optional<std::string> exact() const {
        const Wide pico = m_total / kTokensPerRate;
        if (!m_fits || pico > std::numeric_limits<std::int64_t>::max())
            return std::nullopt;
        constexpr int kDecimals = 12;
        const auto rest = static_cast<std::int64_t>(m_total % kTokensPerRate);
        const Money whole = Money::fromPico(static_cast<std::int64_t>(pico));
        if (rest == 0)
            return whole.toDecimal();
        std::string fine = std::to_string(kTokensPerRate + rest).substr(1);
        fine.erase(fine.find_last_not_of('0') + 1);
        return whole.toDecimal(kDecimals) + fine;
    }

    // Rounded half up.
    std::optional<Money> rounded() const {
        const bool up = m_total % kTokensPerRate >= kTokensPerRate / 2;
        const Wide pico = m_total / kTokensPerRate + (up ? 1 : 0);
        if (!m_fits || pico > std::numeric_limits<std::int64_t>::max())
            return std::nullopt;
        return Money::fromPico(static_cast<std::int64_t>(pico));
    }

  private:
    Wide m_total = 0;
    bool m_fits = true;
};

std::optional<std::int64_t> countOf(const TokenUsage& usage, TokenClass tokens) {
    switch (tokens) {
        case TokenClass::Input:
            return usage.input;
        case TokenClass::CacheRead:
            return usage.cacheRead;
        case TokenClass::CacheWrite5m:
            return usage.cacheWrite5m;
        case TokenClass::CacheWrite1h:
            return usage.cacheWrite1h;
        case TokenClass::AudioInput:
            return usage.audioInput;
        case TokenClass::Output:
            return usage.output;
        case TokenClass::Reasoning:
            return usage.reasoning;
        case TokenClass::AudioOutput:
            return usage.audioOutput;
    }
    return std::nullopt;
}

std::int64_t perRate(const CostLine& line) {
    return line.tokens ? kTokensPerRate : kSearchesPerRate;
}

// Every product of a cost to `take`; those of nothing too.
template <class Take>
void eachLine(const Price& price, const PriceRow& row, const TokenUsage& usage, const Take& take) {
    for (std::size_t i = 0; i < kTokenClasses; ++i) {
        const auto tokens = static_cast<TokenClass>(i);
        take(CostLine{tokens, countOf(usage, tokens).value_or(0), row.rates.of(tokens)});
    }
    take(CostLine{std::nullopt, usage.webSearches.value_or(0), price.webSearch});
}

bool possible(const Bounds& bounds, TokenClass tokens) {
    switch (tokens) {
        case TokenClass::CacheWrite5m:
            return bounds.cacheWrite5m;
        case TokenClass::CacheWrite1h:
            return bounds.cacheWrite1h;
        case TokenClass::AudioInput:
            return bounds.audioInput;
        case TokenClass::AudioOutput:
            return bounds.audioOutput;
        default:
            return true;
    }
}

bool reachable(const PriceRow& row, const Bounds& bounds, UnixMs when) {
    const UnixMs last{when.value > std::numeric_limits<std::int64_t>::max() - kSettledWithinMs
                          ? when.value
                          : when.value + kSettledWithinMs};
    return (row.mode.empty() || bounds.anyMode) && row.from <= last && row.until > when &&
           row.promptOver < bounds.inputTokens;
}

// The dearest of these classes; nothing where one that is possible has no rate.
std::optional<Rate> dearestOf(const Rates& rates, const Bounds& bounds,
                              std::span<const TokenClass> classes) {
    Rate most;
    for (const TokenClass tokens : classes) {
        if (!possible(bounds, tokens))
            continue;
        const auto rate = rates.of(tokens);
        if (!rate)
            return std::nullopt;
        most = std::max(most, *rate);
    }
    return most;
}

}  // namespace

const PriceRow* Price::rowFor(std::int64_t promptTokens, UnixMs when, std::string_view mode) const {
    const auto rank = [](const PriceRow& row) {
        return std::tuple(!row.mode.empty(), row.from, row.hasWindow(), row.promptOver);
    };
    const PriceRow* best = nullptr;
    for (const PriceRow& row : rows) {
        if (!row.mode.empty() && row.mode != mode)
            continue;
        if (row.promptOver >= promptTokens && row.promptOver >= 0)
            continue;
        if (holdsNow(row, when) && (best == nullptr || rank(row) >= rank(*best)))
            best = &row;
    }
    return best;
}

const Mode* modeFor(const Price& price, ServiceTier served) {
    const auto means = [served](const Mode& mode) {
        const ServiceTier tier = serviceTierNamed(mode.value);
        return tier == served || (tier == ServiceTier::Priority && served == ServiceTier::Fast);
    };
    const auto it = std::find_if(price.modes.begin(), price.modes.end(), means);
    return it == price.modes.end() ? nullptr : &*it;
}

bool isPriced(const Price& price, std::string_view field, std::string_view value, UnixMs when) {
    const std::string word = toLower(value);
    const ServiceTier tier = serviceTierNamed(word);
    if (tier == ServiceTier::Usual || tier == ServiceTier::Flex || tier == ServiceTier::Batch ||
        word == "standard_only" || word == "global")
        return true;
    const auto tells = [&](const Mode& mode) {
        const bool same =
            mode.value == value ||
            (tier == ServiceTier::Fast && serviceTierNamed(mode.value) == ServiceTier::Priority);
        return mode.field == field && same &&
               std::any_of(price.rows.begin(), price.rows.end(), [&](const PriceRow& row) {
                   return row.mode == mode.name && row.promptOver < 0 && row.validAt(when);
               });
    };
    return std::any_of(price.modes.begin(), price.modes.end(), tells);
}

bool isUsual(ServiceTier served) {
    return served == ServiceTier::Untold || served == ServiceTier::Usual;
}

std::optional<Money> costOf(const Price& price, const TokenUsage& usage, UnixMs when,
                            std::string_view mode) {
    const auto input = usage.inputTotal();
    if (!input && !usage.outputTotal())
        return std::nullopt;
    const PriceRow* const row = price.rowFor(input.value_or(0), when, mode);
    if (row == nullptr)
        return std::nullopt;
    Sum sum;
    eachLine(price, *row, usage,
             [&sum](const CostLine& line) { sum.add(line.count, line.rate, perRate(line)); });
    return sum.rounded();
}

std::vector<CostLine> linesOf(const Price& price, const PriceRow& row, const TokenUsage& usage) {
    std::vector<CostLine> lines;
    eachLine(price, row, usage, [&lines](const CostLine& line) {
        if (line.count > 0)
            lines.push_back(line);
    });
    return lines;
}

std::optional<std::string> CostLine::toDecimal() const {
    if (!rate)
        return std::nullopt;
    Sum sum;
    sum.add(count, rate, perRate(*this));
    return sum.exact();
}

std::optional<Money> worstCase(const Price& price, const Bounds& bounds, UnixMs when) {
    if (bounds.inputTokens < 0 || bounds.outputTokens < 0 || bounds.webSearches < 0)
        return std::nullopt;
    std::optional<Money> most;
    for (const PriceRow& row : price.rows) {
        if (!reachable(row, bounds, when))
            continue;
        Sum sum;
        sum.add(bounds.inputTokens, dearestOf(row.rates, bounds, kInputClasses), kTokensPerRate);
        sum.add(bounds.outputTokens, dearestOf(row.rates, bounds, kOutputClasses), kTokensPerRate);
        sum.add(bounds.webSearches, price.webSearch, kSearchesPerRate);
        const auto cost = sum.rounded();
        if (!cost)
            return std::nullopt;
        most = most ? std::max(*most, *cost) : *cost;
    }
    return most;
}

}  // namespace gr::catalog
