// SPDX-License-Identifier: MIT
#include "payment/hd_key.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <algorithm>

#include "base/openssl_bytes.h"
#include "payment/curve.h"
#include "payment/scratch.h"

namespace gr::payment {
namespace {

constexpr std::size_t kHalf = 32;

// Both halves of HMAC-SHA512: the key to be, and the chain code.
void digestInto(Scratch<2 * kHalf>& out, std::string_view key, std::string_view text) {
    unsigned size = 0;
    openssl::must(HMAC(EVP_sha512(), key.data(), static_cast<int>(key.size()), openssl::in(text),
                       text.size(), out.data(), &size) != nullptr &&
                  size == 2 * kHalf);
}

}  // namespace

std::optional<HdKey> HdKey::fromSeed(const Secret& seed) {
    if (seed.size() < 16 || seed.size() > 64)
        return std::nullopt;
    Scratch<2 * kHalf> digest;
    digestInto(digest, "Bitcoin seed", seed.reveal());
    if (secp256k1_ec_seckey_verify(secp256k1_context_static, digest.data()) != 1)
        return std::nullopt;
    return HdKey(Secret(digest.view(0, kHalf)), Secret(digest.view(kHalf, kHalf)));
}

std::optional<HdKey> HdKey::child(std::uint32_t index) const {
    const auto context = curve::newContext();
    Scratch<1 + kHalf + 4> text;
    if (index >= kHardened) {
        std::copy_n(m_key.reveal().begin(), kHalf, text.data() + 1);
    } else {
        secp256k1_pubkey point;
        std::size_t size = 1 + kHalf;
        openssl::must(
            secp256k1_ec_pubkey_create(context.get(), &point, curve::in(m_key.reveal())) == 1);
        secp256k1_ec_pubkey_serialize(context.get(), text.data(), &size, &point,
                                      SECP256K1_EC_COMPRESSED);
    }
    for (std::size_t i = 0; i < 4; ++i)
        text.bytes[1 + kHalf + i] = static_cast<unsigned char>(index >> (24 - 8 * i));
    Scratch<2 * kHalf> digest;
    digestInto(digest, m_chainCode.reveal(), text.view(0, text.bytes.size()));
    Scratch<kHalf> key;
    std::copy_n(m_key.reveal().begin(), kHalf, key.data());
    if (secp256k1_ec_seckey_tweak_add(context.get(), key.data(), digest.data()) != 1)
        return std::nullopt;
    return HdKey(Secret(key.view(0, kHalf)), Secret(digest.view(kHalf, kHalf)));
}

std::optional<EvmKey> accountKey(const Secret& seed, std::uint32_t index) {
    if (index >= HdKey::kHardened)
        return std::nullopt;
    auto key = HdKey::fromSeed(seed);
    for (const std::uint32_t step :
         {HdKey::kHardened + 44, HdKey::kHardened + 60, HdKey::kHardened, 0U, index})
        key = key ? key->child(step) : std::nullopt;
    return key ? EvmKey::fromBytes(key->privateKey().reveal()) : std::nullopt;
}

}  // namespace gr::payment
