// SPDX-License-Identifier: MIT
#include "network.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>

namespace gr::router {
namespace {

constexpr std::size_t kWidth = 24;  // what a gram is to one network
constexpr std::size_t kInputs = kWidth + routing::kCounts;
constexpr std::size_t kDomains = routing::kDomainNames.size();
constexpr unsigned kRounds = 16;
constexpr float kGramRate = 0.03F;  // of learning (Adagrad)
constexpr float kHeadRate = 0.01F;
constexpr float kLastRate = 0.1F;     // of the first, in the last round
constexpr float kFirstSpread = 0.1F;  // of random values before the first round
constexpr unsigned kDropped = 77;     // grams of 256 that a step does not see
constexpr float kDomainWeight = 0.6F;
constexpr float kKindWeight = 0.3F;
constexpr std::uint32_t kRarest = 2;

// SplitMix64: the same numbers with every standard library.
class Random final {
  public:
    explicit Random(std::uint64_t seed) : m_state(seed) {}
    std::uint64_t next() {
        std::uint64_t z = (m_state += 0x9e3779b97f4a7c15ULL);
        z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
        z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
        return z ^ (z >> 31);
    }
    // Near to normal: mean 0, deviation 1.
    float normal() {
        float sum = 0;
        for (int i = 0; i < 12; ++i)
            sum += static_cast<float>(next() >> 40) * 0x1p-24F;
        return sum - 6;
    }
    template <class T>
    void shuffle(std::vector<T>& values) {
        for (std::size_t i = values.size(); i > 1; --i)
            std::swap(values[i - 1], values[next() % i]);
    }

  private:
    std::uint64_t m_state;
};

float sigmoid(float x) {
    return 1 / (1 + std::exp(-x));
}

float logOdds(double share) {
    const double p = std::clamp(share, 0.02, 0.98);
    return static_cast<float>(std::log(p / (1 - p)));
}

// Values with the sums of their squared gradients.
struct Weights {
    std::vector<float> value;
    std::vector<float> square;

    explicit Weights(std::size_t count) : value(count, 0), square(count, 1e-6F) {}
    void step(std::size_t i, float gradient, float rate) {
        square[i] += gradient * gradient;
        value[i] -= rate * gradient / std::sqrt(square[i]);
    }
};

struct Scaling {
    std::array<float, routing::kCounts> mean{};
    std::array<float, routing::kCounts> deviation{};

    explicit Scaling(const std::vector<const Prompt*>& prompts) {
        const auto count = static_cast<float>(prompts.size());
        for (const Prompt* prompt : prompts)
            for (std::size_t k = 0; k < mean.size(); ++k)
                mean[k] += prompt->features.counts[k] / count;
        for (const Prompt* prompt : prompts) {
            for (std::size_t k = 0; k < mean.size(); ++k) {
                const float off = prompt->features.counts[k] - mean[k];
                deviation[k] += off * off / count;
            }
        }
        for (float& d : deviation)
            d = std::max(0.05F, std::sqrt(d));
    }
};

class Network final {
  public:
    Network(const Dataset& data, const std::vector<std::uint32_t>& frequency,
            const Scaling& scaling, std::uint64_t seed)
        : m_data(data),
          m_frequency(frequency),
          m_scaling(scaling),
          m_random(seed),
          m_groups(kDomains + data.kinds),
          m_heads(m_groups + 1 + data.models.size()),
          m_rows(kGrams * kWidth),
          m_mix(m_heads * kInputs),
          m_bias(m_heads),
          m_out(m_heads),
          m_slope(m_heads) {
        for (std::size_t g = 0; g < kGrams; ++g) {
            if (m_frequency[g] < kRarest)
                continue;
            for (std::size_t d = 0; d < kWidth; ++d)
                m_rows.value[g * kWidth + d] = m_random.normal() * kFirstSpread;
        }
        for (float& weight : m_mix.value)
            weight = m_random.normal() * kFirstSpread;
        for (std::size_t i = 0; i < data.models.size(); ++i)
            m_bias.value[m_groups + 1 + i] = logOdds(static_cast<double>(data.models[i].quality));
    }

    void train(std::vector<const Prompt*> prompts) {
        for (unsigned round = 0; round < kRounds; ++round) {
            m_random.shuffle(prompts);
            const float rate =
                1 - (1 - kLastRate) * static_cast<float>(round) / static_cast<float>(kRounds - 1);
            for (const Prompt* prompt : prompts)
                step(*prompt, rate);
        }
    }

    void addTo(Linear& sum, float share) const {
        for (std::size_t g = 0; g < kGrams; ++g) {
            if (m_frequency[g] < kRarest)
                continue;
            for (std::size_t k = 0; k < m_heads; ++k) {
                float all = 0;
                for (std::size_t d = 0; d < kWidth; ++d)
                    all += m_mix.value[k * kInputs + d] * m_rows.value[g * kWidth + d];
                sum.grams[g * m_heads + k] += all * share;
            }
        }
        for (std::size_t k = 0; k < m_heads; ++k) {
            float bias = m_bias.value[k];
            for (std::size_t c = 0; c < routing::kCounts; ++c) {
                const float weight = m_mix.value[k * kInputs + kWidth + c] / m_scaling.deviation[c];
                sum.counts[k * routing::kCounts + c] += weight * share;
                bias -= weight * m_scaling.mean[c];
            }
            sum.bias[k] += bias * share;
        }
    }

  private:
    void step(const Prompt& prompt, float rate) {
        see((m_random.next() & 1) == 0 ? prompt.slipped : prompt.features);
        answer();
        judge(prompt, true);
        learn(rate);
        if (prompt.bare && (m_random.next() & 3) == 0) {
            see(*prompt.bare);
            answer();
            judge(prompt, false);
            learn(rate);
        }
    }

    // Some of the grams, and all counts.
    void see(const routing::Features& features) {
        m_seen.clear();
        for (const std::uint32_t gram : features.grams) {
            if (m_frequency[gram] < kRarest)
                continue;
            if ((m_random.next() & 255) >= kDropped)
                m_seen.push_back(gram);
        }
        m_share = m_seen.empty() ? 0 : 1 / std::sqrt(static_cast<float>(m_seen.size()));
        m_in.fill(0);
        for (const std::uint32_t gram : m_seen)
            for (std::size_t d = 0; d < kWidth; ++d)
                m_in[d] += m_share * m_rows.value[gram * kWidth + d];
        for (std::size_t k = 0; k < routing::kCounts; ++k)
            m_in[kWidth + k] = (features.counts[k] - m_scaling.mean[k]) / m_scaling.deviation[k];
    }

    void answer() {
        for (std::size_t k = 0; k < m_heads; ++k) {
            float all = m_bias.value[k];
            for (std::size_t i = 0; i < kInputs; ++i)
                all += m_mix.value[k * kInputs + i] * m_in[i];
            m_out[k] = all;
        }
    }

    // The gradient of the loss at each head: cross entropies. Of a prompt without its options only
    // the domain is known: it looks like those of other benchmarks.
    void judge(const Prompt& prompt, bool whole) {
        std::fill(m_slope.begin(), m_slope.end(), 0.0F);
        if (prompt.domain)
            judgeOne(0, kDomains, static_cast<std::size_t>(*prompt.domain), kDomainWeight);
        if (!whole)
            return;
        if (prompt.kind)
            judgeOne(kDomains, m_data.kinds, *prompt.kind, kKindWeight);
        judgeModels(prompt);
    }

    // Of `count` heads that exclude each other, of which `truth` holds.
    void judgeOne(std::size_t first, std::size_t count, std::size_t truth, float weight) {
        const float* const out = m_out.data() + first;
        float* const slope = m_slope.data() + first;
        const float most = *std::max_element(out, out + count);
        float sum = 0;
        for (std::size_t k = 0; k < count; ++k)
            sum += slope[k] = std::exp(out[k] - most);
        for (std::size_t k = 0; k < count; ++k)
            slope[k] = weight * (slope[k] / sum - (k == truth ? 1.0F : 0.0F));
    }

    void judgeModels(const Prompt& prompt) {
        float right = 0;
        float count = 0;
        for (const auto& one : prompt.right) {
            right += one.value_or(0);
            count += one ? 1.0F : 0.0F;
        }
        if (count == 0)
            return;
        m_slope[m_groups] = sigmoid(m_out[m_groups]) - right / count;
        const std::size_t first = m_groups + 1 + m_data.firstModel[prompt.pool];
        for (std::size_t i = 0; i < prompt.right.size(); ++i) {
            if (prompt.right[i])
                m_slope[first + i] =
                    (sigmoid(m_out[first + i]) - *prompt.right[i]) / std::sqrt(count);
        }
    }

    void learn(float rate) {
        std::array<float, kWidth> back{};
        for (std::size_t k = 0; k < m_heads; ++k) {
            const float slope = m_slope[k];
            if (slope == 0)
                continue;
            for (std::size_t d = 0; d < kWidth; ++d)
                back[d] += slope * m_mix.value[k * kInputs + d];
            for (std::size_t i = 0; i < kInputs; ++i)
                m_mix.step(k * kInputs + i, slope * m_in[i], kHeadRate * rate);
            m_bias.step(k, slope, kHeadRate * rate);
        }
        for (const std::uint32_t gram : m_seen)
            for (std::size_t d = 0; d < kWidth; ++d)
                m_rows.step(gram * kWidth + d, m_share * back[d], kGramRate * rate);
    }

    const Dataset& m_data;
    const std::vector<std::uint32_t>& m_frequency;
    const Scaling& m_scaling;
    Random m_random;
    std::size_t m_groups;  // domains and kinds
    std::size_t m_heads;
    Weights m_rows;
    Weights m_mix;
    Weights m_bias;
    // Of the step under way.
    std::vector<std::uint32_t> m_seen;
    float m_share = 0;
    std::array<float, kInputs> m_in{};
    std::vector<float> m_out;
    std::vector<float> m_slope;
};

}  // namespace

std::vector<std::uint32_t> frequencies(const std::vector<const Prompt*>& prompts) {
    std::vector<std::uint32_t> out(kGrams, 0);
    for (const Prompt* prompt : prompts)
        for (const std::uint32_t gram : prompt->features.grams)
            ++out[gram];
    return out;
}

Linear trainMean(const Dataset& data, const std::vector<const Prompt*>& prompts,
                 const std::vector<std::uint32_t>& frequency, unsigned members) {
    Linear mean(kDomains + data.kinds + 1 + data.models.size());
    const Scaling scaling(prompts);
    for (unsigned member = 0; member < members; ++member) {
        Network network(data, frequency, scaling, 1 + member);
        network.train(prompts);
        network.addTo(mean, 1.0F / static_cast<float>(members));
        std::fprintf(stderr, "network %u of %u\n", member + 1, members);
    }
    return mean;
}

}  // namespace gr::router
