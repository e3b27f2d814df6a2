// SPDX-License-Identifier: MIT
#pragma once

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

}  // namespace gr::ledger
