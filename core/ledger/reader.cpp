// SPDX-License-Identifier: MIT
#include "ledger/reader.h"

#include <algorithm>
#include <limits>
#include <map>
#include <utility>

#include "base/ulid.h"
#include "ledger/payment_reader.h"
#include "ledger/payment_series.h"
#include "ledger/query.h"
#include "ledger/retention.h"
#include "ledger/row.h"
#include "ledger/row_reader.h"
#include "ledger/schema.h"
#include "ledger/store.h"
#include "ledger/totals.h"

namespace gr::ledger {
namespace {

// An id tells the time of its request, give or take what passed between the two.
constexpr std::int64_t kIdSlackMs = 2'000;
constexpr std::int64_t kDayMs = 24 * kHourMs;

const char* columnOf(GroupBy by) {
    switch (by) {
        case GroupBy::Model:
            return "model";
        case GroupBy::Provider:
            return "provider";
        case GroupBy::Client:
            return "client";
        case GroupBy::Rail:
            break;
    }
    return "model";
}

}  // namespace

class Reader::Impl final {
  public:
    static Result<std::unique_ptr<Impl>> open(const Location& location);

    Result<std::vector<StoredRecord>> rows(const Filter& filter, Order order, Span within,
                                           int limit);
    Result<std::optional<StoredRecord>> find(const std::string& requestId);
    Result<std::vector<StoredRecord>> traced(UnixMs from, std::int64_t after, int limit);
    Result<void> addFeatures(std::vector<StoredRecord>& rows);
    Result<Totals> totals(const Filter& filter) { return totalsOf(m_database, *m_search, filter); }
    Result<std::vector<Bucket>> series(UnixMs from, UnixMs to, Step step, GroupBy by);
    Result<std::vector<Gap>> gaps(UnixMs from, UnixMs to);
    Result<std::optional<Cut>> cut() { return cutsSoFar(m_database); }
    PaymentReader& payments() { return m_payments; }

  private:
    explicit Impl(Database database) : m_database(std::move(database)), m_rows(m_database) {}

    // Adds everything `statement` gives.
    Result<void> collect(Statement& statement, std::vector<StoredRecord>& into);
    Result<std::optional<StoredRecord>> findBetween(const std::string& id, std::int64_t from,
                                                    std::int64_t to);

    Database m_database;
    std::unique_ptr<TextSearch> m_search;
    RowReader m_rows;
    PaymentReader m_payments{m_database};
};

Result<std::unique_ptr<Reader::Impl>> Reader::Impl::open(const Location& location) {
    auto database = openForReading(location);
    if (!database)
        return fail(std::move(database.error()));
    std::unique_ptr<Impl> impl(new Impl(std::move(*database)));
    auto search = TextSearch::install(impl->m_database);
    if (!search)
        return fail(std::move(search.error()));
    impl->m_search = std::move(*search);
    return impl;
}

Result<void> Reader::Impl::collect(Statement& statement, std::vector<StoredRecord>& into) {
    auto row = statement.step();
    for (; row && *row; row = statement.step()) {
        auto record = m_rows.read(statement);
        if (!record)
            return fail(std::move(record.error()));
        into.push_back(std::move(*record));
    }
    if (!row)
        return fail(std::move(row.error()));
    return {};
}

Result<std::vector<StoredRecord>> Reader::Impl::rows(const Filter& filter, Order order, Span within,
                                                     int limit) {
    auto snapshot = Transaction::begin(m_database, Transaction::Kind::Read);
    if (!snapshot)
        return fail(std::move(snapshot.error()));
    const auto query = Query::make(m_database, *m_search, filter);
    if (!query)
        return fail(query.error());
    auto spans = query->spans(m_database);
    if (!spans)
        return fail(std::move(spans.error()));
    if (order == Order::OldestFirst)
        std::reverse(spans->begin(), spans->end());
    auto select = m_database.prepare(query->select(RowReader::kColumns, order));
    if (!select)
        return fail(std::move(select.error()));
    std::vector<StoredRecord> rows;
    for (const Span& span : *spans) {
        const Span part{std::max(span.first, within.first), std::min(span.last, within.last)};
        const std::int64_t missing = limit - static_cast<std::int64_t>(rows.size());
        if (missing <= 0)
            break;
        if (part.first > part.last)
            continue;
        select->bind(1, part.first);
        select->bind(2, part.last);
        select->bind(3, missing);
        if (auto collected = collect(*select, rows); !collected)
            return fail(std::move(collected.error()));
        select->reset();
    }
    return rows;
}

Result<std::optional<StoredRecord>> Reader::Impl::findBetween(const std::string& id,
                                                              std::int64_t from, std::int64_t to) {
    auto select =
        m_database.prepare("SELECT " + std::string(RowReader::kColumns) +
                           " FROM requests WHERE started_ms BETWEEN ? AND ? AND id = ? LIMIT 1");
    if (!select)
        return fail(std::move(select.error()));
    select->bind(1, from);
    select->bind(2, to);
    select->bindText(3, id);
    std::vector<StoredRecord> found;
    if (auto collected = collect(*select, found); !collected)
        return fail(std::move(collected.error()));
    if (found.empty())
        return std::nullopt;
    return std::move(found.front());
}

Result<std::optional<StoredRecord>> Reader::Impl::find(const std::string& requestId) {
    auto snapshot = Transaction::begin(m_database, Transaction::Kind::Read);
    if (!snapshot)
        return fail(std::move(snapshot.error()));
    // No id holds anything else, and a server would take offence.
    if (!std::all_of(requestId.begin(), requestId.end(),
                     [](char c) { return c >= ' ' && c <= '~'; }))
        return std::nullopt;
    const auto time = timeOfRequestId(requestId);
    if (!time)  // not one of ours: every row has to be looked at
        return findBetween(requestId, 0, std::numeric_limits<std::int64_t>::max());
    auto exact = findBetween(requestId, time->value, time->value);
    if (!exact || *exact)
        return exact;
    return findBetween(requestId, time->value - kIdSlackMs, time->value + kIdSlackMs);
}

Result<std::vector<StoredRecord>> Reader::Impl::traced(UnixMs from, std::int64_t after, int limit) {
    auto select = m_database.prepare("SELECT " + std::string(RowReader::kColumns) +
                                     ", data FROM features JOIN requests ON sequence = request "
                                     "WHERE request > ? AND started_ms >= ? "
                                     "ORDER BY request LIMIT ?");
    if (!select)
        return fail(std::move(select.error()));
    select->bind(1, after);
    select->bind(2, from.value);
    select->bind(3, std::int64_t{limit});
    std::vector<StoredRecord> rows;
    auto row = select->step();
    for (; row && *row; row = select->step()) {
        auto stored = m_rows.read(*select);
        if (!stored)
            return fail(std::move(stored.error()));
        stored->record.features = select->text(RowReader::kColumnCount);
        rows.push_back(std::move(*stored));
    }
    if (!row)
        return fail(std::move(row.error()));
    return rows;
}

Result<void> Reader::Impl::addFeatures(std::vector<StoredRecord>& rows) {
    if (rows.empty())
        return {};
    std::map<std::int64_t, RequestRecord*> bySequence;
    for (StoredRecord& row : rows)
        bySequence.emplace(row.sequence, &row.record);
    auto select =
        m_database.prepare("SELECT request, data FROM features WHERE request BETWEEN ? AND ?");
    if (!select)
        return fail(std::move(select.error()));
    select->bind(1, bySequence.begin()->first);
    select->bind(2, bySequence.rbegin()->first);
    auto row = select->step();
    for (; row && *row; row = select->step()) {
        if (const auto found = bySequence.find(select->integer(0)); found != bySequence.end())
            found->second->features = select->text(1);
    }
    if (!row)
        return fail(std::move(row.error()));
    return {};
}

Result<std::vector<Bucket>> Reader::Impl::series(UnixMs from, UnixMs to, Step step, GroupBy by) {
    auto snapshot = Transaction::begin(m_database, Transaction::Kind::Read);
    if (!snapshot)
        return fail(std::move(snapshot.error()));
    if (by == GroupBy::Rail)
        return railSeries(m_database, from, to, step);
    const std::int64_t firstHour = std::max<std::int64_t>(from.value, 0) / kHourMs;
    const std::int64_t endHour = (std::max<std::int64_t>(to.value, 0) + kHourMs - 1) / kHourMs;
    const std::int64_t hoursAStep = step == Step::Day ? kDayMs / kHourMs : 1;
    auto select = m_database.prepare(
        "SELECT hour, " + std::string(columnOf(by)) +
        ", requests, input_tokens, output_tokens, cost_pico, unknown_cost FROM hours "
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
        bucket.knownCost = Money::fromPico(addCapped(bucket.knownCost.pico(), select->integer(5)));
        bucket.unknownCost += select->integer(6);
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

Result<Reader> Reader::open(const Location& location) {
    auto impl = Impl::open(location);
    if (!impl)
        return fail(std::move(impl.error()));
    return Reader(std::move(*impl));
}

Result<std::vector<StoredRecord>> Reader::page(const Filter& filter,
                                               std::optional<std::int64_t> before, int limit) {
    const std::int64_t end = before.value_or(std::numeric_limits<std::int64_t>::max());
    return m_impl->rows(filter, Order::NewestFirst, {1, end - 1}, limit);
}

Result<std::vector<StoredRecord>> Reader::newerThan(std::int64_t after, int limit,
                                                    const Filter& filter) {
    return m_impl->rows(filter, Order::OldestFirst,
                        {after + 1, std::numeric_limits<std::int64_t>::max()}, limit);
}

Result<std::optional<StoredRecord>> Reader::find(const std::string& requestId) {
    return m_impl->find(requestId);
}

Result<std::vector<StoredRecord>> Reader::traced(UnixMs from, std::int64_t after, int limit) {
    return m_impl->traced(from, after, limit);
}

Result<void> Reader::addFeatures(std::vector<StoredRecord>& rows) {
    return m_impl->addFeatures(rows);
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

Result<std::optional<Cut>> Reader::cut() {
    return m_impl->cut();
}

PaymentReader& Reader::payments() {
    return m_impl->payments();
}

}  // namespace gr::ledger
