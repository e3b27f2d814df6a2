// SPDX-License-Identifier: MIT
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/url.h"
#include "payment/network.h"
#include "payment/signing_key.h"
#include "payment/spending_policy.h"

namespace gr::gateway {

// A chain that the wallet pays on, with the servers that are asked about it.
struct WalletChain {
    payment::ChainId id = 0;
    std::vector<Url> rpc;  // none: nothing can be looked up
};

// The wallet as the gateway acts with it. Immutable; shared by the io threads.
struct WalletEntry {
    std::shared_ptr<payment::SigningKey> key;  // null: locked, watch-only, or none
    std::string noKey;                         // why, as a sentence; empty while there is one
    bool locked = false;                       // it has one, which nobody can read at present
    // Whose payments are looked for on the chain: the key's, also while it is locked; absent: not
    // known.
    std::optional<payment::Address> payer;
    payment::SpendingPolicy policy;
    // Where the books of payments stood, as the vault remembers it. Absent: the key lies elsewhere
    // than in the vault, and nobody remembers.
    std::optional<ledger::LedgerMark> mark;
    payment::NetworkList networks;    // the program's, and what the user added
    std::vector<WalletChain> chains;  // in the user's order

    // With which tokens may be paid.
    std::vector<const payment::Token*> tokens() const {
        std::vector<const payment::Token*> all;
        for (const WalletChain& chain : chains) {
            const auto own = networks.tokensOf(chain.id);
            all.insert(all.end(), own.begin(), own.end());
        }
        return all;
    }
};

using WalletPtr = std::shared_ptr<const WalletEntry>;

}  // namespace gr::gateway
