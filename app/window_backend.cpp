// SPDX-License-Identifier: MIT
#include "app/window_backend.h"

#include <QDir>
#include <QTimer>
#include <algorithm>

#include "app/guarded.h"
#include "app/key_scope.h"
#include "base/log.h"
#include "base/text.h"
#include "ledger/postgres_url.h"

namespace gr::app {

using namespace Qt::StringLiterals;

namespace {

// Of a server the gateway tells no password: this program has it of its own configuration.
ledger::Location booksOf(const GatewayDoor& door, const Configuration& configuration) {
    const std::string name = door.ledgerName();
    if (ledger::isPostgresUrl(name))
        return configuration.paths().ledger(configuration.settings().ledger.url);
    return std::filesystem::path(name);
}

QString shown(const std::filesystem::path& path) {
    return QString::fromStdString(path.string());
}

}  // namespace

WindowBackend::WindowBackend(Configuration& configuration, std::unique_ptr<GatewayDoor> door,
                             OpenHere openHere)
    : m_configuration(configuration),
      m_connections({QDir::homePath().toStdString()}, configuration.paths().connectionsFile(),
                    m_clock),
      m_door(std::move(door)),
      m_openHere(std::move(openHere)),
      m_booksLocation(booksOf(*m_door, m_configuration)),
      m_books(m_booksLocation),
      m_longReads(m_booksLocation),
      m_payments(
          configuration, [this]() -> GatewayDoor& { return *m_door; }, m_books, m_booksLocation,
          m_clock),
      m_chats(configuration),
      m_probe(this) {
    connectDoor();
    connect(this, &Backend::settingsChanged, &m_payments, &ui::Payments::changed);
}

WindowBackend::~WindowBackend() {
    m_door.reset();  // its replies use this object
    for (const auto& stop : {m_stopExport, m_stopReplay, m_stopMeasure}) {
        if (stop) {
            stop->store(true);
        }
    }
    m_workers.waitForDone();
}

void WindowBackend::connectDoor() {
    GatewayDoor* door = m_door.get();
    connect(door, &GatewayDoor::statusChanged, this, [this] {
        const auto background = m_door->background();
        if (background && background->state != ui::Background::State::Attached) {
            m_running.clear();  // nothing is known of them any more
            emit exchangesMissed();
        }
        emit gatewayStatusChanged();
        emit vaultStateChanged();
        emit providersChanged();
        emit settingsChanged();
    });
    connect(door, &GatewayDoor::exchangesArrived, this, &WindowBackend::takeExchanges);
    connect(door, &GatewayDoor::exchangesMissed, this,
            [this](const std::vector<gateway::ExchangeEvent>& running) {
                m_running.clear();
                emit exchangesMissed();
                takeExchanges(running);
            });
    connect(door, &GatewayDoor::providersTold, this,
            [this](const std::vector<gateway::ProviderStatus>& statuses) {
                m_statuses = statuses;
                emit providerStatusesChanged();
            });
    connect(door, &GatewayDoor::serversFound, this,
            [this](const std::vector<gateway::FoundServer>& found) {
                m_found = found;
                emit foundServersChanged();
            });
    connect(door, &GatewayDoor::clientKeysChanged, this, &Backend::clientKeysChanged);
    connect(door, &GatewayDoor::walletChanged, &payments(), &ui::Payments::changed);
}

void WindowBackend::begin() {
    followQuietly();
    unlockQuietly();
}

// The keychain answers through the event loop; nothing waits for it.
void WindowBackend::unlockQuietly() {
    const auto names = settings::keychainNames(m_configuration.settings());
    if (secrets().state() != settings::SecretStore::State::NeedsKeychain && names.empty()) {
        if (secrets().state() == settings::SecretStore::State::Damaged && secrets().problem()) {
            complainLater(tr("The vault cannot be opened"), *secrets().problem());
        }
        return;
    }
    secrets().unlock(names, [this](const Result<void>& result) {
        m_keychainRefused = !result;
        followQuietly();
        emit vaultStateChanged();
        // A gateway in the background that has its keys does not miss this process's.
        if (!result && !(m_door->background() && m_door->vaultState() == ui::VaultState::Open)) {
            complainLater(tr("The vault cannot be opened"), result.error());
        }
    });
}

// Later: what is said may come before there is a window to show it.
void WindowBackend::complainLater(const QString& title, const Error& error) {
    const QString why = QString::fromStdString(error.message.text);
    QTimer::singleShot(0, this, [this, title, why] { emit trouble(title, why); });
}

void WindowBackend::answer(QObject* context, Reply<void> reply, Result<void> result) {
    QTimer::singleShot(0, context,
                       [reply = std::move(reply), result = std::move(result)] { reply(result); });
}

void WindowBackend::takeExchanges(const std::vector<gateway::ExchangeEvent>& events) {
    for (const gateway::ExchangeEvent& event : events) {
        if (event.finished) {
            m_running.erase(event.finished->id);
        } else {
            m_running[event.running.id] = event.running;
        }
    }
    emit exchangesArrived(events);
}

void WindowBackend::startGateway() {
    const auto background = m_door->background();
    if (background && background->state != ui::Background::State::Attached && m_openHere) {
        takePlace();
    } else {
        m_door->start();
    }
}

// The gateway in the background is gone: from now on this process has its own.
void WindowBackend::takePlace() {
    auto opened = m_openHere();
    if (!opened) {
        complainLater(tr("The gateway was not started"), opened.error());
        return;
    }
    m_door->disconnect(this);
    m_door.release()->deleteLater();
    m_door = std::move(*opened);
    connectDoor();
    for (const auto& [id, key] : m_memoryKeys) {
        m_door->holdProviderKey(id, *key, originOf(id));
    }
    followQuietly();
    m_door->start();
    QTimer::singleShot(0, this, &Backend::clientKeysChanged);
}

void WindowBackend::stopGateway() {
    m_door->stop();
    if (!m_door->background()) {
        m_running.clear();
    }
}

void WindowBackend::restartGateway(QObject* context, Reply<void> reply) {
    m_door->restart(guarded(context, std::move(reply)));
}

void WindowBackend::queryLimits(QObject* context, Reply<ui::LimitsView> reply) {
    m_door->limits(guarded(context, std::move(reply)));
}

void WindowBackend::believeClock(QObject* context, Reply<void> reply) {
    m_door->believeClock(guarded(context, std::move(reply)));
}

void WindowBackend::answerQuestion(QObject* context, const std::string& id, bool goesOn,
                                   Reply<void> reply) {
    m_door->answerQuestion(id, goesOn, guarded(context, std::move(reply)));
}

std::vector<gateway::RunningExchange> WindowBackend::runningRequests() const {
    std::vector<gateway::RunningExchange> running;
    for (const auto& [id, one] : m_running) {
        running.push_back(one);
    }
    std::ranges::sort(running, {}, &gateway::RunningExchange::startedAt);
    return running;
}

void WindowBackend::cancelRequest(const std::string& requestId) {
    m_door->cancel(requestId);
}

QUrl WindowBackend::baseUrl() const {
    // Snippets name 127.0.0.1: a name could be resolved to something else.
    return QUrl(u"http://127.0.0.1:%1/v1"_s.arg(gatewayStatus().port));
}

std::vector<ui::ClientKeyInfo> WindowBackend::clientKeys() const {
    std::vector<ui::ClientKeyInfo> keys;
    for (const settings::Client& client : m_configuration.settings().clients) {
        ui::ClientKeyInfo info;
        info.id = client.id;
        info.expiresAt = client.expires;
        info.revealable = clientKeySecret(client.id).has_value();
        info.revocable = false;
        if (client.models != std::vector<std::string>{"*"}) {
            info.models = client.models;
        }
        for (const ledger::Limit& limit : m_configuration.settings().limits) {
            if (limit.client == client.id) {
                info.limits.push_back(limit);
            }
        }
        keys.push_back(std::move(info));
    }
    for (const ledger::ClientKey& key : m_door->clientKeys()) {
        keys.push_back({.id = key.id,
                        .createdAt = key.createdAt,
                        .expiresAt = key.expiresAt,
                        .revokedAt = key.revokedAt,
                        .revealable = m_madeKeys.contains(key.id),
                        .revocable = true});
        readScope(key.scope, m_configuration.settings().limitDefaults, keys.back());
    }
    for (const ledger::KeyProgram& program : m_door->keyPrograms()) {
        if (const auto key = std::ranges::find(keys, program.client, &ui::ClientKeyInfo::id);
            key != keys.end()) {
            key->programs.push_back(program);
        }
    }
    return keys;
}

void WindowBackend::rememberClientKey(const std::string& id, Secret key) {
    m_madeKeys.insert_or_assign(id, std::move(key));
}

std::optional<Secret> WindowBackend::clientKeySecret(const std::string& id) const {
    if (const auto made = m_madeKeys.find(id); made != m_madeKeys.end()) {
        return made->second.clone();
    }
    for (const settings::Client& client : m_configuration.settings().clients) {
        if (client.id == id && client.key) {
            auto stored = secrets().read(*client.key);
            return stored ? std::optional<Secret>(std::move(stored->secret)) : std::nullopt;
        }
    }
    return std::nullopt;
}

void WindowBackend::createClientKey(QObject* context, const ui::ClientKeyDraft& draft,
                                    Reply<Secret> reply) {
    const QPointer<QObject> alive(context);
    m_door->createClientKey(
        draft, [this, id = draft.id, alive, reply = std::move(reply)](Result<Secret> key) {
            if (key) {
                rememberClientKey(id, key->clone());
                QTimer::singleShot(0, this, &Backend::clientKeysChanged);
            }
            if (alive) {
                reply(std::move(key));
            }
        });
}

void WindowBackend::revokeClientKey(QObject* context, const std::string& id, Reply<void> reply) {
    m_door->setClientKeyRevoked(id, true, guarded(context, std::move(reply)));
}

void WindowBackend::restoreClientKey(QObject* context, const std::string& id, Reply<void> reply) {
    m_door->setClientKeyRevoked(id, false, guarded(context, std::move(reply)));
}

ui::SettingsView WindowBackend::settings() const {
    const settings::Listen listen = m_door->listen();
    const settings::Ledger& books = m_configuration.settings().ledger;
    return {.port = listen.port,
            .address = listen.address,
            .keepDays = books.keepDays,
            .keepAnswersDays = m_configuration.settings().responses.keepDays,
            .recordBodies = books.recordBodies};
}

void WindowBackend::patchSettings(QObject* context, const ui::SettingsPatch& patch,
                                  Reply<void> reply) {
    auto done = editSettings([&patch](settings::SettingsEdit& edit) -> Result<void> {
        if (patch.port) {
            if (auto set = edit.setListenPort(*patch.port); !set) {
                return set;
            }
        }
        if (patch.keepDays) {
            if (auto set = edit.set({"ledger", "keep_days"}, settings::jsonNumber(*patch.keepDays));
                !set) {
                return set;
            }
        }
        if (patch.keepAnswersDays) {
            return edit.set({"responses", "keep_days"},
                            settings::jsonNumber(*patch.keepAnswersDays));
        }
        return {};
    });
    if (done && patch.port) {
        m_door->dropPortOverride();  // what the person chose now counts more
    }
    QTimer::singleShot(0, this, &Backend::settingsChanged);
    finish(context, std::move(reply), std::move(done));
}

Result<void> WindowBackend::editSettings(const Edit& edit) {
    auto file = settings::SettingsEdit::open(m_configuration.paths().configFile);
    if (!file) {
        return fail(file.error());
    }
    if (auto changed = edit(*file); !changed) {
        return changed;
    }
    if (auto saved = file->save(m_configuration.catalog()); !saved) {
        return saved;
    }
    return m_configuration.reload();
}

void WindowBackend::finish(QObject* context, Reply<void> reply, Result<void> done) {
    if (!done) {
        answer(context, std::move(reply), std::move(done));
        return;
    }
    m_door->follow(guarded(context, std::move(reply)));
    QTimer::singleShot(0, this, &Backend::providersChanged);
}

void WindowBackend::followQuietly() {
    m_door->follow([this](const Result<void>& followed) {
        if (!followed) {
            emit trouble(tr("The configuration could not be applied"),
                         QString::fromStdString(followed.error().message.text));
        }
    });
    QTimer::singleShot(0, this, &Backend::providersChanged);
}

void WindowBackend::reloadConfiguration() {
    if (auto loaded = m_configuration.reload(); !loaded) {
        emit trouble(tr("The configuration was not read again"),
                     QString::fromStdString(loaded.error().message.text));
        return;
    }
    followQuietly();
    configurationChanged();
}

void WindowBackend::configurationChanged() {
    emit providersChanged();
    emit settingsChanged();
    emit clientKeysChanged();
}

QString WindowBackend::configFile() const {
    return shown(m_configuration.paths().configFile);
}

QString WindowBackend::dataDirectory() const {
    return shown(m_configuration.paths().dataDir);
}

}  // namespace gr::app
