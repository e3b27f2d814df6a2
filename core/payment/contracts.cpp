// SPDX-License-Identifier: MIT
#include "payment/contracts.h"

#include "payment/keccak.h"

namespace gr::payment {

const Bytes32& transferTopic() {
    static const Bytes32 kTopic = keccak256("Transfer(address,address,uint256)");
    return kTopic;
}

const Bytes32& authorizationUsedTopic() {
    static const Bytes32 kTopic = keccak256("AuthorizationUsed(address,bytes32)");
    return kTopic;
}

const Bytes32& authorizationCanceledTopic() {
    static const Bytes32 kTopic = keccak256("AuthorizationCanceled(address,bytes32)");
    return kTopic;
}

const Bytes32& nonceInvalidationTopic() {
    static const Bytes32 kTopic = keccak256("UnorderedNonceInvalidation(address,uint256,uint256)");
    return kTopic;
}

namespace calls {
namespace {

AbiCall& authorizationInto(AbiCall& call, const TransferAuthorization& authorization) {
    return call.address(authorization.from)
        .address(authorization.to)
        .word(authorization.value)
        .word(authorization.validAfter)
        .word(authorization.validBefore)
        .word(authorization.nonce);
}

// ((address token, uint256 amount) permitted, uint256 nonce, uint256 deadline)
AbiCall& permitInto(AbiCall& call, const Permit2Transfer& transfer) {
    return call.address(transfer.token)
        .word(transfer.amount)
        .word(transfer.nonce)
        .word(transfer.deadline);
}

}  // namespace

std::string balanceOf(const Address& owner) {
    return AbiCall(0x70a08231).address(owner).data();
}

std::string allowance(const Address& owner, const Address& spender) {
    return AbiCall(0xdd62ed3e).address(owner).address(spender).data();
}

std::string approve(const Address& spender, const Uint256& amount) {
    return AbiCall(0x095ea7b3).address(spender).word(amount).data();
}

std::string decimals() {
    return AbiCall(0x313ce567).data();
}

std::string domainSeparator() {
    return AbiCall(0x3644e515).data();
}

std::string permitNonce(const Address& owner) {
    return AbiCall(0x7ecebe00).address(owner).data();
}

std::string authorizationState(const Address& from, const Bytes32& nonce) {
    return AbiCall(0xe94a0102).address(from).word(nonce).data();
}

std::string transferWithAuthorization(const TransferAuthorization& authorization,
                                      const Signature& signature) {
    AbiCall call(0xe3ee160e);
    return authorizationInto(call, authorization)
        .word(Uint256(signature.v))
        .word(signature.r)
        .word(signature.s)
        .data();
}

std::string transferWithAuthorization(const TransferAuthorization& authorization,
                                      std::string_view signature) {
    AbiCall call(0xcf092995);
    return authorizationInto(call, authorization).bytes(signature).data();
}

std::string isValidSignature(const Bytes32& digest, std::string_view signature) {
    return AbiCall(kValidSignature).word(digest).bytes(signature).data();
}

std::string nonceBitmap(const Address& owner, const Uint256& nonce) {
    return AbiCall(0x4fe02b44).address(owner).word(bitmapPlace(nonce)).data();
}

bool usedIn(const Uint256& bitmap, const Uint256& nonce) {
    const std::uint8_t bit = nonce.word().back();  // counted from the lowest
    return (bitmap.word()[Uint256::kBytes - 1 - bit / 8] >> (bit % 8) & 1) != 0;
}

// All but its last byte.
Uint256 bitmapPlace(const Uint256& nonce) {
    return nonce.dividedBy(Uint256(256))->quotient;
}

std::string permitWords(const Address& token, const Uint256& amount, const Uint256& nonce,
                        const Uint256& deadline) {
    return AbiCall(0).address(token).word(amount).word(nonce).word(deadline).data().substr(4);
}

std::string settleExact(const Permit2Transfer& transfer, const Address& owner,
                        std::string_view signature) {
    AbiCall call(0x13cd3b53);
    return permitInto(call, transfer)
        .address(owner)
        .address(transfer.to)
        .word(transfer.validAfter)
        .bytes(signature)
        .data();
}

std::string settleUpto(const Permit2Transfer& transfer, const Uint256& charged,
                       const Address& owner, std::string_view signature) {
    AbiCall call(0xff11e7b4);
    return permitInto(call, transfer)
        .word(charged)
        .address(owner)
        .address(transfer.to)
        .address(transfer.facilitator.value_or(Address()))
        .word(transfer.validAfter)
        .bytes(signature)
        .data();
}

}  // namespace calls
}  // namespace gr::payment
