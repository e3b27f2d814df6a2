// SPDX-License-Identifier: MIT
#include "gateway/wallet_facts.h"

#include <algorithm>
#include <array>

#include "base/log.h"
#include "payment/address.h"
#include "payment/wallet_record.h"

namespace gr::gateway {
namespace {

using State = WalletFacts::State;

constexpr std::array<std::string_view, 5> kNames{"none", "locked", "ready", "watch_only", "broken"};

}  // namespace

std::string_view nameOf(State state) {
    return kNames[static_cast<std::size_t>(state)];
}

std::optional<State> walletState(std::string_view name) {
    const auto found = std::find(kNames.begin(), kNames.end(), name);
    if (found == kNames.end())
        return std::nullopt;
    return static_cast<State>(found - kNames.begin());
}

WalletFacts walletFacts(const settings::Wallet& wallet, settings::SecretSource& secrets) {
    WalletFacts facts;
    facts.inVault = wallet.key.kind == settings::SecretRef::Kind::Vault;
    if (wallet.watchOnly) {
        facts.state = State::WatchOnly;
        facts.address = payment::checksumText(*wallet.watchOnly);
        return facts;
    }
    auto stored = secrets.read(wallet.key);
    if (!stored) {
        const ErrorCode code = stored.error().code;
        facts.problem = stored.error().message.text;
        facts.state = code == ErrorCode::VaultLocked                      ? State::Locked
                      : code == ErrorCode::SecretMissing && facts.inVault ? State::None
                                                                          : State::Broken;
        return facts;
    }
    log::hide(stored->secret);
    const auto record = payment::WalletRecord::read(stored->secret.reveal());
    if (!record) {
        facts.state = State::Broken;
        facts.problem = record.error().message.text;
        return facts;
    }
    if (!record->words().empty())
        log::hide(record->words());
    facts.state = State::Ready;
    facts.address = payment::checksumText(record->address());
    facts.backedUp = record->backedUp();
    facts.words = !record->words().empty();
    return facts;
}

}  // namespace gr::gateway
