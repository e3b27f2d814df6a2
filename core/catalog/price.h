// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/money.h"
#include "base/token_usage.h"
#include "catalog/rates.h"

// What a model costs: dated rows of exact rates, and the arithmetic on them. Plain values and pure
// functions; any thread.
namespace gr::catalog {

// Rates and when they hold. A row is complete in itself: what it does not tell falls back on what
// it tells (see Rates), not on another row.
struct PriceRow {
    static constexpr int kMinutesOfDay = 24 * 60;

    // Valid from the first of these to before the second.
    UnixMs from{std::numeric_limits<std::int64_t>::min()};
    UnixMs until{std::numeric_limits<std::int64_t>::max()};
    // Of each day, in minutes of UTC; begins after its end where it runs over midnight.
    int firstMinute = 0;
    int endMinute = kMinutesOfDay;
    // For requests whose whole prompt, cached tokens included, is larger.
    std::int64_t promptOver = -1;
    std::string mode;  // the Mode's name; empty: the usual one
    Rates rates;

    bool validAt(UnixMs when) const { return from <= when && when < until; }
    bool hasWindow() const { return firstMinute != 0 || endMinute != kMinutesOfDay; }

    friend bool operator==(const PriceRow&, const PriceRow&) = default;
};

// A way to be served that has prices of its own, and the member of the request's body that asks
// for it: {"service_tier":"priority"}, {"speed":"fast"}.
struct Mode {
    std::string name;
    std::string field;
    std::string value;

    friend bool operator==(const Mode&, const Mode&) = default;
};

struct Price {
    std::vector<PriceRow> rows;     // none: the price of tokens is unknown
    std::vector<Mode> modes;        // those that rows speak of
    std::optional<Rate> webSearch;  // pico-dollars for a thousand (!) searches

    // The row that holds for a prompt of so many tokens at this time. Rows of `mode` go before
    // those of the usual one (which hold where the mode has none), then later dates before earlier,
    // windows of the day before whole days, and larger prompts before smaller. Null: none holds.
    const PriceRow* rowFor(std::int64_t promptTokens, UnixMs when,
                           std::string_view mode = {}) const;

    friend bool operator==(const Price&, const Price&) = default;
};

// False where the member `field` of a request ("service_tier", "speed", "inference_geo") picks a
// price with `value` that nobody knows at `when`: no row tells it, and it is no word for what is
// usual or cheaper (auto, default, standard, flex, batch, …).
bool isPriced(const Price& price, std::string_view field, std::string_view value, UnixMs when);

// The mode that a provider says it served in; null when that has no price of its own. OpenAI's
// "fast" is the newer name of "priority".
const Mode* modeFor(const Price& price, ServiceTier served);
// Nothing is said, or that it was served as usual.
bool isUsual(ServiceTier served);

// Exactly tokens × rates, added up in 128 bits and rounded once, half up, to a pico-dollar. Classes
// that were not reported count as empty: whether the counts are final is the caller's question.
// Nothing where no row holds, a class that has tokens has no rate, no tokens were reported at all,
// or the sum does not fit into Money.
std::optional<Money> costOf(const Price& price, const TokenUsage& usage, UnixMs when,
                            std::string_view mode = {});

// One product of a cost: so many tokens of a class, or searches on the web, at this rate.
struct CostLine {
    std::optional<TokenClass> tokens;  // absent: searches
    std::int64_t count = 0;
    std::optional<Rate> rate;  // for a million tokens, or for a thousand searches; absent: unknown

    // In dollars, exactly: at least two decimals, at most eighteen. Nothing without a rate, or
    // where it does not fit into 128 bits.
    std::optional<std::string> toDecimal() const;
};

// The products that `costOf` adds up when `row` holds, of all classes that have tokens.
std::vector<CostLine> linesOf(const Price& price, const PriceRow& row, const TokenUsage& usage);

// What a request can take at most, for `worstCase`.
struct Bounds {
    std::int64_t inputTokens = 0;   // all classes of the prompt together
    std::int64_t outputTokens = 0;  // all classes of the answer together
    std::int64_t webSearches = 0;
    // False where the request cannot have tokens of the class.
    bool cacheWrite5m = true;
    bool cacheWrite1h = true;
    bool audioInput = true;
    bool audioOutput = true;
    bool anyMode = false;  // all modes count, and not only the usual one
};

// No split of at most so many tokens into classes costs more, whichever row applies when the
// provider books it (within an hour). Nothing where some reachable rate is unknown, or the sum does
// not fit.
std::optional<Money> worstCase(const Price& price, const Bounds& bounds, UnixMs when);

}  // namespace gr::catalog
