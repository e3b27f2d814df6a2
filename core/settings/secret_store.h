// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "settings/data_directory.h"
#include "settings/keychain.h"
#include "settings/secret_source.h"
#include "settings/vault.h"

namespace gr::settings {

// All secrets of the program: the vault, environment variables, files, keychain entries and texts
// in clear. Owns the open vault; main thread, except that a Vault may be opened elsewhere and
// given in with adopt().
class SecretStore final : public SecretSource {
  public:
    enum class State : std::uint8_t {
        NoVault,          // nothing was saved yet; references to the vault are SecretMissing
        NeedsKeychain,    // locked: the key lies in the keychain; call unlock()
        NeedsPassphrase,  // locked: ask for it, then unlockWithPassphrase()
        Damaged,          // `problem()` says how
        Open,
        Sealed,  // it was open, see seal(); unlockWithPassphrase() opens it again
    };

    struct Options {
        std::filesystem::path vaultFile;
        std::filesystem::path configFolder;  // relative {"file"} references begin here
        Environment environment = processEnvironment;
        Keychain* keychain = nullptr;  // not owned, outlives the store; null: there is none
        ScryptParameters scrypt;
    };
    explicit SecretStore(Options options);

    State state() const { return m_state; }
    bool isLocked() const {
        return m_state == State::NeedsKeychain || m_state == State::NeedsPassphrase;
    }
    // The open vault is one that the keychain opens, and with it every program of this user.
    bool opensByKeychain() const;
    // Why the vault is not open, where that is known.
    const std::optional<Error>& problem() const { return m_problem; }

    // Takes over what another process did to the vault: entries of an open one; one that is new
    // shows in the state. Fails as Vault::refresh, but for a vault that is gone: what was read of
    // it goes on counting.
    Result<void> refresh();

    using Done = std::function<void(Result<void>)>;

    // Fetches from the keychain what start needs: the key of the vault, if it lies there, and the
    // entries of that many {"keychain"} references. `done` is called once, perhaps before unlock()
    // returns; it gets an error when the vault stays locked. Missing keychain entries show when
    // they are read.
    void unlock(const std::vector<std::string>& keychainNames, Done done);

    // Takes about half a second (scrypt). WrongPassphrase leaves the state as it was.
    Result<void> unlockWithPassphrase(const Secret& passphrase);
    // Wipes these entries and what opens the vault from memory, see Vault::seal. VaultLocked while
    // it is not open; InvalidField where the keychain opens it, so that it would protect nothing.
    Result<void> seal(const std::vector<std::string>& names,
                      const std::vector<std::string>& purposes);
    // A vault that was opened or created on another thread.
    void adopt(Vault vault);

    // Makes the vault with the first secret. With a keychain its key goes there; without one `done`
    // gets KeychainUnavailable (or Cancelled): then ask for a passphrase, createWithPassphrase(),
    // and save again. VaultLocked while locked. `boundTo`: see Vault::put.
    void save(const std::string& name, Secret secret, const std::string& boundTo, Done done);
    Result<void> createWithPassphrase(const Secret& passphrase);
    Result<void> changePassphrase(const Secret& passphrase);
    Result<void> remove(const std::string& name);
    std::vector<std::string> names() const;  // of the vault; empty while it is not open
    // The address an entry was entered for, see Vault::put.
    std::optional<std::string> boundTo(const std::string& name) const;

    // See Vault::derivedKey; nothing, too, while no vault is open.
    std::optional<Secret> derivedKey(std::string_view purpose) const;

    Result<StoredSecret> read(const SecretRef& reference) override;

  private:
    Result<StoredSecret> readVault(const std::string& name) const;
    Result<StoredSecret> readEnvironment(const std::string& name) const;
    Result<StoredSecret> readSecretFile(const std::string& name) const;
    Result<StoredSecret> readKeychain(const std::string& name) const;
    void preload(std::vector<std::string> names, Done done);
    void unlockFromKeychain(Done done);
    void createWithKeychain(Done done);
    void inspect();

    Options m_options;
    State m_state = State::NoVault;
    std::optional<Error> m_problem;
    std::optional<Vault> m_vault;
    std::string m_vaultId;
    std::map<std::string, Result<Secret>> m_preloaded;
    // Answers of the keychain that come after this object is gone find it expired.
    std::shared_ptr<int> m_alive = std::make_shared<int>(0);
};

// The names of all {"keychain"} references of `settings`, for SecretStore::unlock.
std::vector<std::string> keychainNames(const Settings& settings);

}  // namespace gr::settings
