// SPDX-License-Identifier: MIT
#include "gateway/price_list_builder.h"

#include <optional>
#include <utility>

#include "settings/settings_checks.h"

namespace gr::gateway {
namespace {

// The configuration has no price of searches on the web: that is the catalog's.
std::shared_ptr<const catalog::Price> priceOf(const settings::Price& price,
                                              const catalog::ModelInfo* known) {
    catalog::PriceRow row;
    const auto set = [&row](catalog::TokenClass tokens, std::optional<Money> dollars) {
        if (dollars)
            row.rates.set(tokens, catalog::Rate{dollars->pico()});
    };
    set(catalog::TokenClass::Input, price.input);
    set(catalog::TokenClass::Output, price.output);
    set(catalog::TokenClass::CacheRead, price.cacheRead);
    set(catalog::TokenClass::CacheWrite5m, price.cacheWrite);
    set(catalog::TokenClass::CacheWrite1h, price.cacheWrite1h);
    set(catalog::TokenClass::AudioInput, price.audioInput);
    set(catalog::TokenClass::AudioOutput, price.audioOutput);
    set(catalog::TokenClass::Reasoning, price.reasoning);
    catalog::Price made;
    made.rows.push_back(row);
    if (known != nullptr && known->price)
        made.webSearch = known->price->webSearch;
    return std::make_shared<const catalog::Price>(std::move(made));
}

Quote quoteOf(const catalog::ModelInfo& model, bool certain) {
    Quote quote{model.price, false, certain, model.maxOutput, model.context};
    quote.capable = model.toolCalls.value_or(false) && model.gives.has(catalog::Media::Text) &&
                    model.status == catalog::ModelStatus::Stable;
    quote.takes = model.takes;
    quote.reasons = !certain || model.reasoning.value_or(true);
    if (certain) {
        quote.tools = model.toolCalls;
        quote.structured = model.structuredOutput;
    }
    return quote;
}

}  // namespace

std::shared_ptr<const PriceList> pricesOf(const settings::Provider& provider,
                                          const catalog::Catalog& catalog) {
    const auto url = Url::parse(
        provider.baseUrl.empty() ? settings::defaultBaseUrl(provider, catalog) : provider.baseUrl);
    if (!url)
        return std::make_shared<const PriceList>();
    const catalog::ProviderInfo* const there = catalog.findByUrl(*url);
    const catalog::ProviderInfo* const known =
        there != nullptr ? there : catalog.findById(provider.id);
    const bool atHome = there != nullptr;
    // A server of the user's own takes nothing; a seller does, wherever it runs.
    const bool gratis = url->isLoopback() && !provider.paysX402;
    PriceList list(gratis);
    if (known != nullptr && !url->isLoopback()) {
        for (const catalog::ModelInfo& model : known->models) {
            if (model.price || model.maxOutput || model.context)
                list.add(model.id, quoteOf(model, atHome));
        }
        for (const catalog::Spelling& spelling : known->spellings) {
            const auto match = findModel(*known, spelling.model);
            if (match.model != nullptr && match.model->price)
                list.add(spelling.name, quoteOf(*match.model, atHome));
        }
    }
    for (const settings::Model& model : provider.models) {
        const auto match = known != nullptr ? findModel(*known, model.id) : catalog::ModelMatch();
        Quote quote{nullptr, false, true, model.maxOutput, model.context};
        if (match.model != nullptr) {
            const Quote catalogs = quoteOf(*match.model, atHome && match.certain);
            quote.capable = catalogs.capable;
            quote.takes = catalogs.takes;
            quote.reasons = catalogs.reasons;
            quote.tools = catalogs.tools;
            quote.structured = catalogs.structured;
            if (!quote.maxOutput)
                quote.maxOutput = catalogs.maxOutput;
            if (!quote.context)
                quote.context = catalogs.context;
        }
        if (model.price)
            quote.price = priceOf(*model.price, match.model);
        else if (match.model != nullptr && !url->isLoopback())
            quote.price = match.model->price;
        quote.free = !quote.price && gratis;
        quote.certain = model.price || quote.free || (atHome && match.certain);
        if (quote.price || quote.maxOutput || quote.context)
            list.add(model.id, std::move(quote));
    }
    return std::make_shared<const PriceList>(std::move(list));
}

}  // namespace gr::gateway
