// SPDX-License-Identifier: MIT
#include "ledger/store.h"

namespace gr::ledger {

Result<void> Statement::run() {
    Result<bool> row = true;
    while (row && *row)
        row = step();
    reset();
    if (!row)
        return fail(std::move(row.error()));
    return {};
}

std::optional<std::int64_t> Statement::integerOrNull(int column) const {
    if (m_cursor->isNull(column))
        return std::nullopt;
    return integer(column);
}

Result<std::int64_t> Database::queryInteger(std::string_view sql) {
    auto statement = prepare(sql);
    if (!statement)
        return fail(std::move(statement.error()));
    const auto row = statement->step();
    if (!row)
        return fail(row.error());
    return *row ? statement->integer(0) : 0;
}

Result<Transaction> Transaction::begin(Database& database, Kind kind,
                                       std::optional<Durability> durability) {
    if (auto begun = database.connection().begin(kind, durability); !begun)
        return fail(std::move(begun.error()));
    return Transaction(database.connection());
}

Transaction::~Transaction() {
    if (m_connection != nullptr)
        m_connection->rollback();
}

Result<void> Transaction::commit() {
    auto done = m_connection->commit();
    if (done)
        m_connection = nullptr;
    return done;
}

}  // namespace gr::ledger
