// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "routing/features.h"
#include "routing/prediction.h"
#include "routing/scorer_file.h"

// The measured answers that the router learns from (data/, see its README). For tools only.
namespace gr::router {

struct Prompt {
    std::size_t pool = 0;
    std::string family;
    std::string task;
    std::uint32_t cluster = 0;  // of near duplicates, also across pools
    std::size_t tools = 0;
    std::string text;
    std::vector<std::optional<float>> right;  // of each model of the pool, 0 to 1
    std::vector<double> cost;                 // micro-dollars, same order
    // By its family and task; none where it may be anything.
    std::optional<routing::Domain> domain;
    std::optional<std::size_t> kind;  // the same, finer, below Dataset::kinds
    routing::Features features;
    routing::Features slipped;  // of the same text with slips of typing
    // Of the question without its options, where it has some: what people ask has none, and is of
    // the same kind of work.
    std::optional<routing::Features> bare;
};

struct Dataset {
    std::size_t kinds = 0;  // of prompts that are told apart
    std::vector<std::string> pools;
    std::vector<routing::KnownModel> models;  // of all pools, one behind the other
    std::vector<std::size_t> firstModel;      // of each pool, in `models`
    std::vector<Prompt> prompts;
};

// Reads pools.json and train-POOL.jsonl.gz of each pool in it. Errors: Internal, naming the file.
Result<Dataset> readDataset(const std::string& folder);

// Which of five parts a prompt belongs to, so that near duplicates stay together.
std::uint32_t partOf(const Prompt& prompt);

}  // namespace gr::router
