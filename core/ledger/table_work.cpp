// SPDX-License-Identifier: MIT
#include "ledger/table_work.h"

#include "base/token_usage.h"
#include "ledger/schema.h"

namespace gr::ledger {
namespace {

constexpr std::int64_t kPart = 1'000'000;

struct Binder {
    Statement& statement;
    int index;

    void operator()(std::monostate) const { statement.bind(index, std::nullopt); }
    void operator()(std::int64_t number) const { statement.bind(index, number); }
    void operator()(std::string_view text) const { statement.bindText(index, text); }
    void operator()(Blob blob) const { statement.bindBlob(index, blob.bytes); }
};

}  // namespace

Result<void> forEachRow(Database& database, std::string_view sql, const std::vector<Value>& values,
                        const EachRow& row) {
    auto statement = database.prepare(sql);
    if (!statement)
        return fail(std::move(statement.error()));
    int index = 0;
    for (const Value& value : values)
        std::visit(Binder{*statement, ++index}, value);
    auto there = statement->step();
    for (; there && *there; there = statement->step()) {
        if (auto done = row(*statement); !done)
            return done;
    }
    if (!there)
        return fail(std::move(there.error()));
    return {};
}

Result<void> runOnce(Database& database, std::string_view sql, const std::vector<Value>& values) {
    return forEachRow(database, sql, values, [](Statement&) { return Result<void>(); });
}

Result<std::int64_t> numberOf(Database& database, std::string_view sql,
                              const std::vector<Value>& values) {
    std::int64_t number = 0;
    auto done = forEachRow(database, sql, values, [&number](Statement& row) -> Result<void> {
        number = row.integer(0);
        return {};
    });
    if (!done)
        return fail(std::move(done.error()));
    return number;
}

std::string sumColumns(std::string_view column) {
    const std::string name(column);
    const std::string part = std::to_string(kPart);
    return "CAST(coalesce(sum(" + name + " / " + part + "), 0) AS BIGINT), CAST(coalesce(sum(" +
           name + " % " + part + "), 0) AS BIGINT)";
}

Money sumAt(const Statement& row, int column) {
    std::int64_t large = 0;
    if (__builtin_mul_overflow(row.integer(column), kPart, &large))
        return Money::fromPico(INT64_MAX);
    return Money::fromPico(addCapped(large, row.integer(column + 1)));
}

std::optional<UnixMs> timeOrNone(const Statement& row, int column) {
    const auto value = row.integerOrNull(column);
    return value ? std::optional(UnixMs{*value}) : std::nullopt;
}

Value timeValue(const std::optional<UnixMs>& time) {
    return time ? Value(time->value) : Value();
}

std::string places(std::size_t count) {
    std::string text;
    for (std::size_t i = 0; i < count; ++i)
        text += i == 0 ? "?" : ",?";
    return text;
}

PageCondition::PageCondition(PageOrder order, std::int64_t cursor)
    : m_order(order), m_sql(order == PageOrder::NewestFirst ? "sequence < ?" : "sequence > ?") {
    const bool fromNewest = order == PageOrder::NewestFirst && cursor == 0;
    m_values.emplace_back(fromNewest ? INT64_MAX : cursor);
}

void PageCondition::only(std::string_view column, std::string_view text) {
    if (text.empty())
        return;
    m_sql.append(" AND ").append(column).append(" = ?");
    m_values.emplace_back(text);
}

void PageCondition::onlyMade(std::optional<UnixMs> from, std::optional<UnixMs> to) {
    if (from) {
        m_sql += " AND created_ms >= ?";
        m_values.emplace_back(from->value);
    }
    if (to) {
        m_sql += " AND created_ms < ?";
        m_values.emplace_back(to->value);
    }
}

std::string PageCondition::sql(int most) {
    m_values.emplace_back(std::int64_t{most});
    return m_sql + (m_order == PageOrder::NewestFirst ? " ORDER BY sequence DESC LIMIT ?"
                                                      : " ORDER BY sequence LIMIT ?");
}

Result<Database> openForPromises(const Location& location) {
    auto database = openForWriting(location, Durability::Acknowledged);
    if (database && database->dialect() == Dialect::Sqlite) {
        if (auto set = database->execute("PRAGMA cache_size = -256; PRAGMA wal_autocheckpoint = 0");
            !set)
            return fail(std::move(set.error()));
    }
    return database;
}

}  // namespace gr::ledger
