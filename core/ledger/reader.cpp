// SPDX-License-Identifier: MIT
#include "ledger/reader.h"

#include <algorithm>
#include <limits>
#include <map>
#include <utility>

#include "base/ulid.h"
#include "ledger/query.h"
#include "ledger/row.h"
#include "ledger/row_reader.h"
#include "ledger/schema.h"
#include "ledger/store_sqlite.h"

namespace gr::ledger {
namespace {

// The median of first tokens looks at so many of the newest requests.
constexpr std::int64_t kMedianRows = 1'000;
// An id tells the time of its request, give or take what passed between the two.
constexpr std::int64_t kIdSlackMs = 2'000;
constexpr std::int64_t kDayMs = 24 * kHourMs;

std::string selectRows(std::string_view columns, const Query& query) {
    // The planner must follow the sequences, which the spans bound, not the index of times.
    return "SELECT " + std::string(columns) +
           " FROM requests NOT INDEXED WHERE sequence BETWEEN ?1 AND ?2" + query.conditions +
           " ORDER BY sequence DESC LIMIT ?3";
}

std::optional<std::int64_t> median(std::vector<std::int64_t> values) {
    if (values.empty())
        return std::nullopt;
    const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
    std::nth_element(values.begin(), middle, values.end());
    return *middle;
}

const char* columnOf(GroupBy by) {
    switch (by) {
        case GroupBy::Model:
            return "model";
        case GroupBy::Provider:
            return "provider";
        case GroupBy::Client:
            return "client";
    }
    return "model";
}

}  // namespace

class Reader::Impl final {
  public:
    static Result<std::unique_ptr<Impl>> open(const std::filesystem::path& file);

    Result<std::vector<StoredRecord>> page(const Filter& filter,
                                           std::optional<std::int64_t> before, int limit);
    Result<std::vector<StoredRecord>> newerThan(std::int64_t after, int limit);
    Result<std::optional<StoredRecord>> find(const std::string& requestId);
    Result<Totals> totals(const Filter& filter);
    Result<std::vector<Bucket>> series(UnixMs from, UnixMs to, Step step, GroupBy by);
    Result<std::vector<Gap>> gaps(UnixMs from, UnixMs to);

  private:
    explicit Impl(Database database) : m_database(std::move(database)) {}

    // Everything `statement` gives, as records.
    Result<std::vector<StoredRecord>> collect(Statement& statement);
    Result<std::optional<StoredRecord>> findBetween(const std::string& id, std::int64_t from,
                                                    std::int64_t to);
    Result<void> addSums(const Query& query, std::int64_t firstHour, std::int64_t endHour,
                         Totals& totals);
    Result<void> addRows(const Query& query, Totals& totals);
    Result<void> addRows(const Filter& filter, std::int64_t fromMs, std::int64_t toMs,
                         Totals& totals);
    Result<std::optional<std::int64_t>> recentFirstToken(const Query& query);

    Database m_database;
    std::unique_ptr<TextSearch> m_search;
    RowReader m_rows;
};

Result<std::unique_ptr<Reader::Impl>> Reader::Impl::open(const std::filesystem::path& file) {
    auto database = openForReading(file);
    if (!database)
        return fail(std::move(database.error()));
    std::unique_ptr<Impl> impl(new Impl(std::move(*database)));
    auto search = TextSearch::install(impl->m_database);
    if (!search)
        return fail(std::move(search.error()));
    impl->m_search = std::move(*search);
    auto rows = RowReader::create(impl->m_database);
    if (!rows)
        return fail(std::move(rows.error()));
    impl->m_rows = std::move(*rows);
    return impl;
}

Result<std::vector<StoredRecord>> Reader::Impl::collect(Statement& statement) {
    std::vector<StoredRecord> records;
    auto row = statement.step();
    for (; row && *row; row = statement.step()) {
        auto record = m_rows.read(statement);
        if (!record)
            return fail(std::move(record.error()));
        records.push_back(std::move(*record));
    }
    if (!row)
        return fail(std::move(row.error()));
    return records;
}

Result<std::vector<StoredRecord>> Reader::Impl::page(const Filter& filter,
                                                     std::optional<std::int64_t> before,
                                                     int limit) {
    auto snapshot = Transaction::begin(m_database, Transaction::Kind::Read);
    if (!snapshot)
        return fail(std::move(snapshot.error()));
    const auto query = Query::make(m_database, *m_search, filter);
    if (!query)
        return fail(query.error());
    const auto spans = query->spans(m_database);
    if (!spans)
        return fail(spans.error());
    auto select = m_database.prepare(selectRows(RowReader::kColumns, *query));
    if (!select)
        return fail(std::move(select.error()));
    const std::int64_t end = before.value_or(std::numeric_limits<std::int64_t>::max());
    std::vector<StoredRecord> page;
    for (const Span& span : *spans) {
        const std::int64_t missing = limit - static_cast<std::int64_t>(page.size());
        if (missing <= 0)
            break;
        if (span.first >= end)
            continue;
        select->bind(1, span.first);
        select->bind(2, std::min(span.last, end - 1));
        select->bind(3, missing);
        auto part = collect(*select);
        if (!part)
            return part;
        select->reset();
        std::move(part->begin(), part->end(), std::back_inserter(page));
    }
    return page;
}

Result<std::vector<StoredRecord>> Reader::Impl::newerThan(std::int64_t after, int limit) {
    auto snapshot = Transaction::begin(m_database, Transaction::Kind::Read);
    if (!snapshot)
        return fail(std::move(snapshot.error()));
    auto select = m_database.prepare("SELECT " + std::string(RowReader::kColumns) +
                                     " FROM requests WHERE sequence > ? ORDER BY sequence LIMIT ?");
    if (!select)
        return fail(std::move(select.error()));
    select->bind(1, after);
    select->bind(2, std::int64_t{std::max(limit, 0)});
    return collect(*select);
}

Result<std::optional<StoredRecord>> Reader::Impl::findBetween(const std::string& id,
                                                              std::int64_t from,
                                                              std::int64_t to) {
    auto select = m_database.prepare(
        "SELECT " + std::string(RowReader::kColumns) +
        " FROM requests WHERE started_ms BETWEEN ? AND ? AND id = ? LIMIT 1");
    if (!select)
        return fail(std::move(select.error()));
    select->bind(1, from);
    select->bind(2, to);
    select->bindText(3, id);
    auto found = collect(*select);
    if (!found)
        return fail(std::move(found.error()));
    if (found->empty())
        return std::nullopt;
    return std::move(found->front());
}

Result<std::optional<StoredRecord>> Reader::Impl::find(const std::string& requestId) {
    auto snapshot = Transaction::begin(m_database, Transaction::Kind::Read);
    if (!snapshot)
        return fail(std::move(snapshot.error()));
    const auto time = timeOfRequestId(requestId);
    if (!time)  // not one of ours: every row has to be looked at
        return findBetween(requestId, 0, std::numeric_limits<std::int64_t>::max());
    auto exact = findBetween(requestId, time->value, time->value);
    if (!exact || *exact)
        return exact;
    return findBetween(requestId, time->value - kIdSlackMs, time->value + kIdSlackMs);
}

Result<Totals> Reader::Impl::totals(const Filter& filter) {
    auto snapshot = Transaction::begin(m_database, Transaction::Kind::Read);
    if (!snapshot)
        return fail(std::move(snapshot.error()));
    Totals totals;
    const auto query = Query::make(m_database, *m_search, filter);
    if (!query)
        return fail(query.error());
    if (query->nothing)
        return totals;
    // Whole hours come from the sums, the hours that the range cuts from their rows.
    const std::int64_t firstHour = (query->fromMs + kHourMs - 1) / kHourMs;
    const std::int64_t endHour = query->toMs / kHourMs;
    Result<void> added;
    if (!query->bySums || firstHour >= endHour) {
        added = addRows(*query, totals);
    } else {
        added = addRows(filter, query->fromMs, firstHour * kHourMs, totals);
        if (added)
            added = addSums(*query, firstHour, endHour, totals);
        if (added && filter.to)
            added = addRows(filter, endHour * kHourMs, query->toMs, totals);
    }
    if (!added)
        return fail(std::move(added.error()));
    auto firstToken = recentFirstToken(*query);
    if (!firstToken)
        return fail(std::move(firstToken.error()));
    totals.medianFirstTokenMs = *firstToken;
    return totals;
}

Result<void> Reader::Impl::addSums(const Query& query, std::int64_t firstHour,
                                   std::int64_t endHour, Totals& totals) {
    auto select = m_database.prepare(
        "SELECT requests, failures, input_tokens, output_tokens, cost_pico, unknown_cost "
        "FROM hours WHERE hour >= ? AND hour < ?" +
        query.sumConditions);
    if (!select)
        return fail(std::move(select.error()));
    select->bind(1, firstHour);
    select->bind(2, endHour);
    std::int64_t cost = totals.knownCost.pico();
    auto row = select->step();
    for (; row && *row; row = select->step()) {
        totals.requests += select->integer(0);
        totals.failures += select->integer(1);
        totals.inputTokens = addCapped(totals.inputTokens, select->integer(2));
        totals.outputTokens = addCapped(totals.outputTokens, select->integer(3));
        cost = addCapped(cost, select->integer(4));
        totals.unknownCost += select->integer(5);
    }
    totals.knownCost = Money::fromPico(cost);
    if (!row)
        return fail(std::move(row.error()));
    return {};
}

Result<void> Reader::Impl::addRows(const Filter& filter, std::int64_t fromMs, std::int64_t toMs,
                                   Totals& totals) {
    if (fromMs >= toMs)
        return {};
    Filter part = filter;
    part.from = UnixMs{fromMs};
    part.to = UnixMs{toMs};
    const auto query = Query::make(m_database, *m_search, part);
    if (!query)
        return fail(query.error());
    return addRows(*query, totals);
}

Result<void> Reader::Impl::addRows(const Query& query, Totals& totals) {
    const auto spans = query.spans(m_database);
    if (!spans)
        return fail(spans.error());
    auto select = m_database.prepare(
        selectRows("outcome, input_tokens, output_tokens, cost_pico", query));
    if (!select)
        return fail(std::move(select.error()));
    std::int64_t cost = totals.knownCost.pico();
    for (const Span& span : *spans) {
        select->bind(1, span.first);
        select->bind(2, span.last);
        select->bind(3, std::int64_t{-1});  // no limit
        auto row = select->step();
        for (; row && *row; row = select->step()) {
            ++totals.requests;
            totals.failures += isFailure(static_cast<Outcome>(select->integer(0))) ? 1 : 0;
            totals.inputTokens = addCapped(totals.inputTokens, select->integer(1));
            totals.outputTokens = addCapped(totals.outputTokens, select->integer(2));
            const auto rowCost = select->integerOrNull(3);
            cost = addCapped(cost, rowCost.value_or(0));
            totals.unknownCost += rowCost ? 0 : 1;
        }
        if (!row)
            return fail(std::move(row.error()));
        select->reset();
    }
    totals.knownCost = Money::fromPico(cost);
    return {};
}

Result<std::optional<std::int64_t>> Reader::Impl::recentFirstToken(const Query& query) {
    const auto spans = query.spans(m_database);
    if (!spans)
        return fail(spans.error());
    auto select = m_database.prepare(selectRows("first_token_ms", query));
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
    return median(std::move(values));
}

Result<std::vector<Bucket>> Reader::Impl::series(UnixMs from, UnixMs to, Step step, GroupBy by) {
    auto snapshot = Transaction::begin(m_database, Transaction::Kind::Read);
    if (!snapshot)
        return fail(std::move(snapshot.error()));
    const std::int64_t firstHour = std::max<std::int64_t>(from.value, 0) / kHourMs;
    const std::int64_t endHour = (std::max<std::int64_t>(to.value, 0) + kHourMs - 1) / kHourMs;
    const std::int64_t hoursAStep = step == Step::Day ? kDayMs / kHourMs : 1;
    auto select = m_database.prepare(
        "SELECT hour, " + std::string(columnOf(by)) +
        ", requests, input_tokens, output_tokens, cost_pico FROM hours "
        "WHERE hour >= ? AND hour < ?");
    if (!select)
        return fail(std::move(select.error()));
    select->bind(1, firstHour);
    select->bind(2, endHour);
    std::map<std::pair<std::int64_t, std::int64_t>, Bucket> buckets;  // by step and name
    auto row = select->step();
    for (; row && *row; row = select->step()) {
        const std::int64_t index = (select->integer(0) - firstHour) / hoursAStep;
        Bucket& bucket = buckets[{index, select->integer(1)}];
        bucket.requests += select->integer(2);
        bucket.tokens = addCapped(bucket.tokens, addCapped(select->integer(3), select->integer(4)));
        bucket.knownCost =
            Money::fromPico(addCapped(bucket.knownCost.pico(), select->integer(5)));
    }
    if (!row)
        return fail(std::move(row.error()));
    std::vector<Bucket> series;
    series.reserve(buckets.size());
    for (auto& [key, bucket] : buckets) {
        auto name = m_rows.name(key.second);
        if (!name)
            return fail(std::move(name.error()));
        bucket.start = {(firstHour + key.first * hoursAStep) * kHourMs};
        bucket.group = std::move(*name);
        series.push_back(std::move(bucket));
    }
    return series;
}

Result<std::vector<Gap>> Reader::Impl::gaps(UnixMs from, UnixMs to) {
    auto select = m_database.prepare(
        "SELECT from_ms, to_ms, requests FROM gaps WHERE to_ms >= ? AND from_ms < ? "
        "ORDER BY from_ms");
    if (!select)
        return fail(std::move(select.error()));
    select->bind(1, from.value);
    select->bind(2, to.value);
    std::vector<Gap> gaps;
    auto row = select->step();
    for (; row && *row; row = select->step())
        gaps.push_back({{select->integer(0)}, {select->integer(1)}, select->integer(2)});
    if (!row)
        return fail(std::move(row.error()));
    return gaps;
}

// --- Reader

Reader::Reader(std::unique_ptr<Impl> impl) : m_impl(std::move(impl)) {}
Reader::Reader(Reader&&) noexcept = default;
Reader& Reader::operator=(Reader&&) noexcept = default;
Reader::~Reader() = default;

Result<Reader> Reader::open(const std::filesystem::path& file) {
    auto impl = Impl::open(file);
    if (!impl)
        return fail(std::move(impl.error()));
    return Reader(std::move(*impl));
}

Result<std::vector<StoredRecord>> Reader::page(const Filter& filter,
                                               std::optional<std::int64_t> before, int limit) {
    return m_impl->page(filter, before, limit);
}

Result<std::vector<StoredRecord>> Reader::newerThan(std::int64_t after, int limit) {
    return m_impl->newerThan(after, limit);
}

Result<std::optional<StoredRecord>> Reader::find(const std::string& requestId) {
    return m_impl->find(requestId);
}

Result<Totals> Reader::totals(const Filter& filter) {
    return m_impl->totals(filter);
}

Result<std::vector<Bucket>> Reader::series(UnixMs from, UnixMs to, Step step, GroupBy by) {
    return m_impl->series(from, to, step, by);
}

Result<std::vector<Gap>> Reader::gaps(UnixMs from, UnixMs to) {
    return m_impl->gaps(from, to);
}

}  // namespace gr::ledger
