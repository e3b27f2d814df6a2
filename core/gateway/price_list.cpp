// SPDX-License-Identifier: MIT
#include "gateway/price_list.h"

#include <utility>

#include "catalog/model_info.h"

namespace gr::gateway {

void PriceList::add(std::string_view model, Quote quote) {
    constexpr std::int64_t kTypical = 1'000;  // tokens
    catalog::Bounds bounds;
    bounds.inputTokens = bounds.outputTokens = kTypical;
    const auto cost =
        quote.price ? catalog::worstCase(*quote.price, bounds, SystemClock().now()) : std::nullopt;
    if (cost && *cost > m_dearestCost) {
        m_dearest = quote.price;
        m_dearestCost = *cost;
    }
    m_quotes.insert_or_assign(std::string(model), std::move(quote));
}

Quote PriceList::find(std::string_view model) const {
    auto it = m_quotes.find(model);
    if (it != m_quotes.end())
        return it->second;
    if (m_free)
        return {nullptr, true, true};
    it = m_quotes.find(catalog::withoutDate(model));
    return it == m_quotes.end()
               ? Quote()
               : Quote{it->second.price, false, false, it->second.maxOutput, it->second.context};
}

}  // namespace gr::gateway
