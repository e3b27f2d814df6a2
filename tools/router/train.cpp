// SPDX-License-Identifier: MIT
// Trains resources/router.bin: router_train DATA-FOLDER OUT-FILE [PART]
// With PART (0 to 4) the prompts of that part are held back, for tests/bench/routing.
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <string_view>

#include "base/file.h"
#include "compress.h"
#include "routing/scorer.h"

namespace {

using namespace gr::router;
using gr::routing::KnownModel;
using gr::routing::Scorer;

constexpr unsigned kMembers = 8;
constexpr unsigned kTrialMembers = 4;
constexpr float kNearBest = 0.08F;  // models that compete for a prompt

struct Made {
    std::vector<std::int8_t> rows;
    std::string bytes;
};

std::vector<const Prompt*> without(const std::vector<const Prompt*>& prompts, std::uint32_t part) {
    std::vector<const Prompt*> out;
    std::copy_if(prompts.begin(), prompts.end(), std::back_inserter(out),
                 [part](const Prompt* prompt) { return partOf(*prompt) != part; });
    return out;
}

std::string trained(const Dataset& data, const std::vector<const Prompt*>& prompts,
                    unsigned members) {
    const std::vector<std::uint32_t> frequency = frequencies(prompts);
    const Linear linear = trainMean(data, prompts, frequency, members);
    std::vector<std::int8_t> rows;
    gr::routing::ScorerFile file = compressed(linear, data, frequency, rows);
    double right = 0;
    for (const Prompt* prompt : prompts) {
        double sum = 0;
        double count = 0;
        for (const auto& one : prompt->right) {
            sum += one ? static_cast<double>(*one) : 0;
            count += one ? 1 : 0;
        }
        right += sum / std::max(count, 1.0) / static_cast<double>(prompts.size());
    }
    file.meanDifficulty = static_cast<float>(std::log(right / (1 - right)));
    return writeScorer(file);
}

// How much of a predicted lead of one good model over another comes true on prompts that were not
// learned: the slope of a line through zero, squared, since who takes the greatest of several
// uncertain numbers takes the flattered one.
void putTrust(Dataset& data, const Scorer& trial, const std::vector<const Prompt*>& prompts,
              std::uint32_t part) {
    for (std::size_t pool = 0; pool < data.pools.size(); ++pool) {
        std::vector<std::size_t> good;
        float best = 0;
        for (const KnownModel& model : data.models)
            best = model.pool == data.pools[pool] ? std::max(best, model.quality) : best;
        for (std::size_t i = 0; i < data.models.size(); ++i) {
            const KnownModel& model = data.models[i];
            if (model.pool == data.pools[pool] && model.quality > best - kNearBest)
                good.push_back(i);
        }
        double both = 0;
        double square = 0;
        gr::routing::Features room;
        for (const Prompt* prompt : prompts) {
            if (prompt->pool != pool || partOf(*prompt) != part)
                continue;
            const auto of = trial.predict(prompt->text, prompt->tools, room);
            for (std::size_t a : good) {
                for (std::size_t b : good) {
                    const auto& x = prompt->right[a - data.firstModel[pool]];
                    const auto& y = prompt->right[b - data.firstModel[pool]];
                    if (!x || !y)
                        continue;
                    const float usual = data.models[a].quality - data.models[b].quality;
                    const auto said = static_cast<double>(of.known[a] - of.known[b] - usual);
                    both += said * static_cast<double>(*x - *y - usual);
                    square += said * said;
                }
            }
        }
        const double slope = square > 0 ? std::clamp(both / square, 0.3, 1.0) : 1.0;
        for (KnownModel& model : data.models) {
            if (model.pool == data.pools[pool])
                model.trust = static_cast<float>(slope * slope);
        }
        std::fprintf(stderr, "%s: trust %.3f\n", data.pools[pool].c_str(), slope * slope);
    }
}

int explained(const gr::Error& error) {
    std::fprintf(stderr, "router_train: %s\n", error.message.text.c_str());
    return 1;
}

}  // namespace

int main(int argc, char** argv) {
    const std::string_view held = argc == 4 ? argv[3] : "0";
    if (argc < 3 || argc > 4 || held.size() != 1 || held < "0" || held > "4") {
        std::fprintf(stderr, "Usage: router_train DATA-FOLDER OUT-FILE [PART, 0 to 4]\n");
        return 2;
    }
    auto data = readDataset(argv[1]);
    if (!data)
        return explained(data.error());
    std::vector<const Prompt*> prompts;
    for (const Prompt& prompt : data->prompts)
        prompts.push_back(&prompt);
    std::uint32_t trialPart = 0;
    if (argc == 4) {
        const auto part = static_cast<std::uint32_t>(held[0] - '0');
        prompts = without(prompts, part);
        trialPart = (part + 1) % 5;
    }
    const std::string trialBytes = trained(*data, without(prompts, trialPart), kTrialMembers);
    const auto trial = Scorer::read(trialBytes);
    if (!trial)
        return explained(trial.error());
    putTrust(*data, *trial, prompts, trialPart);
    if (const auto written = gr::replaceFile(argv[2], trained(*data, prompts, kMembers)); !written)
        return explained(written.error());
    return 0;
}
