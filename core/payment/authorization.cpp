// SPDX-License-Identifier: MIT
#include "payment/authorization.h"

namespace gr::payment {

const Address kPermit2 = *Address::parse("0x000000000022D473030F116dDEE9F6B43aC78BA3");
const Address kExactPermit2Proxy = *Address::parse("0x402085c248EeA27D92E8b30b2C58ed07f9E20001");
const Address kUptoPermit2Proxy = *Address::parse("0x4020A4f3b7b90ccA423B9fabCc0CE57C6C240002");

const Address& payerOf(const Authorization& authorization) {
    return std::visit([](const auto& a) -> const Address& { return a.from; }, authorization);
}

const Uint256& endOf(const Authorization& authorization) {
    if (const auto* const transfer = std::get_if<TransferAuthorization>(&authorization))
        return transfer->validBefore;
    return std::get<Permit2Authorization>(authorization).deadline;
}

}  // namespace gr::payment
