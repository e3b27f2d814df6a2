// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <cstddef>
#include <span>
#include <vector>

// The dial between cheap and good, `routing.preference`. Pure; any thread.
namespace gr::routing {

// How much money weighs for each place of the dial, found by what it does: at 0.3 the choice lies,
// over the sample prompts, on average at 0.3 of the way from the cheapest model to the strongest
// (of the logarithm of their prices).
class Dial final {
  public:
    static constexpr std::size_t kKnots = 9;  // 0, 1/8, … 1
    static constexpr double kMostWeight = 1'000;
    static constexpr double kLeastWeight = 0.001;

    struct Knot {
        double weight = 1;  // of money: points of quality for the span from cheapest to strongest
        double strong = 0;  // share of the prompts that go to the upper half of the ladder
        double saving = 0;  // share of what the strongest would cost for all of them
    };

    Dial();  // weights as for two models of usual distance; no shares
    explicit Dial(std::array<Knot, kKnots> knots) : m_knots(knots) {}

    // `place`: 0 (cheap) to 1 (good). Between knots, weights go by their logarithm.
    Knot at(double place) const;
    const std::array<Knot, kKnots>& knots() const { return m_knots; }

  private:
    std::array<Knot, kKnots> m_knots;
};

// What a dial is calibrated on: what each model costs, and how good it is at each sample prompt.
struct DialSamples {
    std::vector<double> costs;                   // USD, one a model
    std::vector<std::vector<double>> qualities;  // [prompt][model]
    std::size_t strongest = 0;                   // index of the models
};
// Weights never rise with the place. Without two models of different cost: Dial().
Dial calibrate(const DialSamples& samples);

// By which the strongest of several models is found: of nearly equal ones it is the cheaper.
double strengthOf(double quality, double costUsd);

// About forty prompts as people and their tools send them, easy and hard.
std::span<const char* const> samplePrompts();

}  // namespace gr::routing
