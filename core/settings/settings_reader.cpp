// SPDX-License-Identifier: MIT
#include "settings/settings_reader.h"

#include "base/text.h"
#include "base/time_text.h"
#include "settings/json_take.h"
#include "settings/limits_reader.h"
#include "settings/networks_reader.h"
#include "settings/payment_reader.h"
#include "settings/rules_reader.h"
#include "settings/schema_validator.h"

namespace gr::settings {
namespace {

// Calls `each(item, path)` for every item of the list `name`, also for one of a wrong type: the
// places in the settings are those in the file.
template <class Each>
void forItems(const JsonNode& parent, const std::string& name, const std::string& path,
              const Each& each) {
    const JsonNode* const list = parent.find(name);
    if (list == nullptr)
        return;
    for (std::size_t i = 0; i < list->items.size(); ++i)
        each(list->items[i], itemPath(memberPath(path, name), i));
}

Listen listenOf(const JsonNode& node) {
    Listen listen;
    take(node, "address", listen.address);
    takeNumber(node, "port", listen.port);
    takeNumber(node, "threads", listen.threads);
    take(node, "allowed_hosts", listen.allowedHosts);
    take(node, "allowed_origins", listen.allowedOrigins);
    take(node, "allow_plain_http_on_network", listen.allowPlainHttpOnNetwork);
    return listen;
}

Client clientOf(const JsonNode& node, const std::string& path, std::vector<Problem>& problems) {
    Client client;
    take(node, "id", client.id);
    take(node, "models", client.models);
    take(node, "allow_unpriced", client.allowUnpriced);
    const JsonNode& key = section(node, "key");
    std::string hex;
    take(key, "sha256", hex);
    if (auto digest = fromHex(hex); digest && digest->size() == 32)
        client.keySha256 = std::move(*digest);
    else
        client.key = secretOf(key);
    const JsonNode& expires = section(node, "expires");
    if (expires.isString()) {
        client.expires = parseTime(expires.text);
        if (!client.expires) {
            problems.push_back({Problem::Severity::Error, memberPath(path, "expires"),
                                "must be a date such as \"2027-01-31\", a time such as "
                                "\"2027-01-31T12:00:00Z\", or null"});
            client.expires = UnixMs{0};  // a key whose end is not understood is over
        }
    }
    return client;
}

Model modelOf(const JsonNode& node) {
    Model model;
    take(node, "id", model.id);
    take(node, "context", model.context);
    take(node, "max_output", model.maxOutput);
    const JsonNode& price = section(node, "price");
    std::string inputText;
    std::string outputText;
    take(price, "input", inputText);
    take(price, "output", outputText);
    const auto input = Money::parse(inputText);
    const auto output = Money::parse(outputText);
    if (input && output)
        model.price = Price{*input, *output};
    for (const auto& [name, rate] : kMoreRates) {
        std::string text;
        take(price, name, text);
        if (model.price)
            *model.price.*rate = Money::parse(text);
    }
    return model;
}

Provider providerOf(const JsonNode& node, const std::string& path) {
    Provider provider;
    take(node, "id", provider.id);
    take(node, "kind", provider.kind);
    take(node, "dialect", provider.dialect);
    take(node, "base_url", provider.baseUrl);
    take(node, "enabled", provider.enabled);
    std::string payment;
    take(node, "payment", payment);
    provider.paysX402 = payment == "x402";
    if (section(node, "keys").isArray())
        provider.keys.emplace();
    forItems(node, "keys", path, [&provider](const JsonNode& key, const std::string&) {
        if (auto reference = secretOf(key))
            provider.keys->push_back(std::move(*reference));
    });
    forItems(node, "models", path, [&provider](const JsonNode& model, const std::string&) {
        provider.models.push_back(modelOf(model));
    });
    return provider;
}

AnswerCache answerCacheOf(const JsonNode& node) {
    AnswerCache cache;
    take(node, "exact", cache.exact);
    take(node, "single_flight", cache.singleFlight);
    takeNumber(node, "max_megabytes", cache.maxMegabytes);
    takeNumber(node, "max_count", cache.maxCount);
    takeNumber(node, "keep_seconds", cache.keepSeconds);
    return cache;
}

Hedge hedgeOf(const JsonNode& node) {
    Hedge hedge;
    take(node, "enabled", hedge.enabled);
    take(node, "after", hedge.after);
    std::string most;
    take(node, "max_cost", most);
    hedge.maxCost = Money::parse(most).value_or(hedge.maxCost);
    return hedge;
}

Routing routingOf(const JsonNode& node) {
    Routing routing;
    take(node, "default", routing.defaultModel);
    take(node, "preference", routing.preference);
    take(node, "fallback", routing.fallback);
    takeNumber(node, "retries", routing.retries);
    routing.cache = answerCacheOf(section(node, "cache"));
    routing.hedge = hedgeOf(section(node, "hedge"));
    take(node, "explore", routing.explore);
    take(node, "learn", routing.learn);
    routing.cheaper = textsOf(section(node, "cheaper"));
    for (const JsonMember& alias : section(node, "aliases").members)
        routing.aliases.push_back({alias.name, textsOf(alias.value)});
    return routing;
}

Ledger ledgerOf(const JsonNode& node) {
    Ledger ledger;
    take(node, "url", ledger.url);
    takeNumber(node, "keep_days", ledger.keepDays);
    take(node, "record_bodies", ledger.recordBodies);
    return ledger;
}

Responses responsesOf(const JsonNode& node) {
    Responses responses;
    takeNumber(node, "keep_days", responses.keepDays);
    takeNumber(node, "max_count", responses.maxCount);
    takeNumber(node, "max_megabytes", responses.maxMegabytes);
    return responses;
}

std::string limitDefaultsOf(const JsonNode& root) {
    std::string out = "{";
    for (const char* const name : {"guarantee", "limit_wait_seconds", "time_zone"}) {
        const JsonNode* const node = root.find(name);
        if (node == nullptr || (!node->isString() && !node->isNumber()))
            continue;
        out += (out.size() > 1 ? "," : "") + quoteJson(name) + ":";
        out += node->isString() ? quoteJson(node->text) : node->text;
    }
    return out + "}";
}

}  // namespace

Settings extractSettings(const JsonNode& root, std::vector<Problem>& problems) {
    Settings settings;
    settings.listen = listenOf(section(root, "listen"));
    forItems(root, "clients", "$", [&](const JsonNode& node, const std::string& path) {
        settings.clients.push_back(clientOf(node, path, problems));
    });
    forItems(root, "providers", "$", [&](const JsonNode& node, const std::string& path) {
        settings.providers.push_back(providerOf(node, path));
    });
    settings.routing = routingOf(section(root, "routing"));
    settings.routing.rules = rulesOf(root, problems);
    settings.ledger = ledgerOf(section(root, "ledger"));
    settings.responses = responsesOf(section(root, "responses"));
    settings.wallet.policy = spendingPolicyOf(section(root, "wallet"));
    readNetworks(section(root, "wallet"), settings.wallet, problems);
    takeWalletKey(section(root, "wallet"), settings.wallet);
    settings.sell = sellOf(section(root, "sell"));
    take(section(root, "metrics"), "prometheus", settings.prometheus);
    settings.limits = limitsOf(root, problems);
    settings.routing.zone = rulesZone(root, settings.routing.rules, problems);
    settings.limitDefaults = limitDefaultsOf(root);
    return settings;
}

}  // namespace gr::settings
