// SPDX-License-Identifier: MIT
// The part of the window's backend that keeps providers, their keys and the vault.
#include <QCoreApplication>
#include <QTimer>
#include <algorithm>
#include <iterator>

#include "app/provider_facts.h"
#include "app/window_backend.h"
#include "base/url.h"
#include "gateway/policy_builder.h"
#include "settings/settings_checks.h"

namespace gr::app {

using settings::SecretRef;
using settings::SecretStore;

namespace {

std::string vaultName(const std::string& providerId) {
    return "provider/" + providerId;
}

}  // namespace

const settings::Provider* WindowBackend::findProvider(const std::string& id) const {
    const auto& providers = m_configuration.settings().providers;
    const auto it = std::ranges::find(providers, id, &settings::Provider::id);
    return it == providers.end() ? nullptr : &*it;
}

std::string WindowBackend::originOf(const std::string& providerId) const {
    const settings::Provider* provider = findProvider(providerId);
    if (provider == nullptr) {
        return {};
    }
    const auto url = Url::parse(provider->baseUrl.empty()
                                    ? settings::defaultBaseUrl(*provider, m_configuration.catalog())
                                    : provider->baseUrl);
    return url ? url->origin() : std::string();
}

std::vector<ui::ProviderInfo> WindowBackend::providers() const {
    const std::vector<std::string> inVault = secrets().names();
    const bool locked = secrets().isLocked();
    // A gateway in another process has an environment of its own: what it says of the provider
    // that is looked at counts for that.
    const gateway::ProviderStatus* told = nullptr;
    const ProviderSight sight{
        .catalog = m_configuration.catalog(),
        .hasVariable =
            [&told](const std::string& name) {
                const auto value = settings::processEnvironment(name);
                return told != nullptr ? told->state != gateway::ProviderStatus::State::NoKey
                                       : value && !value->empty();
            },
        // While the vault is locked nobody can say; what the configuration names is believed.
        .inVault =
            [&](const std::string& name) {
                return locked || std::ranges::find(inVault, name) != inVault.end();
            },
        .inMemory = [this](const std::string& id) { return m_memoryKeys.contains(id); }};
    std::vector<ui::ProviderInfo> all;
    for (const settings::Provider& provider : m_configuration.settings().providers) {
        const auto status =
            std::ranges::find(m_statuses, provider.id, &gateway::ProviderStatus::id);
        told = m_door->background() && status != m_statuses.end() ? &*status : nullptr;
        if (!(m_door->sandbox() && provider.id == "sandbox")) {
            all.push_back(providerInfo(provider, sight));
        }
    }
    for (const gateway::ProviderEntry& entry : m_door->simulated()) {
        all.push_back(simulatedInfo(entry));
    }
    return all;
}

std::vector<ui::ProviderPreset> WindowBackend::presets() const {
    return providerPresets(m_configuration.catalog());
}

void WindowBackend::addProvider(QObject* context, const ui::ProviderDraft& draft,
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
    finish(context, std::move(reply), std::move(done));
    m_door->lookForServers();  // a found server may now be configured
}

void WindowBackend::changeProviderAddress(QObject* context, const std::string& id,
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
        drop(id);
        if (hadVaultKey) {
            static_cast<void>(secrets().remove(vaultName(id)));
        }
    }
    finish(context, std::move(reply), std::move(done));
}

void WindowBackend::setProviderEnabled(const std::string& id, bool enabled) {
    auto done = editSettings([&](settings::SettingsEdit& edit) {
        settings::ProviderPatch patch;
        patch.enabled = enabled;
        return edit.setProvider(id, patch);
    });
    const auto told = [this](const Result<void>& result) {
        if (!result) {
            emit trouble(tr("The provider was not changed"),
                         QString::fromStdString(result.error().message.text));
            emit providersChanged();  // the switch goes back
        }
    };
    finish(this, told, std::move(done));
}

void WindowBackend::removeProvider(QObject* context, const std::string& id, Reply<void> reply) {
    const auto& providers = m_configuration.settings().providers;
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
    finish(context, std::move(reply), std::move(done));
}

void WindowBackend::restoreProvider(QObject* context, const std::string& id, Reply<void> reply) {
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
    finish(context, std::move(reply), std::move(done));
}

// Lets the configuration name the vault's entry as the provider's only key.
Result<void> WindowBackend::useVaultKey(const std::string& id) {
    return editSettings([&](settings::SettingsEdit& edit) {
        settings::ProviderPatch patch;
        patch.keys = std::optional(
            std::vector<SecretRef>{{.kind = SecretRef::Kind::Vault, .name = vaultName(id)}});
        return edit.setProvider(id, patch);
    });
}

// From memory a key works at once, wherever it will be kept.
void WindowBackend::hold(const std::string& id, std::shared_ptr<const Secret> key) {
    m_door->holdProviderKey(id, *key, originOf(id));
    m_memoryKeys.insert_or_assign(id, std::move(key));
}

void WindowBackend::drop(const std::string& id) {
    if (m_memoryKeys.erase(id) > 0) {
        m_door->holdProviderKey(id, Secret(), {});
    }
}

void WindowBackend::saveKey(const std::string& id, const Secret& key,
                            std::function<void(Result<void>)> done) {
    secrets().save(vaultName(id), key.clone(), originOf(id),
                   [this, id, done = std::move(done)](Result<void> saved) {
                       if (saved) {
                           saved = useVaultKey(id);
                       }
                       if (!saved) {
                           done(std::move(saved));
                           return;
                       }
                       // Not before the gateway has it from the vault: none may miss it between.
                       m_door->follow([this, id, done](Result<void> followed) {
                           drop(id);
                           followQuietly();
                           done(std::move(followed));
                       });
                   });
}

// A key that cannot be kept yet stays in memory until the person says where it is to go.
void WindowBackend::keepPending(const Error& why) {
    m_noKeychain |= why.code != ErrorCode::VaultLocked;
    m_wantsVault |= why.code == ErrorCode::VaultLocked;
    emit vaultStateChanged();
}

void WindowBackend::putProviderKey(QObject* context, const std::string& id, Secret key,
                                   Reply<void> reply) {
    auto held = std::make_shared<const Secret>(std::move(key));
    hold(id, held);
    followQuietly();
    if (m_memoryOnly) {
        finish(context, std::move(reply), {});
        return;
    }
    const QPointer<QObject> alive(context);
    saveKey(id, *held, [this, alive, reply = std::move(reply)](Result<void> saved) {
        const bool waits = !saved && (saved.error().code == ErrorCode::KeychainUnavailable ||
                                      saved.error().code == ErrorCode::VaultLocked ||
                                      saved.error().code == ErrorCode::Cancelled);
        if (waits) {
            keepPending(saved.error());
            saved = {};
        }
        if (alive) {
            answer(alive, reply, std::move(saved));
        }
    });
}

void WindowBackend::removeProviderKey(QObject* context, const std::string& id, Reply<void> reply) {
    if (const auto held = m_memoryKeys.find(id); held != m_memoryKeys.end()) {
        m_removedKeys.insert_or_assign(id, held->second->clone());
        drop(id);
        finish(context, std::move(reply), {});
        return;
    }
    auto stored = secrets().read({.kind = SecretRef::Kind::Vault, .name = vaultName(id)});
    if (stored) {
        m_removedKeys.insert_or_assign(id, std::move(stored->secret));
    }
    auto done = secrets().remove(vaultName(id));
    if (done) {
        done = editSettings([&](settings::SettingsEdit& edit) {
            settings::ProviderPatch patch;
            patch.keys.emplace();
            return edit.setProvider(id, patch);
        });
    } else if (done.error().code == ErrorCode::VaultLocked) {
        m_wantsVault = true;
        QTimer::singleShot(0, this, &Backend::vaultStateChanged);
    }
    finish(context, std::move(reply), std::move(done));
}

void WindowBackend::restoreProviderKey(QObject* context, const std::string& id, Reply<void> reply) {
    const auto it = m_removedKeys.find(id);
    if (it == m_removedKeys.end()) {
        answer(context, std::move(reply), fail(ErrorCode::NotFound, "There is nothing to undo."));
        return;
    }
    Secret key = std::move(it->second);
    m_removedKeys.erase(it);
    putProviderKey(context, id, std::move(key), std::move(reply));
}

std::optional<ProviderProbe::Target> WindowBackend::probeTarget(const std::string& id) const {
    auto built =
        gateway::buildPolicy(m_configuration.settings(), m_configuration.catalog(), secrets(), {});
    std::vector<gateway::ProviderEntry> all = std::move(built.policy.providers);
    std::ranges::move(m_door->simulated(), std::back_inserter(all));
    const auto entry = std::ranges::find(all, id, &gateway::ProviderEntry::id);
    if (entry == all.end()) {
        return std::nullopt;
    }
    const auto held = m_memoryKeys.find(id);
    return ProviderProbe::Target{.title = QString::fromStdString(id),
                                 .kind = entry->kind,
                                 .baseUrl = entry->baseUrl,
                                 .key = held != m_memoryKeys.end() ? held->second
                                        : entry->keys.empty()      ? nullptr
                                                                   : entry->keys.front()};
}

void WindowBackend::testProvider(QObject* context, const std::string& id,
                                 Reply<ui::ProviderTest> reply) {
    const auto refuse = [&](const char* why) {
        QTimer::singleShot(0, context, [reply, why] { reply(fail(ErrorCode::NotFound, why)); });
    };
    const auto target = probeTarget(id);
    if (!target) {
        refuse("This provider is off or not usable.");
        return;
    }
    const auto status = std::ranges::find(m_statuses, id, &gateway::ProviderStatus::id);
    const bool keyElsewhere = m_door->background() && !target->key && status != m_statuses.end() &&
                              status->state != gateway::ProviderStatus::State::NoKey &&
                              findProvider(id) != nullptr && !findProvider(id)->keys;
    if (keyElsewhere) {
        refuse(
            "Only the gateway in the background knows this provider's key. Try a model of it in "
            "the playground instead.");
        return;
    }
    m_probe.run(context, *target, std::move(reply));
}

ui::VaultState WindowBackend::vaultState() const {
    if (m_memoryOnly) {
        return ui::VaultState::MemoryOnly;
    }
    // The requests are answered from the gateway's vault; this process needs its own only where a
    // key is to be written.
    if (m_door->background() && m_door->vaultState() == ui::VaultState::Open && !m_wantsVault &&
        secrets().isLocked()) {
        return ui::VaultState::Open;
    }
    switch (secrets().state()) {
        case SecretStore::State::NeedsPassphrase:
            return ui::VaultState::Locked;
        case SecretStore::State::Sealed:  // all can be read but the wallet, and nothing written
            return m_wantsVault ? ui::VaultState::Locked : m_door->vaultState();
        case SecretStore::State::NeedsKeychain:
            return m_keychainRefused ? ui::VaultState::KeychainClosed : ui::VaultState::Open;
        case SecretStore::State::NoVault:
            return m_noKeychain ? ui::VaultState::NeedsChoice : ui::VaultState::Open;
        default:
            return m_door->vaultState();
    }
}

// Half a second of work by design of the passphrase's protection: on a worker.
void WindowBackend::openVault(QObject* context, Secret passphrase, Reply<void> reply) {
    const bool fresh = secrets().state() == SecretStore::State::NoVault;
    const auto file = m_configuration.paths().vaultFile();
    auto typed = std::make_shared<Secret>(std::move(passphrase));
    const QPointer<QObject> alive(context);
    m_workers.start([this, fresh, file, typed, alive, reply = std::move(reply)] {
        auto vault = std::make_shared<Result<settings::Vault>>(
            fresh ? settings::Vault::createWithPassphrase(file, *typed)
                  : settings::Vault::openWithPassphrase(file, *typed));
        const auto take = [this, vault, typed, alive, reply] {
            if (!*vault) {
                if (alive) {
                    reply(fail(vault->error()));
                }
                return;
            }
            secrets().adopt(std::move(**vault));
            m_noKeychain = false;
            m_wantsVault = false;
            m_door->unlockVault(*typed, [this, alive, reply](const Result<void>& unlocked) {
                savePendingKeys();
                emit vaultStateChanged();
                emit providersChanged();
                if (alive) {
                    reply(unlocked);
                }
            });
        };
        QMetaObject::invokeMethod(this, take, Qt::QueuedConnection);
    });
}

void WindowBackend::savePendingKeys() {
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

void WindowBackend::askKeychain() {
    m_keychainRefused = false;
    unlockQuietly();
    followQuietly();  // a gateway in the background asks for itself
}

void WindowBackend::keepKeysInMemory() {
    m_memoryOnly = true;
    QTimer::singleShot(0, this, &Backend::vaultStateChanged);
}

}  // namespace gr::app
