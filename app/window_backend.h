// SPDX-License-Identifier: MIT
#pragma once

#include <QThreadPool>
#include <atomic>
#include <map>
#include <memory>
#include <set>
#include <vector>

#include "app/books_reader.h"
#include "app/configuration.h"
#include "app/gateway_door.h"
#include "app/provider_probe.h"
#include "app/window_chats.h"
#include "app/window_payments.h"
#include "settings/settings_edit.h"
#include "settings/settings_file.h"
#include "ui/backend.h"

namespace gr::app {

// The window's backend: configuration, vault and books are files that it reads and writes itself,
// the gateway stands behind a door and may be in this process or in another. Owns the door, which
// it changes when the person lets this process take the place of a gateway that ended. Main thread.
class WindowBackend final : public ui::Backend {
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(WindowBackend)

  public:
    // Opens a gateway in this process, which the data directory must be free for.
    using OpenHere = std::function<Result<std::unique_ptr<GatewayDoor>>()>;

    // `configuration` outlives the backend.
    WindowBackend(Configuration& configuration, std::unique_ptr<GatewayDoor> door,
                  OpenHere openHere = {});
    ~WindowBackend() override;

    // Opens the vault where that needs nobody. The gateway is started with startGateway().
    void begin();
    // After the configuration or the keys changed from elsewhere (control socket, SIGHUP).
    void reloadConfiguration();
    void configurationChanged();
    // A client key that was just made, so that snippets can be filled with it in this run.
    void rememberClientKey(const std::string& id, Secret key);

    const Clock& clock() const override { return m_clock; }
    bool sandbox() const override { return m_door->sandbox(); }
    gateway::GatewayStatus gatewayStatus() const override { return m_door->status(); }
    std::optional<ui::Background> background() const override { return m_door->background(); }
    void startGateway() override;
    void stopGateway() override;
    void restartGateway(QObject* context, Reply<void> reply) override;
    std::vector<gateway::RunningExchange> runningRequests() const override;
    void cancelRequest(const std::string& requestId) override;
    QUrl baseUrl() const override;
    QByteArray sessionKey() const override { return m_door->sessionKey(); }
    void queryHistory(QObject* context, const ledger::Filter& filter,
                      std::optional<std::int64_t> before, int limit,
                      Reply<std::vector<ledger::StoredRecord>> reply) override;
    void queryTotals(QObject* context, const ledger::Filter& filter,
                     Reply<ledger::Totals> reply) override;
    void querySeries(QObject* context, UnixMs from, UnixMs to, ledger::Step step,
                     ledger::GroupBy by, Reply<std::vector<ledger::Bucket>> reply) override;
    void queryGaps(QObject* context, UnixMs from, UnixMs to,
                   Reply<std::vector<ledger::Gap>> reply) override;
    void queryLimits(QObject* context, Reply<ui::LimitsView> reply) override;
    void believeClock(QObject* context, Reply<void> reply) override;
    void answerQuestion(QObject* context, const std::string& id, bool goesOn,
                        Reply<void> reply) override;
    connect::Desk& connections() override { return m_connections; }
    ui::Payments& payments() override { return m_payments; }
    ui::Chats& chats() override { return m_chats; }
    void exportHistory(QObject* context, const ui::ExportOrder& order, ExportProgress progress,
                       Reply<ledger::Exported> reply) override;
    void cancelExport() override;
    void querySavings(QObject* context, UnixMs from, Reply<gateway::CacheSavings> reply) override;
    std::vector<gateway::AttemptBill> bills(const ledger::RequestRecord& record) const override;
    std::vector<ui::ProviderInfo> providers() const override;
    std::vector<gateway::ProviderStatus> providerStatuses() const override { return m_statuses; }
    std::vector<ui::ProviderPreset> presets() const override;
    std::vector<gateway::FoundServer> foundServers() const override { return m_found; }
    void lookForServers() override { m_door->lookForServers(); }
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
    void createClientKey(QObject* context, const ui::ClientKeyDraft& draft,
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
    Result<std::string> routing() const override;
    std::vector<ui::RoutingFinding> checkRouting(const std::string& document) const override;
    void applyRouting(QObject* context, const std::string& before, const std::string& after,
                      Reply<void> reply) override;
    void explainRoute(QObject* context, const std::string& document, const std::string& body,
                      Reply<std::string> reply) override;
    void explainRecorded(QObject* context, const std::string& document,
                         const std::string& requestId, Reply<std::string> reply) override;
    void measureRouting(QObject* context, const std::string& before, const std::string& after,
                        int days, Reply<gateway::RoutingTraffic> reply) override;
    void replayRouting(QObject* context, const std::string& document, int days,
                       ExportProgress progress, Reply<gateway::ReplayReport> reply) override;
    void cancelReplay() override;
    QString configFile() const override;
    QString dataDirectory() const override;

  private:
    using Edit = std::function<Result<void>(settings::SettingsEdit&)>;
    // The sum so far, so that each question reads only the rows behind the last one. Of the thread
    // of long reads alone.
    struct Savings {
        UnixMs from;
        std::int64_t after = 0;
        gateway::CacheSavings sum;
    };
    struct RemovedProvider {
        settings::Provider provider;
        std::size_t position = 0;
    };

    gateway::Repricer::Prices prices() const;
    void connectDoor();
    void takePlace();
    void takeExchanges(const std::vector<gateway::ExchangeEvent>& events);
    void answer(QObject* context, Reply<void> reply, Result<void> result);
    // Changes the file and reads it again.
    Result<void> editSettings(const Edit& edit);
    // Behind every change: where it went well, lets the gateway follow; then answers.
    void finish(QObject* context, Reply<void> reply, Result<void> done);
    void followQuietly();  // what goes wrong is told as trouble
    void complainLater(const QString& title, const Error& error);
    settings::SecretStore& secrets() const { return m_configuration.secrets(); }
    // Runs what it is given on the main thread, later, as long as `context` lives. Any thread.
    std::function<void(std::function<void()>)> onMain(QObject* context);
    // What the configuration would say with this document's routing in it.
    Result<settings::LoadedSettings> settingsWith(const std::string& document) const;
    // The policy of it, with what the gateway simulates.
    Result<gateway::Policy> policyToTry(const std::string& document) const;
    const settings::Provider* findProvider(const std::string& id) const;
    std::string originOf(const std::string& providerId) const;
    std::optional<ProviderProbe::Target> probeTarget(const std::string& id) const;
    void hold(const std::string& id, std::shared_ptr<const Secret> key);
    void drop(const std::string& id);
    void saveKey(const std::string& id, const Secret& key, std::function<void(Result<void>)> done);
    void keepPending(const Error& why);
    void savePendingKeys();
    void unlockQuietly();
    Result<void> useVaultKey(const std::string& id);

    Configuration& m_configuration;
    SystemClock m_clock;
    connect::Desk m_connections;
    std::unique_ptr<GatewayDoor> m_door;
    OpenHere m_openHere;
    std::shared_ptr<Savings> m_savings = std::make_shared<Savings>();
    ledger::Location m_booksLocation;
    BooksReader m_books;
    BooksReader m_longReads;  // what may read many rows: no page waits behind it
    WindowPayments m_payments;
    WindowChats m_chats;
    std::shared_ptr<std::atomic_bool> m_stopExport;
    std::shared_ptr<std::atomic_bool> m_stopReplay;
    std::shared_ptr<std::atomic_bool> m_stopMeasure;
    ProviderProbe m_probe;
    QThreadPool m_workers;
    std::map<std::string, gateway::RunningExchange> m_running;
    std::vector<gateway::ProviderStatus> m_statuses;
    std::vector<gateway::FoundServer> m_found;
    // Keys that are in no file: of a machine without keychain, or not stored yet.
    std::map<std::string, std::shared_ptr<const Secret>> m_memoryKeys;
    std::map<std::string, Secret> m_madeKeys;  // client keys of this run, to fill snippets
    std::map<std::string, RemovedProvider> m_removed;
    std::map<std::string, Secret> m_removedKeys;
    bool m_noKeychain = false;
    bool m_keychainRefused = false;  // at the last unlock
    bool m_memoryOnly = false;
    bool m_wantsVault = false;  // a key waits for a vault that only the gateway has open
};

}  // namespace gr::app
