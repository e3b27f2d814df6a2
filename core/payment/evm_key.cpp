// SPDX-License-Identifier: MIT
#include "payment/evm_key.h"

#include <secp256k1_recovery.h>

#include <cstdlib>
#include <utility>

#include "base/text.h"
#include "payment/curve.h"

namespace gr::payment {

struct EvmKey::Curve {
    curve::Context context = curve::newContext();
};

EvmKey::EvmKey(Secret bytes, std::unique_ptr<Curve> curve, const Address& address)
    : m_bytes(std::move(bytes)), m_curve(std::move(curve)), m_address(address) {}
EvmKey::EvmKey(EvmKey&&) noexcept = default;
EvmKey& EvmKey::operator=(EvmKey&&) noexcept = default;
EvmKey::~EvmKey() = default;

std::optional<EvmKey> EvmKey::fromBytes(std::string_view bytes) {
    if (bytes.size() != kBytes)
        return std::nullopt;
    auto curve = std::make_unique<Curve>();
    secp256k1_pubkey key;
    // Refuses what is no key.
    if (secp256k1_ec_pubkey_create(curve->context.get(), &key, curve::in(bytes)) != 1)
        return std::nullopt;
    return EvmKey(Secret(bytes), std::move(curve), curve::addressOf(key));
}

EvmKey EvmKey::random() {
    for (;;) {  // once, but for one in 2^128
        std::string bytes = randomBytes(kBytes);
        auto key = fromBytes(bytes);
        wipe(bytes.data(), bytes.size());
        if (key)
            return std::move(*key);
    }
}

Signature EvmKey::sign(const Bytes32& digest) const {
    secp256k1_ecdsa_recoverable_signature made;
    std::string bytes(64, '\0');
    int parity = 0;
    if (secp256k1_ecdsa_sign_recoverable(m_curve->context.get(), &made, digest.bytes.data(),
                                         curve::in(m_bytes.reveal()), nullptr, nullptr) != 1)
        std::abort();  // only for a key that is none, and such a one was never made
    secp256k1_ecdsa_recoverable_signature_serialize_compact(
        m_curve->context.get(), reinterpret_cast<unsigned char*>(bytes.data()), &parity, &made);
    bytes.push_back(static_cast<char>(27 + parity));
    return *Signature::fromBytes(bytes);
}

}  // namespace gr::payment
