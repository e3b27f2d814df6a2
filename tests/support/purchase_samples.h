// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <vector>

#include "base/text.h"
#include "ledger/purchase_book.h"

// Purchases for tests, and verbs that bring them into each state.
namespace gr::test {

inline Money dollars(const char* text) {
    return Money::parse(text).value();
}

// `name` tells purchases apart: it makes the key.
inline ledger::PurchaseIntent intentOf(const std::string& name, Money usd,
                                       const std::string& origin = "https://seller.example:443") {
    ledger::PurchaseIntent intent;
    intent.key = sha256(name);
    intent.client = "tools";
    intent.requestId = "req_" + name;
    intent.origin = origin;
    intent.payee = "0x209693bc6afc0c5328ba36faf03c514ef312287c";
    intent.chainId = 8453;
    intent.token = "0x833589fcd6edb6e08f4c7c32d4f71b54bda02913";
    intent.amount = std::to_string(usd.pico() / 1'000'000);
    intent.usd = usd;
    intent.scheme = "exact-eip3009";
    intent.quote = usd;
    intent.bound = usd;
    return intent;
}

inline ledger::SpendDecision allowAll(const ledger::SpendingSums&) {
    return ledger::SpendDecision::allow();
}
inline ledger::SpendDecision holdAll(const ledger::SpendingSums&) {
    return ledger::SpendDecision::hold("the first payment to this seller");
}

// Lets through what stays at or below the cap of all that counts.
inline ledger::Decide capOf(Money cap, Money usd) {
    return [cap, usd](const ledger::SpendingSums& sums) {
        const auto then = sums.total.plus(usd);
        return then && *then <= cap ? ledger::SpendDecision::allow()
                                    : ledger::SpendDecision::refuse("the cap is reached");
    };
}

inline ledger::PurchaseChange signedWith(const std::string& nonce) {
    return {.nonce = nonce,
            .validBefore = 1'795'003'300,
            .headerName = "PAYMENT-SIGNATURE",
            .sealedHeader = std::string("sealed\0bytes", 12)};
}

// The way from a new purchase to `state`, without the first step.
inline std::vector<ledger::PurchaseState> wayTo(ledger::PurchaseState state) {
    using enum ledger::PurchaseState;
    switch (state) {
        case Held:
        case Intended:
            return {};
        case Denied:
            return {Denied};
        case Signed:
            return {Signed};
        case Sent:
            return {Signed, Sent};
        case Settled:
        case Refused:
        case Expired:
        case Unknown:
            return {Signed, Sent, state};
        case Released:
            return {Signed, Sent, Expired, Released};
    }
    return {};
}

// Whether the purchase came there. `id` is that of a new one.
inline bool bring(ledger::PurchaseBook& book, const std::string& id, ledger::PurchaseState from,
                  ledger::PurchaseState to) {
    for (const ledger::PurchaseState next : wayTo(to)) {
        const auto change = next == ledger::PurchaseState::Signed ? signedWith("0x" + id)
                                                                  : ledger::PurchaseChange{};
        const auto done = book.advance(id, {from}, next, change);
        if (!done || !done->done)
            return false;
        from = next;
    }
    return true;
}

}  // namespace gr::test
