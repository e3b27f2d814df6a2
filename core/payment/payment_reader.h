// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "http/message.h"
#include "payment/authorization.h"
#include "payment/quote.h"

// A payment as the seller receives it: the text of a stranger. Pure; any thread.
namespace gr::payment {

// Why a payment does not count: a status, a reason code of x402 for machines, a sentence.
struct PaymentProblem {
    int status = 402;
    std::string reason;
    std::string message;  // holds nothing of the payment
};

struct ReceivedPayment {
    int version = 2;
    Scheme scheme = Scheme::Exact;
    ChainId chain = 0;    // version 2
    std::string network;  // as written
    SignedAuthorization paid;
    // What the client says it accepts (version 2): for matching alone, never for anything else.
    Uint256 amount;
    Address asset;
    Address payTo;
    std::string extraJson;       // may be empty
    std::string paymentId;       // of the extension payment-identifier; may be empty
    std::string extensionsJson;  // an object, or empty; for a facilitator. Never logged
};

// Nothing where no payment was sent. 400 where both headers came, one came twice, or the payment
// identifier is malformed; 402 "invalid_payload" (or a more exact code) for what cannot be read.
struct PaymentReading {
    std::optional<ReceivedPayment> payment;
    std::optional<PaymentProblem> problem;
};
PaymentReading readPayment(const http::Fields& fields);

// The offer it is for, by its place in `offers`: scheme, network and, in version 2, amount, asset,
// payTo and all of our `extra` must agree: numbers as numbers, addresses in any case. In version 1
// the first that version 1 was offered for that network. Everything that follows uses our offer.
std::optional<std::size_t> matchOffer(const ReceivedPayment& payment,
                                      const std::vector<SaleOffer>& offers);

// The checks that need neither chain nor keys: form of the signature, receiver, amount and time.
// `now` in Unix seconds (the chain's where the clock may be off); the authorization must be good
// for more than `margin` seconds from then. Gives the problem, or nothing.
std::optional<PaymentProblem> checkPayment(const ReceivedPayment& payment, const SaleOffer& offer,
                                           std::uint64_t now, std::uint64_t margin);

}  // namespace gr::payment
