// SPDX-License-Identifier: MIT
#include "app/wallet_lock.h"

#include <algorithm>

#include "base/log.h"
#include "gateway/wallet_builder.h"
#include "payment/wallet_record.h"

namespace gr::app {
namespace {

using gateway::WalletFacts;
using settings::SecretRef;
using settings::SecretStore;

constexpr Milliseconds kMinute{60'000};
// A machine that slept wakes up with its steady clock where it was.
constexpr Milliseconds kLook{15'000};

// What the process knows of a secret besides the vault.
void forgetText(const Secret& text) {
    log::forget(text);
    const auto record = payment::WalletRecord::read(text.reveal());
    if (record && !record->words().empty())
        log::forget(record->words());
}

}  // namespace

WalletLock::WalletLock(Configuration& configuration, const Clock& clock)
    : m_configuration(configuration), m_clock(clock) {}

bool WalletLock::locked() const {
    return secrets().state() == SecretStore::State::Sealed;
}

// Every wallet of the vault; but a key that only brings sales to the chain is none.
std::vector<std::string> WalletLock::entries() const {
    std::vector<std::string> names;
    const auto& relayer = m_configuration.settings().sell.settlement.relayerKey;
    for (const std::string& name : secrets().names()) {
        const bool own = name == wallet().key.name;
        const bool relays =
            relayer && relayer->kind == SecretRef::Kind::Vault && relayer->name == name;
        if (own || (name.starts_with("wallet/") && !relays))
            names.push_back(name);
    }
    return names;
}

Result<void> WalletLock::lock() {
    if (wallet().watchOnly)
        return fail(ErrorCode::InvalidField,
                    "The wallet is watch-only: there is no key here that a lock could protect.");
    if (wallet().key.kind != SecretRef::Kind::Vault)
        return fail(ErrorCode::InvalidField,
                    "The wallet's key lies outside of the vault, where it can be read at any "
                    "time, so a lock would protect nothing. Pause payments instead (gaterouterd "
                    "pause).");
    if (secrets().isLocked() || locked())
        return {};
    WalletFacts facts = gateway::walletFacts(wallet(), secrets());
    const std::vector<std::string> names = entries();
    if (std::ranges::find(names, wallet().key.name) == names.end())
        return fail(ErrorCode::InvalidField, "There is no wallet that could be locked.");
    std::vector<Secret> texts;
    for (const std::string& name : names) {
        if (auto stored = secrets().read({SecretRef::Kind::Vault, name}))
            texts.push_back(std::move(stored->secret));
    }
    if (auto sealed = secrets().seal(names, {std::string(kStatePurpose)}); !sealed)
        return sealed;
    for (const std::weak_ptr<payment::SigningKey>& held : m_keys) {
        if (const auto key = held.lock())
            key->drop();
    }
    m_keys.clear();
    m_open = false;
    std::ranges::for_each(texts, forgetText);
    m_facts = std::move(facts);
    m_facts.state = WalletFacts::State::Locked;
    m_facts.problem = gateway::kWalletLocked;
    m_entry = wallet().key.name;
    log::write(LogLevel::Info, "wallet.locked");
    return {};
}

WalletFacts WalletLock::facts() const {
    const bool same = wallet().key.kind == SecretRef::Kind::Vault && !wallet().watchOnly &&
                      wallet().key.name == m_entry;
    return locked() && same ? m_facts : gateway::walletFacts(wallet(), secrets());
}

std::optional<settings::Problem> WalletLock::hold(gateway::Policy& policy) {
    const bool inVault = !wallet().watchOnly && wallet().key.kind == SecretRef::Kind::Vault;
    if (policy.wallet && locked()) {
        auto entry = std::make_shared<gateway::WalletEntry>(*policy.wallet);
        entry->key.reset();  // one that the configuration named since it was locked
        entry->locked = true;
        entry->noKey = gateway::kWalletLocked;
        entry->payer = payment::Address::parse(facts().address);
        policy.wallet = std::move(entry);
    }
    std::erase_if(m_keys, [](const auto& held) { return held.expired(); });
    const auto key = policy.wallet && inVault ? policy.wallet->key : nullptr;
    const auto& relayer = m_configuration.settings().sell.settlement.relayerKey;
    if (key)
        m_keys.push_back(key);
    // The same entry may be the one that settles sales.
    const bool relays = inVault && relayer && relayer->kind == SecretRef::Kind::Vault &&
                        relayer->name == wallet().key.name;
    if (policy.sale && policy.sale->relayer && relays)
        m_keys.push_back(policy.sale->relayer);
    const bool open = key && !secrets().opensByKeychain();
    if (open && !m_open)
        used();
    m_open = open;
    arm();
    if (wallet().lockAfterMinutes == 0 || !policy.wallet || policy.wallet->locked || open)
        return std::nullopt;
    return settings::Problem{settings::Problem::Severity::Warning, "$.wallet.lock_after_minutes",
                             "has no effect: only a wallet in a vault that opens with a passphrase "
                             "can be locked (docs/wallet.md)"};
}

void WalletLock::used() {
    m_used = m_clock.steady();
    m_usedAt = m_clock.now();
}

std::optional<Milliseconds> WalletLock::due() const {
    if (!m_open || wallet().lockAfterMinutes == 0)
        return std::nullopt;
    const auto awake = std::chrono::duration_cast<Milliseconds>(m_clock.steady() - m_used);
    const Milliseconds wall(m_clock.now().value - m_usedAt.value);
    return wallet().lockAfterMinutes * kMinute - std::max(awake, wall);
}

void WalletLock::arm() {
    if (const auto left = due(); left && m_arm)
        m_arm(std::clamp(*left, Milliseconds(1), kLook));
}

bool WalletLock::lockIfDue() {
    const auto left = due();
    if (left && *left <= Milliseconds(0) && lock())
        return true;
    arm();
    return false;
}

}  // namespace gr::app
