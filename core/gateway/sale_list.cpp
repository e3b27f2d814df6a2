// SPDX-License-Identifier: MIT
#include "gateway/sale_list.h"

#include <algorithm>
#include <set>

#include "base/text.h"
#include "gateway/sale_price.h"

namespace gr::gateway {
namespace {

constexpr std::int64_t kThousand = 1'000;  // tokens

// A token's price by that of a thousand.
std::optional<Money> priceOf(const Quote& quote, std::int64_t input, std::int64_t output,
                             std::int64_t permyriad, UnixMs now) {
    if (quote.free)
        return Money();
    const catalog::Bounds bounds{.inputTokens = input,
                                 .outputTokens = output,
                                 .cacheWrite1h = false,
                                 .audioInput = false,
                                 .audioOutput = false};
    const auto cost =
        quote.price ? catalog::worstCase(*quote.price, bounds, now) : std::optional<Money>();
    const auto price = cost ? withMarkup(*cost, permyriad) : std::nullopt;
    if (!price)
        return std::nullopt;
    return Money::fromPico(price->pico() / kThousand + (price->pico() % kThousand != 0 ? 1 : 0));
}

bool isTaken(const SaleEntry& sale, bool simulated) {
    return std::any_of(sale.chains.begin(), sale.chains.end(), [&](const SaleChain& chain) {
        return isSoldFor(simulated, chain.network.money, sale.terms.acceptTestMoney);
    });
}

}  // namespace

std::vector<SoldModel> modelsForSale(const Snapshot& snapshot, const SaleEntry& sale,
                                     const std::vector<std::string>& allowed, UnixMs now) {
    std::vector<SoldModel> list;
    std::set<std::string> listed;
    for (std::size_t i = 0; i < snapshot.offers.size(); ++i) {
        const routing::Offer& offer = snapshot.offers[i];
        const upstream::Provider& provider = snapshot.providers[i];
        if (!offer.usable || provider.paysX402 || !isTaken(sale, provider.simulated))
            continue;
        for (const std::string& model : offer.models) {
            const std::string full = offer.provider + "/" + model;
            const bool sold = std::any_of(allowed.begin(), allowed.end(), [&](const auto& pattern) {
                return matchesPattern(pattern, full) || matchesPattern(pattern, model);
            });
            if (!sold || listed.contains(model))
                continue;
            const Quote quote = snapshot.quoteFor(i, model);
            const std::int64_t markup = sale.terms.markupPermyriad;
            const auto input = priceOf(quote, kThousand, 0, markup, now);
            const auto output = priceOf(quote, 0, kThousand, markup, now);
            if (!input || !output)
                continue;
            listed.insert(model);
            list.push_back({model, *input, *output, sale.terms.minimum});
        }
    }
    return list;
}

}  // namespace gr::gateway
