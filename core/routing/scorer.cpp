// SPDX-License-Identifier: MIT
#include "routing/scorer.h"

#include <algorithm>
#include <cmath>

namespace gr::routing {
namespace {

constexpr std::size_t kRank = ScorerFile::kRank;
constexpr std::size_t kDomains = kDomainNames.size();
// Share of a prompt's grams that training saw: below the first nothing is believed, from the
// second on all.
constexpr float kStrange = 0.6F;
constexpr float kFamiliar = 0.9F;
// Of models without measured answers, and where no price is known either.
constexpr double kUsualQuality = 0.62;
constexpr double kUsualPrice = 1.0;       // USD per million tokens, three parts in, one part out
constexpr double kPriceSlope = 0.35;      // log odds of being right for each factor e of the price
constexpr double kDifficultyShare = 0.7;  // how far an unmeasured model follows all others

double sigmoid(double x) {
    return 1 / (1 + std::exp(-x));
}

double logOdds(double share) {
    const double p = std::clamp(share, 0.02, 0.98);
    return std::log(p / (1 - p));
}

}  // namespace

Result<Scorer> Scorer::read(std::string_view modelFile) {
    auto file = readScorer(modelFile);
    if (!file)
        return fail(file.error());
    return Scorer(std::move(*file));
}

Prediction Scorer::predict(std::string_view text, std::size_t tools, Features& room) const {
    readFeatures(text, tools, room);
    std::array<std::int32_t, kRank> sums{};
    std::size_t learned = 0;
    for (const std::uint32_t gram : room.grams) {
        const std::int8_t* row = m_file.rows.data() + std::size_t{gram} * kRank;
        bool any = false;
        for (std::size_t r = 0; r < kRank; ++r) {
            sums[r] += row[r];
            any = any || row[r] != 0;
        }
        learned += any ? 1 : 0;
    }
    const float share = learned == 0 ? 0 : 1 / std::sqrt(static_cast<float>(learned));
    std::array<float, kRank> inner{};
    for (std::size_t r = 0; r < kRank; ++r)
        inner[r] = static_cast<float>(sums[r]) * m_file.scale[r] * share;

    const auto head = [&](std::size_t k) {
        float value = m_file.bias[k];
        for (std::size_t r = 0; r < kRank; ++r)
            value += m_file.mix[k * kRank + r] * inner[r];
        for (std::size_t c = 0; c < kCounts; ++c)
            value += m_file.countWeights[k * kCounts + c] * room.counts[c];
        return value;
    };
    Prediction out;
    float sum = 0;
    for (std::size_t k = 0; k < kDomains; ++k)
        sum += out.domains[k] = std::exp(std::clamp(head(k), -30.0F, 30.0F));
    for (float& domain : out.domains)
        domain /= sum;
    out.difficulty = static_cast<float>(1 - sigmoid(static_cast<double>(head(kDomains))));
    const float coverage =
        room.grams.empty() ? 0
                           : static_cast<float>(learned) / static_cast<float>(room.grams.size());
    out.confidence = std::clamp((coverage - kStrange) / (kFamiliar - kStrange), 0.0F, 1.0F);
    out.known.resize(m_file.models.size());
    for (std::size_t i = 0; i < out.known.size(); ++i)
        out.known[i] = static_cast<float>(sigmoid(static_cast<double>(head(kDomains + 1 + i))));
    return out;
}

std::optional<std::size_t> Scorer::find(std::string_view pool, std::string_view model) const {
    for (std::size_t i = 0; i < m_file.models.size(); ++i) {
        const KnownModel& known = m_file.models[i];
        if (known.name == model && (pool.empty() || known.pool == pool))
            return i;
    }
    return std::nullopt;
}

ModelProfile Scorer::profile(std::string_view model, std::optional<double> inPrice,
                             std::optional<double> outPrice) const {
    if (const auto known = find({}, model))
        return {known, static_cast<double>(m_file.models[*known].quality)};
    double strength = logOdds(kUsualQuality);
    if (inPrice && outPrice) {
        const double blend = (3 * *inPrice + *outPrice) / 4;
        strength += kPriceSlope * std::clamp(std::log((blend + 0.01) / kUsualPrice), -4.0, 4.0);
    }
    return {std::nullopt, sigmoid(strength)};
}

ModelProfile Scorer::measured(std::string_view pool, std::string_view model, double quality) const {
    return {find(pool, model), quality};
}

double Scorer::quality(const Prediction& of, const ModelProfile& model) const {
    const auto confidence = static_cast<double>(of.confidence);
    const double harder = logOdds(1 - static_cast<double>(of.difficulty)) -
                          static_cast<double>(m_file.meanDifficulty);
    const double usual = sigmoid(logOdds(model.quality) + kDifficultyShare * confidence * harder);
    if (!model.known)
        return usual;
    const KnownModel& known = m_file.models[*model.known];
    const auto departure = static_cast<double>(of.known[*model.known] - known.quality);
    const double own =
        std::clamp(model.quality + static_cast<double>(known.trust) * departure, 0.0, 1.0);
    return confidence * own + (1 - confidence) * usual;
}

}  // namespace gr::routing
