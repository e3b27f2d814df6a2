// SPDX-License-Identifier: MIT
#pragma once

#include <cstdio>
#include <string>
#include <vector>

#include "base/text.h"
#include "ledger/sale_book.h"

// Sales for tests, and verbs that bring them into each state.
namespace gr::test {

inline std::string hexNumber(std::uint64_t number, std::size_t digits) {
    std::string text(digits, '0');
    for (std::size_t i = digits; number != 0; number >>= 4)
        text[--i] = "0123456789abcdef"[number & 15];
    return "0x" + text;
}

inline ledger::SaleIntent saleOf(std::uint64_t nonce, Money usd,
                                 ledger::SaleOrder order = ledger::SaleOrder::PaidFirst) {
    ledger::SaleIntent intent;
    intent.chainId = 84532;
    intent.token = "0x036cbd53842c5426634e7929541ec2318f3dcf7e";
    intent.payer = "0x857b06519e91e3a54538791bdbb0e22373e36b66";
    intent.nonce = hexNumber(nonce, 64);
    intent.payTo = "0x209693bc6afc0c5328ba36faf03c514ef312287c";
    intent.amount = std::to_string(usd.pico() / 1'000'000);
    intent.usd = usd;
    intent.scheme = order == ledger::SaleOrder::PaidFirst ? "exact-eip3009" : "upto";
    intent.order = order;
    intent.validBefore = 1'795'003'300;
    intent.requestDigest = sha256(std::to_string(nonce));
    intent.model = "sandbox/paid";
    intent.requestId = "req_" + std::to_string(nonce);
    return intent;
}

// The way from Reserved to `state`, without the first step. Failed: where nothing was paid.
inline std::vector<ledger::SaleState> wayTo(ledger::SaleOrder order, ledger::SaleState state) {
    using enum ledger::SaleState;
    const bool paidFirst = order == ledger::SaleOrder::PaidFirst;
    std::vector<ledger::SaleState> way;
    if (!paidFirst && state != Reserved && state != Failed)
        way.push_back(Serving);
    if (state != Reserved && state != Failed && (paidFirst || state != Serving))
        way.push_back(Settling);
    if (state == Unknown)
        way.push_back(Unknown);
    if (state == Settled || state == Served || state == Credit || state == Reorged ||
        (state == Serving && paidFirst))
        way.push_back(Settled);
    if (paidFirst && (state == Serving || state == Served))
        way.push_back(Serving);
    if (state == Served || state == Credit || state == Failed || state == Reorged)
        way.push_back(state);
    return way;
}

inline const ledger::CreditBounds& wideBounds() {
    static const ledger::CreditBounds bounds{1'000'000, Money::fromPico(INT64_MAX),
                                             Money::fromPico(INT64_MAX)};
    return bounds;
}

// Whether the sale came there.
inline bool bring(ledger::SaleBook& book, const std::string& id, ledger::SaleOrder order,
                  ledger::SaleState to) {
    ledger::SaleState from = ledger::SaleState::Reserved;
    for (const ledger::SaleState next : wayTo(order, to)) {
        const auto done = next == ledger::SaleState::Credit
                              ? book.giveCredit(id, {from}, {INT64_MAX}, wideBounds())
                              : book.advance(id, {from}, next);
        if (!done || !done->done)
            return false;
        from = next;
    }
    return from == to;
}

}  // namespace gr::test
