// SPDX-License-Identifier: MIT
#include "payment/signature.h"

#include <secp256k1_recovery.h>

#include <algorithm>

#include "payment/curve.h"

namespace gr::payment {
namespace {

// n, the order of the group, and its half, rounded down (SEC 2, 2.4.1).
constexpr Bytes32 kOrder{{0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
                          0xff, 0xff, 0xff, 0xff, 0xfe, 0xba, 0xae, 0xdc, 0xe6, 0xaf, 0x48,
                          0xa0, 0x3b, 0xbf, 0xd2, 0x5e, 0x8c, 0xd0, 0x36, 0x41, 0x41}};
constexpr Bytes32 kHalfOrder{{0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
                              0xff, 0xff, 0xff, 0xff, 0xff, 0x5d, 0x57, 0x6e, 0x73, 0x57, 0xa4,
                              0x50, 0x1d, 0xdf, 0xe9, 0x2f, 0x46, 0x68, 0x1b, 0x20, 0xa0}};

bool inRange(const Bytes32& scalar) {
    return !scalar.isZero() && scalar < kOrder;
}

}  // namespace

std::optional<Signature> Signature::fromBytes(std::string_view bytes) {
    if (bytes.size() != kBytes)
        return std::nullopt;
    Signature signature;
    std::copy_n(bytes.begin(), 32, signature.r.bytes.begin());
    std::copy_n(bytes.begin() + 32, 32, signature.s.bytes.begin());
    signature.v = static_cast<std::uint8_t>(bytes[64]);
    return signature;
}

std::string Signature::bytes() const {
    std::string all(r.view());
    all.append(s.view()).push_back(static_cast<char>(v));
    return all;
}

SignatureForm formOf(const Signature& signature) {
    if (!inRange(signature.r) || !inRange(signature.s))
        return SignatureForm::OutOfRange;
    const bool bare = signature.v <= 1;
    if (!bare && signature.v != 27 && signature.v != 28)
        return SignatureForm::WrongV;
    if (signature.s > kHalfOrder)
        return SignatureForm::HighS;
    return bare ? SignatureForm::BareV : SignatureForm::Strict;
}

Signature withContractV(Signature signature) {
    if (signature.v <= 1)
        signature.v = static_cast<std::uint8_t>(signature.v + 27);
    return signature;
}

std::optional<Address> recover(const Bytes32& digest, const Signature& signature) {
    if (formOf(signature) != SignatureForm::Strict)
        return std::nullopt;
    const std::string bytes = signature.bytes();
    secp256k1_ecdsa_recoverable_signature parsed;
    secp256k1_pubkey key;
    if (secp256k1_ecdsa_recoverable_signature_parse_compact(
            secp256k1_context_static, &parsed, curve::in(bytes), signature.parity()) != 1 ||
        secp256k1_ecdsa_recover(secp256k1_context_static, &key, &parsed, digest.bytes.data()) != 1)
        return std::nullopt;
    return curve::addressOf(key);
}

}  // namespace gr::payment
