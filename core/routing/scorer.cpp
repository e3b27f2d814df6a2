// SPDX-License-Identifier: MIT
#include "routing/scorer.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>

namespace gr::routing {
namespace {

constexpr std::size_t kRank = ScorerFile::kRank;
// Share of a prompt's grams that training saw: below the first nothing is believed, from the
// second on all.
constexpr float kStrange = 0.6F;
constexpr float kFamiliar = 0.9F;
// How far the means over kinds of prompts count beside what a model's own head says; found on
// prompts that were held back.
constexpr float kByKind = 0.5F;
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

// Adds up rows of signed bytes.
class RowSums final {
  public:
    explicit RowSums(std::span<const std::int8_t> rows) : m_rows(rows.data()) {}

    // How many of them are not zero.
    std::size_t add(const std::vector<std::uint32_t>& grams) {
        // So many rows of bytes cannot overflow a sum of 16 bits, which is quicker than one of 32.
        constexpr std::size_t kBatch = 255;
        std::size_t learned = 0;
        for (std::size_t from = 0; from < grams.size(); from += kBatch)
            learned += addBatch(grams, from, std::min(grams.size(), from + kBatch));
        return learned;
    }

    std::array<std::int32_t, kRank> sums{};

  private:
    // Eight numbers at once; on any machine, by the instructions that it has for it.
    static constexpr std::size_t kLanes = 8;
    using Bytes [[gnu::vector_size(kLanes)]] = std::int8_t;
    using Words [[gnu::vector_size(kLanes * sizeof(std::int16_t))]] = std::int16_t;
    // Where eights begin in a row; the last one ends with it and has some of the one before again.
    static constexpr std::array<std::size_t, 3> kEights{0, kLanes, kRank - kLanes};
    static_assert(kRank > 2 * kLanes && kRank <= 3 * kLanes);

    const std::int8_t* row(std::uint32_t gram) const { return m_rows + std::size_t{gram} * kRank; }

    std::size_t addBatch(const std::vector<std::uint32_t>& grams, std::size_t from,
                         std::size_t end) {
        constexpr std::size_t kAhead = 24;  // rows on their way from memory
        std::array<Words, kEights.size()> batch{};
        std::size_t learned = 0;
        for (std::size_t i = from; i < end; ++i) {
            if (i + kAhead < grams.size())
                fetch(row(grams[i + kAhead]));
            std::uint64_t any = 0;
            for (std::size_t e = 0; e < kEights.size(); ++e) {
                Bytes bytes{};
                std::memcpy(&bytes, row(grams[i]) + kEights[e], sizeof bytes);
                any |= std::bit_cast<std::uint64_t>(bytes);
                batch[e] += __builtin_convertvector(bytes, Words);
            }
            learned += any != 0 ? 1 : 0;
        }
        for (std::size_t r = 0; r < kRank; ++r) {
            const std::size_t e = std::min(r / kLanes, kEights.size() - 1);
            sums[r] += batch[e][r - kEights[e]];
        }
        return learned;
    }

    // A row may lie in two lines.
    static void fetch(const std::int8_t* row) {
        __builtin_prefetch(row);
        __builtin_prefetch(row + kRank - 1);
    }

    const std::int8_t* m_rows;
};

// Of log odds; their sum is 1 then.
void toShares(std::span<float> values) {
    float sum = 0;
    for (float& value : values)
        sum += value = std::exp(std::clamp(value, -30.0F, 30.0F));
    for (float& value : values)
        value /= sum;
}

// to += factor · row, of which the compiler makes several at once.
void addTo(std::span<float> to, const float* row, float factor) {
    for (std::size_t i = 0; i < to.size(); ++i)
        to[i] += factor * row[i];
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
    RowSums rows(m_file.rows);
    const std::size_t learned = rows.add(room.grams);
    const float share = learned == 0 ? 0 : 1 / std::sqrt(static_cast<float>(learned));
    std::array<float, kRank> inner{};
    for (std::size_t r = 0; r < kRank; ++r)
        inner[r] = static_cast<float>(rows.sums[r]) * m_file.scale[r] * share;

    // Each row is one input's weights for all heads.
    std::vector<float> heads = m_file.bias;
    for (std::size_t r = 0; r < kRank; ++r)
        addTo(heads, m_file.mix.data() + r * heads.size(), inner[r]);
    for (std::size_t c = 0; c < kCounts; ++c)
        addTo(heads, m_file.countWeights.data() + c * heads.size(), room.counts[c]);

    Prediction out;
    const std::span<float> domains(heads.data(), out.domains.size());
    const std::span<float> kinds(domains.data() + domains.size(), m_file.kinds);
    const float* const right = kinds.data() + kinds.size();
    toShares(domains);
    toShares(kinds);
    std::copy(domains.begin(), domains.end(), out.domains.begin());
    out.difficulty = static_cast<float>(1 - sigmoid(static_cast<double>(*right)));
    const float coverage =
        room.grams.empty() ? 0
                           : static_cast<float>(learned) / static_cast<float>(room.grams.size());
    out.confidence = std::clamp((coverage - kStrange) / (kFamiliar - kStrange), 0.0F, 1.0F);
    out.known.resize(m_file.models.size());
    for (std::size_t i = 0; i < out.known.size(); ++i)
        out.known[i] = static_cast<float>(sigmoid(static_cast<double>(right[1 + i])));
    mixKinds(kinds, out.known);
    return out;
}

// Moves each model towards its mean over such kinds of prompts as its pool was asked.
void Scorer::mixKinds(std::span<const float> kinds, std::vector<float>& known) const {
    std::vector<float> toMean(known.size(), 0);
    for (std::size_t k = 0; k < kinds.size(); ++k) {
        const float* const means = m_file.kindQuality.data() + k * known.size();
        for (std::size_t i = 0; i < known.size(); ++i)
            toMean[i] += means[i] < 0 ? 0 : kinds[k] * (means[i] - known[i]);
    }
    for (std::size_t i = 0; i < known.size(); ++i)
        known[i] += kByKind * toMean[i];
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
