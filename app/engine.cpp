// SPDX-License-Identifier: MIT
#include "app/engine.h"

#include <algorithm>
#include <utility>

#include "app/play_money.h"
#include "base/log.h"
#include "base/text.h"
#include "base/time_text.h"
#include "base/url.h"
#include "gateway/policy_builder.h"
#include "gateway/wallet_builder.h"
#include "ledger/mark_text.h"
#include "ledger/receipt_keys.h"
#include "settings/client_scope.h"
#include "settings/settings_checks.h"

namespace gr::app {

settings::Paths pathsFor(const EngineOptions& options) {
    settings::Paths paths =
        settings::defaultPaths(options.sandbox ? settings::World::Sandbox : settings::World::Real);
    if (options.configFile)
        paths.configFile = *options.configFile;
    if (options.dataDir)
        paths.dataDir = *options.dataDir;
    return paths;
}

Result<std::unique_ptr<Engine>> Engine::open(const EngineOptions& options,
                                             Configuration& configuration) {
    std::unique_ptr<Engine> engine(new Engine(options, configuration));
    auto directory = settings::DataDirectory::open(engine->paths().dataDir);
    if (!directory)
        return fail(directory.error());
    engine->m_directory.emplace(std::move(*directory));

    engine->m_ledgerUrl = engine->settings().ledger.url;
    auto ledger =
        ledger::Ledger::open(engine->paths().ledger(engine->m_ledgerUrl), engine->paths().dataDir);
    if (!ledger)
        return fail(ledger.error());
    engine->m_ledger = std::move(*ledger);

    if (options.sandbox) {
        auto sandbox = sandbox::SandboxServer::start();
        if (!sandbox)
            return fail(sandbox.error());
        engine->m_sandbox = std::move(*sandbox);
    }
    return engine;
}

Result<gateway::PolicyPtr> Engine::policy() {
    const auto keys = m_ledger->clientKeys();
    if (!keys)
        return fail(keys.error());
    m_ledger->setKeepDays(settings().ledger.keepDays);
    gateway::BuiltPolicy built =
        gateway::buildPolicy(settings(), m_configuration.catalog(), secrets(), *keys);
    gateway::Policy& policy = built.policy;
    if (m_options.port)
        policy.listen.port = *m_options.port;
    if (m_options.address)
        policy.listen.address = *m_options.address;
    policy.logRequests = m_options.logRequests;
    if (const auto problem = settings::listenProblem(policy.listen))
        return fail(ErrorCode::ConfigInvalid,
                    "The address " + policy.listen.address + " " + *problem + ".");
    if (auto key = secrets().derivedKey(kStatePurpose))
        policy.stateKey = std::make_shared<const Secret>(std::move(*key));
    if (policy.stateKey)
        m_ledger->useVaultKey(ledger::receiptKeyOf(*policy.stateKey));
    policy.stateLocked = secrets().isLocked();
    for (const gateway::ClientEntry& client : m_sessionClients)
        gateway::addClient(policy, client);
    useHeldKeys(policy);
    for (gateway::ProviderEntry& entry : simulatedProviders()) {
        std::erase_if(policy.providers, [&](const auto& p) { return p.id == entry.id; });
        policy.providers.push_back(std::move(entry));
    }
    if (m_sandbox)
        sellForPlayMoney(*m_sandbox, policy);
    const auto lockProblem = m_walletLock.hold(policy);
    if (m_mark && !m_walletLock.locked())
        keepPaymentMark(*std::exchange(m_mark, std::nullopt));
    m_problems = m_configuration.problems();
    m_problems.insert(m_problems.end(), built.problems.begin(), built.problems.end());
    if (lockProblem)
        m_problems.push_back(*lockProblem);
    return std::make_shared<const gateway::Policy>(std::move(policy));
}

void Engine::useHeldKeys(gateway::Policy& policy) const {
    for (gateway::ProviderEntry& entry : policy.providers) {
        const auto held = m_heldKeys.find(entry.id);
        const auto url = Url::parse(entry.baseUrl);
        if (held != m_heldKeys.end() && url && url->origin() == held->second.origin) {
            entry.keys = {held->second.key};
            entry.needsKey = true;
        }
    }
}

std::vector<gateway::ProviderEntry> Engine::simulatedProviders() const {
    if (!m_sandbox)
        return {};
    gateway::ProviderEntry entry;
    entry.id = "sandbox";
    entry.kind = "openai";
    entry.dialect = "openai";
    entry.baseUrl = m_sandbox->modelsUrl();
    entry.keys = {m_sandbox->key()};
    entry.simulated = true;
    entry.models = {"echo", "story", "tools", "paid"};
    entry.openEnded = false;
    return {entry};
}

void Engine::holdProviderKey(const std::string& provider, Secret key, const std::string& origin) {
    if (key.empty()) {
        m_heldKeys.erase(provider);
        return;
    }
    log::hide(key);
    auto held = std::make_shared<const Secret>(std::move(key));
    m_heldKeys.insert_or_assign(provider, HeldKey{std::move(held), origin});
}

Secret Engine::addSessionKey(const std::string& clientId, std::vector<std::string> models) {
    Secret key(newClientKey());
    log::hide(key);
    std::erase_if(m_sessionClients, [&](const auto& client) { return client.id == clientId; });
    m_sessionClients.push_back({clientId, sha256(key.reveal()), std::move(models), {}});
    return key;
}

Result<Secret> Engine::createClientKey(const std::string& id, std::optional<UnixMs> expires,
                                       std::string scope) {
    const auto& configured = settings().clients;
    if (std::ranges::find(configured, id, &settings::Client::id) != configured.end())
        return failField(
            ErrorCode::InvalidField, "id",
            "The configuration has a client named \"" + id + "\" already; choose another name.");
    const UnixMs now = SystemClock().now();
    if (expires && *expires <= now)
        return failField(ErrorCode::InvalidField, "expires",
                         "expires lies in the past (" + isoTime(*expires) +
                             "); choose a later moment, or leave it out for a key without end.");
    const auto read =
        settings::readClientScope(id, scope.empty() ? "{}" : scope, settings().limitDefaults);
    if (!read)
        return fail(read.error());
    Secret key(newClientKey());
    log::hide(key);
    ledger::ClientKey row;
    row.id = id;
    row.sha256 = sha256(key.reveal());
    row.createdAt = now;
    row.expiresAt = expires;
    row.scope = std::move(scope);
    if (auto added = m_ledger->addClientKey(std::move(row)); !added)
        return fail(added.error());
    return key;
}

void Engine::keepPaymentMark(const ledger::LedgerMark& mark) {
    m_walletLock.used();
    if (m_walletLock.locked()) {
        m_mark = mark;
        return;
    }
    secrets().save(std::string(gateway::kMarkEntry), Secret(ledger::textOf(mark)), {},
                   [](Result<void> kept) {
                       if (!kept)
                           log::write(LogLevel::Error, "payment.not_remembered",
                                      {{"why", kept.error().message.text}});
                   });
}

bool Engine::hasClientKeys() {
    const auto keys = m_ledger->clientKeys();
    return !settings().clients.empty() ||
           (keys && std::any_of(keys->begin(), keys->end(),
                                [](const auto& key) { return !key.revokedAt; }));
}

}  // namespace gr::app
