// SPDX-License-Identifier: MIT
#include "catalog/rates.h"

#include <algorithm>

#include "base/money.h"

namespace gr::catalog {
std::optional<Rate> Rate::parse(std::string_view text) {
    const auto dollars = Money::nearest(text);
    return dollars && *dollars >= Money() ? std::optional(Rate{dollars->pico()}) : std::nullopt;
}

std::string Rate::toDecimal() const {
    return Money::fromPico(picoPerMillion).toDecimal();
}

std::optional<Rate> Rates::told(TokenClass tokens) const {
    const std::int64_t pico = m_pico[at(tokens)];
    return pico == kUntold ? std::nullopt : std::optional(Rate{pico});
}

std::optional<Rate> Rates::of(TokenClass tokens) const {
    if (const auto rate = told(tokens))
        return rate;
    switch (tokens) {
        case TokenClass::Input:
        case TokenClass::Output:
            return std::nullopt;
        case TokenClass::CacheRead:
        case TokenClass::CacheWrite5m:
        case TokenClass::AudioInput:
            return told(TokenClass::Input);
        case TokenClass::Reasoning:
        case TokenClass::AudioOutput:
            return told(TokenClass::Output);
        case TokenClass::CacheWrite1h:
            break;
    }
    const auto input = told(TokenClass::Input);
    std::int64_t twice = 0;
    if (!input || __builtin_mul_overflow(input->picoPerMillion, 2, &twice))
        return std::nullopt;
    return std::max(Rate{twice}, *of(TokenClass::CacheWrite5m));
}

void Rates::set(TokenClass tokens, std::optional<Rate> rate) {
    m_pico[at(tokens)] = rate ? rate->picoPerMillion : kUntold;
}

}  // namespace gr::catalog
