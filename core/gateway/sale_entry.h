// SPDX-License-Identifier: MIT
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/secret.h"
#include "base/url.h"
#include "payment/network.h"
#include "payment/signing_key.h"
#include "settings/settings.h"

namespace gr::gateway {

// A chain that payments are taken on.
struct SaleChain {
    payment::Network network;
    std::vector<Url> rpc;  // at least one: what it does not show was not paid
};

// What is sold to strangers, and how the money is taken, with every reference resolved. Immutable;
// shared by the io threads.
struct SaleEntry {
    settings::Sell terms;
    payment::NetworkList networks;  // the program's, and what the user added
    std::vector<SaleChain> chains;  // in the order of preference; at least one
    std::string publicUrl;          // that payers know, no trailing slash; empty: this machine

    // Exactly one of these two settles.
    std::optional<Url> facilitator;
    std::shared_ptr<payment::SigningKey> relayer;

    // What the facilitator wants to see; null: nothing. At most one of them.
    std::shared_ptr<const Secret> bearer;
    std::shared_ptr<const Secret> cdpKey;  // terms.settlement.cdpKeyId names it

    const SaleChain* find(payment::ChainId id) const {
        for (const SaleChain& chain : chains) {
            if (chain.network.id == id)
                return &chain;
        }
        return nullptr;
    }
};

using SalePtr = std::shared_ptr<const SaleEntry>;

}  // namespace gr::gateway
