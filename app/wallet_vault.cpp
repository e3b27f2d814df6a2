// SPDX-License-Identifier: MIT
#include "app/wallet_vault.h"

#include "payment/mnemonic.h"
#include "settings/policy_text.h"

namespace gr::app {

using payment::Mnemonic;
using payment::WalletRecord;

Result<std::string> walletEntry(const settings::Wallet& wallet) {
    if (wallet.watchOnly)
        return fail(
            ErrorCode::InvalidField,
            "The configuration only watches an address. Remove wallet.address there first.");
    if (wallet.key.kind != settings::SecretRef::Kind::Vault)
        return fail(ErrorCode::InvalidField,
                    "The configuration takes the wallet's key from elsewhere than the vault. "
                    "Remove wallet.key there first.");
    return wallet.key.name;
}

Result<void> mustBeFree(const settings::SecretStore& secrets, const std::string& entry) {
    for (const std::string& name : secrets.names()) {
        if (name == entry)
            return fail(ErrorCode::InvalidField,
                        "There is a wallet in the vault already (" + entry +
                            "), and it is not replaced: its money would be lost. Give the new one "
                            "a name with --name, and name it in the configuration as wallet.key.");
    }
    return {};
}

Result<WalletRecord> importedWallet(const Secret& text, const Secret& wordsPassphrase,
                                    std::uint32_t account) {
    const auto read = [&]() -> Result<WalletRecord> {
        if (const auto key = payment::parsePrivateKey(text.reveal()))
            return WalletRecord::fromKey(*key);
        const auto mnemonic = Mnemonic::parse(text.reveal());
        if (!mnemonic)
            return fail(mnemonic.error());
        return WalletRecord::fromWords(*mnemonic, wordsPassphrase, account);
    };
    auto record = read();
    if (record)
        record->setBackedUp();
    return record;
}

Result<void> mustBeBackup(const WalletRecord& record, const Secret& text) {
    if (record.isBackup(text.reveal()))
        return {};
    if (const auto parsed = Mnemonic::parse(text.reveal()); !parsed && !record.words().empty())
        return fail(parsed.error());
    return fail(ErrorCode::InvalidField,
                "That is not the backup of this wallet. Look for the right paper, or see its words "
                "once more.");
}

payment::PolicyChange policyChange(settings::SecretStore& secrets, const settings::Wallet& wallet) {
    using State = settings::SecretStore::State;
    payment::PolicyChange change;
    change.asked = wallet.policy;
    if (secrets.state() != State::Open && secrets.state() != State::Sealed)
        return change;
    const auto stored =
        secrets.read({settings::SecretRef::Kind::Vault, std::string(settings::kApprovedPolicy)});
    if (stored) {
        if (auto approved = settings::readPolicyText(stored->secret.reveal()))
            change.approved = std::move(*approved);
    }
    change.loosened = payment::tightest(change.approved, change.asked).loosened;
    return change;
}

}  // namespace gr::app
