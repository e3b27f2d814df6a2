// SPDX-License-Identifier: MIT
#pragma once

#include <filesystem>

#include "ledger/store.h"

// The ledger's tables in an SQLite file; see schema.h, which picks the store.
namespace gr::ledger {

Result<Database> openSqliteForWriting(const std::filesystem::path& file, Durability durability);
Result<Database> openSqliteForReading(const std::filesystem::path& file);

}  // namespace gr::ledger
