// SPDX-License-Identifier: MIT
#pragma once

#include <QtTest>
#include <memory>
#include <string>
#include <utility>

#include "support/ledger_fixture.h"
#include "support/purchase_samples.h"

// Purchases in a ledger of a test's own.
namespace gr::test {

inline std::unique_ptr<ledger::PurchaseBook> bookOf(const LedgerFolder& folder) {
    auto book = ledger::PurchaseBook::open(folder.location());
    if (!went(book))
        qFatal("no book");
    return std::move(*book);
}

// A new purchase, brought to `state`.
inline ledger::Purchase made(ledger::PurchaseBook& book, const std::string& name,
                             ledger::PurchaseState state, Money usd = dollars("0.01")) {
    using State = ledger::PurchaseState;
    const bool held = state == State::Held || state == State::Denied;
    auto answer = book.intend(intentOf(name, usd), held ? holdAll : allowAll);
    if (!went(answer) || !bring(book, answer->purchase.id, answer->purchase.state, state))
        qFatal("not brought to %s", std::string(ledger::nameOf(state)).c_str());
    auto purchase = book.find(answer->purchase.id);
    if (!went(purchase) || !*purchase || (*purchase)->state != state)
        qFatal("lost");
    return std::move(**purchase);
}

}  // namespace gr::test
