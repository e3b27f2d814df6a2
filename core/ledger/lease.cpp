// SPDX-License-Identifier: MIT
#include "ledger/lease.h"

#include <cstring>

#include "base/text.h"

namespace gr::ledger {

std::int64_t randomId() {
    const std::string bytes = randomBytes(sizeof(std::uint64_t));
    std::uint64_t number = 0;
    std::memcpy(&number, bytes.data(), sizeof number);
    return static_cast<std::int64_t>(number >> 2U) + 1;
}

}  // namespace gr::ledger
