// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>

#include "ledger/store.h"

// PostgreSQL as a store, through libpq: what several gateways share.
namespace gr::ledger {

// Connects. Everything the ledger has stands in the schema `gaterouter` of the database. Fails with
// LedgerBusy when the server cannot be reached or does not let us in, ConfigInvalid for a URL that
// postgresUrlProblem refuses. Errors never hold the password.
Result<Database> openPostgres(const Location& location, Access access,
                              Durability durability = Durability::Batched);

// Everything that was committed before is safe from a crash of the server when this returns.
Result<void> syncPostgres(Database& database);

// `?` and `?3` as $1, $3 and so on; what stands in quotes stays. Pure.
std::string numberedPlaces(std::string_view sql);

// The error for an SQLSTATE; an empty one means that the connection is gone. Pure.
Error postgresError(std::string_view state, const std::string& name, Doing doing,
                    const std::string& message);

}  // namespace gr::ledger
