// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string>

#include "settings/data_directory.h"

// The wallet in the vault, for a person at a terminal. Words, private keys and passphrases are
// typed there with the echo off, or come over standard input; never as arguments, where other users
// of the machine see them. Each blocks while a person types, makes its own QCoreApplication, and
// gives the exit code: 0 done, 1 a problem that was explained.
namespace gr::app {

struct WalletOptions {
    std::string name;  // entry wallet/NAME of the vault; empty: what the configuration says
    int words = 12;    // of a new wallet: 12 or 24
    std::uint32_t account = 0;     // of imported words: the last number of m/44'/60'/0'/0/N
    bool wordsPassphrase = false;  // imported words have a passphrase of their own
    bool keychain = false;         // the vault may open by the keychain alone
    bool passphrase = false;       // the vault gets a passphrase from now on
    bool show = false;             // show the words again instead of asking for them
};

// `wallet new`: makes words, keeps them, and shows them, on a terminal alone.
int newWallet(const settings::Paths& paths, const WalletOptions& options);
// `wallet import`: of words or of a private key. Counts as backed up: it came from somewhere.
int importWallet(const settings::Paths& paths, const WalletOptions& options);
// `wallet address`: with the checksum of EIP-55. A watch-only one needs no vault.
int showAddress(const settings::Paths& paths, const WalletOptions& options);
// `wallet balance`: what it holds on each chain of the configuration, asked of their RPC servers;
// at most ten seconds for each of them. 1 also where one of the chains is not known.
int showBalance(const settings::Paths& paths, const WalletOptions& options);
// `wallet backup-check`: asks for the words, or the private key, and notes that they are right.
int checkBackup(const settings::Paths& paths, const WalletOptions& options);

// `wallet unlock`: asks for the vault's passphrase and hands it to the running gateway, over its
// control socket.
int unlockWallet(const settings::Paths& paths, const WalletOptions& options);

// `wallet approve-policy`: what wallet.policy of the configuration allows may be paid from now on.
// Before, it can only tighten what was approved.
int approvePolicy(const settings::Paths& paths, const WalletOptions& options);

}  // namespace gr::app
