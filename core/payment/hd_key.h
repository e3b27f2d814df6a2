// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <optional>

#include "payment/evm_key.h"

namespace gr::payment {

// A private key that has children (BIP-32). Owned in Secrets; any thread.
class HdKey final {
  public:
    static constexpr std::uint32_t kHardened = 0x80000000;

    // `seed` has 16 to 64 bytes. Nothing for one in 2^127 seeds, which has no key.
    static std::optional<HdKey> fromSeed(const Secret& seed);
    // Of index 0.. or kHardened + 0..; nothing for one index in 2^127, which has no key.
    std::optional<HdKey> child(std::uint32_t index) const;

    const Secret& privateKey() const { return m_key; }
    const Secret& chainCode() const { return m_chainCode; }

  private:
    HdKey(Secret key, Secret chainCode)
        : m_key(std::move(key)), m_chainCode(std::move(chainCode)) {}
    Secret m_key;        // 32 bytes
    Secret m_chainCode;  // 32 bytes
};

// The key m/44'/60'/0'/0/index, where wallets keep Ethereum's accounts (BIP-44, SLIP-44). Nothing
// for an index from kHardened on.
std::optional<EvmKey> accountKey(const Secret& seed, std::uint32_t index);

}  // namespace gr::payment
