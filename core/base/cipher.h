// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "base/secret.h"

// Encryption that also proves that nothing was changed, and keys made of keys. Any thread.
namespace gr {

inline constexpr std::size_t kCipherKeySize = 32;

// AES-256-GCM (NIST SP 800-38D): nonce (12 bytes, random), the ciphertext, tag (16). `associated`
// is authenticated and not stored. The key has kCipherKeySize bytes.
std::string encrypt(const Secret& key, std::string_view associated, std::string_view plain);

// Nothing when the box was made with another key or `associated`, or was changed.
std::optional<std::string> decrypt(const Secret& key, std::string_view associated,
                                   std::string_view box);

// A key of kCipherKeySize bytes for one purpose alone: HKDF with SHA-256 and no salt (RFC 5869).
Secret deriveKey(const Secret& key, std::string_view purpose);

}  // namespace gr
