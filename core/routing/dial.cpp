// SPDX-License-Identifier: MIT
#include "routing/dial.h"

#include <algorithm>
#include <cmath>

namespace gr::routing {
namespace {

constexpr double kFree = 2e-5;  // USD: the lowest rung, also for what costs nothing

double rung(double cost) {
    return std::log2(std::max(cost, kFree));
}

// What one weight of money does over all samples.
class Trial final {
  public:
    explicit Trial(const DialSamples& samples) : m_samples(samples) {
        const auto [low, high] = std::minmax_element(samples.costs.begin(), samples.costs.end());
        m_cheapest = *low;
        const double top = samples.costs[samples.strongest];
        m_span = top > m_cheapest ? top - m_cheapest : *high - m_cheapest;
        m_bottom = rung(m_cheapest);
        m_height = rung(m_cheapest + m_span) - m_bottom;
    }
    bool hasLadder() const { return m_span > 0 && m_height > 0; }

    struct Outcome {
        double place = 0;
        double strong = 0;
        double saving = 0;
    };
    Outcome at(double weight) const {
        Outcome out;
        double cost = 0;
        for (const std::vector<double>& qualities : m_samples.qualities) {
            const double chosen = m_samples.costs[best(qualities, weight)];
            const double place = std::clamp((rung(chosen) - m_bottom) / m_height, 0.0, 1.0);
            out.place += place;
            out.strong += place > 0.5 ? 1 : 0;
            cost += chosen;
        }
        const auto count = static_cast<double>(m_samples.qualities.size());
        const double top = m_samples.costs[m_samples.strongest] * count;
        out.place /= count;
        out.strong /= count;
        out.saving = top > 0 ? std::max(1 - cost / top, 0.0) : 0;
        return out;
    }

  private:
    std::size_t best(const std::vector<double>& qualities, double weight) const {
        std::size_t best = 0;
        double most = -1e300;
        for (std::size_t i = 0; i < qualities.size(); ++i) {
            const double score = qualities[i] - weight * (m_samples.costs[i] - m_cheapest) / m_span;
            if (score > most) {
                most = score;
                best = i;
            }
        }
        return best;
    }

    const DialSamples& m_samples;
    double m_cheapest = 0;
    double m_span = 0;
    double m_bottom = 0;
    double m_height = 0;
};

// The most weight that still comes to this place.
double weightFor(const Trial& trial, double place) {
    constexpr int kHalvings = 24;
    double low = std::log(Dial::kLeastWeight);
    double high = std::log(Dial::kMostWeight);
    for (int i = 0; i < kHalvings; ++i) {
        const double middle = (low + high) / 2;
        (trial.at(std::exp(middle)).place >= place ? low : high) = middle;
    }
    return std::exp(low);
}

}  // namespace

Dial::Dial() {
    for (std::size_t i = 0; i < kKnots; ++i) {
        const double share = static_cast<double>(i) / (kKnots - 1);
        m_knots[i].weight = kMostWeight * std::pow(kLeastWeight / kMostWeight, share);
    }
}

Dial::Knot Dial::at(double place) const {
    const double at = std::clamp(place, 0.0, 1.0) * (kKnots - 1);
    const std::size_t left = std::min(static_cast<std::size_t>(at), kKnots - 2);
    const double share = at - static_cast<double>(left);
    const Knot& a = m_knots[left];
    const Knot& b = m_knots[left + 1];
    return {std::exp(std::lerp(std::log(a.weight), std::log(b.weight), share)),
            std::lerp(a.strong, b.strong, share), std::lerp(a.saving, b.saving, share)};
}

Dial calibrate(const DialSamples& samples) {
    if (samples.costs.size() < 2 || samples.qualities.empty())
        return Dial();
    const Trial trial(samples);
    if (!trial.hasLadder())
        return Dial();
    std::array<Dial::Knot, Dial::kKnots> knots;
    double before = Dial::kMostWeight;
    for (std::size_t i = 0; i < Dial::kKnots; ++i) {
        const double place = static_cast<double>(i) / (Dial::kKnots - 1);
        double weight = i == 0                  ? Dial::kMostWeight
                        : i + 1 == Dial::kKnots ? Dial::kLeastWeight
                                                : weightFor(trial, place);
        weight = before = std::min(weight, before);
        const Trial::Outcome outcome = trial.at(weight);
        knots[i] = {weight, outcome.strong, outcome.saving};
    }
    return Dial(knots);
}

double strengthOf(double quality, double costUsd) {
    constexpr double kForHalfThePrice = 0.01;
    return quality - kForHalfThePrice * rung(costUsd);
}

}  // namespace gr::routing
