// SPDX-License-Identifier: MIT
// Trains resources/router.bin: router_train DATA-FOLDER OUT-FILE [PART]
// With PART (0 to 4) the prompts of that part are held back, for tests/bench/routing.
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <string_view>

#include "base/file.h"
#include "compress.h"
#include "routing/scorer_file.h"

namespace {

using namespace gr::router;

constexpr unsigned kMembers = 8;
// See KnownModel. So little that on subjects left out a choice stays within a point of the best
// model; more where the pool's prompts are of a few data sets, which are told apart well.
constexpr float kTrust = 0.25F;
constexpr float kTrustDataSets = 0.8F;
constexpr std::string_view kOfDataSets = "llmrouter9";

std::vector<const Prompt*> without(const std::vector<const Prompt*>& prompts, std::uint32_t part) {
    std::vector<const Prompt*> out;
    std::copy_if(prompts.begin(), prompts.end(), std::back_inserter(out),
                 [part](const Prompt* prompt) { return partOf(*prompt) != part; });
    return out;
}

// Of the kinds with enough prompts that a pool's models were asked.
std::vector<float> kindQuality(const Dataset& data, const std::vector<const Prompt*>& prompts) {
    constexpr float kFewest = 20;
    const std::size_t models = data.models.size();
    std::vector<float> sum(data.kinds * models, 0);
    std::vector<float> count(sum.size(), 0);
    for (const Prompt* prompt : prompts) {
        for (std::size_t i = 0; prompt->kind && i < prompt->right.size(); ++i) {
            const std::size_t at = *prompt->kind * models + data.firstModel[prompt->pool] + i;
            sum[at] += prompt->right[i].value_or(0);
            count[at] += prompt->right[i] ? 1.0F : 0.0F;
        }
    }
    for (std::size_t i = 0; i < sum.size(); ++i)
        sum[i] = count[i] < kFewest ? -1 : sum[i] / count[i];
    return sum;
}

std::string trained(const Dataset& data, const std::vector<const Prompt*>& prompts) {
    const std::vector<std::uint32_t> frequency = frequencies(prompts);
    const Linear linear = trainMean(data, prompts, frequency, kMembers);
    std::vector<std::int8_t> rows;
    gr::routing::ScorerFile file = compressed(linear, data, frequency, rows);
    file.kindQuality = kindQuality(data, prompts);
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
    for (gr::routing::KnownModel& model : data->models)
        model.trust = model.pool == kOfDataSets ? kTrustDataSets : kTrust;
    std::vector<const Prompt*> prompts;
    for (const Prompt& prompt : data->prompts)
        prompts.push_back(&prompt);
    if (argc == 4)
        prompts = without(prompts, static_cast<std::uint32_t>(held[0] - '0'));
    if (const auto written = gr::replaceFile(argv[2], trained(*data, prompts)); !written)
        return explained(written.error());
    return 0;
}
