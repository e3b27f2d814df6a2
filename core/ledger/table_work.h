// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "base/money.h"
#include "base/result.h"
#include "ledger/store.h"

// Single statements over tables, for what is asked too seldom to be kept prepared.
namespace gr::ledger {

struct Blob {
    explicit Blob(std::string_view b) : bytes(b) {}
    std::string_view bytes;
};
using Value = std::variant<std::monostate, std::int64_t, std::string_view, Blob>;
using EachRow = std::function<Result<void>(Statement&)>;

// Calls `row` for every row; its error ends the reading.
Result<void> forEachRow(Database& database, std::string_view sql, const std::vector<Value>& values,
                        const EachRow& row);
Result<void> runOnce(Database& database, std::string_view sql, const std::vector<Value>& values);
// The first column of the first row, 0 without rows.
Result<std::int64_t> numberOf(Database& database, std::string_view sql,
                              const std::vector<Value>& values);

// Two columns that together are the sum of `column`, whatever the rows hold, and how they are read.
std::string sumColumns(std::string_view column);
Money sumAt(const Statement& row, int column);  // stops at the largest amount

// "?,?,?"
std::string places(std::size_t count);

// Does `work` (() -> Result<Value>) in one write transaction; its error undoes all.
template <class Value, class Work>
Result<Value> inWriteTransaction(Database& database, Work work) {
    auto transaction = Transaction::begin(database, Transaction::Kind::Write);
    if (!transaction)
        return fail(std::move(transaction.error()));
    Result<Value> value = work();
    if (!value)
        return value;
    if (auto done = transaction->commit(); !done)
        return fail(std::move(done.error()));
    return value;
}

// A connection whose commits wait for the disk, for rows that promise something. Small, and leaves
// tidying the file to the ledger's own threads.
Result<Database> openForPromises(const Location& location);

}  // namespace gr::ledger
