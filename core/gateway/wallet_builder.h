// SPDX-License-Identifier: MIT
#pragma once

#include <string_view>
#include <vector>

#include "gateway/wallet_entry.h"
#include "settings/secret_source.h"
#include "settings/settings.h"

namespace gr::gateway {

// The entry of the vault that remembers where the books of payments stand (ledger/mark_text.h).
inline constexpr std::string_view kMarkEntry = "wallet_ledger";

// What is said instead of a payment while the wallet is locked.
inline constexpr std::string_view kWalletLocked =
    "The wallet is locked. Unlock it in the window (Ctrl+L), or with gaterouterd wallet unlock.";

// The wallet as the gateway acts with it; null where the configuration names no network to pay on.
// Its key is read from where the configuration says; without it the entry says why in `noKey`, and
// a problem does (a warning, with the path in config.json). One thread at a time for `secrets`.
WalletPtr buildWallet(const settings::Wallet& wallet, settings::SecretSource& secrets,
                      std::vector<settings::Problem>& problems);

}  // namespace gr::gateway
