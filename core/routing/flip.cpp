// SPDX-License-Identifier: MIT
#include "routing/flip.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>

namespace gr::routing {
namespace {

constexpr int kSteps = 100;         // of the dial
constexpr double kSmallMove = 0.1;  // of the dial: people would call it little

}  // namespace

std::string_view nameOf(Flip::What what) {
    constexpr std::array<std::string_view, 5> kNames{"preference", "session", "speed", "rest",
                                                     "budget"};
    return kNames[static_cast<std::size_t>(what)];
}

std::vector<Flip> flipsOf(const Choice& chosen, const Situation& situation, const Wish& wish,
                          const std::function<Choice(const Situation&, const Wish&)>& again) {
    std::vector<Flip> flips;
    if (chosen.picks.empty())
        return flips;
    const std::size_t first = chosen.picks.front().listing;
    const auto other = [&](const Situation& changed,
                           const Wish& wished) -> std::optional<std::size_t> {
        const Choice choice = again(changed, wished);
        if (choice.picks.empty() || choice.picks.front().listing == first)
            return std::nullopt;
        return choice.picks.front().listing;
    };

    std::optional<Flip> move;
    for (int step = 1; step <= kSteps && !move; ++step) {
        for (const int sign : {1, -1}) {
            Wish moved = wish;
            moved.dial = wish.dial + sign * static_cast<double>(step) / kSteps;
            if (move || moved.dial < 0 || moved.dial > 1)
                continue;
            if (const auto listing = other(situation, moved))
                move = Flip{Flip::What::Preference, wish.dial, moved.dial, *listing};
        }
    }
    const auto tryWithout = [&](Flip::What what, const Situation& changed) {
        if (const auto listing = other(changed, wish))
            flips.push_back({what, 0, 0, *listing});
    };
    if (situation.session != nullptr) {
        Situation changed = situation;
        changed.session = nullptr;
        tryWithout(Flip::What::Session, changed);
    }
    if (situation.standing) {
        Situation changed = situation;
        changed.standing = [&](const Listing& listing) {
            return Health::Standing{situation.standing(listing).resting, 0, 0};
        };
        tryWithout(Flip::What::Speed, changed);
        changed.standing = [&](const Listing& listing) {
            Health::Standing standing = situation.standing(listing);
            standing.resting = false;
            return standing;
        };
        tryWithout(Flip::What::Rest, changed);
    }
    if (situation.spent > situation.elapsed) {
        Situation changed = situation;
        changed.spent = 0;
        tryWithout(Flip::What::Budget, changed);
    }
    if (move)
        flips.insert(std::abs(move->to - move->from) <= kSmallMove ? flips.begin() : flips.end(),
                     *move);
    return flips;
}

}  // namespace gr::routing
