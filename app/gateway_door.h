// SPDX-License-Identifier: MIT
#pragma once

#include <QObject>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/secret.h"
#include "gateway/events.h"
#include "gateway/policy.h"
#include "ledger/entry.h"
#include "ledger/key_program.h"
#include "ui/backend.h"
#include "ui/payments.h"

namespace gr::app {

// The gateway that the window is about: one in this process, or one that runs in another. What lies
// on disk (configuration, vault, books) is not behind this door. Main thread; nothing waits.
// Replies and signals come later, never during a call; a reply comes once, unless the door goes
// before.
class GatewayDoor : public QObject {
    Q_OBJECT

  public:
    template <class T>
    using Reply = ui::Backend::Reply<T>;

    using QObject::QObject;

    virtual bool sandbox() const = 0;
    virtual gateway::GatewayStatus status() const = 0;  // port and address also when stopped
    virtual settings::Listen listen() const = 0;        // where it would listen at the next start
    virtual std::optional<ui::Background> background() const = 0;  // absent: in this process
    // Open, Locked or KeychainClosed, as the gateway sees it.
    virtual ui::VaultState vaultState() const = 0;
    virtual std::string ledgerName() const = 0;  // a file, or a URL without what opens it

    virtual void start() = 0;
    virtual void stop() = 0;
    // From now on the configuration's port counts, whatever the command line said.
    virtual void dropPortOverride() = 0;
    virtual void restart(Reply<void> reply) = 0;  // listens where the configuration says by now
    virtual void cancel(const std::string& requestId) = 0;
    virtual void lookForServers() = 0;

    virtual void limits(Reply<ui::LimitsView> reply) = 0;  // see ui::Backend::queryLimits
    virtual void believeClock(Reply<void> reply) = 0;
    virtual void answerQuestion(const std::string& id, bool goesOn, Reply<void> reply) = 0;

    virtual void payments(Reply<ui::PaymentsView> reply) = 0;  // see ui::Payments
    virtual void answerPayment(const std::string& id, std::optional<Money> approvedUpTo,
                               Reply<void> reply) = 0;           // absent: denied
    virtual void wallet(Reply<gateway::WalletFacts> reply) = 0;  // as the gateway sees it
    virtual void pausePayments(bool paused, Reply<void> reply) = 0;
    virtual void lockWallet(Reply<void> reply) = 0;    // see WalletLock
    virtual void believeBooks(Reply<void> reply) = 0;  // see PurchaseDesk::believeLedger

    // Key of the window itself; empty while there is none.
    virtual QByteArray sessionKey() const = 0;
    virtual std::vector<gateway::ProviderEntry> simulated() const = 0;
    virtual std::vector<ledger::ClientKey> clientKeys() const = 0;    // those made at run time
    virtual std::vector<ledger::KeyProgram> keyPrograms() const = 0;  // of all keys
    virtual void createClientKey(const ui::ClientKeyDraft& draft, Reply<Secret> reply) = 0;
    virtual void setClientKeyRevoked(const std::string& id, bool revoked, Reply<void> reply) = 0;

    // The configuration or the vault on disk changed: from the reply on they count.
    virtual void follow(Reply<void> reply) = 0;
    // See Engine::holdProviderKey; counts from the next follow() on.
    virtual void holdProviderKey(const std::string& provider, const Secret& key,
                                 const std::string& origin) = 0;
    // The vault opens with this passphrase; this process has it open already.
    virtual void unlockVault(const Secret& passphrase, Reply<void> reply) = 0;

  signals:
    void statusChanged();  // or background(), vaultState(), sessionKey(), simulated()
    void exchangesArrived(const std::vector<gr::gateway::ExchangeEvent>& events);
    // Events were missed; `running` is what runs now.
    void exchangesMissed(const std::vector<gr::gateway::ExchangeEvent>& running);
    void providersTold(const std::vector<gr::gateway::ProviderStatus>& statuses);
    void serversFound(const std::vector<gr::gateway::FoundServer>& servers);
    void clientKeysChanged();
    void walletChanged();  // it was locked
};

}  // namespace gr::app
