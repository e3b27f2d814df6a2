// SPDX-License-Identifier: MIT
#include "ledger/schema.h"

#include "ledger/schema_sqlite.h"

namespace gr::ledger {

Result<Database> openForWriting(const Location& location, Durability durability) {
    return openSqliteForWriting(location.file(), durability);
}

Result<Database> openForReading(const Location& location) {
    return openSqliteForReading(location.file());
}

}  // namespace gr::ledger
