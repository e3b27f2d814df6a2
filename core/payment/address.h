// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "payment/evm_types.h"

// Addresses as people write them. Pure; any thread.
namespace gr::payment {

// "0x" and 40 digits whose letters' case is a checksum (EIP-55).
std::string checksumText(const Address& address);

// For what a person or a configuration wrote: letters of both cases must be the checksum of
// EIP-55; of one case alone they carry none. Nothing for a wrong checksum, length or start.
std::optional<Address> parseChecked(std::string_view text);

}  // namespace gr::payment
