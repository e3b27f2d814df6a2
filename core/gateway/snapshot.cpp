// SPDX-License-Identifier: MIT
#include "gateway/snapshot.h"

#include <algorithm>

#include "base/text.h"
#include "json/writer.h"

namespace gr::gateway {
namespace {

void writeModel(json::Writer& out, const std::string& id, const std::string& owner) {
    out.object().key("id").string(id).key("object").string("model");
    out.key("created").number(0).key("owned_by").string(owner).end();
}

bool permitted(const std::vector<std::string>& allowed, const std::string& id,
               const std::string& model) {
    return std::any_of(allowed.begin(), allowed.end(), [&](const std::string& pattern) {
        return matchesPattern(pattern, id) || matchesPattern(pattern, model);
    });
}

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
    return provider;
}

}  // namespace

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
        snapshot->providers.push_back(std::move(provider));
        snapshot->offers.push_back(std::move(offer));
    }
    for (const settings::Alias& alias : policy->routing.aliases)
        snapshot->aliases.push_back({alias.name, alias.models});
    snapshot->modelsAnswer = modelsAnswer(snapshot->offers, {"*"});
    snapshot->policy = std::move(policy);
    return snapshot;
}

std::string modelsAnswer(const std::vector<routing::Offer>& offers,
                         const std::vector<std::string>& allowed) {
    json::Writer out;
    out.object().key("object").string("list").key("data").array();
    for (const routing::Offer& offer : offers) {
        if (!offer.usable)
            continue;
        for (const std::string& model : offer.models) {
            const std::string id = offer.provider + "/" + model;
            if (permitted(allowed, id, model))
                writeModel(out, id, offer.provider);
        }
    }
    return out.end().end().take();
}

std::optional<std::string> modelAnswer(const std::vector<routing::Offer>& offers,
                                       const std::vector<std::string>& allowed,
                                       std::string_view id) {
    for (const routing::Offer& offer : offers) {
        if (!offer.usable)
            continue;
        for (const std::string& model : offer.models) {
            const std::string full = offer.provider + "/" + model;
            if ((full != id && model != id) || !permitted(allowed, full, model))
                continue;
            json::Writer out;
            writeModel(out, std::string(id), offer.provider);
            return out.take();
        }
    }
    return std::nullopt;
}

}  // namespace gr::gateway
