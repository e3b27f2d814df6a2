// SPDX-License-Identifier: MIT
#include "app/local_backend.h"

#include <QTimer>
#include <algorithm>

#include "base/log.h"
#include "base/text.h"

namespace gr::app {

using namespace Qt::StringLiterals;

namespace {

constexpr auto kWindowClient = "playground";

QString shown(const std::filesystem::path& path) {
    return QString::fromStdString(path.string());
}

}  // namespace

LocalBackend::LocalBackend(Engine& engine)
    : m_engine(engine),
      m_host(std::make_unique<gateway::GatewayHost>(engine.ledger(), callbacks())),
      m_books(engine.ledgerFile()),
      m_probe(this),
      m_sessionKey(engine.addSessionKey(kWindowClient, {"*"})) {}

LocalBackend::~LocalBackend() {
    m_host.reset();  // its callbacks use this object
    m_workers.waitForDone();
}

// The callbacks run on an io thread and only hand the values on.
gateway::GatewayHost::Callbacks LocalBackend::callbacks() {
    gateway::GatewayHost::Callbacks up;
    up.exchanges = [this](std::vector<gateway::ExchangeEvent> events) {
        QMetaObject::invokeMethod(
            this, [this, events = std::move(events)] { takeExchanges(events); },
            Qt::QueuedConnection);
    };
    up.providers = [this](std::vector<gateway::ProviderStatus> statuses) {
        QMetaObject::invokeMethod(
            this,
            [this, statuses = std::move(statuses)] {
                m_statuses = statuses;
                emit providerStatusesChanged();
            },
            Qt::QueuedConnection);
    };
    up.foundServers = [this](std::vector<gateway::FoundServer> found) {
        QMetaObject::invokeMethod(
            this,
            [this, found = std::move(found)] {
                m_found = found;
                emit foundServersChanged();
            },
            Qt::QueuedConnection);
    };
    return up;
}

void LocalBackend::begin() {
    if (!m_engine.hasClientKeys()) {
        if (auto key = m_engine.createClientKey("my-tools")) {
            m_madeKeys.emplace("my-tools", std::move(*key));
        }
    }
    refreshPolicy();
    unlockQuietly();
}

// The keychain answers through the event loop; nothing waits for it.
void LocalBackend::unlockQuietly() {
    settings::SecretStore& secrets = m_engine.secrets();
    const auto names = settings::keychainNames(m_engine.settings());
    if (secrets.state() != settings::SecretStore::State::NeedsKeychain && names.empty()) {
        if (secrets.state() == settings::SecretStore::State::Damaged && secrets.problem()) {
            const QString why = QString::fromStdString(secrets.problem()->message.text);
            QTimer::singleShot(
                0, this, [this, why] { emit trouble(tr("The vault cannot be opened"), why); });
        }
        return;
    }
    secrets.unlock(names, [this](const Result<void>& result) {
        m_keychainRefused = !result;
        refreshPolicy();
        emit vaultStateChanged();
        if (!result) {
            // The answer may come before there is a window to show it.
            const QString why = QString::fromStdString(result.error().message.text);
            QTimer::singleShot(
                0, this, [this, why] { emit trouble(tr("The vault cannot be opened"), why); });
        }
    });
}

void LocalBackend::answer(QObject* context, Reply<void> reply, Result<void> result) {
    QTimer::singleShot(0, context,
                       [reply = std::move(reply), result = std::move(result)] { reply(result); });
}

void LocalBackend::takeExchanges(const std::vector<gateway::ExchangeEvent>& events) {
    for (const gateway::ExchangeEvent& event : events) {
        if (event.finished) {
            m_running.erase(event.finished->id);
        } else {
            m_running[event.running.id] = event.running;
        }
    }
    emit exchangesArrived(events);
}

gateway::GatewayStatus LocalBackend::gatewayStatus() const {
    gateway::GatewayStatus status = m_failed ? *m_failed : m_host->status();
    // A gateway that does not run has no port of its own: say which one it would take.
    if (status.port == 0 && m_policy) {
        status.port = m_policy->listen.port;
        status.address = m_policy->listen.address;
    }
    return status;
}

void LocalBackend::startGateway() {
    refreshPolicy();
    if (!m_policy || m_host->status().state == gateway::GatewayStatus::State::Running) {
        return;
    }
    m_failed.reset();
    if (auto started = m_host->start(m_policy); !started) {
        m_failed = m_host->status();
        m_failed->state = gateway::GatewayStatus::State::Failed;
        m_failed->error = started.error();
        m_failed->port = m_policy->listen.port;
    } else {
        m_host->lookForServers();
    }
    QTimer::singleShot(0, this, &Backend::gatewayStatusChanged);
}

void LocalBackend::stopGateway() {
    m_failed.reset();
    m_host->stop();
    m_running.clear();
    QTimer::singleShot(0, this, &Backend::gatewayStatusChanged);
}

std::vector<gateway::RunningExchange> LocalBackend::runningRequests() const {
    std::vector<gateway::RunningExchange> running;
    for (const auto& [id, one] : m_running) {
        running.push_back(one);
    }
    std::ranges::sort(running, {}, &gateway::RunningExchange::startedAt);
    return running;
}

void LocalBackend::cancelRequest(const std::string& requestId) {
    m_host->cancel(requestId);
}

QUrl LocalBackend::baseUrl() const {
    // Snippets name 127.0.0.1: a name could be resolved to something else.
    return QUrl(u"http://127.0.0.1:%1/v1"_s.arg(gatewayStatus().port));
}

QByteArray LocalBackend::sessionKey() const {
    return {m_sessionKey.reveal().data(), static_cast<qsizetype>(m_sessionKey.size())};
}

void LocalBackend::queryHistory(QObject* context, const ledger::Filter& filter,
                                std::optional<std::int64_t> before, int limit,
                                Reply<std::vector<ledger::StoredRecord>> reply) {
    m_books.ask<std::vector<ledger::StoredRecord>>(
        context,
        [filter, before, limit](ledger::Reader& reader) {
            return reader.page(filter, before, limit);
        },
        std::move(reply));
}

void LocalBackend::queryTotals(QObject* context, const ledger::Filter& filter,
                               Reply<ledger::Totals> reply) {
    m_books.ask<ledger::Totals>(
        context, [filter](ledger::Reader& reader) { return reader.totals(filter); },
        std::move(reply));
}

void LocalBackend::querySeries(QObject* context, UnixMs from, UnixMs to, ledger::Step step,
                               ledger::GroupBy by, Reply<std::vector<ledger::Bucket>> reply) {
    m_books.ask<std::vector<ledger::Bucket>>(
        context,
        [from, to, step, by](ledger::Reader& reader) { return reader.series(from, to, step, by); },
        std::move(reply));
}

void LocalBackend::queryGaps(QObject* context, UnixMs from, UnixMs to,
                             Reply<std::vector<ledger::Gap>> reply) {
    m_books.ask<std::vector<ledger::Gap>>(
        context, [from, to](ledger::Reader& reader) { return reader.gaps(from, to); },
        std::move(reply));
}

std::vector<ui::ClientKeyInfo> LocalBackend::clientKeys() const {
    std::vector<ui::ClientKeyInfo> keys;
    for (const settings::Client& client : m_engine.settings().clients) {
        ui::ClientKeyInfo info;
        info.id = client.id;
        info.expiresAt = client.expires;
        info.revealable = clientKeySecret(client.id).has_value();
        info.revocable = false;
        keys.push_back(std::move(info));
    }
    if (const auto made = m_engine.ledger().clientKeys()) {
        for (const ledger::ClientKey& key : *made) {
            keys.push_back({.id = key.id,
                            .createdAt = key.createdAt,
                            .expiresAt = key.expiresAt,
                            .revokedAt = key.revokedAt,
                            .revealable = m_madeKeys.contains(key.id),
                            .revocable = true});
        }
    }
    return keys;
}

std::optional<Secret> LocalBackend::clientKeySecret(const std::string& id) const {
    if (const auto made = m_madeKeys.find(id); made != m_madeKeys.end()) {
        return made->second.clone();
    }
    for (const settings::Client& client : m_engine.settings().clients) {
        if (client.id == id && client.key) {
            auto stored = m_engine.secrets().read(*client.key);
            return stored ? std::optional<Secret>(std::move(stored->secret)) : std::nullopt;
        }
    }
    return std::nullopt;
}

void LocalBackend::createClientKey(QObject* context, const std::string& id,
                                   std::optional<UnixMs> expires, Reply<Secret> reply) {
    auto key = std::make_shared<Secret>(newClientKey());
    log::hide(*key);
    const auto& configured = m_engine.settings().clients;
    Result<void> added;
    if (std::ranges::find(configured, id, &settings::Client::id) != configured.end()) {
        added = fail(ErrorCode::InvalidField, "There is a key of this name already.");
    } else {
        ledger::ClientKey row;
        row.id = id;
        row.sha256 = sha256(key->reveal());
        row.createdAt = m_clock.now();
        row.expiresAt = expires;
        added = m_engine.ledger().addClientKey(std::move(row));
    }
    if (added) {
        m_madeKeys.insert_or_assign(id, key->clone());
        refreshPolicy();
        QTimer::singleShot(0, this, &Backend::clientKeysChanged);
    }
    QTimer::singleShot(0, context, [reply = std::move(reply), key, added] {
        if (added) {
            reply(std::move(*key));
        } else {
            reply(fail(added.error()));
        }
    });
}

void LocalBackend::revokeClientKey(QObject* context, const std::string& id, Reply<void> reply) {
    auto done = m_engine.ledger().revokeClientKey(id, m_clock.now());
    refreshPolicy();
    QTimer::singleShot(0, this, &Backend::clientKeysChanged);
    answer(context, std::move(reply), std::move(done));
}

void LocalBackend::restoreClientKey(QObject* context, const std::string& id, Reply<void> reply) {
    auto done = m_engine.ledger().restoreClientKey(id);
    refreshPolicy();
    QTimer::singleShot(0, this, &Backend::clientKeysChanged);
    answer(context, std::move(reply), std::move(done));
}

ui::SettingsView LocalBackend::settings() const {
    const settings::Settings& all = m_engine.settings();
    return {.port = m_policy ? m_policy->listen.port : all.listen.port,
            .address = m_policy ? m_policy->listen.address : all.listen.address,
            .keepDays = all.ledger.keepDays,
            .recordBodies = all.ledger.recordBodies};
}

void LocalBackend::patchSettings(QObject* context, const ui::SettingsPatch& patch,
                                 Reply<void> reply) {
    auto done = editSettings([&patch](settings::SettingsEdit& edit) -> Result<void> {
        if (patch.port) {
            if (auto set = edit.setListenPort(*patch.port); !set) {
                return set;
            }
        }
        if (patch.keepDays) {
            return edit.set({"ledger", "keep_days"}, settings::jsonNumber(*patch.keepDays));
        }
        return {};
    });
    if (done && patch.port) {
        // What the person chose now counts more than what the command line said at start.
        m_engine.dropPortOverride();
        refreshPolicy();
    }
    QTimer::singleShot(0, this, &Backend::settingsChanged);
    answer(context, std::move(reply), std::move(done));
}

Result<void> LocalBackend::editSettings(const Edit& edit) {
    auto file = settings::SettingsEdit::open(m_engine.paths().configFile);
    if (!file) {
        return fail(file.error());
    }
    if (auto changed = edit(*file); !changed) {
        return changed;
    }
    if (auto saved = file->save(m_engine.catalog()); !saved) {
        return saved;
    }
    if (auto loaded = m_engine.reload(); !loaded) {
        return loaded;
    }
    refreshPolicy();
    return {};
}

void LocalBackend::refreshPolicy() {
    auto built = m_engine.policy();
    if (!built) {
        const QString why = QString::fromStdString(built.error().message.text);
        QTimer::singleShot(0, this, [this, why] {
            emit trouble(tr("The configuration could not be applied"), why);
        });
        return;
    }
    if (m_memoryKeys.empty()) {
        m_policy = std::move(*built);
    } else {
        auto withKeys = std::make_shared<gateway::Policy>(**built);
        for (gateway::ProviderEntry& entry : withKeys->providers) {
            if (const auto key = m_memoryKeys.find(entry.id); key != m_memoryKeys.end()) {
                entry.keys = {key->second};
                entry.needsKey = true;
            }
        }
        m_policy = std::move(withKeys);
    }
    m_host->apply(m_policy);
    QTimer::singleShot(0, this, &Backend::providersChanged);
}

void LocalBackend::reloadConfiguration() {
    if (auto loaded = m_engine.reload(); !loaded) {
        emit trouble(tr("The configuration was not read again"),
                     QString::fromStdString(loaded.error().message.text));
        return;
    }
    configurationChanged();
}

void LocalBackend::configurationChanged() {
    refreshPolicy();
    emit settingsChanged();
    emit clientKeysChanged();
}

QString LocalBackend::configFile() const {
    return shown(m_engine.paths().configFile);
}

QString LocalBackend::dataDirectory() const {
    return shown(m_engine.paths().dataDir);
}

}  // namespace gr::app
