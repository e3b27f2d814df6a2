// SPDX-License-Identifier: MIT
#include "app/local_gateway.h"

#include "app/key_scope.h"
#include "app/limits_view.h"

namespace gr::app {

using State = gateway::GatewayStatus::State;

LocalGateway::LocalGateway(std::unique_ptr<Engine> engine)
    : m_engine(std::move(engine)),
      m_host(std::make_unique<gateway::GatewayHost>(
          m_engine->ledger(), m_engine->paths().responsesFile(), callbacks())),
      m_sessionKey(m_engine->addSessionKey("playground", {"*"})) {
    m_lockTimer.setSingleShot(true);
    connect(&m_lockTimer, &QTimer::timeout, this, [this] {
        if (m_engine->walletLock().lockIfDue()) {
            static_cast<void>(apply());
            emit walletChanged();
        }
    });
    m_engine->walletLock().onArm([this](Milliseconds wait) { m_lockTimer.start(wait); });
    // Keys that another gateway on this ledger made or revoked.
    if (m_engine->sharesLedger())
        m_engine->ledger().watchClientKeys([this] {
            QMetaObject::invokeMethod(
                this,
                [this] {
                    static_cast<void>(apply());
                    emit clientKeysChanged();
                },
                Qt::QueuedConnection);
        });
}

LocalGateway::~LocalGateway() {
    m_engine->ledger().watchClientKeys({});
    m_host.reset();  // its callbacks use this object
}

// The callbacks run on an io thread and only hand the values on.
gateway::GatewayHost::Callbacks LocalGateway::callbacks() {
    const auto handOn = [this](auto signal) {
        return [this, signal](auto values) {
            QMetaObject::invokeMethod(
                this, [this, signal, values = std::move(values)] { emit(this->*signal)(values); },
                Qt::QueuedConnection);
        };
    };
    gateway::GatewayHost::Callbacks up;
    up.exchanges = handOn(&GatewayDoor::exchangesArrived);
    up.providers = handOn(&GatewayDoor::providersTold);
    up.foundServers = handOn(&GatewayDoor::serversFound);
    up.paymentMark = [this](ledger::LedgerMark mark) {
        QMetaObject::invokeMethod(
            this, [this, mark = std::move(mark)] { m_engine->keepPaymentMark(mark); },
            Qt::QueuedConnection);
    };
    return up;
}

void LocalGateway::later(Reply<void> reply, Result<void> result) {
    QTimer::singleShot(0, this,
                       [reply = std::move(reply), result = std::move(result)] { reply(result); });
}

gateway::GatewayStatus LocalGateway::status() const {
    gateway::GatewayStatus status = m_failed ? *m_failed : m_host->status();
    // A gateway that does not run has no port of its own: say which one it would take.
    if (status.port == 0 && m_policy) {
        status.port = m_policy->listen.port;
        status.address = m_policy->listen.address;
    }
    return status;
}

settings::Listen LocalGateway::listen() const {
    return m_policy ? m_policy->listen : m_engine->settings().listen;
}

void LocalGateway::start() {
    const Result<void> applied = apply();
    if (m_host->status().state == State::Running) {
        return;
    }
    m_failed.reset();
    if (!applied) {
        m_failed = m_host->status();
        m_failed->error = applied.error();
    } else if (auto started = m_host->start(m_policy); !started) {
        m_failed = m_host->status();
        m_failed->error = started.error();
        m_failed->port = m_policy->listen.port;
    } else {
        m_host->lookForServers();
    }
    if (m_failed) {
        m_failed->state = State::Failed;
    }
    QTimer::singleShot(0, this, &GatewayDoor::statusChanged);
}

void LocalGateway::stop() {
    m_failed.reset();
    m_host->stop();
    QTimer::singleShot(0, this, &GatewayDoor::statusChanged);
}

void LocalGateway::restart(Reply<void> reply) {
    stop();
    start();
    later(std::move(reply), {});  // how it went is told by the status
}

void LocalGateway::limits(Reply<ui::LimitsView> reply) {
    QTimer::singleShot(0, this,
                       [this, reply = std::move(reply)] { reply(limitsView(m_host->limits())); });
}

void LocalGateway::believeClock(Reply<void> reply) {
    m_host->believeClock();
    later(std::move(reply), {});
}

void LocalGateway::answerQuestion(const std::string& id, bool goesOn, Reply<void> reply) {
    later(std::move(reply), goesOn ? m_host->allowRequest(id, {}) : m_host->refuseRequest(id));
}

void LocalGateway::payments(Reply<ui::PaymentsView> reply) {
    QTimer::singleShot(0, this, [this, reply = std::move(reply)] {
        reply(ui::PaymentsView{.paused = m_host->paymentsPaused(),
                               .locked = m_host->walletLocked(),
                               .doubted = m_host->paymentBooksDoubted(),
                               .held = m_host->heldPayments()});
    });
}

void LocalGateway::answerPayment(const std::string& id, std::optional<Money> approvedUpTo,
                                 Reply<void> reply) {
    later(std::move(reply),
          approvedUpTo ? m_host->approvePayment(id, *approvedUpTo) : m_host->denyPayment(id));
}

void LocalGateway::wallet(Reply<gateway::WalletFacts> reply) {
    QTimer::singleShot(0, this,
                       [this, reply = std::move(reply)] { reply(m_engine->walletLock().facts()); });
}

void LocalGateway::pausePayments(bool paused, Reply<void> reply) {
    later(std::move(reply), m_host->pausePayments(paused));
}

QByteArray LocalGateway::sessionKey() const {
    return {m_sessionKey.reveal().data(), static_cast<qsizetype>(m_sessionKey.size())};
}

std::vector<gateway::ProviderEntry> LocalGateway::simulated() const {
    return m_engine->simulatedProviders();
}

std::vector<ledger::ClientKey> LocalGateway::clientKeys() const {
    return m_engine->ledger().clientKeys().value_or(std::vector<ledger::ClientKey>());
}

std::vector<ledger::KeyProgram> LocalGateway::keyPrograms() const {
    return m_engine->ledger().keyPrograms().value_or(std::vector<ledger::KeyProgram>());
}

void LocalGateway::createClientKey(const ui::ClientKeyDraft& draft, Reply<Secret> reply) {
    auto key = std::make_shared<Result<Secret>>(
        m_engine->createClientKey(draft.id, draft.expires, scopeOf(draft)));
    if (*key) {
        static_cast<void>(apply());
    }
    QTimer::singleShot(0, this, [this, reply = std::move(reply), key] {
        reply(std::move(*key));
        emit clientKeysChanged();
    });
}

void LocalGateway::setClientKeyRevoked(const std::string& id, bool revoked, Reply<void> reply) {
    ledger::Ledger& books = m_engine->ledger();
    auto done =
        revoked ? books.revokeClientKey(id, SystemClock().now()) : books.restoreClientKey(id);
    if (done) {
        done = apply();
    }
    QTimer::singleShot(0, this, &GatewayDoor::clientKeysChanged);
    later(std::move(reply), std::move(done));
}

Result<void> LocalGateway::apply() {
    auto built = m_engine->policy();
    if (!built) {
        return fail(built.error());
    }
    m_policy = std::move(*built);
    m_host->apply(m_policy);
    return {};
}

void LocalGateway::follow(Reply<void> reply) {
    later(std::move(reply), apply());
}

void LocalGateway::holdProviderKey(const std::string& provider, const Secret& key,
                                   const std::string& origin) {
    m_engine->holdProviderKey(provider, key.clone(), origin);
}

void LocalGateway::lockWallet(Reply<void> reply) {
    auto locked = m_engine->walletLock().lock();
    later(std::move(reply), locked ? apply() : std::move(locked));
}

void LocalGateway::believeBooks(Reply<void> reply) {
    later(std::move(reply), m_host->believePaymentBooks());
}

void LocalGateway::unlockVault(const Secret&, Reply<void> reply) {
    follow(std::move(reply));  // it is the same vault
}

}  // namespace gr::app
