// SPDX-License-Identifier: MIT
#include "settings/vault.h"

#include <algorithm>
#include <utility>

#include "base/cipher.h"
#include "base/file.h"
#include "base/text.h"

namespace gr::settings {
namespace {

constexpr std::uint32_t kMaxText = 1 << 20;

std::string hexOf(std::string_view bytes) {
    return toHex({reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size()});
}

void appendText(std::string& out, std::string_view text) {
    const auto size = static_cast<std::uint32_t>(text.size());
    for (const int shift : {24, 16, 8, 0})
        out.push_back(static_cast<char>((size >> shift) & 0xFF));
    out += text;
}

bool takeText(std::string_view& in, std::string_view& text) {
    if (in.size() < 4)
        return false;
    std::uint32_t size = 0;
    for (int i = 0; i < 4; ++i)
        size = (size << 8) | static_cast<unsigned char>(in[static_cast<std::size_t>(i)]);
    in.remove_prefix(4);
    if (size > kMaxText || size > in.size())
        return false;
    text = in.substr(0, size);
    in.remove_prefix(size);
    return true;
}

// The content is name, address, secret, one after the other.
Secret encodeEntries(const std::map<std::string, StoredSecret, std::less<>>& entries) {
    std::size_t size = 0;
    for (const auto& [name, entry] : entries)
        size += 12 + name.size() + entry.boundTo.size() + entry.secret.size();
    std::string out;
    out.reserve(size);  // growing would leave copies of secrets behind
    for (const auto& [name, entry] : entries) {
        appendText(out, name);
        appendText(out, entry.boundTo);
        appendText(out, entry.secret.reveal());
    }
    Secret content(out);
    wipe(out.data(), out.size());
    return content;
}

bool decodeEntries(std::string_view content,
                   std::map<std::string, StoredSecret, std::less<>>& entries) {
    while (!content.empty()) {
        std::string_view name;
        std::string_view boundTo;
        std::string_view secret;
        if (!takeText(content, name) || !takeText(content, boundTo) || !takeText(content, secret))
            return false;
        entries.insert_or_assign(std::string(name),
                                 StoredSecret{Secret(secret), std::string(boundTo), {}});
    }
    return true;
}

std::filesystem::path lockOf(const std::filesystem::path& file) {
    return file.string() + ".lock";
}

Failure sealed() {
    return fail(ErrorCode::VaultLocked, "The vault is locked; unlock it with its passphrase.");
}

Result<void> checkPassphrase(const Secret& passphrase) {
    if (passphrase.empty())
        return fail(ErrorCode::InvalidField, "The passphrase must not be empty.");
    return {};
}

}  // namespace

Vault::Vault(std::filesystem::path file, VaultHeader header, Secret dataKey)
    : m_file(std::move(file)),
      m_header(std::move(header)),
      m_info{m_header.source, hexOf(m_header.id)},
      m_dataKey(std::move(dataKey)) {}

Result<Vault::Info> Vault::inspect(const std::filesystem::path& file) {
    const auto bytes = readFile(file);
    if (!bytes)
        return fail(bytes.error());
    const auto header = decodeVaultHeader(*bytes);
    if (!header)
        return fail(header.error());
    return Info{header->source, hexOf(header->id)};
}

std::string Vault::newId() {
    return hexOf(randomBytes(kVaultIdSize));
}

Secret Vault::newMasterKey() {
    std::string bytes = randomBytes(kVaultKeySize);
    Secret key(bytes);
    wipe(bytes.data(), bytes.size());
    return key;
}

Result<Vault> Vault::create(const std::filesystem::path& file, VaultHeader header,
                            const Secret& masterKey) {
    const auto lock = FileLock::take(lockOf(file));
    if (!lock)
        return fail(lock.error());
    std::error_code ignored;
    if (std::filesystem::exists(file, ignored))
        return fail(ErrorCode::FileUnwritable,
                    "A vault exists already at " + file.string() + "; it was not touched.");
    Secret dataKey = newMasterKey();
    wrapDataKey(header, masterKey, dataKey);
    Vault vault(file, std::move(header), std::move(dataKey));
    if (auto written = vault.write(vault.m_header); !written)
        return fail(written.error());
    return vault;
}

Result<Vault> Vault::createWithKey(const std::filesystem::path& file, const std::string& id,
                                   const Secret& masterKey) {
    const auto idBytes = fromHex(id);
    if (!idBytes || idBytes->size() != kVaultIdSize || masterKey.size() != kVaultKeySize)
        return fail(ErrorCode::InvalidField, "The vault needs an id of 16 and a key of 32 bytes.");
    return create(file, {Source::Keychain, {}, std::string(16, '\0'), *idBytes, {}}, masterKey);
}

Result<Vault> Vault::createWithPassphrase(const std::filesystem::path& file,
                                          const Secret& passphrase, ScryptParameters scrypt) {
    if (auto good = checkPassphrase(passphrase); !good)
        return fail(good.error());
    VaultHeader header{Source::Passphrase, scrypt, randomBytes(16), randomBytes(kVaultIdSize), {}};
    const auto masterKey = masterKeyFrom(passphrase, header);
    if (!masterKey)
        return fail(masterKey.error());
    return create(file, std::move(header), *masterKey);
}

Result<Vault> Vault::open(const std::filesystem::path& file, const Secret& key, bool isPassphrase) {
    const auto bytes = readFile(file);
    if (!bytes)
        return fail(bytes.error());
    auto header = decodeVaultHeader(*bytes);
    if (!header)
        return fail(header.error());
    if (isPassphrase != (header->source == Source::Passphrase))
        return fail(ErrorCode::WrongPassphrase,
                    isPassphrase ? "This vault opens with a key in the system keychain, not with a "
                                   "passphrase."
                                 : "This vault opens with a passphrase.");
    auto masterKey = isPassphrase ? masterKeyFrom(key, *header) : Result<Secret>(key.clone());
    if (!masterKey)
        return fail(masterKey.error());
    auto dataKey = unwrapDataKey(*header, *masterKey);
    if (!dataKey)
        return fail(dataKey.error());
    const auto content = openVault(*bytes, *header, *dataKey);
    if (!content)
        return fail(content.error());
    Vault vault(file, std::move(*header), std::move(*dataKey));
    if (!decodeEntries(content->reveal(), vault.m_entries))
        return fail(ErrorCode::VaultCorrupt, "The vault holds what this version cannot read.");
    vault.m_seen = sha256(*bytes);
    return vault;
}

Result<Vault> Vault::openWithKey(const std::filesystem::path& file, const Secret& masterKey) {
    return open(file, masterKey, false);
}

Result<Vault> Vault::openWithPassphrase(const std::filesystem::path& file,
                                        const Secret& passphrase) {
    return open(file, passphrase, true);
}

std::vector<std::string> Vault::names() const {
    std::vector<std::string> out;
    for (const auto& [name, entry] : m_entries)
        out.push_back(name);
    out.insert(out.end(), m_wiped.begin(), m_wiped.end());
    std::sort(out.begin(), out.end());
    return out;
}

bool Vault::contains(std::string_view name) const {
    return m_entries.find(name) != m_entries.end() || m_wiped.contains(name);
}

Result<StoredSecret> Vault::read(std::string_view name) const {
    const auto it = m_entries.find(name);
    if (m_wiped.contains(name))
        return sealed();
    if (it == m_entries.end())
        return fail(ErrorCode::SecretMissing, "The vault has no entry \"" + std::string(name) +
                                                  "\"; enter the secret again.");
    return StoredSecret{it->second.secret.clone(), it->second.boundTo, {}};
}

std::optional<Secret> Vault::derivedKey(std::string_view purpose) const {
    if (!isSealed())
        return deriveKey(m_dataKey, purpose);
    const auto it = m_derived.find(purpose);
    return it == m_derived.end() ? std::nullopt : std::optional(it->second.clone());
}

void Vault::seal(const std::vector<std::string>& names, const std::vector<std::string>& purposes) {
    if (isSealed())
        return;
    for (const std::string& purpose : purposes)
        m_derived.insert_or_assign(purpose, deriveKey(m_dataKey, purpose));
    for (const std::string& name : names) {
        if (m_entries.erase(name) > 0)
            m_wiped.insert(name);
    }
    m_dataKey = Secret();
}

Result<void> Vault::put(const std::string& name, const Secret& secret, const std::string& boundTo) {
    if (name.empty() || secret.empty() || name.size() > kMaxText || secret.size() > kMaxText ||
        boundTo.size() > kMaxText)
        return fail(ErrorCode::InvalidField, "A secret needs a name and must not be empty.");
    const auto lock = lockFresh();
    if (!lock)
        return fail(lock.error());
    StoredSecret entry{secret.clone(), boundTo, {}};
    const auto [it, isNew] = m_entries.try_emplace(name);
    std::swap(it->second, entry);
    auto written = write(m_header);
    if (!written && isNew)
        m_entries.erase(it);
    else if (!written)
        std::swap(it->second, entry);
    return written;
}

Result<void> Vault::remove(const std::string& name) {
    const auto lock = lockFresh();
    if (!lock)
        return fail(lock.error());
    auto entry = m_entries.extract(name);
    if (entry.empty())
        return {};
    auto written = write(m_header);
    if (!written)
        m_entries.insert(std::move(entry));
    return written;
}

Result<void> Vault::changePassphrase(const Secret& passphrase, ScryptParameters scrypt) {
    if (auto good = checkPassphrase(passphrase); !good)
        return good;
    VaultHeader header{Source::Passphrase, scrypt, randomBytes(16), m_header.id, {}};
    const auto masterKey = masterKeyFrom(passphrase, header);
    if (!masterKey)
        return fail(masterKey.error());
    return rewrap(std::move(header), *masterKey);
}

Result<void> Vault::changeKey(const Secret& masterKey) {
    if (masterKey.size() != kVaultKeySize)
        return fail(ErrorCode::InvalidField, "The vault needs a key of 32 bytes.");
    return rewrap({Source::Keychain, {}, std::string(16, '\0'), m_header.id, {}}, masterKey);
}

Result<void> Vault::rewrap(VaultHeader header, const Secret& masterKey) {
    const auto lock = lockFresh();
    if (!lock)
        return fail(lock.error());
    wrapDataKey(header, masterKey, m_dataKey);
    if (auto written = write(header); !written)
        return written;
    m_header = std::move(header);
    m_info.source = m_header.source;
    return {};
}

Result<void> Vault::refresh() {
    if (isSealed())
        return {};
    const auto bytes = readFile(m_file);
    if (!bytes)
        return fail(bytes.error());
    std::string digest = sha256(*bytes);
    if (digest == m_seen)
        return {};
    auto header = decodeVaultHeader(*bytes);
    if (!header)
        return fail(header.error());
    const auto content = openVault(*bytes, *header, m_dataKey);
    Entries entries;
    if (!content || !decodeEntries(content->reveal(), entries))
        return fail(ErrorCode::VaultCorrupt,
                    "The vault " + m_file.string() +
                        " was replaced by another one, or is damaged. It was not touched; start "
                        "GateRouter again to use it.");
    m_header = std::move(*header);
    m_info = {m_header.source, hexOf(m_header.id)};
    m_entries = std::move(entries);
    m_seen = std::move(digest);
    return {};
}

// Before every change: nobody else writes until it is done, and it begins at what the file holds.
Result<FileLock> Vault::lockFresh() {
    if (isSealed())
        return sealed();
    auto lock = FileLock::take(lockOf(m_file));
    if (!lock)
        return lock;
    if (auto fresh = refresh(); !fresh)
        return fail(fresh.error());
    return lock;
}

Result<void> Vault::write(const VaultHeader& header) {
    const Secret content = encodeEntries(m_entries);
    const std::string bytes = sealVault(header, m_dataKey, content.reveal());
    if (auto written = replaceFile(m_file, bytes); !written)
        return written;
    m_seen = sha256(bytes);
    return {};
}

}  // namespace gr::settings
