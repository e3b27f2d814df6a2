// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "payment/evm_key.h"
#include "payment/mnemonic.h"

namespace gr::payment {

// A wallet as it lies in the vault: words or a private key, its address, and whether the person
// showed that the backup is good. Owns its secrets; moves, never copies. Any thread.
class WalletRecord final {
  public:
    // Account `index` of the words. Fails as Mnemonic::seed.
    static Result<WalletRecord> fromWords(const Mnemonic& mnemonic, const Secret& passphrase,
                                          std::uint32_t index);
    static WalletRecord fromKey(const EvmKey& key);

    // What text() gave; or a private key as "0x" and 64 hexadecimal digits (the "0x" may miss), or
    // words alone (account 0, no passphrase), as files and variables hold them: those count as
    // backed up, because they came from somewhere. InvalidField says what is wrong, without any
    // part of the text.
    static Result<WalletRecord> read(std::string_view text);
    Secret text() const;

    const Address& address() const { return m_address; }
    bool backedUp() const { return m_backedUp; }
    void setBackedUp() { m_backedUp = true; }
    const Secret& words() const { return m_words; }  // empty where there is only a key
    // Are these words, or is this private key, the wallet's? For the check of a backup.
    bool isBackup(std::string_view text) const;

    // The key that signs; takes a millisecond for words. Fails when the record contradicts its own
    // address.
    Result<EvmKey> key() const;

  private:
    WalletRecord() = default;
    Result<EvmKey> derive() const;

    Secret m_words;
    Secret m_passphrase;  // of the words
    std::uint32_t m_index = 0;
    Secret m_key;  // 32 bytes, where there are no words
    Address m_address;
    bool m_backedUp = false;
};

// A private key as people and programs write it: 64 hexadecimal digits, with or without "0x", and
// blanks around them. Nothing for anything else and for what is no key.
std::optional<EvmKey> parsePrivateKey(std::string_view text);

}  // namespace gr::payment
