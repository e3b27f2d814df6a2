// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "routing/choice.h"

// Menus of made-up models for the tests of the choice.
namespace gr::routing::test {

// USD for a million tokens; below zero: the price list is silent.
struct Rates {
    double in = 1;
    double out = 4;
    double read = -1;
    double write = -1;
};

inline std::shared_ptr<const catalog::Price> priceOf(const Rates& usd) {
    using catalog::TokenClass;
    catalog::PriceRow row;
    const auto set = [&row](TokenClass tokens, double dollars) {
        if (dollars >= 0)
            row.rates.set(tokens, catalog::Rate{static_cast<std::int64_t>(dollars * 1e12 + 0.5)});
    };
    set(TokenClass::Input, usd.in);
    set(TokenClass::Output, usd.out);
    set(TokenClass::CacheRead, usd.read);
    set(TokenClass::CacheWrite5m, usd.write);
    catalog::Price price;
    price.rows.push_back(row);
    return std::make_shared<const catalog::Price>(std::move(price));
}

// A world of listings whose qualities are given for the request at hand.
struct Kitchen {
    Menu menu;
    std::vector<float> qualities;
    std::vector<std::string> providers;
    RequestFacts facts;
    Situation situation;
    Wish wish;

    Kitchen() {
        facts.promptTokens = 1'000;
        situation.when = UnixMs{1'780'000'000'000};
        situation.now = SteadyTime{} + std::chrono::hours(1'000);
    }
    Kitchen(const Kitchen&) = delete;
    Kitchen& operator=(const Kitchen&) = delete;

    // `provider`: a literal.
    Listing& add(const char* provider, std::string model, double quality,
                 std::shared_ptr<const catalog::Price> price) {
        Listing listing;
        std::size_t offer = 0;
        while (offer < providers.size() && providers[offer] != provider)
            ++offer;
        if (offer == providers.size())
            providers.emplace_back(provider);
        listing.offer = offer;
        listing.abilities.provider = provider;
        listing.name = std::string(provider) + "/" + model;
        listing.model = std::move(model);
        listing.price = std::move(price);
        listing.profile.quality = quality;
        menu.front.push_back(menu.listings.size());
        menu.listings.push_back(std::move(listing));
        qualities.push_back(static_cast<float>(quality));
        return menu.listings.back();
    }
    Listing& add(const char* provider, std::string model, double quality, const Rates& usd = {}) {
        return add(provider, std::move(model), quality, priceOf(usd));
    }

    Choice choose() const {
        return routing::choose(menu, toConsider(menu, situation.session, false), qualities, facts,
                               situation, wish);
    }
    std::string best() const {
        const Choice choice = choose();
        return choice.picks.empty() ? std::string() : nameOf(choice.picks.front());
    }
    std::vector<std::string> order() const {
        std::vector<std::string> names;
        for (const Pick& pick : choose().picks)
            names.push_back(nameOf(pick));
        return names;
    }
    std::string nameOf(const Pick& pick) const { return menu.listings[pick.listing].name; }
    // Why it was left out; empty: it was not.
    std::string whyNot(const std::string& name) const {
        for (const LeftOut& out : choose().rejected) {
            if (menu.listings[out.listing].name == name)
                return std::string(out.reason);
        }
        return {};
    }
};

}  // namespace gr::routing::test
