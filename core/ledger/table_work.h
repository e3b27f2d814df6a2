// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "base/clock.h"
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
// What `read` ((Database&, Statement&) -> Result<Row>) makes of every row.
template <class Row, class Read>
Result<std::vector<Row>> readRows(Database& database, std::string_view sql,
                                  const std::vector<Value>& values, Read read) {
    std::vector<Row> rows;
    auto done = forEachRow(database, sql, values, [&](Statement& statement) -> Result<void> {
        Result<Row> row = read(database, statement);
        if (!row)
            return fail(std::move(row.error()));
        rows.push_back(std::move(*row));
        return {};
    });
    if (!done)
        return fail(std::move(done.error()));
    return rows;
}
// A row that is not there is no error.
template <class Row>
Result<std::optional<Row>> noneIfNotFound(Result<Row> row) {
    if (row)
        return std::optional<Row>(std::move(*row));
    if (row.error().code == ErrorCode::RecordNotFound)
        return std::nullopt;
    return fail(std::move(row.error()));
}
// The first column of the first row, 0 without rows.
Result<std::int64_t> numberOf(Database& database, std::string_view sql,
                              const std::vector<Value>& values);

// Two columns that together are the sum of `column`, whatever the rows hold, and how they are read.
std::string sumColumns(std::string_view column);
Money sumAt(const Statement& row, int column);  // stops at the largest amount

// A time that may be NULL, in a column and for one.
std::optional<UnixMs> timeOrNone(const Statement& row, int column);
Value timeValue(const std::optional<UnixMs>& time);

// "?,?,?"
std::string places(std::size_t count);

// Which rows of a table with `sequence` and `created_ms` make a page: those before the cursor,
// newest first (0: from the newest), or those behind it, oldest first.
enum class PageOrder : std::uint8_t { NewestFirst, OldestFirst };
class PageCondition final {
  public:
    PageCondition(PageOrder order, std::int64_t cursor);

    // What is empty or absent does not restrict. Texts must outlive the condition.
    void only(std::string_view column, std::string_view text);
    void onlyMade(std::optional<UnixMs> from, std::optional<UnixMs> to);  // `to` exclusive
    template <class State>
    void onlyIn(const std::vector<State>& states) {
        if (states.empty())
            return;
        m_sql += " AND state IN (" + places(states.size()) + ")";
        for (const State state : states)
            m_values.emplace_back(nameOf(state));
    }

    // What stands behind WHERE, with the order and the number of rows. Once, at the end.
    std::string sql(int most);
    const std::vector<Value>& values() const { return m_values; }

  private:
    PageOrder m_order;
    std::string m_sql;
    std::vector<Value> m_values;
};

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
