// SPDX-License-Identifier: MIT
#include "gateway/wallet_builder.h"

#include "base/log.h"
#include "ledger/mark_text.h"
#include "payment/policy_change.h"
#include "payment/wallet_record.h"
#include "settings/policy_text.h"

namespace gr::gateway {
namespace {

using settings::Problem;

// A little more than nothing may be paid from words that lie nowhere else.
const Money kUnsavedDay = *Money::parse("5.00");

Result<payment::WalletRecord> readRecord(const settings::Wallet& wallet,
                                         settings::SecretSource& secrets) {
    auto stored = secrets.read(wallet.key);
    if (!stored)
        return fail(std::move(stored.error()));
    log::hide(stored->secret);
    auto record = payment::WalletRecord::read(stored->secret.reveal());
    if (record && !record->words().empty())
        log::hide(record->words());
    return record;
}

// Without a backup no more than a small amount a day, whatever the policy allows.
void capUnsaved(payment::SpendingPolicy& policy) {
    if (!policy.caps.perDay || *policy.caps.perDay > kUnsavedDay)
        policy.caps.perDay = kUnsavedDay;
}

// What a person approved with the vault's passphrase; before that, the standard policy.
payment::SpendingPolicy approvedPolicy(settings::SecretSource& secrets,
                                       std::vector<Problem>& problems) {
    const auto stored =
        secrets.read({settings::SecretRef::Kind::Vault, std::string(settings::kApprovedPolicy)});
    if (!stored)
        return {};
    auto policy = settings::readPolicyText(stored->secret.reveal());
    if (policy)
        return std::move(*policy);
    problems.push_back({Problem::Severity::Warning, "$.wallet.policy",
                        policy.error().message.text + " The standard one counts."});
    return {};
}

// Whoever can write the configuration may tighten what was approved, and loosen nothing. Where the
// key lies outside of the vault the configuration decides: who can write it can read that.
void holdToApproved(WalletEntry& entry, const settings::Wallet& wallet,
                    settings::SecretSource& secrets, std::vector<Problem>& problems) {
    if (wallet.key.kind != settings::SecretRef::Kind::Vault)
        return;
    payment::EffectivePolicy held =
        payment::tightest(approvedPolicy(secrets, problems), wallet.policy);
    entry.policy = std::move(held.policy);
    if (held.loosened.empty())
        return;
    std::string names;
    for (const std::string& name : held.loosened)
        names += (names.empty() ? "" : ", ") + name;
    problems.push_back({Problem::Severity::Warning, "$.wallet.policy",
                        "allows more than was approved with the vault's passphrase (" + names +
                            "); until it is, the stricter counts: gaterouterd wallet "
                            "approve-policy"});
}

// A mark that cannot be read is one that no ledger reaches: a person looks.
void rememberLedger(WalletEntry& entry, const settings::Wallet& wallet,
                    settings::SecretSource& secrets) {
    if (wallet.key.kind != settings::SecretRef::Kind::Vault)
        return;
    const auto stored = secrets.read({settings::SecretRef::Kind::Vault, std::string(kMarkEntry)});
    entry.mark = ledger::LedgerMark();
    if (stored)
        entry.mark =
            ledger::readMark(stored->secret.reveal()).value_or(ledger::LedgerMark{"unreadable", 0});
}

void addKey(WalletEntry& entry, const settings::Wallet& wallet, settings::SecretSource& secrets,
            std::vector<Problem>& problems) {
    if (wallet.watchOnly) {
        entry.noKey = "The wallet is watch-only: it has no key here.";
        return;
    }
    const auto record = readRecord(wallet, secrets);
    auto key = record ? record->key() : Result<payment::EvmKey>(fail(record.error()));
    if (!key) {
        entry.locked = key.error().code == ErrorCode::VaultLocked;
        entry.noKey = entry.locked ? std::string(kWalletLocked) : key.error().message.text;
        problems.push_back({Problem::Severity::Warning, "$.wallet.key", key.error().message.text});
        return;
    }
    entry.key = std::make_shared<payment::SigningKey>(std::move(*key));
    entry.payer = entry.key->address();
    holdToApproved(entry, wallet, secrets, problems);
    rememberLedger(entry, wallet, secrets);
    if (record->backedUp())
        return;
    capUnsaved(entry.policy);
    problems.push_back({Problem::Severity::Warning, "$.wallet.key",
                        "holds words that nobody has shown to have written down; until then at "
                        "most $5.00 a day are paid (gaterouterd wallet backup-check)"});
}

}  // namespace

WalletPtr buildWallet(const settings::Wallet& wallet, settings::SecretSource& secrets,
                      std::vector<Problem>& problems) {
    if (wallet.networks.empty())
        return nullptr;
    const auto entry = std::make_shared<WalletEntry>();
    entry->policy = wallet.policy;
    entry->networks = wallet.known;
    for (const settings::Wallet::Chain& chain : wallet.networks) {
        WalletChain place{chain.chain, {}};
        for (const std::string& server : chain.rpc) {
            if (const auto url = Url::parse(server))
                place.rpc.push_back(*url);
        }
        entry->chains.push_back(std::move(place));
    }
    addKey(*entry, wallet, secrets, problems);
    return entry;
}

}  // namespace gr::gateway
