// SPDX-License-Identifier: MIT
#pragma once

#include "ledger/store.h"

// The ledger's tables in PostgreSQL; see schema.h, which picks the store.
namespace gr::ledger {

Result<Database> openPostgresForWriting(const Location& location, Durability durability);
Result<Database> openPostgresForReading(const Location& location);

}  // namespace gr::ledger
