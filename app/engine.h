// SPDX-License-Identifier: MIT
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "catalog/catalog.h"
#include "gateway/policy.h"
#include "ledger/ledger.h"
#include "sandbox/models.h"
#include "settings/data_directory.h"
#include "settings/secret_store.h"
#include "settings/settings_file.h"

namespace gr::app {

// What the command line says about where and how to run.
struct EngineOptions {
    std::optional<std::filesystem::path> configFile;
    std::optional<std::filesystem::path> dataDir;
    bool sandbox = false;
    std::optional<std::uint16_t> port;   // over the configuration
    std::optional<std::string> address;  // over the configuration
};

// The folders and files of a run, without opening anything.
settings::Paths pathsFor(const EngineOptions& options);

// What both programs are made of below the gateway: data directory, ledger, settings, secrets,
// catalog and, in the sandbox, its models; and the policy that follows from them.
// Lives in the main thread for as long as the program; the gateway host must go before it.
class Engine final {
  public:
    // Takes the data directory, opens the ledger, reads the configuration. `keychain` may be null;
    // not owned. Errors as the parts give them; ConfigInvalid names the first problem, `problems`
    // holds them all.
    static Result<std::unique_ptr<Engine>> open(const EngineOptions& options,
                                                settings::Keychain* keychain,
                                                std::vector<settings::Problem>& problems);

    const settings::Paths& paths() const { return m_paths; }
    const std::filesystem::path& ledgerFile() const { return m_ledgerFile; }
    const settings::Settings& settings() const { return m_loaded.settings; }
    const std::vector<settings::Problem>& problems() const { return m_problems; }
    const std::vector<std::string>& notYet() const { return m_loaded.notYet; }
    settings::SecretStore& secrets() { return *m_secrets; }
    const catalog::Catalog& catalog() const { return m_catalog; }
    ledger::Ledger& ledger() { return *m_ledger; }
    bool sandbox() const { return m_sandbox != nullptr; }

    // Reads the configuration again; on failure the old one stays.
    Result<void> reload();

    // The policy as of now: settings, secrets, keys of the ledger, keys of this session, sandbox.
    Result<gateway::PolicyPtr> policy();

    // From now on the configuration's port counts, whatever the command line said.
    void dropPortOverride() { m_options.port.reset(); }

    // A key that lives as long as this object and is stored nowhere. Null `models` means all.
    Secret addSessionKey(const std::string& clientId, std::vector<std::string> models);

    // Makes and stores a client key; it is given once and kept only as a digest.
    Result<Secret> createClientKey(const std::string& id);
    bool hasClientKeys();  // in the configuration or the ledger, revoked ones not counted

  private:
    explicit Engine(EngineOptions options) : m_options(std::move(options)) {}

    EngineOptions m_options;
    settings::Paths m_paths;
    std::filesystem::path m_ledgerFile;  // as the configuration had it at the start
    std::optional<settings::DataDirectory> m_directory;
    catalog::Catalog m_catalog;
    settings::LoadedSettings m_loaded;
    std::vector<settings::Problem> m_problems;  // of the file and of building the policy
    std::unique_ptr<settings::SecretStore> m_secrets;
    std::unique_ptr<ledger::Ledger> m_ledger;
    std::unique_ptr<sandbox::SandboxModels> m_sandbox;
    std::vector<gateway::ClientEntry> m_sessionClients;
};

}  // namespace gr::app
