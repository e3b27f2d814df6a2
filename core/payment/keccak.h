// SPDX-License-Identifier: MIT
#pragma once

#include <string_view>

#include "payment/evm_types.h"

namespace gr::payment {

// Keccak-256 as Ethereum uses it: the sponge of FIPS 202 with the padding from before it (0x01
// where SHA3-256 has 0x06), which is why OpenSSL's SHA-3 does not serve. Pure; any thread.
Bytes32 keccak256(std::string_view bytes);

}  // namespace gr::payment
