// SPDX-License-Identifier: MIT
#pragma once

#include <QTimer>

#include "app/control_link.h"
#include "app/gateway_door.h"

namespace gr::app {

// What a running gateway says of itself.
struct GatewayFacts {
    gateway::GatewayStatus status;
    std::string program;
    std::int64_t pid = 0;
    bool sandbox = false;
    std::filesystem::path configFile;
    std::string ledgerName;
    ui::VaultState vault = ui::VaultState::Open;  // Open, Locked or KeychainClosed
    std::vector<gateway::ProviderEntry> simulated;
    QByteArray sessionKey;  // of this window
};

// An answer to `status`. DataDirInUse with a sentence when it is of another version. Pure.
Result<GatewayFacts> readFacts(const QJsonObject& status);

// How often an attached window looks, and how long it waits.
struct WatchPace {
    Milliseconds pulse{5'000};     // does it still answer?
    Milliseconds search{1'000};    // is there one again?
    Milliseconds patience{8'000};  // with one that is silent

    WatchPace() = default;
};

// A gateway in another process of this data directory (gaterouterd, gaterouter --headless), over
// its control socket. Follows its events, sees its end, and finds one that is started again.
class AttachedGateway final : public GatewayDoor {
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(AttachedGateway)

  public:
    // Asks who runs over `link` and gets a key for the window. Errors as of readFacts and of the
    // link.
    static void find(ControlLink& link, std::function<void(Result<GatewayFacts>)> reply);

    AttachedGateway(std::filesystem::path dataDir, GatewayFacts facts,
                    const WatchPace& pace = WatchPace());

    bool sandbox() const override { return m_facts.sandbox; }
    gateway::GatewayStatus status() const override;
    settings::Listen listen() const override;
    std::optional<ui::Background> background() const override;
    ui::VaultState vaultState() const override { return m_facts.vault; }
    std::string ledgerName() const override { return m_facts.ledgerName; }
    void start() override;
    void stop() override;
    void dropPortOverride() override {}  // restart() brings it with it
    void restart(Reply<void> reply) override;
    void cancel(const std::string& requestId) override;
    void lookForServers() override;
    void limits(Reply<ui::LimitsView> reply) override;
    void believeClock(Reply<void> reply) override;
    void answerQuestion(const std::string& id, bool goesOn, Reply<void> reply) override;
    void payments(Reply<ui::PaymentsView> reply) override;
    void answerPayment(const std::string& id, std::optional<Money> approvedUpTo,
                       Reply<void> reply) override;
    void wallet(Reply<gateway::WalletFacts> reply) override;
    void pausePayments(bool paused, Reply<void> reply) override;
    QByteArray sessionKey() const override { return m_facts.sessionKey; }
    std::vector<gateway::ProviderEntry> simulated() const override { return m_facts.simulated; }
    std::vector<ledger::ClientKey> clientKeys() const override { return m_keys; }
    std::vector<ledger::KeyProgram> keyPrograms() const override { return m_programs; }
    void createClientKey(const ui::ClientKeyDraft& draft, Reply<Secret> reply) override;
    void setClientKeyRevoked(const std::string& id, bool revoked, Reply<void> reply) override;
    void follow(Reply<void> reply) override;
    void holdProviderKey(const std::string& provider, const Secret& key,
                         const std::string& origin) override;
    void lockWallet(Reply<void> reply) override;
    void believeBooks(Reply<void> reply) override;
    void unlockVault(const Secret& passphrase, Reply<void> reply) override;

  private:
    using State = ui::Background::State;

    void command(const QJsonObject& question, Reply<void> reply);
    void enter(State state);
    void tellLog() const;
    void watch(GatewayFacts facts);  // from the beginning
    void askEvents();
    void takeEvents(const Result<QByteArray>& line);
    void askStatus();
    void take(GatewayFacts facts);
    void askKeys();
    void lost();

    std::filesystem::path m_dataDir;
    WatchPace m_pace;
    GatewayFacts m_facts;
    State m_state = State::Attached;
    bool m_stopAsked = false;
    bool m_watching = false;  // a question for events is out
    bool m_askingStatus = false;
    std::vector<ledger::ClientKey> m_keys;
    std::vector<ledger::KeyProgram> m_programs;
    std::uint64_t m_next = 0;  // of the next question for events
    int m_round = 0;           // answers of an earlier round are of a gateway that is gone
    ControlLink m_link;
    QTimer m_pulse;
};

}  // namespace gr::app
