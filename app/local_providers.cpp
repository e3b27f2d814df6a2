// SPDX-License-Identifier: MIT
// The part of the local backend that keeps providers, their keys and the vault.
#include <QCoreApplication>
#include <QTimer>
#include <algorithm>

#include "app/local_backend.h"
#include "app/provider_facts.h"
#include "base/url.h"
#include "settings/settings_checks.h"

namespace gr::app {

using settings::SecretRef;
using settings::SecretStore;

namespace {

std::string vaultName(const std::string& providerId) {
    return "provider/" + providerId;
}

}  // namespace

const settings::Provider* LocalBackend::findProvider(const std::string& id) const {
    const auto& providers = m_engine.settings().providers;
    const auto it = std::ranges::find(providers, id, &settings::Provider::id);
    return it == providers.end() ? nullptr : &*it;
}

std::string LocalBackend::originOf(const std::string& providerId) const {
    const settings::Provider* provider = findProvider(providerId);
    if (provider == nullptr) {
        return {};
    }
    const auto url = Url::parse(provider->baseUrl.empty()
                                    ? settings::defaultBaseUrl(*provider, m_engine.catalog())
                                    : provider->baseUrl);
    return url ? url->origin() : std::string();
}

std::vector<ui::ProviderInfo> LocalBackend::providers() const {
    const std::vector<std::string> inVault = m_engine.secrets().names();
    const bool locked = m_engine.secrets().isLocked();
    const ProviderSight sight{
        .catalog = m_engine.catalog(),
        .hasVariable =
            [](const std::string& name) {
                const auto value = settings::processEnvironment(name);
                return value && !value->empty();
            },
        // While the vault is locked nobody can say; what the configuration names is believed.
        .inVault =
            [&](const std::string& name) {
                return locked || std::ranges::find(inVault, name) != inVault.end();
            },
        .inMemory = [this](const std::string& id) { return m_memoryKeys.contains(id); }};
    std::vector<ui::ProviderInfo> all;
    for (const settings::Provider& provider : m_engine.settings().providers) {
        if (!(m_engine.sandbox() && provider.id == "sandbox")) {
            all.push_back(providerInfo(provider, sight));
        }
    }
    if (!m_policy) {
        return all;
    }
    for (const gateway::ProviderEntry& entry : m_policy->providers) {
        if (entry.simulated) {
            all.push_back(simulatedInfo(entry));
        }
    }
    return all;
}

std::vector<ui::ProviderPreset> LocalBackend::presets() const {
    return providerPresets(m_engine.catalog());
}

void LocalBackend::lookForServers() {
    m_host->lookForServers();
}

void LocalBackend::addProvider(QObject* context, const ui::ProviderDraft& draft,
                               Reply<void> reply) {
    auto done = editSettings([&draft](settings::SettingsEdit& edit) {
        settings::Provider provider;
        provider.id = draft.id;
        provider.kind = draft.kind;
        provider.dialect = draft.dialect;
        provider.baseUrl = draft.baseUrl;
        if (!draft.needsKey) {
            provider.keys.emplace();
        }
        return edit.addProvider(provider);
    });
    if (done) {
        m_host->lookForServers();  // a found server may now be configured
    }
    answer(context, std::move(reply), std::move(done));
}

void LocalBackend::changeProviderAddress(QObject* context, const std::string& id,
                                         const std::string& baseUrl, Reply<void> reply) {
    const std::string before = originOf(id);
    const auto url = Url::parse(baseUrl);
    if (!url) {
        answer(context, std::move(reply),
               fail(ErrorCode::InvalidField,
                    "The address must begin with https:// (or http:// on this machine)."));
        return;
    }
    const settings::Provider* provider = findProvider(id);
    const bool hadVaultKey = provider != nullptr && provider->keys && !provider->keys->empty() &&
                             provider->keys->front().kind == SecretRef::Kind::Vault;
    auto done = editSettings([&](settings::SettingsEdit& edit) {
        settings::ProviderPatch patch;
        patch.baseUrl = baseUrl;
        return edit.setProvider(id, patch);
    });
    // A key belongs to scheme, host and port: it does not move along.
    if (done && url->origin() != before) {
        m_memoryKeys.erase(id);
        if (hadVaultKey) {
            static_cast<void>(m_engine.secrets().remove(vaultName(id)));
        }
        refreshPolicy();
    }
    answer(context, std::move(reply), std::move(done));
}

void LocalBackend::setProviderEnabled(const std::string& id, bool enabled) {
    const auto done = editSettings([&](settings::SettingsEdit& edit) {
        settings::ProviderPatch patch;
        patch.enabled = enabled;
        return edit.setProvider(id, patch);
    });
    if (!done) {
        emit trouble(tr("The provider was not changed"),
                     QString::fromStdString(done.error().message.text));
        emit providersChanged();  // the switch goes back
    }
}

void LocalBackend::removeProvider(QObject* context, const std::string& id, Reply<void> reply) {
    const auto& providers = m_engine.settings().providers;
    const auto it = std::ranges::find(providers, id, &settings::Provider::id);
    if (it == providers.end()) {
        answer(context, std::move(reply),
               fail(ErrorCode::NotFound, "There is no provider of this name."));
        return;
    }
    RemovedProvider removed{.provider = *it,
                            .position = static_cast<std::size_t>(it - providers.begin())};
    auto done = editSettings([&](settings::SettingsEdit& edit) { return edit.removeProvider(id); });
    if (done) {
        // Its key stays where it is until the program ends, so that an undo finds it.
        m_removed.insert_or_assign(id, std::move(removed));
    }
    answer(context, std::move(reply), std::move(done));
}

void LocalBackend::restoreProvider(QObject* context, const std::string& id, Reply<void> reply) {
    const auto it = m_removed.find(id);
    if (it == m_removed.end()) {
        answer(context, std::move(reply), fail(ErrorCode::NotFound, "There is nothing to undo."));
        return;
    }
    auto done = editSettings([&](settings::SettingsEdit& edit) -> Result<void> {
        if (auto added = edit.addProvider(it->second.provider); !added) {
            return added;
        }
        return edit.moveProvider(id, it->second.position);
    });
    if (done) {
        m_removed.erase(it);
    }
    answer(context, std::move(reply), std::move(done));
}

// Lets the configuration name the vault's entry as the provider's only key.
Result<void> LocalBackend::useVaultKey(const std::string& id) {
    return editSettings([&](settings::SettingsEdit& edit) {
        settings::ProviderPatch patch;
        patch.keys = std::optional(
            std::vector<SecretRef>{{.kind = SecretRef::Kind::Vault, .name = vaultName(id)}});
        return edit.setProvider(id, patch);
    });
}

void LocalBackend::saveKey(const std::string& id, const Secret& key,
                           std::function<void(Result<void>)> done) {
    m_engine.secrets().save(vaultName(id), key.clone(), originOf(id),
                            [this, id, done = std::move(done)](Result<void> saved) {
                                if (saved) {
                                    saved = useVaultKey(id);
                                }
                                if (saved) {
                                    m_memoryKeys.erase(id);
                                    refreshPolicy();
                                }
                                done(std::move(saved));
                            });
}

void LocalBackend::putProviderKey(QObject* context, const std::string& id, Secret key,
                                  Reply<void> reply) {
    // From memory it works at once, wherever it will be kept.
    auto held = std::make_shared<const Secret>(std::move(key));
    m_memoryKeys.insert_or_assign(id, held);
    refreshPolicy();
    if (m_memoryOnly) {
        answer(context, std::move(reply), {});
        return;
    }
    const QPointer<QObject> alive(context);
    saveKey(id, *held, [this, alive, reply = std::move(reply)](Result<void> saved) {
        if (!saved && (saved.error().code == ErrorCode::KeychainUnavailable ||
                       saved.error().code == ErrorCode::Cancelled)) {
            // It stays in memory until the person says where keys are to be kept.
            m_noKeychain = true;
            emit vaultStateChanged();
            saved = {};
        }
        if (alive) {
            answer(alive, reply, std::move(saved));
        }
    });
}

void LocalBackend::removeProviderKey(QObject* context, const std::string& id, Reply<void> reply) {
    if (const auto held = m_memoryKeys.find(id); held != m_memoryKeys.end()) {
        m_removedKeys.insert_or_assign(id, held->second->clone());
        m_memoryKeys.erase(held);
        refreshPolicy();
        answer(context, std::move(reply), {});
        return;
    }
    auto stored = m_engine.secrets().read({.kind = SecretRef::Kind::Vault, .name = vaultName(id)});
    if (stored) {
        m_removedKeys.insert_or_assign(id, std::move(stored->secret));
    }
    auto done = m_engine.secrets().remove(vaultName(id));
    if (done) {
        done = editSettings([&](settings::SettingsEdit& edit) {
            settings::ProviderPatch patch;
            patch.keys.emplace();
            return edit.setProvider(id, patch);
        });
    }
    answer(context, std::move(reply), std::move(done));
}

void LocalBackend::restoreProviderKey(QObject* context, const std::string& id, Reply<void> reply) {
    const auto it = m_removedKeys.find(id);
    if (it == m_removedKeys.end()) {
        answer(context, std::move(reply), fail(ErrorCode::NotFound, "There is nothing to undo."));
        return;
    }
    Secret key = std::move(it->second);
    m_removedKeys.erase(it);
    putProviderKey(context, id, std::move(key), std::move(reply));
}

void LocalBackend::testProvider(QObject* context, const std::string& id,
                                Reply<ui::ProviderTest> reply) {
    const auto entry = m_policy
                           ? std::ranges::find(m_policy->providers, id, &gateway::ProviderEntry::id)
                           : std::vector<gateway::ProviderEntry>::const_iterator();
    if (!m_policy || entry == m_policy->providers.end()) {
        QTimer::singleShot(0, context, [reply = std::move(reply)] {
            reply(fail(ErrorCode::NotFound, "This provider is off or not usable."));
        });
        return;
    }
    ProviderProbe::Target target{.title = QString::fromStdString(id),
                                 .kind = entry->kind,
                                 .baseUrl = entry->baseUrl,
                                 .key = entry->keys.empty() ? nullptr : entry->keys.front()};
    m_probe.run(context, target, std::move(reply));
}

ui::VaultState LocalBackend::vaultState() const {
    if (m_memoryOnly) {
        return ui::VaultState::MemoryOnly;
    }
    switch (m_engine.secrets().state()) {
        case SecretStore::State::NeedsPassphrase:
            return ui::VaultState::Locked;
        case SecretStore::State::NeedsKeychain:
            return m_keychainRefused ? ui::VaultState::KeychainClosed : ui::VaultState::Open;
        case SecretStore::State::NoVault:
            return m_noKeychain ? ui::VaultState::NeedsChoice : ui::VaultState::Open;
        default:
            return ui::VaultState::Open;
    }
}

// Half a second of work by design of the passphrase's protection: on a worker.
void LocalBackend::openVault(QObject* context, Secret passphrase, Reply<void> reply) {
    const bool fresh = m_engine.secrets().state() == SecretStore::State::NoVault;
    const auto file = m_engine.paths().vaultFile();
    auto typed = std::make_shared<Secret>(std::move(passphrase));
    const QPointer<QObject> alive(context);
    m_workers.start([this, fresh, file, typed, alive, reply = std::move(reply)] {
        auto vault = std::make_shared<Result<settings::Vault>>(
            fresh ? settings::Vault::createWithPassphrase(file, *typed)
                  : settings::Vault::openWithPassphrase(file, *typed));
        QMetaObject::invokeMethod(
            this,
            [this, vault, alive, reply] {
                Result<void> result;
                if (*vault) {
                    m_engine.secrets().adopt(std::move(**vault));
                    m_noKeychain = false;
                    refreshPolicy();
                    savePendingKeys();
                    emit vaultStateChanged();
                } else {
                    result = fail(vault->error());
                }
                if (alive) {
                    reply(result);
                }
            },
            Qt::QueuedConnection);
    });
}

void LocalBackend::savePendingKeys() {
    const auto pending = m_memoryKeys;
    for (const auto& [id, key] : pending) {
        saveKey(id, *key, [this](const Result<void>& saved) {
            if (!saved) {
                emit trouble(tr("A key was not kept"),
                             QString::fromStdString(saved.error().message.text));
            }
        });
    }
}

void LocalBackend::askKeychain() {
    m_keychainRefused = false;
    unlockQuietly();
}

void LocalBackend::keepKeysInMemory() {
    m_memoryOnly = true;
    QTimer::singleShot(0, this, &Backend::vaultStateChanged);
}

}  // namespace gr::app
