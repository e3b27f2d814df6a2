// SPDX-License-Identifier: MIT
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "app/configuration.h"
#include "app/wallet_lock.h"
#include "base/result.h"
#include "gateway/policy.h"
#include "ledger/ledger.h"
#include "sandbox/server.h"
#include "settings/data_directory.h"

namespace gr::app {

// What the command line says about where and how to run.
struct EngineOptions {
    std::optional<std::filesystem::path> configFile;
    std::optional<std::filesystem::path> dataDir;
    bool sandbox = false;
    std::optional<std::uint16_t> port;   // over the configuration
    std::optional<std::string> address;  // over the configuration
    bool logRequests = false;
};

// The folders and files of a run, without opening anything.
settings::Paths pathsFor(const EngineOptions& options);

// What runs below a gateway: the data directory, which it holds, the ledger and, in the sandbox,
// its models and its play money; and the policy that follows from them and from the configuration,
// which outlives it. Lives in the main thread; the gateway host must go before it.
class Engine final {
  public:
    // Takes the data directory and opens the ledger. Fails with DataDirInUse, or as
    // Ledger::open does.
    static Result<std::unique_ptr<Engine>> open(const EngineOptions& options,
                                                Configuration& configuration);

    Configuration& configuration() { return m_configuration; }
    const settings::Paths& paths() const { return m_configuration.paths(); }
    // Settings may name another one since the start; this is the one that is open.
    const ledger::Location& ledgerLocation() const { return m_ledger->location(); }
    // Other gateways may write it as well.
    bool sharesLedger() const { return m_ledgerUrl != "sqlite"; }
    const settings::Settings& settings() const { return m_configuration.settings(); }
    // Of the file, and of building the policy.
    const std::vector<settings::Problem>& problems() const { return m_problems; }
    settings::SecretStore& secrets() { return m_configuration.secrets(); }
    ledger::Ledger& ledger() { return *m_ledger; }
    bool sandbox() const { return m_sandbox != nullptr; }
    const sandbox::SandboxServer* sandboxServer() const { return m_sandbox.get(); }  // or null
    std::vector<gateway::ProviderEntry> simulatedProviders() const;

    // The policy as of now: settings, secrets, keys of the ledger, keys of this session, held keys
    // of providers, sandbox. The books follow the settings from here on, too.
    Result<gateway::PolicyPtr> policy();

    // From now on the configuration's port counts, whatever the command line said.
    void dropPortOverride() { m_options.port.reset(); }

    // A key that lives as long as this object and is stored nowhere. Null `models` means all.
    Secret addSessionKey(const std::string& clientId, std::vector<std::string> models);

    // A provider's key that is stored nowhere: it counts instead of the configured ones while the
    // provider's address is at `origin` (Url::origin). An empty key takes it back.
    void holdProviderKey(const std::string& provider, Secret key, const std::string& origin);

    // Makes and stores a client key; it is given once and kept only as a digest. `scope` says what
    // it may do (settings/client_scope.h). InvalidField when there is one of that name, the end has
    // passed, or the scope makes no sense.
    Result<Secret> createClientKey(const std::string& id, std::optional<UnixMs> expires = {},
                                   std::string scope = {});
    // The vault remembers where the books of payments stand: when it is unlocked, if the wallet is
    // locked. Where it cannot, the log says so.
    void keepPaymentMark(const ledger::LedgerMark& mark);

    WalletLock& walletLock() { return m_walletLock; }

    bool hasClientKeys();  // in the configuration or the ledger, revoked ones not counted

  private:
    struct HeldKey {
        std::shared_ptr<const Secret> key;
        std::string origin;
    };

    Engine(EngineOptions options, Configuration& configuration)
        : m_options(std::move(options)),
          m_configuration(configuration),
          m_walletLock(configuration, m_clock) {}
    void useHeldKeys(gateway::Policy& policy) const;

    EngineOptions m_options;
    Configuration& m_configuration;
    const SystemClock m_clock;
    WalletLock m_walletLock;
    std::optional<ledger::LedgerMark> m_mark;  // that the vault could not take yet
    std::string m_ledgerUrl;                   // as the configuration had it at the start
    std::optional<settings::DataDirectory> m_directory;
    std::vector<settings::Problem> m_problems;
    std::unique_ptr<ledger::Ledger> m_ledger;
    std::unique_ptr<sandbox::SandboxServer> m_sandbox;
    std::vector<gateway::ClientEntry> m_sessionClients;
    std::map<std::string, HeldKey> m_heldKeys;  // by provider
};

}  // namespace gr::app
