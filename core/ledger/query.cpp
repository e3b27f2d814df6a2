// SPDX-License-Identifier: MIT
#include "ledger/query.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "ledger/purchase_rows.h"
#include "ledger/row.h"
#include "ledger/schema.h"

namespace gr::ledger {
namespace {

// Spans closer than this are read as one: cheaper than to begin anew.
constexpr std::int64_t kJoinDistance = 128;

// " AND column = number", or nothing at all when no row can have this name.
Result<bool> addName(Database& database, Query& query, const char* column,
                     const std::string& name) {
    if (name.empty())
        return true;
    auto find = database.prepare("SELECT id FROM names WHERE text = ?");
    if (!find)
        return fail(std::move(find.error()));
    find->bindText(1, cutName(name));
    const auto row = find->step();
    if (!row)
        return fail(row.error());
    if (!*row)
        return false;
    const std::string condition =
        std::string(" AND ") + column + " = " + std::to_string(find->integer(0));
    query.conditions += condition;
    query.sumConditions += condition;
    return true;
}

void addOutcomes(Query& query, const Filter& filter) {
    std::int64_t bits = filter.failuresOnly ? kFailureBits : ~std::int64_t{0};
    if (filter.outcome)
        bits &= outcomeBit(*filter.outcome);
    if (bits == ~std::int64_t{0})
        return;
    std::string numbers;
    for (int outcome = 0; outcome <= static_cast<int>(Outcome::Stopped); ++outcome) {
        if ((outcomeBit(static_cast<Outcome>(outcome)) & bits) != 0)
            numbers += (numbers.empty() ? "" : ",") + std::to_string(outcome);
    }
    if (numbers.empty()) {
        query.nothing = true;
        return;
    }
    const std::string condition = " AND outcome IN (" + numbers + ")";
    query.conditions += condition;
    query.sumConditions += condition;
}

// Ids of requests are in no sum.
void addTrade(Query& query, Trade trade, Dialect dialect) {
    if (trade == Trade::Sold) {
        const std::string condition = " AND client IN (SELECT id FROM names WHERE text LIKE '" +
                                      std::string(kPayerClient) + "%')";
        query.conditions += condition;
        query.sumConditions += condition;
    } else if (trade == Trade::Bought) {
        query.bySums = false;
        query.conditions += " AND " + requestIdSql(dialect) +
                            " IN (SELECT request FROM purchases WHERE " + countedSql() + ")";
    }
}

void addTimes(Query& query, const Filter& filter) {
    query.fromMs = filter.from ? std::max<std::int64_t>(filter.from->value, 0) : 0;
    query.toMs = filter.to ? filter.to->value : std::numeric_limits<std::int64_t>::max();
    if (query.fromMs >= query.toMs)
        query.nothing = true;
    if (query.fromMs > 0) {
        // The planner must follow the sequences, which the spans bound, not the index of times.
        query.conditions += " AND +started_ms >= " + std::to_string(query.fromMs);
        query.sumConditions += " AND hour >= " + std::to_string(query.fromMs / kHourMs);
    }
    if (filter.to && !query.nothing) {
        query.conditions += " AND +started_ms < " + std::to_string(query.toMs);
        query.sumConditions += " AND hour <= " + std::to_string((query.toMs - 1) / kHourMs);
    }
}

}  // namespace

// --- Query

Result<Query> Query::make(Database& database, TextSearch& search, const Filter& filter) {
    Query query;
    query.bySums = true;
    const std::pair<const char*, const std::string*> names[] = {
        {"client", &filter.client}, {"provider", &filter.provider}, {"model", &filter.model}};
    for (const auto& [column, name] : names) {
        auto known = addName(database, query, column, *name);
        if (!known)
            return fail(std::move(known.error()));
        if (!*known)
            query.nothing = true;
    }
    addTimes(query, filter);
    addOutcomes(query, filter);
    addTrade(query, filter.trade, database.dialect());
    if (!filter.text.empty()) {
        query.bySums = false;
        auto condition = search.condition(database, filter.text);
        if (!condition)
            return fail(std::move(condition.error()));
        query.conditions += " AND " + *condition;
    }
    return query;
}

std::string Query::select(std::string_view columns, Order order) const {
    return "SELECT " + std::string(columns) + " FROM requests WHERE sequence BETWEEN ?1 AND ?2" +
           conditions + " ORDER BY sequence " + (order == Order::NewestFirst ? "DESC" : "ASC") +
           " LIMIT ?3";
}

Result<std::vector<Span>> Query::spans(Database& database) const {
    if (nothing)
        return std::vector<Span>();
    if (sumConditions.empty())
        return std::vector<Span>{{1, std::numeric_limits<std::int64_t>::max() - 1}};
    // Hours whose rows were removed need not be looked into.
    auto select = database.prepare(
        "SELECT first_sequence, last_sequence FROM hours WHERE last_sequence >= "
        "(SELECT coalesce(min(sequence), 0) FROM requests)" +
        sumConditions);
    if (!select)
        return fail(std::move(select.error()));
    std::vector<Span> found;
    auto row = select->step();
    for (; row && *row; row = select->step())
        found.push_back({select->integer(0), select->integer(1)});
    if (!row)
        return fail(std::move(row.error()));
    std::sort(found.begin(), found.end(),
              [](const Span& a, const Span& b) { return a.last > b.last; });
    std::vector<Span> merged;
    for (const Span& span : found) {
        if (merged.empty() || span.last < merged.back().first - kJoinDistance)
            merged.push_back(span);
        else
            merged.back().first = std::min(merged.back().first, span.first);
    }
    return merged;
}

}  // namespace gr::ledger
