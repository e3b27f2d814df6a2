// SPDX-License-Identifier: MIT
#pragma once

#include <QTimer>

#include "app/engine.h"
#include "app/gateway_door.h"
#include "gateway/gateway_host.h"

namespace gr::app {

// A gateway in this very process. Owns the engine and the host over it; destroying it stops the
// gateway, then flushes the books.
class LocalGateway final : public GatewayDoor {
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(LocalGateway)

  public:
    explicit LocalGateway(std::unique_ptr<Engine> engine);
    ~LocalGateway() override;

    Engine& engine() { return *m_engine; }
    gateway::GatewayHost& host() { return *m_host; }

    bool sandbox() const override { return m_engine->sandbox(); }
    gateway::GatewayStatus status() const override;
    settings::Listen listen() const override;
    std::optional<ui::Background> background() const override { return std::nullopt; }
    // It is this process's own vault, whose state is known elsewhere.
    ui::VaultState vaultState() const override { return ui::VaultState::Open; }
    std::string ledgerName() const override { return m_engine->ledgerLocation().name(); }
    void start() override;
    void stop() override;
    void dropPortOverride() override { m_engine->dropPortOverride(); }
    void restart(Reply<void> reply) override;
    void cancel(const std::string& requestId) override { m_host->cancel(requestId); }
    void lookForServers() override { m_host->lookForServers(); }
    void limits(Reply<ui::LimitsView> reply) override;
    void believeClock(Reply<void> reply) override;
    void answerQuestion(const std::string& id, bool goesOn, Reply<void> reply) override;
    void payments(Reply<ui::PaymentsView> reply) override;
    void answerPayment(const std::string& id, std::optional<Money> approvedUpTo,
                       Reply<void> reply) override;
    void wallet(Reply<gateway::WalletFacts> reply) override;
    void pausePayments(bool paused, Reply<void> reply) override;
    QByteArray sessionKey() const override;
    std::vector<gateway::ProviderEntry> simulated() const override;
    std::vector<ledger::ClientKey> clientKeys() const override;
    std::vector<ledger::KeyProgram> keyPrograms() const override;
    void createClientKey(const ui::ClientKeyDraft& draft, Reply<Secret> reply) override;
    void setClientKeyRevoked(const std::string& id, bool revoked, Reply<void> reply) override;
    void follow(Reply<void> reply) override;
    void holdProviderKey(const std::string& provider, const Secret& key,
                         const std::string& origin) override;
    void lockWallet(Reply<void> reply) override;
    void believeBooks(Reply<void> reply) override;
    void unlockVault(const Secret& passphrase, Reply<void> reply) override;

  private:
    gateway::GatewayHost::Callbacks callbacks();
    Result<void> apply();
    void later(Reply<void> reply, Result<void> result);

    std::unique_ptr<Engine> m_engine;
    std::unique_ptr<gateway::GatewayHost> m_host;
    gateway::PolicyPtr m_policy;
    std::optional<gateway::GatewayStatus> m_failed;  // why the last start did not succeed
    Secret m_sessionKey;
    QTimer m_lockTimer;
};

}  // namespace gr::app
