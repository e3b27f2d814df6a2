// SPDX-License-Identifier: MIT
#include "gateway/policy_builder.h"

#include <algorithm>
#include <array>
#include <set>
#include <utility>

#include "base/log.h"
#include "base/url.h"
#include "gateway/price_list_builder.h"
#include "gateway/sale_builder.h"
#include "gateway/wallet_builder.h"
#include "settings/client_scope.h"
#include "settings/settings_checks.h"

namespace gr::gateway {
namespace {

using settings::Problem;
using settings::SecretRef;

// Dialects whose server runs on the user's own machine.
constexpr std::array<std::string_view, 4> kLocalDialects{"ollama", "lmstudio", "llamacpp", "vllm"};

// Catalog ids with habits of their own, and the dialect's name.
constexpr std::array<std::pair<std::string_view, std::string_view>, 8> kDialects{{
    {"openai", "openai"},
    {"deepseek", "deepseek"},
    {"mistral", "mistral"},
    {"groq", "groq"},
    {"togetherai", "together"},
    {"xai", "xai"},
    {"openrouter", "openrouter"},
    {"ollama-cloud", "ollama"},
}};

std::string kindOf(const settings::Provider& provider, const catalog::ProviderInfo* known) {
    if (!provider.kind.empty())
        return provider.kind;
    if (known != nullptr && (known->protocol == "anthropic" || known->protocol == "gemini"))
        return known->protocol;
    return "openai";
}

std::string dialectOf(const settings::Provider& provider, const catalog::ProviderInfo* known,
                      const std::string& kind) {
    if (!provider.dialect.empty())
        return provider.dialect;
    if (kind != "openai")
        return kind;
    if (std::find(kLocalDialects.begin(), kLocalDialects.end(), provider.id) !=
        kLocalDialects.end())
        return provider.id;
    const auto it = std::find_if(kDialects.begin(), kDialects.end(), [known](const auto& pair) {
        return known != nullptr && pair.first == known->id;
    });
    return it == kDialects.end() ? "openai" : std::string(it->second);
}

// The user set this limit, and it may hold for this client.
bool mayHoldFor(const ledger::Limit& limit, const std::string& client) {
    const bool others = (!limit.client.empty() && limit.client != client) ||
                        (limit.scope == ledger::ScopeKind::Client && limit.name != client);
    return !limit.standard && !others;
}

std::string joined(const std::vector<std::string>& names) {
    std::string out;
    for (const std::string& name : names)
        out += (out.empty() ? "" : " or ") + name;
    return out;
}

// One use: collects the policy while it reads the secrets.
class Builder final {
  public:
    Builder(const catalog::Catalog& catalog, settings::SecretSource& secrets, UnixMs now)
        : m_catalog(catalog), m_secrets(secrets), m_now(now) {}

    BuiltPolicy run(const settings::Settings& settings,
                    std::span<const ledger::ClientKey> runtimeKeys) {
        m_built.policy.listen = settings.listen;
        m_built.policy.routing = settings.routing;
        m_built.policy.responses = settings.responses;
        m_built.policy.prometheus = settings.prometheus;
        m_built.policy.limits = settings.limits;
        // Limits first: what a client may ask for depends on them.
        std::vector<ClientEntry> madeAtRunTime;
        for (const ledger::ClientKey& key : runtimeKeys)
            addRuntimeKey(key, settings.limitDefaults, madeAtRunTime);
        for (std::size_t i = 0; i < settings.clients.size(); ++i)
            addClient(settings.clients[i], "$.clients[" + std::to_string(i) + "]");
        for (ClientEntry& entry : madeAtRunTime)
            add(std::move(entry));
        for (std::size_t i = 0; i < settings.providers.size(); ++i) {
            if (settings.providers[i].enabled)
                addProvider(settings.providers[i], "$.providers[" + std::to_string(i) + "]");
        }
        m_built.policy.wallet = buildWallet(settings.wallet, m_secrets, m_built.problems);
        m_built.policy.sale = buildSale(settings, m_secrets, m_built.problems);
        m_built.policy.payer.id = kPayer;
        m_built.policy.payer.models = settings.sell.models;
        return std::move(m_built);
    }

  private:
    void warn(std::string path, std::string message) {
        m_built.problems.push_back(
            {Problem::Severity::Warning, std::move(path), std::move(message)});
    }

    bool isOver(std::optional<UnixMs> end) const { return end && *end <= m_now; }

    // The secret behind `reference`, hidden from the log; empty after a problem was noted.
    settings::StoredSecret readSecret(const SecretRef& reference, const std::string& path) {
        auto stored = m_secrets.read(reference);
        if (!stored) {
            if (stored.error().code == ErrorCode::VaultLocked)
                m_built.policy.locked = true;
            warn(path, stored.error().message.text);
            return {};
        }
        if (stored->secret.empty())
            warn(path, "is empty; enter the secret again");
        if (!stored->warning.empty())
            warn(path, stored->warning);
        log::hide(stored->secret);
        return std::move(*stored);
    }

    void add(ClientEntry entry) {
        if (m_digests.insert(entry.keyDigest).second)
            gateway::addClient(m_built.policy, std::move(entry));
    }

    void addClient(const settings::Client& client, const std::string& path) {
        ClientEntry entry{client.id, client.keySha256, client.models, client.expires};
        entry.allowUnpriced = client.allowUnpriced;
        if (entry.keyDigest.empty() && client.key) {
            const settings::StoredSecret stored = readSecret(*client.key, path + ".key");
            if (!stored.secret.empty())
                entry.keyDigest = sha256(stored.secret.reveal());
        }
        if (!entry.keyDigest.empty())
            add(std::move(entry));
    }

    void addRuntimeKey(const ledger::ClientKey& key, const std::string& limitDefaults,
                       std::vector<ClientEntry>& out) {
        auto scope = settings::readClientScope(key.id, key.scope, limitDefaults);
        if (!scope) {
            warn("keys", "The client key \"" + key.id +
                             "\" is refused: what it may do was written by another version. " +
                             scope.error().message.text);
            return;
        }
        if (!key.revokedAt && !isOver(key.expiresAt))
            std::ranges::move(scope->limits, std::back_inserter(m_built.policy.limits));
        ClientEntry entry{key.id, key.sha256, std::move(scope->models), key.expiresAt};
        entry.allowUnpriced = scope->allowUnpriced;
        entry.revoked = key.revokedAt;
        out.push_back(std::move(entry));
    }

    void addProvider(const settings::Provider& provider, const std::string& path) {
        const auto url =
            Url::parse(provider.baseUrl.empty() ? settings::defaultBaseUrl(provider, m_catalog)
                                                : provider.baseUrl);
        if (!url) {
            m_built.problems.push_back({Problem::Severity::Error, path + ".base_url",
                                        "is missing or no absolute http or https address; the "
                                        "provider is left out"});
            return;
        }
        // The address says more than a name that the user chose.
        const catalog::ProviderInfo* const byUrl = m_catalog.findByUrl(*url);
        const catalog::ProviderInfo* const known =
            byUrl != nullptr ? byUrl : m_catalog.findById(provider.id);

        ProviderEntry entry;
        entry.id = provider.id;
        entry.kind = kindOf(provider, known);
        entry.dialect = dialectOf(provider, known, entry.kind);
        entry.baseUrl = url->text();
        entry.openEnded = provider.models.empty();
        entry.paysX402 = provider.paysX402;
        for (const settings::Model& model : provider.models)
            entry.models.push_back(model.id);
        if (entry.openEnded && known != nullptr) {
            for (const catalog::ModelInfo& model : known->models)
                entry.models.push_back(model.id);
        }
        for (const std::string& model : entry.models) {
            const auto match =
                known != nullptr ? catalog::findModel(*known, model) : catalog::ModelMatch();
            entry.traits.push_back(traitsOf(model, match.model));
        }
        entry.prices = pricesOf(provider, m_catalog);
        if (provider.keys)
            addKeys(entry, *provider.keys, *url, path);
        else
            addCatalogKey(entry, byUrl, path);
        m_built.policy.providers.push_back(std::move(entry));
    }

    void addKeys(ProviderEntry& entry, const std::vector<SecretRef>& references, const Url& url,
                 const std::string& path) {
        entry.needsKey = !references.empty();
        for (std::size_t i = 0; i < references.size(); ++i) {
            const std::string where = path + ".keys[" + std::to_string(i) + "]";
            settings::StoredSecret stored = readSecret(references[i], where);
            if (stored.secret.empty())
                continue;
            if (references[i].kind == SecretRef::Kind::Vault && stored.boundTo != url.origin()) {
                warn(where, stored.boundTo.empty()
                                ? "refers to a secret that is not the key of a provider"
                                : "was entered for " + stored.boundTo +
                                      " and is not sent to another address; enter the key again");
                continue;
            }
            entry.keys.push_back(std::make_shared<const Secret>(std::move(stored.secret)));
        }
    }

    // No `keys` in the file: the variable that the catalog names, and only towards the place that
    // the catalog means. Elsewhere (a local server, an address of the user's) none is needed.
    void addCatalogKey(ProviderEntry& entry, const catalog::ProviderInfo* known,
                       const std::string& path) {
        entry.needsKey = known != nullptr && !known->env.empty() && !entry.paysX402;
        if (!entry.needsKey)
            return;
        for (const std::string& variable : known->env) {
            auto stored = m_secrets.read({SecretRef::Kind::Env, variable});
            if (!stored || stored->secret.empty())
                continue;
            log::hide(stored->secret);
            entry.keys.push_back(std::make_shared<const Secret>(std::move(stored->secret)));
            return;
        }
        warn(path + ".keys", "is missing, and the environment has no " + joined(known->env) +
                                 "; add a key for this provider");
    }

    const catalog::Catalog& m_catalog;
    settings::SecretSource& m_secrets;
    const UnixMs m_now;
    std::set<Sha256> m_digests;
    BuiltPolicy m_built;
};

}  // namespace

void addClient(Policy& policy, ClientEntry client) {
    for (const ledger::Limit& limit : policy.limits) {
        if (!mayHoldFor(limit, client.id))
            continue;
        const bool hard = limit.guarantee == ledger::Guarantee::Hard;
        client.usdLimited = client.usdLimited || limit.unit == ledger::LimitUnit::Usd;
        client.tokenLimited =
            client.tokenLimited || (limit.unit == ledger::LimitUnit::Tokens && hard);
    }
    policy.clients.push_back(std::move(client));
}

BuiltPolicy buildPolicy(const settings::Settings& settings, const catalog::Catalog& catalog,
                        settings::SecretSource& secrets,
                        std::span<const ledger::ClientKey> runtimeKeys, UnixMs now) {
    return Builder(catalog, secrets, now).run(settings, runtimeKeys);
}

}  // namespace gr::gateway
