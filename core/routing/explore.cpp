// SPDX-License-Identifier: MIT
#include "routing/explore.h"

#include <algorithm>
#include <vector>

namespace gr::routing {
namespace {

constexpr double kMostWorse = 0.05;  // of quality, and of the score
constexpr double kTimesDearer = 2;
constexpr double kMostDearer = 0.01;  // USD

bool isNear(const Pick& pick, const Pick& best) {
    if (pick.rank != Rank::Ready || !pick.cost || !best.cost)
        return false;
    return pick.quality >= best.quality - kMostWorse && pick.score >= best.score - kMostWorse &&
           *pick.cost <= *best.cost * kTimesDearer && *pick.cost <= *best.cost + kMostDearer;
}

}  // namespace

std::optional<std::size_t> explore(const Choice& choice, double share,
                                   const std::function<double()>& chance) {
    if (choice.picks.size() < 2 || choice.picks.front().rank != Rank::Ready || chance() >= share)
        return std::nullopt;
    std::vector<std::size_t> near;
    for (std::size_t i = 1; i < choice.picks.size(); ++i) {
        if (isNear(choice.picks[i], choice.picks.front()))
            near.push_back(i);
    }
    if (near.empty())
        return std::nullopt;
    const auto at = static_cast<std::size_t>(chance() * static_cast<double>(near.size()));
    return near[std::min(at, near.size() - 1)];
}

}  // namespace gr::routing
