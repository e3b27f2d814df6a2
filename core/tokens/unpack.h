// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>

namespace gr::tokens {

// A zlib stream (RFC 1950) that travels inside the program, unpacked. Empty when it is damaged.
std::string unpack(std::string_view packed);

}  // namespace gr::tokens
