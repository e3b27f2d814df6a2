// SPDX-License-Identifier: MIT
#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/file_lock.h"
#include "base/result.h"
#include "base/secret.h"
#include "settings/secret_source.h"
#include "settings/vault_format.h"

namespace gr::settings {

// An open vault: named secrets in one encrypted file (0600, replaced whole). Owns the data key and
// the secrets in locked memory. One thread at a time; may be opened on a worker and moved, because
// opening by passphrase takes about half a second. Several processes may have the same vault open:
// each change is made, under a lock, to what the file holds by then, so that none is lost.
class Vault final {
  public:
    using Source = VaultHeader::Source;

    // What a vault file says of itself without a key. NotFound when there is no file; VaultCorrupt,
    // ConfigTooNew or FileUnreadable when it cannot be used.
    struct Info {
        Source source = Source::Keychain;
        std::string id;  // 16 bytes as hex: names the entry in the keychain
    };
    static Result<Info> inspect(const std::filesystem::path& file);

    // 16 random bytes as hex, and 32 random bytes.
    static std::string newId();
    static Secret newMasterKey();

    // Make a new, empty vault. Fail when the file exists (FileUnwritable), when the passphrase is
    // empty (InvalidField) and when the file cannot be written.
    static Result<Vault> createWithKey(const std::filesystem::path& file, const std::string& id,
                                       const Secret& masterKey);
    static Result<Vault> createWithPassphrase(const std::filesystem::path& file,
                                              const Secret& passphrase,
                                              ScryptParameters scrypt = {});

    // Fail with NotFound, WrongPassphrase (also for a wrong key), VaultCorrupt, ConfigTooNew or
    // FileUnreadable.
    static Result<Vault> openWithKey(const std::filesystem::path& file, const Secret& masterKey);
    static Result<Vault> openWithPassphrase(const std::filesystem::path& file,
                                            const Secret& passphrase);

    const Info& info() const { return m_info; }
    std::vector<std::string> names() const;  // sorted
    bool contains(std::string_view name) const;

    // A copy of the entry; SecretMissing when there is none of that name, VaultLocked when it was
    // wiped.
    Result<StoredSecret> read(std::string_view name) const;

    // A key made of the data key, for what is encrypted elsewhere (see deriveKey). It stays the
    // same as long as the vault does, whatever its passphrase. Nothing when the vault was sealed
    // without it.
    std::optional<Secret> derivedKey(std::string_view purpose) const;

    // Takes over what another process wrote. Fails with NotFound, VaultCorrupt or FileUnreadable;
    // what was known then stays, as it does when it is sealed.
    Result<void> refresh();

    // Change the file at once; when that fails nothing is changed. `boundTo` is the origin
    // (Url::origin) a provider key was entered for, empty for secrets that go to no provider.
    // `remove` of an absent name is no error.
    Result<void> put(const std::string& name, const Secret& secret, const std::string& boundTo);
    Result<void> remove(const std::string& name);

    // Wipes the entries of these names and the data key: the file has to be opened again to get
    // them. The other entries, and derivedKey() for these purposes, stay; everything else that
    // concerns the wiped, and every change, is VaultLocked. Once and for all.
    void seal(const std::vector<std::string>& names, const std::vector<std::string>& purposes);
    bool isSealed() const { return m_dataKey.empty(); }

    // From now on the vault opens with this passphrase, or this key, and with nothing else. The
    // data key stays, so what was encrypted with it elsewhere stays readable.
    Result<void> changePassphrase(const Secret& passphrase, ScryptParameters scrypt = {});
    Result<void> changeKey(const Secret& masterKey);

  private:
    using Entries = std::map<std::string, StoredSecret, std::less<>>;

    static Result<Vault> create(const std::filesystem::path& file, VaultHeader header,
                                const Secret& masterKey);
    static Result<Vault> open(const std::filesystem::path& file, const Secret& key,
                              bool isPassphrase);
    Vault(std::filesystem::path file, VaultHeader header, Secret dataKey);
    Result<void> write(const VaultHeader& header);
    Result<void> rewrap(VaultHeader header, const Secret& masterKey);
    Result<FileLock> lockFresh();

    std::filesystem::path m_file;
    VaultHeader m_header;
    Info m_info;
    Secret m_dataKey;
    Entries m_entries;
    // Once it is sealed: what was wiped, and what was derived before.
    std::set<std::string, std::less<>> m_wiped;
    std::map<std::string, Secret, std::less<>> m_derived;
    std::string m_seen;  // digest of the file as this object knows it
};

}  // namespace gr::settings
