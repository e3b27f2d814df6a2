// SPDX-License-Identifier: MIT
#include "payment/authorization.h"

namespace gr::payment {

const Address& payerOf(const Authorization& authorization) {
    return std::visit([](const auto& a) -> const Address& { return a.from; }, authorization);
}

const Uint256& endOf(const Authorization& authorization) {
    if (const auto* const transfer = std::get_if<TransferAuthorization>(&authorization))
        return transfer->validBefore;
    return std::get<Permit2Authorization>(authorization).deadline;
}

}  // namespace gr::payment
