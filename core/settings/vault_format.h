// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/secret.h"

// The bytes of the vault file. Version 1, all numbers big-endian:
//
//   magic "GRVAULT" and the version   8
//   source of the master key          1   0 keychain, 1 passphrase
//   scrypt: log2 N, r, p              3   zero for the keychain
//   salt                             16   of scrypt
//   id of the vault                  16   names its entry in the keychain
//   data key, wrapped                60   nonce 12, key 32, tag 16; AES-256-GCM under the master
//   key checksum of all above             8   SHA-256, cut; tells damage from a wrong passphrase
//   nonce                            12
//   content                     n + 16    AES-256-GCM under the data key; covers all above
//
// The data key stays when the passphrase changes. Pure functions on bytes; any thread.
namespace gr::settings {

struct ScryptParameters {
    std::uint8_t logN = 17;
    std::uint8_t r = 8;
    std::uint8_t p = 1;
};

struct VaultHeader {
    enum class Source : std::uint8_t { Keychain = 0, Passphrase = 1 };
    Source source = Source::Keychain;
    ScryptParameters scrypt;
    std::string salt;        // 16 bytes
    std::string id;          // 16 bytes
    std::string wrappedKey;  // 60 bytes
};

inline constexpr std::size_t kVaultKeySize = 32;
inline constexpr std::size_t kVaultIdSize = 16;

// Fails with VaultCorrupt, or ConfigTooNew for a later version.
Result<VaultHeader> decodeVaultHeader(std::string_view file);
std::string encodeVaultHeader(const VaultHeader& header);

// The content behind the header; empty Result messages never hold secrets. `dataKey` has 32 bytes.
std::string sealVault(const VaultHeader& header, const Secret& dataKey, std::string_view content);
Result<Secret> openVault(std::string_view file, const VaultHeader& header, const Secret& dataKey);

// Puts a data key under a master key, both 32 bytes; unwrapping fails with WrongPassphrase.
void wrapDataKey(VaultHeader& header, const Secret& masterKey, const Secret& dataKey);
Result<Secret> unwrapDataKey(const VaultHeader& header, const Secret& masterKey);

// The master key of a passphrase: about 0.4 s and 128 MB with the default parameters. Fails with
// VaultCorrupt when the parameters are out of bounds, with Internal when there is no memory.
Result<Secret> masterKeyFrom(const Secret& passphrase, const VaultHeader& header);

}  // namespace gr::settings
