// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

#include "base/result.h"
#include "routing/features.h"
#include "routing/prediction.h"
#include "routing/scorer_file.h"

// The learned router: how hard a prompt is, what it is about, and how well each model will do.
namespace gr::routing {

// What is known of one model before any prompt: made once, kept as long as the model is offered.
struct ModelProfile {
    std::optional<std::size_t> known;  // index of the scorer's models: its own answers were learned
    double quality = 0.5;              // 0 to 1: of any prompt
};

// Immutable once it is read; any thread.
class Scorer final {
  public:
    // `modelFile` outlives it. Errors: those of readScorer.
    static Result<Scorer> read(std::string_view modelFile);

    // `room` is working memory; one for each thread spares allocations. Some 20 us for 1,500 bytes
    // (docs/routing.md), and no more for longer texts.
    Prediction predict(std::string_view text, std::size_t tools, Features& room) const;

    // `model`: as its provider calls it. Prices in USD per million tokens, where they are known.
    // A model that was not measured is taken for as good as its price: there is nothing better
    // that is known of all models.
    ModelProfile profile(std::string_view model, std::optional<double> inPrice,
                         std::optional<double> outPrice) const;
    // The same of a model whose mean quality somebody measured, 0 to 1. `pool`: see KnownModel;
    // empty for any.
    ModelProfile measured(std::string_view pool, std::string_view model, double quality) const;

    // How likely this model is right here, 0 to 1. Between its own head where prompt and model are
    // familiar, and its mean quality moved by how hard the prompt is where they are not.
    double quality(const Prediction& of, const ModelProfile& model) const;

    const std::vector<KnownModel>& models() const { return m_file.models; }

  private:
    explicit Scorer(ScorerFile file) : m_file(std::move(file)) {}

    void mixKinds(std::span<const float> kinds, std::vector<float>& known) const;
    std::optional<std::size_t> find(std::string_view pool, std::string_view model) const;

    ScorerFile m_file;
};

}  // namespace gr::routing
