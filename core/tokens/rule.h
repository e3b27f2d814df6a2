// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string_view>

#include "tokens/encoding.h"

namespace gr::tokens {

// By what the tokens of a model are counted here. Only OpenAI publishes its tokenizers; for the
// others the counts of o200k are raised by what their own are known to give more.
struct Rule {
    Vocabulary vocabulary = Vocabulary::O200k;
    std::int64_t percent = 110;
    bool own = false;  // the vocabulary is the model's own, for certain

    std::int64_t applied(std::int64_t tokens) const { return (tokens * percent + 99) / 100; }
};

// `model` as its provider calls it; a vendor in front ("openai/gpt-4o") does not matter for the
// count. `dialect`: how the provider speaks (protocol::Dialect::id). The vocabulary is the model's
// own where the name is one that OpenAI gives, at a dialect that serves OpenAI's models (openai,
// openrouter), and for gpt-oss anywhere: other models' names may begin like OpenAI's. Pure.
Rule ruleOf(std::string_view model, std::string_view dialect = {});

}  // namespace gr::tokens
