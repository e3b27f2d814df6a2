// SPDX-License-Identifier: MIT
#include "ledger/schema.h"

#include "ledger/schema_postgres.h"
#include "ledger/schema_sqlite.h"

namespace gr::ledger {

Result<Database> openForWriting(const Location& location, Durability durability) {
    return location.isPostgres() ? openPostgresForWriting(location, durability)
                                 : openSqliteForWriting(location.file(), durability);
}

Result<Database> openForReading(const Location& location) {
    return location.isPostgres() ? openPostgresForReading(location)
                                 : openSqliteForReading(location.file());
}

}  // namespace gr::ledger
