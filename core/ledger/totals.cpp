// SPDX-License-Identifier: MIT
#include "ledger/totals.h"

#include <algorithm>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "ledger/row.h"
#include "ledger/schema.h"

namespace gr::ledger {
namespace {

// The median of first tokens looks at so many of the newest requests.
constexpr std::int64_t kMedianRows = 1'000;

void add(Money& sum, std::int64_t pico) {
    sum = Money::fromPico(addCapped(sum.pico(), pico));
}

// Adds the whole hours from `firstHour` to before `endHour`.
Result<void> addSums(Database& database, const Query& query, std::int64_t firstHour,
                     std::int64_t endHour, Totals& totals) {
    auto select = database.prepare(
        "SELECT requests, outcome, input_tokens, output_tokens, cost_pico, unknown_cost "
        "FROM hours WHERE hour >= ? AND hour < ?" +
        query.sumConditions);
    if (!select)
        return fail(std::move(select.error()));
    select->bind(1, firstHour);
    select->bind(2, endHour);
    auto row = select->step();
    for (; row && *row; row = select->step()) {
        totals.requests += select->integer(0);
        if (isFailure(static_cast<Outcome>(select->integer(1))))
            totals.failures += select->integer(0);
        totals.inputTokens = addCapped(totals.inputTokens, select->integer(2));
        totals.outputTokens = addCapped(totals.outputTokens, select->integer(3));
        add(totals.knownCost, select->integer(4));
        totals.unknownCost += select->integer(5);
    }
    if (!row)
        return fail(std::move(row.error()));
    return {};
}

void addRow(const Statement& row, Totals& totals) {
    const auto cost = row.integerOrNull(3);
    const RowCounts counts = countsOf((row.integer(4) & kSettlementFlag) != 0, cost.has_value());
    totals.requests += counts.requests;
    if (isFailure(static_cast<Outcome>(row.integer(0))))
        totals.failures += counts.requests;
    totals.inputTokens = addCapped(totals.inputTokens, row.integer(1));
    totals.outputTokens = addCapped(totals.outputTokens, row.integer(2));
    add(totals.knownCost, cost.value_or(0));
    totals.unknownCost += counts.unknownCost;
}

std::string sumOf(const std::string& column) {
    const std::string most = "9223372036854775807";
    const std::string sum = "coalesce(sum(" + column + "), 0)";
    return "CAST(CASE WHEN " + sum + " > " + most + " THEN " + most + " ELSE " + sum +
           " END AS BIGINT)";
}

const std::string kOfRequest = "CASE WHEN flags & 4 = 0 THEN ";

// A server sums up where the rows are, and its sums do not overflow.
Result<void> addSummed(Database& database, const Query& query, const std::vector<Span>& spans,
                       Totals& totals) {
    auto select = database.prepare(
        "SELECT " + sumOf(kOfRequest + "1 ELSE 0 END") + ", " +
        sumOf("CASE WHEN cost_pico IS NULL THEN 1 WHEN flags & 4 > 0 THEN -1 ELSE 0 END") + ", " +
        sumOf(kOfRequest + "CASE WHEN outcome IN (0, 1) THEN 0 ELSE 1 END ELSE 0 END") + ", " +
        sumOf("input_tokens") + ", " + sumOf("output_tokens") + ", " + sumOf("cost_pico") +
        " FROM requests WHERE sequence BETWEEN ? AND ?" + query.conditions);
    static_assert(kSettlementFlag == 4);
    static_assert(kFailureBits ==
                  (outcomeBit(Outcome::Stopped) * 2 - 1 - outcomeBit(Outcome::Answered) -
                   outcomeBit(Outcome::ClientGone)));
    if (!select)
        return fail(std::move(select.error()));
    for (const Span& span : spans) {
        select->bind(1, span.first);
        select->bind(2, span.last);
        const auto row = select->step();
        if (!row)
            return fail(row.error());
        totals.requests += select->integer(0);
        totals.unknownCost += select->integer(1);
        totals.failures += select->integer(2);
        totals.inputTokens = addCapped(totals.inputTokens, select->integer(3));
        totals.outputTokens = addCapped(totals.outputTokens, select->integer(4));
        add(totals.knownCost, select->integer(5));
        select->reset();
    }
    return {};
}

Result<void> addRows(Database& database, const Query& query, Totals& totals) {
    const auto spans = query.spans(database);
    if (!spans)
        return fail(spans.error());
    if (database.dialect() == Dialect::Postgres)
        return addSummed(database, query, *spans, totals);
    auto select = database.prepare(
        query.select("outcome, input_tokens, output_tokens, cost_pico, flags", Order::NewestFirst));
    if (!select)
        return fail(std::move(select.error()));
    for (const Span& span : *spans) {
        select->bind(1, span.first);
        select->bind(2, span.last);
        select->bind(3, std::numeric_limits<std::int64_t>::max());
        auto row = select->step();
        for (; row && *row; row = select->step())
            addRow(*select, totals);
        if (!row)
            return fail(std::move(row.error()));
        select->reset();
    }
    return {};
}

// The rows of `filter` in a part of its time.
Result<void> addPart(Database& database, TextSearch& search, const Filter& filter,
                     std::int64_t fromMs, std::int64_t toMs, Totals& totals) {
    if (fromMs >= toMs)
        return {};
    Filter part = filter;
    part.from = UnixMs{fromMs};
    part.to = UnixMs{toMs};
    const auto query = Query::make(database, search, part);
    if (!query)
        return fail(query.error());
    return addRows(database, *query, totals);
}

Result<void> addAll(Database& database, TextSearch& search, const Filter& filter,
                    const Query& query, Totals& totals) {
    const std::int64_t firstHour = (query.fromMs + kHourMs - 1) / kHourMs;
    const std::int64_t endHour = query.toMs / kHourMs;
    if (!query.bySums || firstHour >= endHour)
        return addRows(database, query, totals);
    auto added = addPart(database, search, filter, query.fromMs, firstHour * kHourMs, totals);
    if (added)
        added = addSums(database, query, firstHour, endHour, totals);
    if (added && filter.to)
        added = addPart(database, search, filter, endHour * kHourMs, query.toMs, totals);
    return added;
}

Result<std::optional<std::int64_t>> medianFirstToken(Database& database, const Query& query) {
    const auto spans = query.spans(database);
    if (!spans)
        return fail(spans.error());
    auto select = database.prepare(query.select("first_token_ms", Order::NewestFirst));
    if (!select)
        return fail(std::move(select.error()));
    std::vector<std::int64_t> values;
    std::int64_t left = kMedianRows;
    for (const Span& span : *spans) {
        if (left == 0)
            break;
        select->bind(1, span.first);
        select->bind(2, span.last);
        select->bind(3, left);
        auto row = select->step();
        for (; row && *row; row = select->step()) {
            --left;
            if (const auto value = select->integerOrNull(0))
                values.push_back(*value);
        }
        if (!row)
            return fail(std::move(row.error()));
        select->reset();
    }
    if (values.empty())
        return std::nullopt;
    const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
    std::nth_element(values.begin(), middle, values.end());
    return *middle;
}

}  // namespace

Result<Totals> totalsOf(Database& database, TextSearch& search, const Filter& filter) {
    auto snapshot = Transaction::begin(database, Transaction::Kind::Read);
    if (!snapshot)
        return fail(std::move(snapshot.error()));
    const auto query = Query::make(database, search, filter);
    if (!query)
        return fail(query.error());
    Totals totals;
    if (query->nothing)
        return totals;
    if (auto added = addAll(database, search, filter, *query, totals); !added)
        return fail(std::move(added.error()));
    auto median = medianFirstToken(database, *query);
    if (!median)
        return fail(std::move(median.error()));
    totals.medianFirstTokenMs = *median;
    return totals;
}

}  // namespace gr::ledger
