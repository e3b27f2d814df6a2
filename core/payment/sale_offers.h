// SPDX-License-Identifier: MIT
#pragma once

#include <map>
#include <vector>

#include "base/money.h"
#include "payment/quote.h"

namespace gr::payment {

// In what a gateway takes money, whatever is sold.
struct SaleTerms {
    std::vector<ChainId> networks;  // in the order of preference
    Address payTo;
    bool exact = true;
    // Who settles upto on a chain: the facilitator's own word, or our relayer. Chains that are not
    // here have no such offer.
    std::map<ChainId, Address> uptoSettlers;
    PaymentFlow flow = PaymentFlow::AfterWork;
    std::uint64_t maxTimeoutSeconds = 60;
    std::size_t most = 12;  // offers: some proxies take 8 kB of a header
};

// The offers for a price: in each token of each network, rounded up to its units. Clients take the
// first they can, so that EIP-3009 goes before Permit2 and exact before upto. Nothing for a price
// that is not above 0, and for networks that the list does not know. Pure; any thread.
std::vector<SaleOffer> offersFor(Money price, const SaleTerms& terms, const NetworkList& list);

}  // namespace gr::payment
