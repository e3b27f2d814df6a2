// SPDX-License-Identifier: MIT
#include "payment/sale_offers.h"

#include <algorithm>
#include <tuple>

#include "payment/token_amount.h"

namespace gr::payment {
namespace {

// All that can be asked for one token.
void addOffers(const SaleOffer& plain, const SaleTerms& terms, std::vector<SaleOffer>& out) {
    if (terms.exact) {
        SaleOffer exact = plain;
        exact.method = plain.token.method();
        exact.flow = terms.flow;
        out.push_back(std::move(exact));
    }
    const auto settler = terms.uptoSettlers.find(plain.network.id);
    if (settler == terms.uptoSettlers.end())
        return;
    SaleOffer upto = plain;  // its flow is always after the work
    upto.scheme = Scheme::Upto;
    upto.method = TransferMethod::Permit2;
    upto.facilitator = settler->second;
    out.push_back(std::move(upto));
}

}  // namespace

std::vector<SaleOffer> offersFor(Money price, const SaleTerms& terms, const NetworkList& list) {
    std::vector<SaleOffer> out;
    for (const ChainId chain : terms.networks) {
        const Network* const network = list.find(chain);
        for (const Token* const token : list.tokensOf(chain)) {
            const auto units = unitsFor(price, token->decimals);
            if (network == nullptr || !units || units->isZero())
                continue;
            SaleOffer plain;
            plain.network = *network;
            plain.token = *token;
            plain.amount = *units;
            plain.payTo = terms.payTo;
            plain.maxTimeoutSeconds = terms.maxTimeoutSeconds;
            addOffers(plain, terms, out);
        }
    }
    std::stable_sort(out.begin(), out.end(), [](const SaleOffer& a, const SaleOffer& b) {
        return std::tie(a.scheme, a.method) < std::tie(b.scheme, b.method);
    });
    if (out.size() > terms.most)
        out.erase(out.begin() + static_cast<std::ptrdiff_t>(terms.most), out.end());
    return out;
}

}  // namespace gr::payment
