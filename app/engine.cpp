// SPDX-License-Identifier: MIT
#include "app/engine.h"

#include <algorithm>

#include "base/log.h"
#include "base/text.h"
#include "gateway/policy_builder.h"
#include "settings/settings_checks.h"

namespace gr::app {
namespace {

Failure firstError(const std::filesystem::path& file,
                   const std::vector<settings::Problem>& problems) {
    for (const settings::Problem& problem : problems) {
        if (problem.severity == settings::Problem::Severity::Error) {
            return fail(ErrorCode::ConfigInvalid, "The configuration " + file.string() +
                                                      " cannot be used: " + problem.path + ": " +
                                                      problem.message);
        }
    }
    return fail(ErrorCode::ConfigInvalid, "The configuration cannot be used.");
}

}  // namespace

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
                                             settings::Keychain* keychain,
                                             std::vector<settings::Problem>& problems) {
    std::unique_ptr<Engine> engine(new Engine(options));
    engine->m_paths = pathsFor(options);
    engine->m_catalog = catalog::Catalog::embedded();

    auto loaded = settings::loadSettings(engine->m_paths.configFile, engine->m_catalog);
    if (!loaded)
        return fail(loaded.error());
    problems = loaded->problems;
    if (!loaded->usable())
        return firstError(engine->m_paths.configFile, loaded->problems);
    engine->m_loaded = std::move(*loaded);

    auto directory = settings::DataDirectory::open(engine->m_paths.dataDir);
    if (!directory)
        return fail(directory.error());
    engine->m_directory.emplace(std::move(*directory));

    engine->m_ledgerFile = engine->m_paths.ledgerFile(engine->m_loaded.settings.ledger.url);
    auto ledger = ledger::Ledger::open(engine->m_ledgerFile);
    if (!ledger)
        return fail(ledger.error());
    engine->m_ledger = std::move(*ledger);
    engine->m_ledger->setKeepDays(engine->m_loaded.settings.ledger.keepDays);

    settings::SecretStore::Options store;
    store.vaultFile = engine->m_paths.vaultFile();
    store.configFolder = engine->m_paths.configFile.parent_path();
    store.keychain = keychain;
    engine->m_secrets = std::make_unique<settings::SecretStore>(std::move(store));

    if (options.sandbox) {
        auto sandbox = sandbox::SandboxModels::start();
        if (!sandbox)
            return fail(sandbox.error());
        engine->m_sandbox = std::move(*sandbox);
    }
    return engine;
}

Result<void> Engine::reload() {
    auto loaded = settings::loadSettings(m_paths.configFile, m_catalog);
    if (!loaded)
        return fail(loaded.error());
    if (!loaded->usable())
        return firstError(m_paths.configFile, loaded->problems);
    m_loaded = std::move(*loaded);
    m_ledger->setKeepDays(m_loaded.settings.ledger.keepDays);
    return {};
}

Result<gateway::PolicyPtr> Engine::policy() {
    const auto keys = m_ledger->clientKeys();
    if (!keys)
        return fail(keys.error());
    gateway::BuiltPolicy built =
        gateway::buildPolicy(m_loaded.settings, m_catalog, *m_secrets, *keys);
    gateway::Policy& policy = built.policy;
    if (m_options.port)
        policy.listen.port = *m_options.port;
    if (m_options.address)
        policy.listen.address = *m_options.address;
    if (const auto problem = settings::listenProblem(policy.listen))
        return fail(ErrorCode::ConfigInvalid,
                    "The address " + policy.listen.address + " " + *problem + ".");
    policy.clients.insert(policy.clients.end(), m_sessionClients.begin(), m_sessionClients.end());
    if (m_sandbox) {
        gateway::ProviderEntry entry;
        entry.id = "sandbox";
        entry.kind = "openai";
        entry.dialect = "openai";
        entry.baseUrl = m_sandbox->baseUrl();
        entry.keys = {m_sandbox->key()};
        entry.simulated = true;
        entry.models = {"echo", "story", "tools"};
        entry.openEnded = false;
        std::erase_if(policy.providers, [](const auto& p) { return p.id == "sandbox"; });
        policy.providers.push_back(std::move(entry));
    }
    m_problems = m_loaded.problems;
    m_problems.insert(m_problems.end(), built.problems.begin(), built.problems.end());
    return std::make_shared<const gateway::Policy>(std::move(policy));
}

Secret Engine::addSessionKey(const std::string& clientId, std::vector<std::string> models) {
    Secret key(newClientKey());
    log::hide(key);
    std::erase_if(m_sessionClients, [&](const auto& client) { return client.id == clientId; });
    m_sessionClients.push_back({clientId, sha256(key.reveal()), std::move(models), {}});
    return key;
}

Result<Secret> Engine::createClientKey(const std::string& id) {
    Secret key(newClientKey());
    log::hide(key);
    ledger::ClientKey row;
    row.id = id;
    row.sha256 = sha256(key.reveal());
    row.createdAt = SystemClock().now();
    if (auto added = m_ledger->addClientKey(std::move(row)); !added)
        return fail(added.error());
    return key;
}

bool Engine::hasClientKeys() {
    const auto keys = m_ledger->clientKeys();
    return !m_loaded.settings.clients.empty() ||
           (keys && std::any_of(keys->begin(), keys->end(),
                                [](const auto& key) { return !key.revokedAt; }));
}

}  // namespace gr::app
