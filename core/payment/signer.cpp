// SPDX-License-Identifier: MIT
#include "payment/signer.h"

#include <algorithm>

#include "base/text.h"

namespace gr::payment {
namespace {

Bytes32 randomBytes32() {
    Bytes32 value;
    const std::string bytes = randomBytes(value.bytes.size());
    std::copy(bytes.begin(), bytes.end(), value.bytes.begin());
    return value;
}

Result<SignedAuthorization> signTransfer(const EvmKey& key, const ChosenOffer& chosen,
                                         std::uint64_t until) {
    if (!chosen.token.domain)
        return fail(ErrorCode::InvalidField, "The token's EIP-712 domain is not known.");
    const TransferAuthorization transfer{key.address(), chosen.offer.payTo, chosen.offer.amount, 0,
                                         until,         randomBytes32()};
    const Bytes32 domain = domainSeparator({chosen.token.domain->name, chosen.token.domain->version,
                                            chosen.token.chain, chosen.token.address});
    return SignedAuthorization{transfer, key.sign(digestOf(domain, transfer)).bytes()};
}

Result<SignedAuthorization> signPermit2(const EvmKey& key, const ChosenOffer& chosen,
                                        std::uint64_t until) {
    const Offer& offer = chosen.offer;
    const bool upto = offer.scheme == Scheme::Upto;
    if (upto && !offer.facilitator)
        return fail(ErrorCode::InvalidField, "The offer names nobody who may settle it.");
    Permit2Authorization transfer;
    transfer.token = chosen.token.address;
    transfer.amount = offer.amount;
    transfer.spender = upto ? kUptoProxy : kExactProxy;
    transfer.nonce = Uint256::fromWord(randomBytes32().bytes);
    transfer.deadline = until;
    transfer.to = offer.payTo;
    if (upto)
        transfer.facilitator = offer.facilitator;
    transfer.from = key.address();
    const Bytes32 domain = permit2Separator(chosen.token.chain);
    const Permit2Transfer& signedPart = transfer;
    return SignedAuthorization{transfer, key.sign(digestOf(domain, signedPart)).bytes()};
}

std::string nonceOf(const Authorization& authorization) {
    if (const auto* const transfer = std::get_if<TransferAuthorization>(&authorization))
        return transfer->nonce.toHex();
    return std::get<Permit2Authorization>(authorization).nonce.toDecimal();
}

}  // namespace

std::string_view schemeOf(const Offer& offer) {
    if (offer.scheme == Scheme::Upto)
        return "upto";
    return offer.method == TransferMethod::Eip3009 ? "exact-eip3009" : "exact-permit2";
}

Result<SignedPurchase> signPurchase(const EvmKey& key, const Terms& terms,
                                    const ChosenOffer& chosen, std::string_view paymentId,
                                    UnixMs now) {
    const auto until = static_cast<std::uint64_t>(now.value / 1'000) + chosen.seconds;
    auto paid = chosen.offer.method == TransferMethod::Eip3009 ? signTransfer(key, chosen, until)
                                                               : signPermit2(key, chosen, until);
    if (!paid)
        return fail(std::move(paid.error()));
    return SignedPurchase{nonceOf(paid->authorization), static_cast<std::int64_t>(until),
                          writePayment(terms, chosen.offer, *paid, paymentId)};
}

}  // namespace gr::payment
