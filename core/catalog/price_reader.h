// SPDX-License-Identifier: MIT
#pragma once

#include <simdjson.h>

#include <memory>
#include <optional>
#include <string_view>

#include "catalog/price.h"

namespace gr::catalog {

// Collects the members of one model's description that tell its price, in the words of models.dev
// (`cost` with `tiers` or `context_over_200k`, `modes`), of genai-prices (`cost_by_time`), and our
// own (`price`, see price_text.h). Takes what it understands; a rate that is no number is unknown.
// Any thread, one model each.
class PriceReader final {
  public:
    using Value = simdjson::ondemand::value;

    // True when `key` is such a member; `value` is then read.
    bool member(std::string_view key, Value value);

    // Null: the price is unknown. `piecewise`: the model answers with sounds, pictures or films,
    // whose price in tokens means nothing where it is zero: such models are sold by the piece.
    std::shared_ptr<const Price> take(bool piecewise);

  private:
    void cost(Value value);
    void tiers(Value value, std::vector<PriceRow>& rows);
    void costByTime(Value value);
    void modes(Value value);
    void mode(std::string_view name, Value value);
    void experimental(Value value);
    void own(Value value);

    std::vector<PriceRow> m_usual;
    std::vector<PriceRow> m_byTime;  // go before the usual ones: they tell the same, and more
    std::vector<PriceRow> m_modeRows;
    std::optional<Price> m_own;
    std::vector<Mode> m_modes;
    std::optional<Rate> m_webSearch;
};

}  // namespace gr::catalog
