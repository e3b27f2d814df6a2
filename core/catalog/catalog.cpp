// SPDX-License-Identifier: MIT
#include "catalog/catalog.h"

#include <simdjson.h>

#include <algorithm>
#include <array>
#include <utility>

#include "base/embedded.h"
#include "base/text.h"
#include "catalog/catalog_reader.h"

namespace gr::catalog {
namespace {

// Ids of the configuration that the catalog's source spells differently.
constexpr std::array<std::pair<std::string_view, std::string_view>, 5> kOtherSpellings{{
    {"gemini", "google"},
    {"together", "togetherai"},
    {"fireworks", "fireworks-ai"},
    {"moonshot", "moonshotai"},
    {"qwen", "alibaba"},
}};

bool isPathPrefix(std::string_view shorter, std::string_view longer) {
    return longer.starts_with(shorter) &&
           (longer.size() == shorter.size() || longer[shorter.size()] == '/');
}

// Text that 64 readable bytes follow (base/embedded.h).
simdjson::padded_string_view padded(std::string_view json) {
    return simdjson::padded_string_view(json.data(), json.size(),
                                        json.size() + simdjson::SIMDJSON_PADDING);
}

}  // namespace

Catalog Catalog::embedded() {
    Catalog catalog;
    // The tests read the same bytes; this cannot fail in a program that passed them.
    if (auto providers = readProviders(padded(embeddedCatalog())))
        catalog.m_providers = std::move(*providers);
    readSpellings(padded(embeddedAliases()), catalog.m_providers);
    catalog.m_searching = readSearching(padded(embeddedSearching()));
    catalog.forgetPricesOfSearching();
    return catalog;
}

Result<Catalog> Catalog::parse(std::string_view json) {
    const simdjson::padded_string copy(json);
    auto providers = readProviders(copy);
    if (!providers)
        return fail(std::move(providers.error()));
    Catalog catalog;
    catalog.m_providers = std::move(*providers);
    return catalog;
}

void Catalog::lay(std::span<const ProviderInfo> overlay) {
    catalog::lay(m_providers, overlay);
    forgetPricesOfSearching();
}

bool Catalog::searches(std::string_view model) const {
    return std::any_of(m_searching.begin(), m_searching.end(), [model](const std::string& pattern) {
        return matchesPattern(pattern, model);
    });
}

void Catalog::forgetPricesOfSearching() {
    for (ProviderInfo& provider : m_providers) {
        for (ModelInfo& model : provider.models) {
            if (searches(model.id))
                model.price = nullptr;
        }
    }
}

const ProviderInfo* Catalog::findById(std::string_view id) const {
    const auto find = [this](std::string_view wanted) -> const ProviderInfo* {
        const auto it = std::find_if(m_providers.begin(), m_providers.end(),
                                     [wanted](const ProviderInfo& p) { return p.id == wanted; });
        return it == m_providers.end() ? nullptr : &*it;
    };
    if (const ProviderInfo* const exact = find(id))
        return exact;
    const auto spelling = std::find_if(kOtherSpellings.begin(), kOtherSpellings.end(),
                                       [id](const auto& pair) { return pair.first == id; });
    return spelling == kOtherSpellings.end() ? nullptr : find(spelling->second);
}

const ProviderInfo* Catalog::findByUrl(const Url& url) const {
    const auto it = std::find_if(m_providers.begin(), m_providers.end(),
                                 [&url](const ProviderInfo& p) { return livesAt(p, url); });
    return it == m_providers.end() ? nullptr : &*it;
}

bool livesAt(const ProviderInfo& provider, const Url& url) {
    const Url& own = provider.url;
    return own.scheme == url.scheme && own.host == url.host && own.port == url.port &&
           (isPathPrefix(own.path, url.path) || isPathPrefix(url.path, own.path));
}

}  // namespace gr::catalog
