// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>

#include "payment/authorization.h"
#include "payment/terms.h"

// A payment as the buyer sends it. Pure; any thread.
namespace gr::payment {

struct PaymentHeader {
    std::string_view name;  // PAYMENT-SIGNATURE, or X-PAYMENT for terms of version 1
    std::string value;
};

// Writes what `offer` of `terms` asks for. Version 2 carries the offer as it was sent, byte for
// byte, with the resource and the extensions: that of payment identifiers gets `paymentId` (16 to
// 128 of [A-Za-z0-9_-]; empty: none), others go back unchanged, or not at all where the field would
// become longer than proxies take. The same arguments give the same bytes: what is sent again is
// the same payment.
PaymentHeader writePayment(const Terms& terms, const Offer& offer, const SignedAuthorization& paid,
                           std::string_view paymentId);

// The scheme's own part: { "signature", "authorization" | "permit2Authorization" }. `payTo` is how
// the receiver was written; empty: in small letters.
std::string payloadJson(const SignedAuthorization& paid, std::string_view payTo);

}  // namespace gr::payment
