// SPDX-License-Identifier: MIT
#include "gateway/menu_builder.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <utility>

namespace gr::gateway {
namespace {

using catalog::TokenClass;
using routing::CacheHabit;
using routing::Listing;

// USD for a million tokens.
struct Rates {
    double in = 0;
    double out = 0;
    double blend() const { return (3 * in + out) / 4; }
};

// Beyond this a higher price says nothing more of how good a model is.
constexpr double kTellingBlend = 12;
// What a model at home would be sold for elsewhere, by its size; without one, as a small one.
constexpr double kPerBillion = 0.01;
constexpr double kUsualBillions = 8;
// Models of the same price become better: log odds of being right for each year of age.
constexpr double kPerYear = 0.3;
constexpr double kMostYears = 3;

std::optional<Rates> ratesOf(const Listing& listing, UnixMs when) {
    const catalog::PriceRow* const row =
        listing.price && !listing.free ? listing.price->rowFor(0, when) : nullptr;
    const auto in = row != nullptr ? row->rates.of(TokenClass::Input) : std::nullopt;
    const auto out = row != nullptr ? row->rates.of(TokenClass::Output) : std::nullopt;
    if (!in || !out)
        return std::nullopt;
    return Rates{static_cast<double>(in->picoPerMillion) * 1e-12,
                 static_cast<double>(out->picoPerMillion) * 1e-12};
}

double aged(double quality, double years) {
    const double odds =
        quality / (1 - quality) * std::exp(-kPerYear * std::clamp(years, 0.0, kMostYears));
    return odds / (1 + odds);
}

double yearsBetween(UnixMs early, UnixMs late) {
    constexpr double kYear = 365.25 * 24 * 3'600 * 1'000;
    return static_cast<double>(late.value - early.value) / kYear;
}

// How good and how fast it is, as far as anybody can know beforehand. `oneScale`: some of the menu
// were not measured, so that price and age decide for all: what was measured of the others are old
// benchmarks, each with a scale of its own, and a hard prompt moves the two kinds differently.
void judge(Listing& listing, const ModelTraits& traits, const routing::Scorer& scorer,
           UnixMs newest, bool oneScale, UnixMs when) {
    const std::string_view measuredAs = oneScale ? std::string_view() : listing.model;
    listing.profile = scorer.profile(measuredAs, std::nullopt, std::nullopt);
    auto rates = ratesOf(listing, when);
    if (!rates && listing.free) {
        const double alike = kPerBillion * billionsIn(listing.model).value_or(kUsualBillions);
        rates = Rates{alike, alike};
    }
    if (!rates)
        return;
    // Large models are slower: some 90 tokens a second at a dollar a million.
    listing.usualRate =
        listing.free ? 40 : std::clamp(90 * std::pow(rates->blend() + 0.01, -0.25), 30.0, 160.0);
    if (listing.profile.known)
        return;
    const double telling = std::min(1.0, kTellingBlend / std::max(rates->blend(), 1e-9));
    listing.profile.quality = scorer.profile({}, rates->in * telling, rates->out * telling).quality;
    if (traits.released)
        listing.profile.quality =
            aged(listing.profile.quality, yearsBetween(*traits.released, newest));
}

Listing listingOf(MenuItem item) {
    Listing listing;
    listing.offer = item.offer;
    listing.name = std::string(item.abilities.provider) + "/" + item.model;
    listing.model = std::move(item.model);
    listing.abilities = item.abilities;
    listing.use = item.traits.use;
    listing.deprecated = item.traits.deprecated;
    listing.simulated = item.simulated;
    listing.whyNot = std::move(item.whyNot);
    listing.free = item.quote.free;
    listing.price = std::move(item.quote.price);
    // Anthropic's models cache what the request marks, wherever they are served.
    const bool marked =
        item.kind == "anthropic" || listing.model.find("claude") != std::string::npos;
    listing.habit = marked ? CacheHabit::Marked : CacheHabit::Automatic;
    return listing;
}

}  // namespace

routing::Menu makeMenu(std::vector<MenuItem> items, const routing::Scorer& scorer, UnixMs when) {
    UnixMs newest{};
    bool oneScale = false;
    for (const MenuItem& item : items) {
        newest = std::max(newest, item.traits.released.value_or(newest));
        oneScale = oneScale || (item.traits.use == routing::Use::Talk &&
                                !scorer.profile(item.model, std::nullopt, std::nullopt).known);
    }
    routing::Menu menu;
    for (MenuItem& item : items) {
        const ModelTraits traits = item.traits;
        Listing listing = listingOf(std::move(item));
        judge(listing, traits, scorer, newest, oneScale, when);
        menu.listings.push_back(std::move(listing));
    }
    finish(menu, scorer, when);
    return menu;
}

}  // namespace gr::gateway
