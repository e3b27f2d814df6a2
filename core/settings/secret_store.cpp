// SPDX-License-Identifier: MIT
#include "settings/secret_store.h"

#include <sys/stat.h>

#include <algorithm>
#include <utility>

#include "base/file.h"
#include "base/log.h"
#include "base/text.h"

namespace gr::settings {
namespace {

constexpr std::size_t kMaxSecretFile = 64 * 1024;

std::string keychainName(const std::string& vaultId) {
    return "vault/" + vaultId;
}

// Keychains hold texts, so the 32 bytes go there as base64.
Secret toText(const Secret& key) {
    std::string text = toBase64(key.reveal());
    Secret out(text);
    wipe(text.data(), text.size());
    return out;
}

Secret fromText(const Secret& text) {
    auto bytes = fromBase64(text.reveal());
    if (!bytes)
        return {};
    Secret out(*bytes);
    wipe(bytes->data(), bytes->size());
    return out;
}

Failure locked() {
    return fail(ErrorCode::VaultLocked, "The vault is locked; unlock it with its passphrase.");
}

// The line break at the end belongs to the file, not to the secret.
std::string_view withoutLineBreak(std::string_view text) {
    while (text.ends_with('\n') || text.ends_with('\r'))
        text.remove_suffix(1);
    return text;
}

}  // namespace

SecretStore::SecretStore(Options options) : m_options(std::move(options)) {
    inspect();
}

void SecretStore::inspect() {
    const auto info = Vault::inspect(m_options.vaultFile);
    if (info) {
        m_vaultId = info->id;
        m_state = info->source == Vault::Source::Passphrase ? State::NeedsPassphrase
                                                            : State::NeedsKeychain;
    } else if (info.error().code == ErrorCode::NotFound) {
        m_state = State::NoVault;
    } else {
        m_state = State::Damaged;
        m_problem = info.error();
    }
}

Result<void> SecretStore::refresh() {
    if (m_state == State::NoVault || m_state == State::Damaged) {
        m_problem.reset();
        inspect();
        return {};
    }
    if (!m_vault)
        return {};
    auto fresh = m_vault->refresh();
    return fresh || fresh.error().code == ErrorCode::NotFound ? Result<void>() : fresh;
}

bool SecretStore::opensByKeychain() const {
    return m_vault && m_vault->info().source == Vault::Source::Keychain;
}

Result<void> SecretStore::seal(const std::vector<std::string>& names,
                               const std::vector<std::string>& purposes) {
    if (m_state != State::Open)
        return locked();
    if (opensByKeychain())
        return fail(ErrorCode::InvalidField,
                    "The system keychain opens this vault for every program of yours, so a lock "
                    "would protect nothing. Give the vault a passphrase first (gaterouterd wallet "
                    "approve-policy --passphrase), or pause payments (gaterouterd pause).");
    m_vault->seal(names, purposes);
    m_state = State::Sealed;
    return {};
}

void SecretStore::adopt(Vault vault) {
    m_vault = std::move(vault);
    m_vaultId = m_vault->info().id;
    m_state = State::Open;
    m_problem.reset();
}

void SecretStore::unlock(const std::vector<std::string>& keychainNames, Done done) {
    const std::weak_ptr<int> alive = m_alive;
    preload(keychainNames, [this, alive, done = std::move(done)](const Result<void>&) {
        if (alive.expired())
            return;
        if (m_state == State::NeedsKeychain)
            unlockFromKeychain(done);
        else if (m_state == State::NeedsPassphrase || m_state == State::Sealed)
            done(locked());
        else
            done(m_problem ? Result<void>(fail(*m_problem)) : Result<void>());
    });
}

// One after the other: a keychain that asks its user must not open five dialogs.
void SecretStore::preload(std::vector<std::string> names, Done done) {
    if (names.empty() || m_options.keychain == nullptr) {
        done({});
        return;
    }
    const std::string name = names.back();
    names.pop_back();
    const std::weak_ptr<int> alive = m_alive;
    m_options.keychain->read(name, [this, alive, name, names = std::move(names),
                                    done = std::move(done)](Result<Secret> secret) {
        if (alive.expired())
            return;
        if (secret)
            log::hide(*secret);
        m_preloaded.insert_or_assign(name, std::move(secret));
        preload(names, done);
    });
}

void SecretStore::unlockFromKeychain(Done done) {
    if (m_options.keychain == nullptr) {
        m_problem = Error(ErrorCode::KeychainUnavailable,
                          "The key of the vault lies in the system keychain, which cannot be "
                          "reached here. Use environment variables or files for the keys.");
        done(fail(*m_problem));
        return;
    }
    const std::weak_ptr<int> alive = m_alive;
    m_options.keychain->read(
        keychainName(m_vaultId), [this, alive, done = std::move(done)](Result<Secret> text) {
            if (alive.expired())
                return;
            auto vault = text ? Vault::openWithKey(m_options.vaultFile, fromText(*text))
                              : Result<Vault>(fail(text.error()));
            if (vault) {
                adopt(std::move(*vault));
                done({});
                return;
            }
            m_problem = vault.error();
            if (vault.error().code == ErrorCode::VaultCorrupt)
                m_state = State::Damaged;
            if (vault.error().code == ErrorCode::SecretMissing)
                m_problem = Error(ErrorCode::SecretMissing,
                                  "The key of the vault is no longer in the system keychain. "
                                  "Restore the keychain, or remove " +
                                      m_options.vaultFile.string() + " and enter the keys again.");
            done(fail(*m_problem));
        });
}

Result<void> SecretStore::unlockWithPassphrase(const Secret& passphrase) {
    auto vault = Vault::openWithPassphrase(m_options.vaultFile, passphrase);
    if (!vault)
        return fail(vault.error());
    adopt(std::move(*vault));
    return {};
}

Result<void> SecretStore::createWithPassphrase(const Secret& passphrase) {
    auto vault = Vault::createWithPassphrase(m_options.vaultFile, passphrase, m_options.scrypt);
    if (!vault)
        return fail(vault.error());
    adopt(std::move(*vault));
    return {};
}

Result<void> SecretStore::changePassphrase(const Secret& passphrase) {
    return m_vault ? m_vault->changePassphrase(passphrase, m_options.scrypt)
                   : Result<void>(locked());
}

// The key goes to the keychain first: a key without a vault does no harm, a vault without a key
// would.
void SecretStore::createWithKeychain(Done done) {
    if (m_options.keychain == nullptr) {
        done(fail(ErrorCode::KeychainUnavailable,
                  "No system keychain found. Keys can be kept in a file protected by a "
                  "passphrase."));
        return;
    }
    const std::string id = Vault::newId();
    auto key = std::make_shared<const Secret>(Vault::newMasterKey());
    const std::weak_ptr<int> alive = m_alive;
    m_options.keychain->write(keychainName(id), toText(*key),
                              [this, alive, id, key, done = std::move(done)](Result<void> written) {
                                  if (alive.expired())
                                      return;
                                  if (!written) {
                                      done(std::move(written));
                                      return;
                                  }
                                  if (m_vault) {  // another save was quicker
                                      done({});
                                      return;
                                  }
                                  auto vault = Vault::createWithKey(m_options.vaultFile, id, *key);
                                  if (!vault) {
                                      done(fail(vault.error()));
                                      return;
                                  }
                                  adopt(std::move(*vault));
                                  done({});
                              });
}

void SecretStore::save(const std::string& name, Secret secret, const std::string& boundTo,
                       Done done) {
    log::hide(secret);
    if (m_vault) {
        done(m_vault->put(name, secret, boundTo));
        return;
    }
    if (m_state == State::NoVault)
        inspect();  // another process may have made one
    if (m_state != State::NoVault) {
        done(m_problem ? Result<void>(fail(*m_problem)) : Result<void>(locked()));
        return;
    }
    auto kept = std::make_shared<const Secret>(std::move(secret));
    const std::weak_ptr<int> alive = m_alive;
    createWithKeychain(
        [this, alive, name, kept, boundTo, done = std::move(done)](Result<void> created) {
            if (!alive.expired())
                done(created ? m_vault->put(name, *kept, boundTo) : std::move(created));
        });
}

Result<void> SecretStore::remove(const std::string& name) {
    if (m_vault)
        return m_vault->remove(name);
    return isLocked() ? Result<void>(locked()) : Result<void>();
}

std::vector<std::string> SecretStore::names() const {
    return m_vault ? m_vault->names() : std::vector<std::string>();
}

std::optional<std::string> SecretStore::boundTo(const std::string& name) const {
    const auto entry = readVault(name);
    return entry ? std::optional(entry->boundTo) : std::nullopt;
}

std::optional<Secret> SecretStore::derivedKey(std::string_view purpose) const {
    return m_vault ? m_vault->derivedKey(purpose) : std::nullopt;
}

Result<StoredSecret> SecretStore::read(const SecretRef& reference) {
    switch (reference.kind) {
        case SecretRef::Kind::Vault:
            return readVault(reference.name);
        case SecretRef::Kind::Keychain:
            return readKeychain(reference.name);
        case SecretRef::Kind::Env:
            return readEnvironment(reference.name);
        case SecretRef::Kind::File:
            return readSecretFile(reference.name);
        case SecretRef::Kind::Value:
            return StoredSecret{Secret(reference.name), {}, {}};
    }
    return fail(ErrorCode::Internal, "The kind of secret is unknown.");
}

Result<StoredSecret> SecretStore::readVault(const std::string& name) const {
    if (m_vault)
        return m_vault->read(name);
    if (m_state == State::NeedsPassphrase)
        return locked();
    if (m_state == State::NeedsKeychain)
        return fail(ErrorCode::VaultLocked,
                    m_problem ? m_problem->message.text : "The vault is not open yet.");
    if (m_problem)
        return fail(*m_problem);
    return fail(ErrorCode::SecretMissing,
                "The vault has no entry \"" + name + "\"; enter the secret again.");
}

Result<StoredSecret> SecretStore::readEnvironment(const std::string& name) const {
    auto value = m_options.environment(name);
    if (!value || value->empty())
        return fail(ErrorCode::SecretMissing,
                    "The environment variable " + name + " is not set, or empty.");
    Secret secret(*value);
    wipe(value->data(), value->size());
    return StoredSecret{std::move(secret), {}, {}};
}

Result<StoredSecret> SecretStore::readSecretFile(const std::string& name) const {
    std::filesystem::path file = name;
    if (name.starts_with("~/"))
        file = std::filesystem::path(m_options.environment("HOME").value_or("/")) / name.substr(2);
    else if (file.is_relative())
        file = m_options.configFolder / file;
    auto content = readFile(file, kMaxSecretFile);
    if (!content && content.error().code == ErrorCode::NotFound)
        return fail(ErrorCode::SecretMissing, "The file " + file.string() + " does not exist.");
    if (!content)
        return fail(content.error());
    StoredSecret stored{Secret(withoutLineBreak(*content)), {}, {}};
    wipe(content->data(), content->size());
    struct stat info {};
    if (::stat(file.c_str(), &info) == 0 && (info.st_mode & 077) != 0)
        stored.warning = "lies in the file " + file.string() +
                         ", which other users may read; run chmod 600 on it";
    return stored;
}

Result<StoredSecret> SecretStore::readKeychain(const std::string& name) const {
    const auto it = m_preloaded.find(name);
    if (it == m_preloaded.end())
        return fail(ErrorCode::KeychainUnavailable,
                    "No system keychain can be reached here for \"" + name + "\".");
    if (!it->second && it->second.error().code == ErrorCode::SecretMissing)
        return fail(ErrorCode::SecretMissing,
                    "The system keychain has no entry \"" + name + "\" of GateRouter.");
    if (!it->second)
        return fail(it->second.error());
    return StoredSecret{it->second->clone(), {}, {}};
}

std::vector<std::string> keychainNames(const Settings& settings) {
    std::vector<std::string> names;
    const auto add = [&names](const SecretRef& reference) {
        if (reference.kind == SecretRef::Kind::Keychain)
            names.push_back(reference.name);
    };
    for (const Client& client : settings.clients) {
        if (client.key)
            add(*client.key);
    }
    for (const Provider& provider : settings.providers) {
        for (const SecretRef& key : provider.keys.value_or(std::vector<SecretRef>()))
            add(key);
    }
    add(settings.wallet.key);
    const Settlement& settlement = settings.sell.settlement;
    for (const auto& key : {settlement.relayerKey, settlement.bearer, settlement.cdpKey}) {
        if (key)
            add(*key);
    }
    std::sort(names.begin(), names.end());
    names.erase(std::unique(names.begin(), names.end()), names.end());
    return names;
}

}  // namespace gr::settings
