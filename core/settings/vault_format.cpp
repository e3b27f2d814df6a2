// SPDX-License-Identifier: MIT
#include "settings/vault_format.h"

#include <openssl/evp.h>

#include "base/cipher.h"
#include "base/openssl_bytes.h"
#include "base/text.h"

namespace gr::settings {
namespace {

using openssl::in;
using openssl::must;
using openssl::out;

constexpr std::string_view kMagic = "GRVAULT";
constexpr char kVersion = 1;
constexpr std::size_t kNonceSize = 12;
constexpr std::size_t kTagSize = 16;
constexpr std::size_t kSaltSize = 16;
constexpr std::size_t kChecksumSize = 8;
constexpr std::size_t kWrappedSize = kNonceSize + kVaultKeySize + kTagSize;
constexpr std::size_t kFixedSize = kMagic.size() + 1 + 1 + 3 + kSaltSize + kVaultIdSize;
constexpr std::size_t kHeaderSize = kFixedSize + kWrappedSize + kChecksumSize;

// Gives false when the box was made with another key or was changed.
bool unseal(const Secret& key, std::string_view associated, std::string_view box, Secret& plain) {
    auto text = decrypt(key, associated, box);
    if (!text)
        return false;
    plain = Secret(*text);
    wipe(text->data(), text->size());
    return true;
}

// What is authenticated together with the wrapped key.
std::string encodeFixed(const VaultHeader& header) {
    std::string bytes(kMagic);
    bytes.push_back(kVersion);
    bytes.push_back(static_cast<char>(header.source));
    const bool passphrase = header.source == VaultHeader::Source::Passphrase;
    for (const std::uint8_t number : {header.scrypt.logN, header.scrypt.r, header.scrypt.p})
        bytes.push_back(static_cast<char>(passphrase ? number : 0));
    bytes += header.salt;
    bytes += header.id;
    return bytes;
}

std::string checksum(std::string_view bytes) {
    return sha256(bytes).substr(0, kChecksumSize);
}

Failure damaged(std::string_view how) {
    return fail(ErrorCode::VaultCorrupt,
                "The vault is damaged and cannot be opened. Restore it from a back-up, or remove "
                "it and enter the keys again.",
                std::string(how));
}

// Bounds on what a file may ask of this machine.
bool isSane(const ScryptParameters& s) {
    return s.logN >= 1 && s.logN <= 20 && s.r >= 1 && s.r <= 16 && s.p >= 1 && s.p <= 4;
}

}  // namespace

std::string encodeVaultHeader(const VaultHeader& header) {
    std::string bytes = encodeFixed(header) + header.wrappedKey;
    bytes += checksum(bytes);
    must(bytes.size() == kHeaderSize);
    return bytes;
}

Result<VaultHeader> decodeVaultHeader(std::string_view file) {
    if (!file.starts_with(kMagic) || file.size() < kHeaderSize + kNonceSize + kTagSize)
        return damaged("magic or size");
    if (file[kMagic.size()] > kVersion)
        return fail(ErrorCode::ConfigTooNew,
                    "The vault was written by a newer version of GateRouter. Use that version.");
    const std::string_view covered = file.substr(0, kHeaderSize - kChecksumSize);
    if (file.substr(covered.size(), kChecksumSize) != checksum(covered))
        return damaged("checksum of the header");
    std::size_t at = kMagic.size() + 1;
    const auto byte = [&] { return static_cast<std::uint8_t>(file[at++]); };
    const auto bytes = [&](std::size_t count) {
        at += count;
        return std::string(file.substr(at - count, count));
    };
    VaultHeader header;
    const std::uint8_t source = byte();
    header.source = static_cast<VaultHeader::Source>(source);
    header.scrypt.logN = byte();
    header.scrypt.r = byte();
    header.scrypt.p = byte();
    header.salt = bytes(kSaltSize);
    header.id = bytes(kVaultIdSize);
    header.wrappedKey = bytes(kWrappedSize);
    if (source > 1 || (source == 1 && !isSane(header.scrypt)))
        return damaged("parameters of the header");
    return header;
}

std::string sealVault(const VaultHeader& header, const Secret& dataKey, std::string_view content) {
    const std::string head = encodeVaultHeader(header);
    return head + encrypt(dataKey, head, content);
}

Result<Secret> openVault(std::string_view file, const VaultHeader& header, const Secret& dataKey) {
    Secret content;
    if (file.size() < kHeaderSize ||
        !unseal(dataKey, encodeVaultHeader(header), file.substr(kHeaderSize), content))
        return damaged("content");
    return content;
}

void wrapDataKey(VaultHeader& header, const Secret& masterKey, const Secret& dataKey) {
    must(masterKey.size() == kVaultKeySize && dataKey.size() == kVaultKeySize);
    header.wrappedKey = encrypt(masterKey, encodeFixed(header), dataKey.reveal());
}

Result<Secret> unwrapDataKey(const VaultHeader& header, const Secret& masterKey) {
    Secret dataKey;
    if (masterKey.size() == kVaultKeySize &&
        unseal(masterKey, encodeFixed(header), header.wrappedKey, dataKey))
        return dataKey;
    if (header.source == VaultHeader::Source::Passphrase)
        return fail(ErrorCode::WrongPassphrase, "The passphrase is wrong.");
    return fail(ErrorCode::WrongPassphrase,
                "The key in the system keychain does not open this vault. It belongs to another "
                "vault, or the vault was replaced.");
}

Result<Secret> masterKeyFrom(const Secret& passphrase, const VaultHeader& header) {
    if (!isSane(header.scrypt) || header.salt.size() != kSaltSize)
        return damaged("parameters of the header");
    constexpr std::uint64_t kMaxMemory = std::uint64_t{3} << 30;  // OpenSSL's own bound is 32 MB
    std::string key(kVaultKeySize, '\0');
    const std::string_view text = passphrase.reveal();
    const int done = EVP_PBE_scrypt(text.data(), text.size(), in(header.salt), header.salt.size(),
                                    std::uint64_t{1} << header.scrypt.logN, header.scrypt.r,
                                    header.scrypt.p, kMaxMemory, out(key), key.size());
    Secret master(key);
    wipe(key.data(), key.size());
    if (done != 1)
        return fail(ErrorCode::Internal, "The passphrase could not be checked: too little memory.");
    return master;
}

}  // namespace gr::settings
