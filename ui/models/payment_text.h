// SPDX-License-Identifier: MIT
#pragma once

#include <QString>
#include <optional>
#include <string>

#include "backend.h"
#include "payments.h"

// Payments as people read them. Pure, in the default QLocale; any thread. What comes from outside
// (names, hosts, reasons) is shown as plain text, without the marks that change its direction or
// hide a part of it.
namespace gr::ui {

// One line without control characters, marks of direction and what has no width; at most `most`
// characters, the rest cut with "…".
QString plainLine(std::string_view utf8, qsizetype most = 200);
// The host of scheme://host:port as it goes over the wire, in punycode, with a port that is not the
// scheme's own. "http" is said.
QString hostLine(std::string_view origin);
// "0x3c44…93bc"; shorter texts as they are.
QString shortHex(std::string_view hex);
// The same with the checksum of EIP-55 where it is an address.
QString addressLine(std::string_view address);

// Whole tokens, "0.05 USDC"; units of a token that nobody knows as "50000 units of 0x3c44…93bc".
QString tokenLine(const payment::NetworkList& networks, std::int64_t chain, std::string_view token,
                  std::string_view units);
// "Base", "Base Sepolia (test money)"; "chain 5" where nobody knows it.
QString networkLine(const payment::NetworkList& networks, std::int64_t chain);
bool isWorthless(const payment::NetworkList& networks, std::int64_t chain);  // test or play money

// Everything that the approval of a payment shows.
struct ApprovalText {
    QString client;   // "editor, /usr/bin/node (process 4711)"
    QString request;  // "seller/model", or the id of the request
    QString payee;    // "api.example.com"
    QString address;
    QString seen;     // "first seen 22 Nov 14:25, never paid with your approval"; may be empty
    QString warning;  // it wanted the money elsewhere before; may be empty
    QString amount;   // "$0.05 (0.05 USDC on Base)"
    QString bound;    // "$0.03, so this is $0.02 more"
    QString left;     // "$4.20 of $5.00"; may be empty
    QString why;      // that it waits
};

// What is known beside the payment itself.
struct ApprovalSight {
    std::optional<ledger::SpendingSums> sums{};  // of its seller
    std::string model{};                         // of its request, with the provider
    std::string program{};                       // that used the client's key last
};

ApprovalText approvalText(const gateway::HeldPayment& held, const ApprovalSight& sight,
                          const payment::NetworkList& networks,
                          const payment::SpendingPolicy& policy, UnixMs now);

// "4 min 12 s", "9 s": until the caller gives up; empty when it did.
QString waitLine(UnixMs until, UnixMs now);

}  // namespace gr::ui
