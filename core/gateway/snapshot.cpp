// SPDX-License-Identifier: MIT
#include "gateway/snapshot.h"

#include "base/embedded.h"
#include "base/log.h"
#include "gateway/menu_builder.h"

namespace gr::gateway {
namespace {

// The protocol that providers of a kind speak.
protocol::Protocol protocolOf(std::string_view kind) {
    if (kind == "anthropic")
        return protocol::Protocol::Anthropic;
    return kind == "gemini" ? protocol::Protocol::Gemini : protocol::Protocol::OpenAiChat;
}

upstream::Provider makeProvider(const ProviderEntry& entry, const protocol::Dialects& dialects) {
    upstream::Provider provider;
    provider.id = entry.id;
    provider.kind = entry.kind;
    provider.dialect = &dialects.find(entry.dialect, protocolOf(entry.kind));
    provider.keys = entry.keys;
    provider.needsKey = entry.needsKey;
    provider.simulated = entry.simulated;
    provider.paysX402 = entry.paysX402;
    return provider;
}

std::vector<MenuItem> menuItems(const Snapshot& snapshot) {
    std::vector<MenuItem> items;
    for (std::size_t i = 0; i < snapshot.offers.size(); ++i) {
        const ProviderEntry& entry = snapshot.policy->providers[i];
        const routing::Offer& offer = snapshot.offers[i];
        for (std::size_t k = 0; k < offer.models.size(); ++k) {
            const std::string& model = offer.models[k];
            items.push_back({i, model, snapshot.abilitiesOf(i, model),
                             k < entry.traits.size() ? entry.traits[k] : traitsOf(model, nullptr),
                             snapshot.quoteFor(i, model), entry.kind, entry.simulated,
                             offer.whyNot});
        }
    }
    return items;
}

void addMenu(Snapshot& snapshot) {
    auto scorer = routing::Scorer::read(embeddedRouter());
    if (!scorer) {
        log::write(LogLevel::Error, "router.broken", {{"why", scorer.error().message.text}});
        return;
    }
    snapshot.scorer = std::make_shared<const routing::Scorer>(std::move(*scorer));
    snapshot.menu = makeMenu(menuItems(snapshot), *snapshot.scorer, SystemClock().now());
}

}  // namespace

Quote Snapshot::quoteFor(std::size_t provider, std::string_view model) const {
    const ProviderEntry& entry = policy->providers[provider];
    if (entry.prices)
        return entry.prices->find(model);
    const upstream::Provider& place = providers[provider];
    const bool free = entry.simulated || (place.origin.isLoopback() && !place.paysX402);
    return {nullptr, free, free};
}

routing::Abilities Snapshot::abilitiesOf(std::size_t provider, std::string_view model) const {
    const Quote quote = quoteFor(provider, model);
    routing::Abilities abilities;
    abilities.provider = providers[provider].id;
    if (quote.context)
        abilities.context = static_cast<std::int64_t>(*quote.context);
    abilities.takes = quote.takes;
    abilities.tools = quote.tools;
    abilities.structured = quote.structured;
    if (!quote.reasons)
        abilities.reasons = false;
    return abilities;
}

void Snapshot::leaveOutUnable(routing::RouteDecision& decision,
                              const routing::RequestFacts& facts) const {
    std::vector<routing::Abilities> abilities;
    abilities.reserve(decision.candidates.size());
    for (const routing::Candidate& candidate : decision.candidates)
        abilities.push_back(abilitiesOf(candidate.offer, candidate.model));
    routing::leaveOutUnable(decision, facts, abilities, offers);
}

std::shared_ptr<const catalog::Price> Snapshot::dearestPrice(std::string_view provider) const {
    PriceList all;
    for (const ProviderEntry& entry : policy->providers) {
        const auto price = entry.prices ? entry.prices->dearest() : nullptr;
        if (price && entry.id == provider)
            return price;
        if (price)
            all.add(entry.id, {price});
    }
    return all.dearest();
}

SnapshotPtr makeSnapshot(PolicyPtr policy) {
    auto snapshot = std::make_shared<Snapshot>();
    snapshot->dialects = protocol::Dialects::embedded();
    for (const ProviderEntry& entry : policy->providers) {
        upstream::Provider provider = makeProvider(entry, snapshot->dialects);
        routing::Offer offer{entry.id, entry.models, entry.openEnded, true, {}};
        const auto address = setAddress(provider, entry.baseUrl);
        if (!address) {
            offer.whyNot = address.error().message.text;
        } else if (!provider.usable()) {
            offer.whyNot = "no key is set for this provider.";
        }
        offer.usable = offer.whyNot.empty();
        offer.local = address && provider.origin.isLoopback();
        snapshot->providers.push_back(std::move(provider));
        snapshot->offers.push_back(std::move(offer));
    }
    for (const settings::Alias& alias : policy->routing.aliases)
        snapshot->aliases.push_back({alias.name, alias.models});
    snapshot->neededFacts = routing::neededFacts(policy->routing.rules);
    snapshot->policy = std::move(policy);
    addMenu(*snapshot);
    return snapshot;
}

}  // namespace gr::gateway
