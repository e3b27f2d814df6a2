// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "routing/features.h"
#include "routing/prediction.h"

// The file of the learned router (resources/router.bin), made by tools/router. Little endian.
namespace gr::routing {

// A model whose answers to the training prompts are known.
struct KnownModel {
    std::string pool;  // which measurement; models of one pool answered the same prompts
    std::string name;
    double inPrice = 0;  // USD per million tokens
    double outPrice = 0;
    float quality = 0.5F;  // mean over its prompts
    // 0 to 1: how far a departure of its predicted chance from `quality` is believed when it is
    // compared with others: who takes the greatest of several uncertain numbers takes the flattered
    // one, and a lead on the subjects of training may be none on others.
    float trust = 1;
};

// A linear model of small rank: what it gives for a prompt is
//   bias + counts · countWeights + Σ over grams (rows[gram] · scale) · mix / sqrt(number of grams)
// for each head: the domains, the kinds, then how much of all models is right, then each known
// model. Domains and kinds are a softmax each, the others log odds. Grams whose row is zero were
// too rare to be learned.
struct ScorerFile {
    static constexpr std::size_t kRank = 20;

    std::vector<KnownModel> models;
    std::size_t kinds = 0;           // of prompts: about as fine as the subjects of the benchmarks
    std::vector<float> kindQuality;  // [kind][model], 0 to 1; below 0 where it was not measured
    std::span<const std::int8_t> rows;  // [gram][kRank]; lies in the bytes that were read
    std::vector<float> scale;           // [kRank]
    std::vector<float> mix;             // [kRank][head]
    std::vector<float> countWeights;    // [kCounts][head]
    std::vector<float> bias;            // [head]
    float meanDifficulty = 0;           // log odds of the head of all models, over all prompts

    std::size_t heads() const { return kDomainNames.size() + kinds + 1 + models.size(); }
};

std::string writeScorer(const ScorerFile& file);
// `bytes` outlive the result. Errors: Internal, with what is wrong in the file.
Result<ScorerFile> readScorer(std::string_view bytes);

}  // namespace gr::routing
