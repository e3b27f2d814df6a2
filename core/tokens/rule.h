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
    bool own = false;  // the vocabulary is the model's own

    std::int64_t applied(std::int64_t tokens) const { return (tokens * percent + 99) / 100; }
};

// `model` as its provider calls it; a vendor in front ("openai/gpt-4o") does not matter. Pure.
Rule ruleOf(std::string_view model);

}  // namespace gr::tokens
