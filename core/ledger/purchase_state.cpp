// SPDX-License-Identifier: MIT
#include "ledger/purchase_state.h"

namespace gr::ledger {
namespace {

using enum PurchaseState;

constexpr std::array<std::string_view, kPurchaseStates.size()> kNames{
    "held",    "denied",  "intended", "signed",  "sent",
    "settled", "refused", "expired",  "unknown", "released"};

constexpr unsigned bit(PurchaseState state) {
    return 1U << static_cast<unsigned>(state);
}

unsigned followersOf(PurchaseState state) {
    switch (state) {
        case Held:
            return bit(Intended) | bit(Denied);
        case Denied:
            return 0;
        case Intended:
            return bit(Signed) | bit(Released);
        case Signed:
            return bit(Sent) | bit(Expired) | bit(Unknown);
        case Sent:
            return bit(Sent) | bit(Settled) | bit(Refused) | bit(Expired) | bit(Unknown);
        case Settled:  // unknown: the block that held it is gone
            return bit(Settled) | bit(Unknown);
        case Refused:
            return bit(Sent) | bit(Settled) | bit(Expired) | bit(Unknown) | bit(Released);
        case Expired:
            return bit(Settled) | bit(Unknown) | bit(Released);
        case Unknown:
            return bit(Unknown) | bit(Sent) | bit(Settled) | bit(Refused) | bit(Expired) |
                   bit(Released);
        case Released:  // a server told lies about the chain: the books follow the chain
            return bit(Settled);
    }
    return 0;
}

}  // namespace

std::string_view nameOf(PurchaseState state) {
    return kNames[static_cast<std::size_t>(state)];
}

std::optional<PurchaseState> purchaseState(std::string_view name) {
    for (const PurchaseState state : kPurchaseStates) {
        if (nameOf(state) == name)
            return state;
    }
    return std::nullopt;
}

bool mayFollow(PurchaseState from, PurchaseState to) {
    return (followersOf(from) & bit(to)) != 0;
}

}  // namespace gr::ledger
