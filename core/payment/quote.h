// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "payment/network.h"
#include "payment/terms.h"

// What we ask as a seller: the answer 402. Pure; any thread.
namespace gr::payment {

// One way in which we take money.
struct SaleOffer {
    Scheme scheme = Scheme::Exact;
    TransferMethod method = TransferMethod::Eip3009;
    Network network;
    Token token;
    Uint256 amount;  // units; the maximum for Upto
    Address payTo;
    std::uint64_t maxTimeoutSeconds = 60;
    PaymentFlow flow = PaymentFlow::AfterWork;
    std::optional<Address> facilitator{};  // Upto: who will settle
};

struct Quote {
    std::vector<SaleOffer> offers;  // the order is our preference: clients take the first they can
    std::string resource;           // absolute URL of the endpoint, from the configuration alone
    std::string description;
    std::string mimeType = "application/json";
    std::string serviceName;  // 1 to 32 printable ASCII characters; or empty
    bool paymentId = false;   // offers the extension payment-identifier
    // In place of "Payment required" after a try: a reason code of x402.
    std::string error;
    // A JSON object for clients of other protocols, as the member `clientErrorName` of the body.
    std::string clientErrorName;
    std::string clientErrorJson;
};

// One answer for the clients of both versions. The header holds all offers; the body those that a
// client of version 1 can parse: exact by EIP-3009 on a network that it knows, one token a network
// (the first), all words ASCII. Without any it is no 402 of version 1, and says so by its members.
struct WrittenQuote {
    std::string header;  // value of PAYMENT-REQUIRED
    std::string body;    // application/json
};
WrittenQuote writeQuote(const Quote& quote);

// An entry of `accepts` in either form; also the `paymentRequirements` of a facilitator. For upto
// `amount` may be what is charged in place of the maximum.
std::string requirementV2(const SaleOffer& offer, const Uint256& amount);
std::string requirementV1(const SaleOffer& offer, const Quote& quote);
// What is sold, as version 2 says it.
std::string resourceV2(const Quote& quote);
// Whether version 1 can take it at all.
bool isForV1(const SaleOffer& offer);

}  // namespace gr::payment
