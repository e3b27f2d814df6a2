// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string>

#include "base/clock.h"
#include "base/result.h"
#include "payment/evm_key.h"
#include "payment/offer_choice.h"
#include "payment/payment_writer.h"

// Signs for one offer, of a known token, in the fixed forms of eip712.h. Whether it may be paid was
// decided before (spending_policy.h); what is signed must be durable before it leaves.
namespace gr::payment {

struct SignedPurchase {
    std::string nonce;             // as the books keep it
    std::int64_t validBefore = 0;  // seconds since 1970
    PaymentHeader header;
};

// "exact-eip3009", "exact-permit2" or "upto": as the books keep it.
std::string_view schemeOf(const Offer& offer);

// A fresh nonce of the system's generator each time. InvalidField where the token has no domain to
// sign under, or an upto offer names no facilitator.
Result<SignedPurchase> signPurchase(const EvmKey& key, const Terms& terms,
                                    const ChosenOffer& chosen, std::string_view paymentId,
                                    UnixMs now);

}  // namespace gr::payment
