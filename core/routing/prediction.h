// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

// What the learned router expects of a prompt. Plain values; any thread.
namespace gr::routing {

// Kinds of work, as rules, explanations and the skill table name them.
enum class Domain : std::uint8_t {
    Math,
    Code,
    Science,
    Health,
    Economics,
    Humanities,
    Society,
    Everyday,
    Facts,
    Writing,
};

inline constexpr std::array<std::string_view, 10> kDomainNames{
    "math",       "code",    "science",  "health", "economics",
    "humanities", "society", "everyday", "facts",  "writing"};

struct Prediction {
    std::array<float, kDomainNames.size()> domains{};  // how likely each is; sum 1
    float difficulty = 0.5F;  // 0 to 1: the share of all measured models that would fail
    // 0 to 1: how familiar the prompt is. At 0 nothing is known of it, and what is predicted is
    // what holds for any prompt.
    float confidence = 0;
    // The chance of each model of the training data to be right, in the order of the model file.
    std::vector<float> known;

    Domain likeliest() const {
        std::size_t best = 0;
        for (std::size_t i = 1; i < domains.size(); ++i)
            best = domains[i] > domains[best] ? i : best;
        return static_cast<Domain>(best);
    }
};

}  // namespace gr::routing
