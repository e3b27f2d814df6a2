// SPDX-License-Identifier: MIT
#pragma once

#include <QString>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "format.h"
#include "ledger/purchase.h"
#include "ledger/sale.h"
#include "payment/network.h"

// A payment or a sale for people: a word for its state, what that means and what happens next, and
// everything else that is known. Pure, in the default QLocale; any thread.
namespace gr::ui {

StateLook purchaseLook(const ledger::Purchase& purchase);
QString purchaseMeaning(const ledger::Purchase& purchase, UnixMs now);
StateLook saleLook(const ledger::Sale& sale);
QString saleMeaning(const ledger::Sale& sale, UnixMs now);

struct PaymentDetails {
    StateLook state;
    QString title;                                   // "$0.05 to api.example.com"
    QString meaning;                                 // what the state means, and what happens next
    bool worthless = false;                          // no real money
    std::vector<std::pair<QString, QString>> facts;  // name and value
    std::string transaction;                         // hash; may be empty
    std::string requestId;                           // may be empty
};

PaymentDetails purchaseDetails(const ledger::Purchase& purchase,
                               const payment::NetworkList& networks, UnixMs now);
// `credit`: what its payer is, or was, owed for it.
PaymentDetails saleDetails(const ledger::Sale& sale, const payment::NetworkList& networks,
                           UnixMs now, const std::optional<ledger::Credit>& credit = {});
// How a credit stands, "open, worth $0.05, until 22 Nov 14:25".
QString creditLine(const ledger::Credit& credit, UnixMs now);

}  // namespace gr::ui
