// SPDX-License-Identifier: MIT
#pragma once

#include <filesystem>
#include <string>

#include "ledger/store.h"

struct sqlite3;

// SQLite as a store: one file, in its write-ahead log mode.
namespace gr::ledger {

// The error for an SQLite result code (plain or extended) on `file`. `detail` goes to the log.
Error storeError(int code, const std::filesystem::path& file, Doing doing, std::string detail);

// Opens a file that exists; makes none. A read-write connection to a file that only lets itself be
// read fails with ReadOnly. `durability` is what its commits promise.
Result<Database> openSqlite(const std::filesystem::path& file, Access access,
                            Durability durability = Durability::Batched);

// Everything that was committed to `file` before is safe from a power cut when this returns. Takes
// no lock: what is committed meanwhile does not wait. Any thread.
Result<void> syncSqlite(const std::filesystem::path& file);

// SQLite's own handle of a Database that is of this store; null for others.
sqlite3* sqliteHandle(Database& database);

}  // namespace gr::ledger
