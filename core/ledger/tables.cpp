// SPDX-License-Identifier: MIT
#include "ledger/tables.h"

namespace gr::ledger {

std::string cappedSum(const std::string& a, const std::string& b) {
    const std::string most = "9223372036854775807";
    return "CASE WHEN " + a + " > " + most + " - " + b + " THEN " + most + " ELSE " + a + " + " +
           b + " END";
}

}  // namespace gr::ledger
