// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "payment/policy_change.h"
#include "payment/wallet_record.h"
#include "settings/secret_store.h"

// How a wallet gets into the vault, whoever asks for it: the rules that the commands and the window
// share. Main thread.
namespace gr::app {

// The entry of the vault that the configuration takes the wallet's key from; InvalidField where it
// takes it from elsewhere, or only watches.
Result<std::string> walletEntry(const settings::Wallet& wallet);

// A wallet in the vault is never replaced: its money would be lost. InvalidField when there is one.
Result<void> mustBeFree(const settings::SecretStore& secrets, const std::string& entry);

// Words, with the passphrase they may have of their own, or a private key; it counts as backed up,
// because it came from somewhere. InvalidField says what is wrong, without any part of the text.
Result<payment::WalletRecord> importedWallet(const Secret& text, const Secret& wordsPassphrase,
                                             std::uint32_t account);

// The words or the private key of a backup, against the wallet. InvalidField: they are not its own,
// or no words at all.
Result<void> mustBeBackup(const payment::WalletRecord& record, const Secret& text);

// What the configuration asks for of a wallet in the vault, and what a person approved of it with
// the vault's passphrase; before that, the standard policy.
// Nothing is loosened where that cannot be known: no vault, or one that nobody opened yet.
payment::PolicyChange policyChange(settings::SecretStore& secrets, const settings::Wallet& wallet);

}  // namespace gr::app
