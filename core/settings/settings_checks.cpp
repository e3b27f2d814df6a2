// SPDX-License-Identifier: MIT
#include "settings/settings_checks.h"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <set>

#include "base/money.h"
#include "base/text.h"
#include "base/url.h"
#include "ledger/postgres_url.h"
#include "payment/address.h"
#include "settings/schema_validator.h"

namespace gr::settings {
namespace {

using Problems = std::vector<Problem>;

void error(Problems& out, std::string path, std::string message) {
    out.push_back({Problem::Severity::Error, std::move(path), std::move(message)});
}

void warning(Problems& out, std::string path, std::string message) {
    out.push_back({Problem::Severity::Warning, std::move(path), std::move(message)});
}

// The node at a chain of members, or null.
const JsonNode* at(const JsonNode& root, std::initializer_list<std::string_view> names) {
    const JsonNode* node = &root;
    for (const std::string_view name : names) {
        node = node != nullptr ? node->find(name) : nullptr;
    }
    return node;
}

void checkRepeatedNames(const JsonNode& node, const std::string& path, Problems& out) {
    for (const JsonMember& member : node.members) {
        const std::string where = memberPath(path, member.name);
        if (member.repeated)
            error(out, where, "stands twice; remove one of the two");
        checkRepeatedNames(member.value, where, out);
    }
    for (std::size_t i = 0; i < node.items.size(); ++i)
        checkRepeatedNames(node.items[i], itemPath(path, i), out);
}

// Secrets in clear: `{"value": …}` anywhere where a secret may stand.
void checkClearSecret(const JsonNode* secret, const std::string& path, Problems& out) {
    if (secret != nullptr && secret->find("value") != nullptr)
        warning(out, memberPath(path, "value"),
                "holds a secret in clear; move it to an environment variable, a file or the vault "
                "and refer to it");
}

void checkClients(const JsonNode& root, const Settings& settings, Problems& out) {
    std::set<std::string> ids;
    for (std::size_t i = 0; i < settings.clients.size(); ++i) {
        const std::string& id = settings.clients[i].id;
        if (!id.empty() && !ids.insert(id).second)
            error(out, memberPath(itemPath("$.clients", i), "id"),
                  "is used by another client; give each its own");
    }
    const JsonNode* const clients = root.find("clients");
    for (std::size_t i = 0; clients != nullptr && i < clients->items.size(); ++i)
        checkClearSecret(clients->items[i].find("key"), memberPath(itemPath("$.clients", i), "key"),
                         out);
}

void checkBaseUrl(const Provider& provider, const std::string& path, Problems& out) {
    const auto url = Url::parse(provider.baseUrl);
    if (!url) {
        error(out, memberPath(path, "base_url"),
              "must be an absolute http or https address such as \"https://api.example.com/v1\", "
              "without user name, query or fragment");
        return;
    }
    const bool hasKeys = provider.keys && !provider.keys->empty();
    if (hasKeys && url->scheme == "http" && !url->isLoopback())
        error(out, memberPath(path, "base_url"),
              "would send keys over plain http to another machine; use https, or remove the keys");
}

void checkProvider(const Provider& provider, const std::string& path,
                   const catalog::Catalog& catalog, Problems& out) {
    if (!provider.baseUrl.empty())
        checkBaseUrl(provider, path, out);
    else if (!provider.id.empty() && defaultBaseUrl(provider, catalog).empty())
        error(out, memberPath(path, "base_url"),
              "is missing, and no provider of this id is known; give its address");
    std::set<std::string> models;
    for (std::size_t i = 0; i < provider.models.size(); ++i) {
        const std::string& id = provider.models[i].id;
        if (!id.empty() && !models.insert(id).second)
            error(out, itemPath(memberPath(path, "models"), i) + ".id",
                  "stands twice in this provider; remove one of the two");
    }
}

void checkProviders(const JsonNode& root, const Settings& settings, const catalog::Catalog& catalog,
                    Problems& out) {
    std::set<std::string> ids;
    for (std::size_t i = 0; i < settings.providers.size(); ++i) {
        const Provider& provider = settings.providers[i];
        const std::string path = itemPath("$.providers", i);
        if (!provider.id.empty() && !ids.insert(provider.id).second)
            error(out, memberPath(path, "id"), "is used by another provider; give each its own");
        checkProvider(provider, path, catalog, out);
    }
    const JsonNode* const providers = root.find("providers");
    for (std::size_t i = 0; providers != nullptr && i < providers->items.size(); ++i) {
        const JsonNode* const keys = providers->items[i].find("keys");
        for (std::size_t k = 0; keys != nullptr && k < keys->items.size(); ++k)
            checkClearSecret(&keys->items[k],
                             itemPath(memberPath(itemPath("$.providers", i), "keys"), k), out);
    }
}

// Does following the aliases from `name` come back to where it has been?
bool loops(const std::string& name, const std::map<std::string, const Alias*>& aliases,
           std::set<std::string>& open, std::set<std::string>& done) {
    const auto it = aliases.find(name);
    if (it == aliases.end() || done.contains(name))
        return false;
    if (!open.insert(name).second)
        return true;
    for (const std::string& next : it->second->models) {
        if (loops(next, aliases, open, done))
            return true;
    }
    open.erase(name);
    done.insert(name);
    return false;
}

void checkAliases(const Settings& settings, Problems& out) {
    std::map<std::string, const Alias*> byName;
    for (const Alias& alias : settings.routing.aliases)
        byName.emplace(alias.name, &alias);
    std::set<std::string> done;
    for (const Alias& alias : settings.routing.aliases) {
        const std::string path = memberPath("$.routing.aliases", alias.name);
        if (alias.name.empty() || alias.name == "auto" || alias.name.starts_with("auto:"))
            error(out, path, "cannot be the name of an alias; \"auto\" is the router itself");
        if (std::any_of(alias.name.begin(), alias.name.end(),
                        [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }))
            error(out, path, "has a control character in its name");
        const std::string prefix = alias.name.substr(0, alias.name.find('/'));
        const bool names = prefix.size() < alias.name.size() &&
                           std::any_of(settings.providers.begin(), settings.providers.end(),
                                       [&prefix](const Provider& p) { return p.id == prefix; });
        if (names)
            error(out, path,
                  "has the form provider/model of a provider; a model that is asked for by its "
                  "name is never replaced");
        std::set<std::string> open;
        if (loops(alias.name, byName, open, done))
            error(out, path, "leads back to itself; one of the aliases must name a model");
    }
}

void checkLimit(const JsonNode& limit, const std::string& path, Problems& out) {
    if (limit.isObject() && limit.find("usd") == nullptr && limit.find("tokens") == nullptr &&
        limit.find("requests") == nullptr)
        error(out, path, "limits nothing; give \"usd\", \"tokens\" or \"requests\"");
}

void checkLimits(const JsonNode& root, Problems& out) {
    if (const JsonNode* const limits = root.find("limits")) {
        for (std::size_t i = 0; i < limits->items.size(); ++i)
            checkLimit(limits->items[i], itemPath("$.limits", i), out);
    }
    const JsonNode* const clients = root.find("clients");
    for (std::size_t c = 0; clients != nullptr && c < clients->items.size(); ++c) {
        const JsonNode* const limits = clients->items[c].find("limits");
        for (std::size_t i = 0; limits != nullptr && i < limits->items.size(); ++i)
            checkLimit(limits->items[i],
                       itemPath(memberPath(itemPath("$.clients", c), "limits"), i), out);
    }
}

std::optional<Money> moneyAt(const JsonNode& root, std::initializer_list<std::string_view> names) {
    const JsonNode* const node = at(root, names);
    return node != nullptr && node->isString() ? Money::parse(node->text) : std::nullopt;
}

// Chains whose money is worthless on purpose.
bool isTestNetwork(const Settings& settings, std::string_view id) {
    const auto chain = payment::chainOf(id);
    const payment::Network* const network = chain ? settings.wallet.known.find(*chain) : nullptr;
    return network != nullptr && network->money != payment::MoneyKind::Real;
}

// In clear, the key of a wallet with real money is refused; with play money it is a warning.
void checkMoneyKey(const JsonNode* key, const std::string& path, bool realMoney, Problems& out) {
    if (key == nullptr || key->find("value") == nullptr)
        return;
    if (realMoney)
        error(out, memberPath(path, "value"),
              "holds the key of real money in clear, which is refused; keep it in the vault");
    else
        checkClearSecret(key, path, out);
}

// Letters of both cases are a checksum, which finds an address that was mistyped.
void checkAddress(const JsonNode* address, const std::string& path, Problems& out) {
    if (address != nullptr && payment::Address::parse(address->text) &&
        !payment::parseChecked(address->text))
        error(out, path,
              "has a wrong checksum (EIP-55): a letter or digit of it is not right; copy it again");
}

void checkWallet(const JsonNode& root, const Settings& settings, Problems& out) {
    checkAddress(at(root, {"wallet", "address"}), "$.wallet.address", out);
    if (at(root, {"wallet", "address"}) != nullptr && at(root, {"wallet", "key"}) != nullptr)
        error(out, "$.wallet.address",
              "stands beside a key; the address alone is for a wallet whose key is elsewhere");
    const auto askAbove = moneyAt(root, {"wallet", "policy", "ask_above"});
    const auto perPayment = moneyAt(root, {"wallet", "policy", "per_payment"});
    if (askAbove && perPayment && *askAbove > *perPayment)
        error(out, "$.wallet.policy.ask_above",
              "must not be larger than per_payment: such a payment is refused, nobody is asked");
    const JsonNode* const networks = at(root, {"wallet", "networks"});
    bool real = networks == nullptr || networks->items.empty();  // all that are known
    std::set<std::string> ids;
    for (std::size_t i = 0; networks != nullptr && i < networks->items.size(); ++i) {
        const JsonNode* const id = networks->items[i].find("id");
        if (id == nullptr || !id->isString())
            continue;
        real = real || !isTestNetwork(settings, id->text);
        if (!ids.insert(id->text).second)
            error(out, itemPath("$.wallet.networks", i) + ".id",
                  "stands twice; describe each network once");
    }
    checkMoneyKey(at(root, {"wallet", "key"}), "$.wallet.key", real, out);
}

void checkSell(const JsonNode& root, const Settings& settings, Problems& out) {
    checkAddress(at(root, {"sell", "pay_to"}), "$.sell.pay_to", out);
    bool real = false;
    const JsonNode* const networks = at(root, {"sell", "networks"});
    for (std::size_t i = 0; networks != nullptr && i < networks->items.size(); ++i)
        real = real || !isTestNetwork(settings, networks->items[i].text);
    checkMoneyKey(at(root, {"sell", "settle", "self", "relayer_key"}),
                  "$.sell.settle.self.relayer_key", real, out);
    const JsonNode* const enabled = at(root, {"sell", "enabled"});
    if (enabled == nullptr || !enabled->boolean)
        return;
    const JsonNode* const payTo = at(root, {"sell", "pay_to"});
    if (payTo == nullptr || payTo->text == "0x…")
        error(out, "$.sell.pay_to",
              "is missing; selling needs the address that receives the money");
    if (at(root, {"sell", "settle"}) == nullptr)
        error(out, "$.sell.settle",
              "is missing; selling needs a facilitator or a relayer of its own");
    const Settlement& settle = settings.sell.settlement;
    const auto facilitator = Url::parse(settle.facilitator);
    if (facilitator && facilitator->scheme == "http" && !facilitator->isLoopback())
        error(out, "$.sell.settle.facilitator",
              "is asked over plain http, where payments can be read and held back on the way; use "
              "its https address");
    if (settle.bearer && settle.cdpKey)
        error(out, "$.sell.settle.bearer", "and cdp_key exclude each other; leave one out");
    if (settle.cdpKey.has_value() == settle.cdpKeyId.empty())
        error(out, "$.sell.settle.cdp_key_id",
              "and cdp_key go together: the id and the secret of one key");
    if (networks == nullptr || networks->items.empty())
        error(out, "$.sell.networks", "is missing; name the networks that payments may come over");
}

void checkLedger(const Ledger& ledger, Problems& out) {
    if (ledger::isPostgresUrl(ledger.url)) {
        if (const auto problem = ledger::postgresUrlProblem(ledger.url))
            error(out, "$.ledger.url", *problem);
        else if (ledger::postgresUrlHasPassword(ledger.url))
            warning(out, "$.ledger.url",
                    "holds a password in clear; better keep it in ~/.pgpass or in the environment "
                    "variable PGPASSWORD");
    } else if (ledger.url != "sqlite" &&
               (!ledger.url.starts_with("sqlite:") || ledger.url.size() == 7))
        error(out, "$.ledger.url",
              "must be \"sqlite\", \"sqlite:PATH\" or \"postgresql://user@host/database\"");
}

}  // namespace

std::optional<std::string> listenProblem(const Listen& listen) {
    in_addr v4{};
    in6_addr v6{};
    const bool address = inet_pton(AF_INET, listen.address.c_str(), &v4) == 1 ||
                         inet_pton(AF_INET6, listen.address.c_str(), &v6) == 1;
    if (!address && !equalsIgnoreCase(listen.address, "localhost"))
        return "must be an IP address such as \"127.0.0.1\"";
    if (isLoopbackHost(listen.address) || listen.allowPlainHttpOnNetwork)
        return std::nullopt;
    return "would serve other machines over plain http, where keys and prompts can be read on the "
           "way; use \"127.0.0.1\", or set listen.allow_plain_http_on_network to true in the "
           "configuration";
}

std::string defaultBaseUrl(const Provider& provider, const catalog::Catalog& catalog) {
    if (const catalog::ProviderInfo* const known = catalog.findById(provider.id))
        return known->baseUrl;
    constexpr std::array<std::pair<std::string_view, std::string_view>, 4> kLocal{{
        {"ollama", "http://127.0.0.1:11434/v1"},
        {"lmstudio", "http://127.0.0.1:1234/v1"},
        {"llamacpp", "http://127.0.0.1:8080/v1"},
        {"vllm", "http://127.0.0.1:8000/v1"},
    }};
    const std::string& dialect = provider.dialect.empty() ? provider.id : provider.dialect;
    for (const auto& [name, url] : kLocal) {
        if (name == dialect)
            return std::string(url);
    }
    return {};
}

std::vector<Problem> checkSettings(const JsonNode& root, const Settings& settings,
                                   const catalog::Catalog& catalog) {
    Problems out;
    checkRepeatedNames(root, "$", out);
    if (auto problem = listenProblem(settings.listen))
        error(out, "$.listen.address", std::move(*problem));
    checkClients(root, settings, out);
    checkProviders(root, settings, catalog, out);
    checkAliases(settings, out);
    checkLimits(root, out);
    checkWallet(root, settings, out);
    checkSell(root, settings, out);
    checkLedger(settings.ledger, out);
    return out;
}

}  // namespace gr::settings
