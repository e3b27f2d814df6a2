// SPDX-License-Identifier: MIT
#pragma once

#include <QTemporaryDir>
#include <map>

#include "backend.h"
#include "fake_chats.h"
#include "fake_payments.h"

namespace gr::ui {

class FixedClock final : public Clock {
  public:
    UnixMs now() const override { return time; }
    SteadyTime steady() const override { return SteadyTime(std::chrono::milliseconds(time.value)); }
    UnixMs time{1'795'357'507'000};  // Sunday, 22 November 2026, 14:25:07 UTC
};

inline std::filesystem::path utf8Path(const QTemporaryDir& folder) {
    return folder.path().toStdString();
}

// A backend with a voice: it answers from scripted values, remembers what it was told, and lets a
// test say what the gateway would. Replies come later, as the real one's do.
class FakeBackend final : public Backend {
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(FakeBackend)

  public:
    FakeBackend() = default;
    // A day of work: providers in every state, keys, a history, two running requests.
    void fillWithADay();
    void addRecords(int count);
    void emitExchanges(const std::vector<gateway::ExchangeEvent>& events);
    void setGateway(const gateway::GatewayStatus& status);
    void setVault(VaultState state);
    void setBaseUrl(const QUrl& url) { m_baseUrl = url; }

    FixedClock fixedClock;
    QStringList said;                           // the commands that came down, in order
    std::vector<ledger::StoredRecord> records;  // newest first
    std::vector<gateway::RunningExchange> running;
    std::vector<ProviderInfo> providerList;
    std::vector<gateway::ProviderStatus> statusList;
    std::vector<gateway::FoundServer> found;
    std::vector<ClientKeyInfo> keys;
    std::vector<ledger::Bucket> buckets;
    std::optional<ProviderTest> test;
    SettingsView view;
    LimitsView limits;
    std::string routingFile = "{}\n";
    std::optional<Error> routeError;                               // instead of:
    std::string routeTold;                                         // what explainRoute answers
    std::vector<std::pair<std::string, std::string>> routesAsked;  // document and body
    // The export that was ordered last: a test says how far it is, and how it ended.
    struct Export {
        ExportOrder order;
        ExportProgress progress;
        Reply<ledger::Exported> reply;
    };
    std::optional<Export> exporting;
    struct Replaying {
        std::string document;
        ExportProgress progress;
        Reply<gateway::ReplayReport> reply;
    };
    std::optional<Replaying> replaying;
    gateway::RoutingTraffic traffic;  // what measureRouting answers, unless:
    std::optional<Error> trafficError;
    std::vector<std::pair<std::string, std::string>> trafficAsked;   // document before and after
    std::vector<std::pair<std::string, std::string>> recordedAsked;  // document and request id
    int limitsAsked = 0;                                             // how often
    std::optional<Error> limitsError;
    bool play = false;
    std::optional<Background> elsewhere;
    std::optional<Error> nextError;  // the next command fails with it
    QTemporaryDir home;              // with the configuration of the tools, for real

    FakePayments money{said, fixedClock};

    const Clock& clock() const override { return fixedClock; }
    Payments& payments() override { return money; }
    connect::Desk& connections() override { return m_desk; }
    FakeChats talks;
    Chats& chats() override { return talks; }
    bool sandbox() const override { return play; }
    gateway::GatewayStatus gatewayStatus() const override { return m_status; }
    std::optional<Background> background() const override { return elsewhere; }
    void startGateway() override;
    void stopGateway() override;
    void restartGateway(QObject* context, Reply<void> reply) override;
    std::vector<gateway::RunningExchange> runningRequests() const override { return running; }
    void cancelRequest(const std::string& requestId) override;
    QUrl baseUrl() const override;
    QByteArray sessionKey() const override { return "gr-window"; }
    void queryHistory(QObject* context, const ledger::Filter& filter,
                      std::optional<std::int64_t> before, int limit,
                      Reply<std::vector<ledger::StoredRecord>> reply) override;
    void queryTotals(QObject* context, const ledger::Filter& filter,
                     Reply<ledger::Totals> reply) override;
    void querySeries(QObject* context, UnixMs from, UnixMs to, ledger::Step step,
                     ledger::GroupBy by, Reply<std::vector<ledger::Bucket>> reply) override;
    void queryGaps(QObject* context, UnixMs from, UnixMs to,
                   Reply<std::vector<ledger::Gap>> reply) override;
    void exportHistory(QObject* context, const ExportOrder& order, ExportProgress progress,
                       Reply<ledger::Exported> reply) override;
    void cancelExport() override;
    void querySavings(QObject* context, UnixMs from, Reply<gateway::CacheSavings> reply) override;
    std::vector<gateway::AttemptBill> bills(const ledger::RequestRecord& record) const override;
    void queryLimits(QObject* context, Reply<LimitsView> reply) override;
    void believeClock(QObject* context, Reply<void> reply) override;
    void answerQuestion(QObject* context, const std::string& id, bool goesOn,
                        Reply<void> reply) override;
    std::vector<ProviderInfo> providers() const override { return providerList; }
    std::vector<gateway::ProviderStatus> providerStatuses() const override { return statusList; }
    std::vector<ProviderPreset> presets() const override;
    std::vector<gateway::FoundServer> foundServers() const override { return found; }
    void lookForServers() override;
    void addProvider(QObject* context, const ProviderDraft& draft, Reply<void> reply) override;
    void changeProviderAddress(QObject* context, const std::string& id, const std::string& baseUrl,
                               Reply<void> reply) override;
    void setProviderEnabled(const std::string& id, bool enabled) override;
    void removeProvider(QObject* context, const std::string& id, Reply<void> reply) override;
    void restoreProvider(QObject* context, const std::string& id, Reply<void> reply) override;
    void putProviderKey(QObject* context, const std::string& id, Secret key,
                        Reply<void> reply) override;
    void removeProviderKey(QObject* context, const std::string& id, Reply<void> reply) override;
    void restoreProviderKey(QObject* context, const std::string& id, Reply<void> reply) override;
    void testProvider(QObject* context, const std::string& id, Reply<ProviderTest> reply) override;
    std::vector<ClientKeyInfo> clientKeys() const override { return keys; }
    void createClientKey(QObject* context, const ClientKeyDraft& draft,
                         Reply<Secret> reply) override;
    void revokeClientKey(QObject* context, const std::string& id, Reply<void> reply) override;
    void restoreClientKey(QObject* context, const std::string& id, Reply<void> reply) override;
    std::optional<Secret> clientKeySecret(const std::string& id) const override;
    VaultState vaultState() const override { return m_vault; }
    void openVault(QObject* context, Secret passphrase, Reply<void> reply) override;
    void keepKeysInMemory() override;
    void askKeychain() override;
    SettingsView settings() const override { return view; }
    void patchSettings(QObject* context, const SettingsPatch& patch, Reply<void> reply) override;
    Result<std::string> routing() const override { return routingFile; }
    std::vector<RoutingFinding> checkRouting(const std::string& document) const override;
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
    void fillLimits();
    void fillTools();
    void fillRouting();
    void command(const QString& what) { said << what; }
    void answer(QObject* context, Reply<void> reply, const std::function<void()>& done);
    ProviderInfo* provider(const std::string& id);
    ClientKeyInfo* key(const std::string& id);

    gateway::GatewayStatus m_status{.state = gateway::GatewayStatus::State::Running,
                                    .address = "127.0.0.1",
                                    .port = 4402,
                                    .error = {},
                                    .portHolder = {}};
    connect::Desk m_desk{{utf8Path(home), [](const std::string&) { return std::nullopt; }},
                         utf8Path(home) / "data" / "connections.json",
                         fixedClock};
    VaultState m_vault = VaultState::Open;
    QUrl m_baseUrl;
    std::map<std::string, ProviderInfo> m_removed;
    std::map<std::string, std::string> m_secrets{{"my-tools", "gr-abcdefghijklmnopqrstuvwx1234"}};
};

// What the models of the script cost; those that are not in it have no price.
gateway::Repricer::Prices scriptedPrices();
// Fills in what its attempts cost, and the request with them.
void bookAsTheGateway(ledger::RequestRecord& record);

// One finished request of the script, `number` of them apart by some minutes.
ledger::RequestRecord scriptedRecord(int number, UnixMs now);

}  // namespace gr::ui
