// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <vector>

#include "dataset.h"

// The linear network that is trained, and the mean of several of them.
namespace gr::router {

inline constexpr std::size_t kGrams = std::size_t{1} << routing::kGramBits;

// What a linear network comes to: for each head what a gram adds, what a count adds, and the bias.
struct Linear {
    std::size_t heads = 0;
    std::vector<float> grams;   // [gram][head]
    std::vector<float> counts;  // [head][kCounts]
    std::vector<float> bias;    // [head]

    explicit Linear(std::size_t headCount)
        : heads(headCount),
          grams(kGrams * headCount, 0),
          counts(headCount * routing::kCounts, 0),
          bias(headCount, 0) {}
};

// How often each gram occurs in these prompts.
std::vector<std::uint32_t> frequencies(const std::vector<const Prompt*>& prompts);

// Trains `members` networks with seeds of their own on `prompts` and gives their mean, which errs
// less than each. Grams in fewer than two prompts (`frequency`) are left out. One thread; the same
// input gives the same bytes.
Linear trainMean(const Dataset& data, const std::vector<const Prompt*>& prompts,
                 const std::vector<std::uint32_t>& frequency, unsigned members);

}  // namespace gr::router
