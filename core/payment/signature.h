// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "payment/evm_types.h"

// Signatures of secp256k1 as contracts take them. Pure; any thread.
namespace gr::payment {

struct Signature {
    static constexpr std::size_t kBytes = 65;

    Bytes32 r;
    Bytes32 s;
    std::uint8_t v = 0;  // 27 or 28 in what we make; any byte in what was read

    // r, s and v. Nothing unless there are exactly 65 bytes: 64 (EIP-2098) or more are something
    // that only a contract may judge (EIP-1271).
    static std::optional<Signature> fromBytes(std::string_view bytes);
    std::string bytes() const;
    std::string toHex() const { return hexOf(bytes()); }
    std::uint8_t parity() const { return static_cast<std::uint8_t>(v - 27); }  // of 27 and 28

    friend bool operator==(const Signature&, const Signature&) = default;
};

// What a signature is before it is asked who made it. USDC and OpenZeppelin's contracts take
// Strict alone.
enum class SignatureForm : std::uint8_t {
    Strict,  // v is 27 or 28, s in the lower half
    BareV,   // v is 0 or 1, otherwise strict: made so by some programs, see withContractV()
    HighS,   // the twin of another signature (EIP-2): one payment could have two
    WrongV,
    OutOfRange,  // r or s is zero or not below the order of the group
};
SignatureForm formOf(const Signature& signature);

// v 0 and 1 become 27 and 28; everything else stays.
Signature withContractV(Signature signature);

// Whose key signed `digest`. Nothing unless the form is Strict, and when no point has that r.
std::optional<Address> recover(const Bytes32& digest, const Signature& signature);

}  // namespace gr::payment
