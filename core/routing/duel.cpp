// SPDX-License-Identifier: MIT
#include "routing/duel.h"

#include <algorithm>
#include <cmath>

namespace gr::routing {
namespace {

// Longer prompts need more, also where the heads of few prompts have not learned it.
constexpr double kLength = 0.04;
constexpr double kLengthAlone = 0.1;
// What calls tools is the harder the less it is told; what is hard to know matters less there.
constexpr double kLengthWithTools = -0.05;
constexpr double kKnownWithTools = 0.2;

struct Pair {
    std::size_t strong = 0;
    std::size_t weak = 0;
};

std::optional<Pair> measuredPair(const std::vector<KnownModel>& models, std::string_view strong,
                                 std::string_view weak) {
    for (std::size_t i = 0; i < models.size(); ++i) {
        if (models[i].name != strong)
            continue;
        for (std::size_t j = 0; j < models.size(); ++j) {
            if (models[j].name == weak && models[j].pool == models[i].pool)
                return Pair{i, j};
        }
    }
    return std::nullopt;
}

// The most of a pool against its weakest but two, which are too weak to tell anything.
Pair widestPair(const std::vector<KnownModel>& models, std::string_view pool) {
    std::vector<std::size_t> of;
    for (std::size_t i = 0; i < models.size(); ++i) {
        if (models[i].pool == pool)
            of.push_back(i);
    }
    std::stable_sort(of.begin(), of.end(), [&](std::size_t a, std::size_t b) {
        return models[a].quality > models[b].quality;
    });
    if (of.empty())
        return {};
    return {of.front(), of.size() > 4 ? of[of.size() - 3] : of.back()};
}

}  // namespace

double needForStrong(const Scorer& scorer, const Prediction& of, const Features& features,
                     std::string_view strong, std::string_view weak) {
    const std::vector<KnownModel>& models = scorer.models();
    const auto gap = [&](const Pair& pair) {
        return static_cast<double>(of.known[pair.strong]) -
               static_cast<double>(of.known[pair.weak]);
    };
    const auto length = static_cast<double>(features.counts[kSizeCount]);  // ln(1 + bytes)
    const bool tools = features.counts[kToolsCount] > 0;
    double need = 0;
    if (const auto pair = measuredPair(models, strong, weak)) {
        need = gap(*pair) + kLength * length;
    } else if (tools) {
        const Pair chat = widestPair(models, "routellm");
        need =
            kKnownWithTools * static_cast<double>(of.known[chat.weak]) + kLengthWithTools * length;
    } else {
        const Pair chat = widestPair(models, "routellm");
        need = 0.5 * gap(widestPair(models, "mmlupro")) -
               0.5 * static_cast<double>(of.known[chat.weak]) + kLengthAlone * length;
    }
    return 1 / (1 + std::exp(-2 * (need - 0.4)));
}

}  // namespace gr::routing
