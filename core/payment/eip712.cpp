// SPDX-License-Identifier: MIT
#include "payment/eip712.h"

#include <algorithm>
#include <array>

#include "payment/keccak.h"

namespace gr::payment {
namespace {

Bytes32 member(const Address& value) {
    Bytes32 word;
    std::copy(value.bytes.begin(), value.bytes.end(), word.bytes.begin() + 12);
    return word;
}

Bytes32 member(const Uint256& value) {
    return {value.word()};
}

template <class... Members>
Bytes32 hashOf(const Bytes32& typeHash, const Members&... members) {
    const std::array<Bytes32, sizeof...(members)> words{members...};
    return structHash(typeHash, words);
}

Bytes32 permittedHash(const Permit2Transfer& transfer) {
    static const Bytes32 kType = keccak256("TokenPermissions(address token,uint256 amount)");
    return hashOf(kType, member(transfer.token), member(transfer.amount));
}

Bytes32 witnessHash(const Permit2Transfer& transfer) {
    static const Bytes32 kExact = keccak256("Witness(address to,uint256 validAfter)");
    static const Bytes32 kUpto =
        keccak256("Witness(address to,address facilitator,uint256 validAfter)");
    if (!transfer.facilitator)
        return hashOf(kExact, member(transfer.to), member(transfer.validAfter));
    return hashOf(kUpto, member(transfer.to), member(*transfer.facilitator),
                  member(transfer.validAfter));
}

const Bytes32& permit2Type(bool upto) {
    static const std::string kHead =
        "PermitWitnessTransferFrom(TokenPermissions permitted,address spender,uint256 nonce,"
        "uint256 deadline,Witness witness)TokenPermissions(address token,uint256 amount)";
    static const Bytes32 kExact = keccak256(kHead + "Witness(address to,uint256 validAfter)");
    static const Bytes32 kUpto =
        keccak256(kHead + "Witness(address to,address facilitator,uint256 validAfter)");
    return upto ? kUpto : kExact;
}

}  // namespace

Bytes32 structHash(const Bytes32& typeHash, std::span<const Bytes32> members) {
    std::string text(typeHash.view());
    text.reserve(32 * (members.size() + 1));
    for (const Bytes32& one : members)
        text.append(one.view());
    return keccak256(text);
}

Bytes32 digestOf(const Bytes32& separator, const Bytes32& structHash) {
    std::string text("\x19\x01");
    return keccak256(text.append(separator.view()).append(structHash.view()));
}

Bytes32 domainSeparator(const Eip712Domain& domain) {
    static const Bytes32 kWith = keccak256(
        "EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)");
    static const Bytes32 kWithout =
        keccak256("EIP712Domain(string name,uint256 chainId,address verifyingContract)");
    const Bytes32 name = keccak256(domain.name);
    const Bytes32 chain = member(Uint256(domain.chainId));
    if (!domain.version)
        return hashOf(kWithout, name, chain, member(domain.contract));
    return hashOf(kWith, name, keccak256(*domain.version), chain, member(domain.contract));
}

Bytes32 permit2Separator(ChainId chain) {
    return domainSeparator({"Permit2", std::nullopt, chain, kPermit2});
}

Bytes32 digestOf(const Bytes32& separator, const TransferAuthorization& authorization) {
    static const Bytes32 kType = keccak256(
        "TransferWithAuthorization(address from,address to,uint256 value,uint256 validAfter,"
        "uint256 validBefore,bytes32 nonce)");
    return digestOf(separator, hashOf(kType, member(authorization.from), member(authorization.to),
                                      member(authorization.value), member(authorization.validAfter),
                                      member(authorization.validBefore), authorization.nonce));
}

Bytes32 digestOf(const Bytes32& separator, const Permit2Transfer& transfer) {
    return digestOf(separator,
                    hashOf(permit2Type(transfer.facilitator.has_value()), permittedHash(transfer),
                           member(transfer.spender), member(transfer.nonce),
                           member(transfer.deadline), witnessHash(transfer)));
}

Bytes32 digestOf(const Bytes32& separator, const TokenPermit& permit) {
    static const Bytes32 kType = keccak256(
        "Permit(address owner,address spender,uint256 value,uint256 nonce,uint256 deadline)");
    return digestOf(
        separator, hashOf(kType, member(permit.owner), member(permit.spender), member(permit.value),
                          member(permit.nonce), member(permit.deadline)));
}

}  // namespace gr::payment
