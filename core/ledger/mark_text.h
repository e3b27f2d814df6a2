// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "ledger/purchase.h"

// A LedgerMark as the vault keeps it. Pure; any thread.
namespace gr::ledger {

std::string textOf(const LedgerMark& mark);
// Nothing for what textOf() did not give.
std::optional<LedgerMark> readMark(std::string_view text);

}  // namespace gr::ledger
