// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>

#include "sandbox/play_chain.h"

// The facilitator of the play chain: x402's /verify, /settle and /supported, versions 1 and 2, for
// the scheme "exact" with EIP-3009. Bodies as the official one takes and gives them, reasons in its
// words. Any thread.
namespace gr::sandbox {

struct FacilitatorAnswer {
    int status = 200;  // 400 for a body that is no such request; its reason is in the answer all
                       // the same
    std::string json;
};

// Whether the payment would settle; nothing is changed.
FacilitatorAnswer verifyPayment(const PlayChain& chain, std::string_view body);

// Settles it, if it still would. An authorization that was settled before gives its transaction
// again: a seller that asks twice is not paid twice, and must itself know what it served for it.
FacilitatorAnswer settlePayment(PlayChain& chain, std::string_view body);

std::string supportedKinds();

}  // namespace gr::sandbox
