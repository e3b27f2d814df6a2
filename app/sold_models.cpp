// SPDX-License-Identifier: MIT
#include "app/sold_models.h"

#include <algorithm>
#include <tuple>

#include "base/text.h"
#include "gateway/price_list_builder.h"

namespace gr::app {
namespace {

__extension__ using Wide = __int128;

constexpr std::int64_t kWhole = 10'000;    // hundredths of 1 %
constexpr std::int64_t kThousand = 1'000;  // tokens

bool isOffered(const settings::Sell& sell, const std::string& provider, const std::string& model) {
    return std::ranges::any_of(sell.models, [&](const std::string& pattern) {
        return matchesPattern(pattern, model) || matchesPattern(pattern, provider + '/' + model);
    });
}

// With the markup, rounded up; at least the minimum.
std::optional<Money> askedFor(Money cost, const settings::Sell& sell) {
    const Wide pico = (Wide{cost.pico()} * (kWhole + sell.markupPermyriad) + kWhole - 1) / kWhole;
    if (pico > INT64_MAX) {
        return std::nullopt;
    }
    return std::max(Money::fromPico(static_cast<std::int64_t>(pico)), sell.minimum);
}

}  // namespace

std::vector<ui::SoldModel> soldModels(const settings::Settings& settings,
                                      const catalog::Catalog& catalog, UnixMs now) {
    std::vector<ui::SoldModel> sold;
    for (const settings::Provider& provider : settings.providers) {
        if (!provider.enabled || provider.paysX402) {
            continue;
        }
        const auto prices = gateway::pricesOf(provider, catalog);
        const auto add = [&](const std::string& model) {
            const gateway::Quote quote = prices->find(model);
            catalog::Bounds bounds;
            bounds.inputTokens = bounds.outputTokens = kThousand;
            const auto cost = quote.price ? catalog::worstCase(*quote.price, bounds, now)
                                          : (quote.free ? std::optional(Money()) : std::nullopt);
            const auto price = cost ? askedFor(*cost, settings.sell) : std::nullopt;
            if (price && isOffered(settings.sell, provider.id, model)) {
                sold.push_back({provider.id, model, *price});
            }
        };
        if (provider.models.empty()) {
            for (const auto& [model, quote] : prices->quotes()) {
                add(model);
            }
        }
        for (const settings::Model& model : provider.models) {
            add(model.id);
        }
    }
    std::ranges::sort(sold, [](const ui::SoldModel& a, const ui::SoldModel& b) {
        return std::tie(a.provider, a.model) < std::tie(b.provider, b.model);
    });
    return sold;
}

}  // namespace gr::app
