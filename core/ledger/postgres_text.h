// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>

#include "ledger/store.h"

// What the store of PostgreSQL says to the server and to people. Pure; any thread.
namespace gr::ledger {

// `?` and `?3` as $1, $3 and so on; what stands in quotes stays.
std::string numberedPlaces(std::string_view sql);

// The error for an SQLSTATE; an empty one means that the connection is gone.
Error postgresError(std::string_view state, const std::string& name, Doing doing,
                    const std::string& message);

}  // namespace gr::ledger
