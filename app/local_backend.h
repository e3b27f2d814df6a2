// SPDX-License-Identifier: MIT
#pragma once

#include <QThreadPool>
#include <map>
#include <memory>
#include <vector>

#include "app/books_reader.h"
#include "app/engine.h"
#include "app/provider_probe.h"
#include "gateway/gateway_host.h"
#include "settings/settings_edit.h"
#include "ui/backend.h"

namespace gr::app {

// The window's backend over a gateway in this very process: the engine, the gateway host and the
// books. Owns the host; the engine outlives it. Main thread.
class LocalBackend final : public ui::Backend {
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(LocalBackend)

  public:
    explicit LocalBackend(Engine& engine);
    ~LocalBackend() override;  // stops the gateway

    // Opens the vault where that needs nobody, makes the first client key. The gateway is started
    // with startGateway().
    void begin();
    gateway::GatewayHost& host() { return *m_host; }
    // After the configuration or the keys changed from elsewhere (control socket, SIGHUP).
    void reloadConfiguration();
    void configurationChanged();

    const Clock& clock() const override { return m_clock; }
    bool sandbox() const override { return m_engine.sandbox(); }
    gateway::GatewayStatus gatewayStatus() const override;
    void startGateway() override;
    void stopGateway() override;
    std::vector<gateway::RunningExchange> runningRequests() const override;
    void cancelRequest(const std::string& requestId) override;
    QUrl baseUrl() const override;
    QByteArray sessionKey() const override;
    void queryHistory(QObject* context, const ledger::Filter& filter,
                      std::optional<std::int64_t> before, int limit,
                      Reply<std::vector<ledger::StoredRecord>> reply) override;
    void queryTotals(QObject* context, const ledger::Filter& filter,
                     Reply<ledger::Totals> reply) override;
    void querySeries(QObject* context, UnixMs from, UnixMs to, ledger::Step step,
                     ledger::GroupBy by, Reply<std::vector<ledger::Bucket>> reply) override;
    void queryGaps(QObject* context, UnixMs from, UnixMs to,
                   Reply<std::vector<ledger::Gap>> reply) override;
    std::vector<ui::ProviderInfo> providers() const override;
    std::vector<gateway::ProviderStatus> providerStatuses() const override { return m_statuses; }
    std::vector<ui::ProviderPreset> presets() const override;
    std::vector<gateway::FoundServer> foundServers() const override { return m_found; }
    void lookForServers() override;
    void addProvider(QObject* context, const ui::ProviderDraft& draft, Reply<void> reply) override;
    void changeProviderAddress(QObject* context, const std::string& id, const std::string& baseUrl,
                               Reply<void> reply) override;
    void setProviderEnabled(const std::string& id, bool enabled) override;
    void removeProvider(QObject* context, const std::string& id, Reply<void> reply) override;
    void restoreProvider(QObject* context, const std::string& id, Reply<void> reply) override;
    void putProviderKey(QObject* context, const std::string& id, Secret key,
                        Reply<void> reply) override;
    void removeProviderKey(QObject* context, const std::string& id, Reply<void> reply) override;
    void restoreProviderKey(QObject* context, const std::string& id, Reply<void> reply) override;
    void testProvider(QObject* context, const std::string& id,
                      Reply<ui::ProviderTest> reply) override;
    std::vector<ui::ClientKeyInfo> clientKeys() const override;
    void createClientKey(QObject* context, const std::string& id, std::optional<UnixMs> expires,
                         Reply<Secret> reply) override;
    void revokeClientKey(QObject* context, const std::string& id, Reply<void> reply) override;
    void restoreClientKey(QObject* context, const std::string& id, Reply<void> reply) override;
    std::optional<Secret> clientKeySecret(const std::string& id) const override;
    ui::VaultState vaultState() const override;
    void openVault(QObject* context, Secret passphrase, Reply<void> reply) override;
    void keepKeysInMemory() override;
    void askKeychain() override;
    ui::SettingsView settings() const override;
    void patchSettings(QObject* context, const ui::SettingsPatch& patch,
                       Reply<void> reply) override;
    QString configFile() const override;
    QString dataDirectory() const override;

  private:
    using Edit = std::function<Result<void>(settings::SettingsEdit&)>;
    struct RemovedProvider {
        settings::Provider provider;
        std::size_t position = 0;
    };

    gateway::GatewayHost::Callbacks callbacks();
    void takeExchanges(const std::vector<gateway::ExchangeEvent>& events);
    void answer(QObject* context, Reply<void> reply, Result<void> result);
    // Changes the file, reads it again, and lets the gateway follow.
    Result<void> editSettings(const Edit& edit);
    void refreshPolicy();
    const settings::Provider* findProvider(const std::string& id) const;
    std::string originOf(const std::string& providerId) const;
    void saveKey(const std::string& id, const Secret& key, std::function<void(Result<void>)> done);
    void savePendingKeys();
    void unlockQuietly();
    Result<void> useVaultKey(const std::string& id);

    Engine& m_engine;
    SystemClock m_clock;
    std::unique_ptr<gateway::GatewayHost> m_host;
    BooksReader m_books;
    ProviderProbe m_probe;
    QThreadPool m_workers;
    gateway::PolicyPtr m_policy;
    std::optional<gateway::GatewayStatus> m_failed;  // why the last start did not succeed
    std::map<std::string, gateway::RunningExchange> m_running;
    std::vector<gateway::ProviderStatus> m_statuses;
    std::vector<gateway::FoundServer> m_found;
    Secret m_sessionKey;
    // Keys that are in no file: of a machine without keychain, or not stored yet.
    std::map<std::string, std::shared_ptr<const Secret>> m_memoryKeys;
    std::map<std::string, Secret> m_madeKeys;  // client keys of this run, to fill snippets
    std::map<std::string, RemovedProvider> m_removed;
    std::map<std::string, Secret> m_removedKeys;
    bool m_noKeychain = false;
    bool m_keychainRefused = false;  // at the last unlock
    bool m_memoryOnly = false;
};

}  // namespace gr::app
