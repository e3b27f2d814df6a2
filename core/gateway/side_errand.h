// SPDX-License-Identifier: MIT
#pragma once

#include "gateway/errand.h"
#include "protocol/embeddings.h"

namespace gr::gateway {

// What a provider is asked beside generation: counts of tokens, embeddings, legacy completions. The
// same protocol passes; counts are translated between the three that know them, OpenAI's embeddings
// to Gemini's.
class SideErrand final : public Errand {
  public:
    // Errors: NoCandidate, where this provider has no such endpoint; those of Errand::write.
    static Result<std::unique_ptr<Errand>> write(ExchangeState& state, Lane& lane,
                                                 const protocol::Dialects& dialects);

    std::unique_ptr<protocol::Passage> passage(protocol::EventSink observer) const override;
    bool needsReasoningKept() const override { return false; }
    bool dispensable() const override { return m_state.ask.task == protocol::Task::Count; }

  private:
    using Errand::Errand;

    Result<void> fill();
    Result<void> count();
    Result<void> embed();
    Result<void> complete();
    void passOn(std::string path);
    Failure unserved(std::string_view what) const;

    std::optional<protocol::EmbeddingAsk> m_embedding;  // OpenAI's, for Gemini
};

// True where OpenAI's embeddings are translated, so that their tokens have to be counted here.
bool countsEmbeddingsHere(const protocol::Ask& ask, const upstream::Provider& provider);

}  // namespace gr::gateway
