// SPDX-License-Identifier: MIT
#pragma once

#include <memory>
#include <optional>
#include <string_view>

#include "base/secret.h"
#include "payment/signature.h"

namespace gr::payment {

// A private key of secp256k1 and its address. Owns the key, which is wiped when it goes. Moves,
// never copies. sign() may be called from several threads at once.
class EvmKey final {
  public:
    static constexpr std::size_t kBytes = 32;

    // From its 32 bytes. Nothing for another number of them, zero, and what is not below the order
    // of the group.
    static std::optional<EvmKey> fromBytes(std::string_view bytes);
    static EvmKey random();  // of the system's generator

    EvmKey(EvmKey&&) noexcept;
    EvmKey& operator=(EvmKey&&) noexcept;
    ~EvmKey();

    const Address& address() const { return m_address; }
    // Deterministic (RFC 6979), s in the lower half, v 27 or 28. What the digest stands for must
    // have been decided before: it cannot be seen here.
    Signature sign(const Bytes32& digest) const;
    const Secret& bytes() const { return m_bytes; }  // for the vault alone

  private:
    struct Curve;
    EvmKey(Secret bytes, std::unique_ptr<Curve> curve, const Address& address);
    Secret m_bytes;
    std::unique_ptr<Curve> m_curve;
    Address m_address;
};

}  // namespace gr::payment
