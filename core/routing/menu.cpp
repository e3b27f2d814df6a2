// SPDX-License-Identifier: MIT
#include "routing/menu.h"

#include <algorithm>
#include <array>
#include <limits>

namespace gr::routing {
namespace {

using catalog::TokenClass;

constexpr std::size_t kFewEnough = 48;     // so many are looked at as they are
constexpr std::size_t kMostOutdoneBy = 1;  // who is outdone by more is left out

// What pruning compares, by value: no look at a price list for each pair.
struct Rival {
    std::size_t listing = 0;
    std::array<double, 3> rates{};  // in, out, from the cache; USD
    double cost = 0;
    bool comparable = false;
};

Rival rivalOf(const Menu& menu, std::size_t index, UnixMs when) {
    const Listing& listing = menu.listings[index];
    Rival rival{index, {}, usualCost(listing, when), listing.free};
    const catalog::PriceRow* const row =
        listing.price && !listing.free ? listing.price->rowFor(0, when) : nullptr;
    if (row == nullptr)
        return rival;
    constexpr std::array kClasses{TokenClass::Input, TokenClass::Output, TokenClass::CacheRead};
    rival.comparable = true;
    for (std::size_t i = 0; i < kClasses.size(); ++i) {
        const auto rate = row->rates.of(kClasses[i]);
        rival.comparable = rival.comparable && rate;
        rival.rates[i] = rate ? static_cast<double>(rate->picoPerMillion) * 1e-12 : 0;
    }
    return rival;
}

bool canAll(const Abilities& a, const Abilities& b) {
    constexpr std::int64_t kUnknown = std::numeric_limits<std::int64_t>::max();
    const auto has = [](std::optional<bool> one, std::optional<bool> other) {
        return one.value_or(true) || !other.value_or(true);
    };
    bool takes = true;
    for (const auto& [name, media] : catalog::kMediaNames)
        takes = takes && (a.takes.empty() || a.takes.has(media) ||
                          (!b.takes.empty() && !b.takes.has(media)));
    return takes && a.context.value_or(kUnknown) >= b.context.value_or(kUnknown) &&
           has(a.tools, b.tools) && has(a.structured, b.structured) && has(a.reasons, b.reasons);
}

// Whatever is asked: a is at least as good, as able and as cheap as b.
bool outdoes(const Listing& a, const Rival& x, const Listing& b, const Rival& y) {
    if (!x.comparable || !y.comparable || b.profile.known || a.profile.known || b.free ||
        a.habit != b.habit)
        return false;
    for (std::size_t i = 0; i < x.rates.size(); ++i) {
        if (x.rates[i] > y.rates[i])
            return false;
    }
    return a.profile.quality >= b.profile.quality && canAll(a.abilities, b.abilities);
}

std::vector<std::size_t> leftBy(const Menu& menu, const std::vector<Rival>& rivals) {
    std::vector<std::size_t> left;
    for (const Rival& one : rivals) {
        std::size_t outdone = 0;
        for (const Rival& other : rivals) {
            const Listing& a = menu.listings[other.listing];
            const Listing& b = menu.listings[one.listing];
            // Of equals the first goes before the others, and not both before each other.
            if (&other != &one && outdoes(a, other, b, one) &&
                (other.listing < one.listing || !outdoes(b, one, a, other)))
                ++outdone;
        }
        if (outdone <= kMostOutdoneBy)
            left.push_back(one.listing);
    }
    return left;
}

// So many of `from`, spread over the ladder of prices.
std::vector<std::size_t> spread(std::vector<std::size_t> from, const Menu& menu, UnixMs when) {
    if (from.size() <= kFewEnough)
        return from;
    std::stable_sort(from.begin(), from.end(), [&](std::size_t a, std::size_t b) {
        return usualCost(menu.listings[a], when) < usualCost(menu.listings[b], when);
    });
    std::vector<std::size_t> out;
    for (std::size_t i = 0; i < kFewEnough; ++i)
        out.push_back(from[i * (from.size() - 1) / (kFewEnough - 1)]);
    return out;
}

// Of each provider its best and its cheapest, whatever others offer: those may go down.
void addEach(const Menu& menu, const std::vector<Rival>& rivals, std::vector<std::size_t>& front) {
    std::vector<std::size_t> offers;
    for (const Rival& rival : rivals)
        offers.push_back(menu.listings[rival.listing].offer);
    std::sort(offers.begin(), offers.end());
    offers.erase(std::unique(offers.begin(), offers.end()), offers.end());
    for (const std::size_t offer : offers) {
        std::vector<const Rival*> own;
        for (const Rival& rival : rivals) {
            if (menu.listings[rival.listing].offer == offer)
                own.push_back(&rival);
        }
        const auto best = std::max_element(own.begin(), own.end(), [&](auto* a, auto* b) {
            return menu.listings[a->listing].profile.quality <
                   menu.listings[b->listing].profile.quality;
        });
        const auto cheapest = std::min_element(own.begin(), own.end(),
                                               [](auto* a, auto* b) { return a->cost < b->cost; });
        front.push_back((*best)->listing);
        front.push_back((*cheapest)->listing);
    }
    std::sort(front.begin(), front.end());
    front.erase(std::unique(front.begin(), front.end()), front.end());
}

}  // namespace

double usualCost(const Listing& listing, UnixMs when) {
    constexpr Turn kUsual{1'000, 0, 400, CacheMarks::None, 0};
    if (listing.free)
        return 0;
    const auto cost = listing.price
                          ? expectedCost(*listing.price, CacheHabit::Automatic, kUsual, 0, when)
                          : std::nullopt;
    return cost.value_or(-1);
}

void finish(Menu& menu, const Scorer& scorer, UnixMs when) {
    std::vector<Rival> rivals;
    menu.front.clear();
    for (std::size_t i = 0; i < menu.listings.size(); ++i) {
        const Listing& listing = menu.listings[i];
        if (listing.use != Use::Talk || listing.deprecated || !listing.whyNot.empty())
            continue;
        rivals.push_back(rivalOf(menu, i, when));
        menu.front.push_back(i);
    }
    if (menu.front.size() > kFewEnough) {
        menu.front = spread(leftBy(menu, rivals), menu, when);
        addEach(menu, rivals, menu.front);
    }

    DialSamples samples;
    std::vector<const Listing*> ladder;
    const bool onlyPlay = std::all_of(menu.front.begin(), menu.front.end(), [&menu](auto index) {
        return menu.listings[index].simulated;
    });
    double most = -1e300;
    for (const std::size_t index : menu.front) {
        const Listing& listing = menu.listings[index];
        const double cost = usualCost(listing, when);
        if (cost < 0 || (listing.simulated && !onlyPlay))
            continue;
        ladder.push_back(&listing);
        samples.costs.push_back(cost);
        const double strength = strengthOf(listing.profile.quality, cost);
        if (strength > most) {
            most = strength;
            samples.strongest = ladder.size() - 1;
        }
    }
    if (ladder.size() >= 2) {
        Features room;
        for (const char* prompt : samplePrompts()) {
            const Prediction prediction = scorer.predict(prompt, 0, room);
            std::vector<double>& row = samples.qualities.emplace_back();
            for (const Listing* listing : ladder)
                row.push_back(scorer.quality(prediction, listing->profile));
        }
    }
    menu.dial = calibrate(samples);
}

std::vector<std::size_t> toConsider(const Menu& menu, const SessionMemory::Session* session,
                                    bool all) {
    std::vector<std::size_t> out;
    if (all) {
        for (std::size_t i = 0; i < menu.listings.size(); ++i)
            out.push_back(i);
        return out;
    }
    out.reserve(menu.front.size() + 4);
    out = menu.front;
    if (session == nullptr || menu.front.size() == menu.listings.size())
        return out;
    for (std::size_t i = 0; i < menu.listings.size(); ++i) {
        const Listing& listing = menu.listings[i];
        const bool served = std::any_of(
            session->served.begin(), session->served.end(), [&listing](const auto& place) {
                return place.model == listing.model && place.provider == listing.abilities.provider;
            });
        if (served && !std::binary_search(menu.front.begin(), menu.front.end(), i))
            out.push_back(i);
    }
    return out;
}

}  // namespace gr::routing
