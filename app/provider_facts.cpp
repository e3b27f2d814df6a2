// SPDX-License-Identifier: MIT
#include "app/provider_facts.h"

#include <algorithm>
#include <array>

#include "base/url.h"
#include "gateway/price_list_builder.h"
#include "settings/settings_checks.h"

namespace gr::app {

namespace {

// The only kind that the road speaks so far (core/gateway/snapshot.cpp refuses the others).
constexpr std::string_view kSpoken = "openai";

struct Offer {
    std::string_view id;       // of the catalog
    std::string_view keyPage;  // where a person gets a key
    std::string_view title{};  // empty: the catalog's
};
constexpr std::array kOffers{
    Offer{"openai", "https://platform.openai.com/api-keys"},
    Offer{"anthropic", "https://console.anthropic.com/settings/keys"},
    Offer{"google", "https://aistudio.google.com/apikey", "Google Gemini"},
    Offer{"deepseek", "https://platform.deepseek.com/api_keys"},
    Offer{"mistral", "https://console.mistral.ai/api-keys"},
    Offer{"groq", "https://console.groq.com/keys"},
    Offer{"openrouter", "https://openrouter.ai/settings/keys"},
};

std::string keyPageOf(std::string_view catalogId) {
    const auto it = std::ranges::find(kOffers, catalogId, &Offer::id);
    return it == kOffers.end() ? std::string() : std::string(it->keyPage);
}

std::string kindOf(const catalog::ProviderInfo& known) {
    return known.protocol == "anthropic" || known.protocol == "gemini" ? known.protocol : "openai";
}

// Where a chat request goes, in the manner of the protocol.
std::string finalUrlOf(const std::string& kind, const std::string& baseUrl) {
    const auto url = Url::parse(baseUrl);
    if (!url) {
        return baseUrl;
    }
    const std::string root = url->text();
    const bool bare = url->path.empty();
    if (kind == "anthropic") {
        return root + (root.ends_with("/v1") ? "/messages" : "/v1/messages");
    }
    if (kind == "gemini") {
        return root + (bare ? "/v1beta" : "") + "/models/…";
    }
    return root + (bare ? "/v1" : "") + "/chat/completions";
}

void tellKey(ui::ProviderInfo& info, const settings::Provider& provider,
             const catalog::ProviderInfo* known, const ProviderSight& sight) {
    using Key = ui::ProviderInfo::Key;
    if (sight.inMemory(provider.id)) {
        info.key = Key::Memory;
        return;
    }
    if (provider.keys && provider.keys->empty()) {
        info.key = Key::NotNeeded;
        return;
    }
    if (!provider.keys) {
        info.key =
            known == nullptr && Url::parse(info.baseUrl) && Url::parse(info.baseUrl)->isLoopback()
                ? Key::NotNeeded
                : Key::Missing;
        const bool ownAddress = known != nullptr;
        for (const std::string& variable : ownAddress ? known->env : std::vector<std::string>()) {
            if (sight.hasVariable(variable)) {
                info.key = Key::Environment;
                info.keySource = variable;
                return;
            }
        }
        return;
    }
    const settings::SecretRef& first = provider.keys->front();
    info.key = Key::Elsewhere;
    if (first.kind == settings::SecretRef::Kind::Vault) {
        info.key = sight.inVault(first.name) ? Key::Vault : Key::Missing;
    } else if (first.kind == settings::SecretRef::Kind::Env) {
        info.key = sight.hasVariable(first.name) ? Key::Environment : Key::Missing;
        info.keySource = first.name;
    }
}

// With the price of now for a short prompt.
ui::ModelInfo modelInfo(const std::string& id, std::optional<std::uint64_t> context,
                        const gateway::Quote& quote) {
    ui::ModelInfo one{.id = id, .inputPrice = {}, .outputPrice = {}, .context = context};
    const catalog::PriceRow* const row =
        quote.price ? quote.price->rowFor(0, SystemClock().now()) : nullptr;
    const auto rate = [&](catalog::TokenClass tokens) -> std::optional<Money> {
        const auto told = row != nullptr ? row->rates.of(tokens) : std::nullopt;
        if (told)
            return Money::fromPico(told->picoPerMillion);
        return quote.free ? std::optional(Money()) : std::nullopt;
    };
    one.inputPrice = rate(catalog::TokenClass::Input);
    one.outputPrice = rate(catalog::TokenClass::Output);
    return one;
}

}  // namespace

ui::ProviderInfo providerInfo(const settings::Provider& provider, const ProviderSight& sight) {
    ui::ProviderInfo info;
    info.id = provider.id;
    info.baseUrl = provider.baseUrl.empty() ? settings::defaultBaseUrl(provider, sight.catalog)
                                            : provider.baseUrl;
    const auto url = Url::parse(info.baseUrl);
    const catalog::ProviderInfo* known = url ? sight.catalog.findByUrl(*url) : nullptr;
    const catalog::ProviderInfo* named = sight.catalog.findById(provider.id);
    const catalog::ProviderInfo* shown = known != nullptr ? known : named;
    info.title = shown != nullptr ? shown->name : provider.id;
    info.kind = !provider.kind.empty() ? provider.kind
                : shown != nullptr     ? kindOf(*shown)
                                       : "openai";
    info.answerable = info.kind == kSpoken;
    info.finalUrl = finalUrlOf(info.kind, info.baseUrl);
    info.keyPage = shown != nullptr ? keyPageOf(shown->id) : std::string();
    info.enabled = provider.enabled;
    tellKey(info, provider, known, sight);
    const auto prices = gateway::pricesOf(provider, sight.catalog);
    for (const settings::Model& model : provider.models)
        info.models.push_back(modelInfo(model.id, model.context, prices->find(model.id)));
    if (provider.models.empty() && known != nullptr) {
        for (const catalog::ModelInfo& model : known->models)
            info.models.push_back(modelInfo(model.id, model.context, prices->find(model.id)));
    }
    return info;
}

ui::ProviderInfo simulatedInfo(const gateway::ProviderEntry& entry) {
    ui::ProviderInfo info;
    info.id = entry.id;
    info.title = entry.id == "sandbox" ? "Sandbox" : entry.id;
    info.kind = entry.kind;
    info.baseUrl = entry.baseUrl;
    info.finalUrl = finalUrlOf(entry.kind, entry.baseUrl);
    info.key = ui::ProviderInfo::Key::NotNeeded;
    info.simulated = true;
    info.removable = false;
    for (const std::string& model : entry.models) {
        info.models.push_back(
            {.id = model, .inputPrice = Money(), .outputPrice = Money(), .context = {}});
    }
    return info;
}

std::vector<ui::ProviderPreset> providerPresets(const catalog::Catalog& catalog) {
    std::vector<ui::ProviderPreset> presets;
    for (const Offer& offer : kOffers) {
        if (const catalog::ProviderInfo* known = catalog.findById(offer.id)) {
            presets.push_back(
                {.id = known->id,
                 .title = offer.title.empty() ? known->name : std::string(offer.title),
                 .kind = kindOf(*known),
                 .baseUrl = known->baseUrl,
                 .keyPage = std::string(offer.keyPage),
                 .needsKey = true,
                 .answerable = kindOf(*known) == kSpoken});
        }
    }
    return presets;
}

}  // namespace gr::app
