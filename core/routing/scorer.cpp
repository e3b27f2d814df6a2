// SPDX-License-Identifier: MIT
#include "routing/scorer.h"

#include <algorithm>
#include <cmath>
#include <cstring>

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

// Adds up rows of signed bytes, eight at a time in two words of four 16-bit lanes: each byte is
// moved up by 128 first, so that no lane of 256 rows overflows into the next.
class RowSums final {
  public:
    explicit RowSums(std::span<const std::int8_t> rows) : m_rows(rows.data()) {}

    // How many of them are not zero.
    std::size_t add(const std::vector<std::uint32_t>& grams) {
        constexpr std::size_t kAhead = 12;  // rows on their way from memory
        std::size_t learned = 0;
        for (std::size_t i = 0; i < grams.size(); ++i) {
            if (i + kAhead < grams.size())
                __builtin_prefetch(m_rows + std::size_t{grams[i + kAhead]} * kRank);
            learned += addRow(m_rows + std::size_t{grams[i]} * kRank) ? 1 : 0;
            if (i % 256 == 255)
                flush();
        }
        flush();
        return learned;
    }

    std::array<std::int32_t, kRank> sums{};

  private:
    static constexpr std::size_t kWords = (kRank + 7) / 8;
    static constexpr std::uint64_t kUp = 0x8080'8080'8080'8080ULL;
    static constexpr std::uint64_t kEven = 0x00ff'00ff'00ff'00ffULL;

    bool addRow(const std::int8_t* row) {
        std::uint64_t any = 0;
        for (std::size_t w = 0; w < kWords; ++w) {
            std::uint64_t word = 0;
            std::memcpy(&word, row + w * 8, std::min<std::size_t>(8, kRank - w * 8));
            any |= word;
            word ^= kUp;
            m_even[w] += word & kEven;
            m_odd[w] += (word >> 8) & kEven;
        }
        ++m_count;
        return any != 0;
    }

    void flush() {
        for (std::size_t r = 0; r < kRank; ++r) {
            const std::uint64_t lanes = r % 2 == 0 ? m_even[r / 8] : m_odd[r / 8];
            sums[r] +=
                static_cast<std::int32_t>(lanes >> (r % 8 / 2 * 16) & 0xffff) - 128 * m_count;
        }
        m_even = {};
        m_odd = {};
        m_count = 0;
    }

    const std::int8_t* m_rows;
    std::array<std::uint64_t, kWords> m_even{};
    std::array<std::uint64_t, kWords> m_odd{};
    std::int32_t m_count = 0;  // rows in the lanes
};

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
