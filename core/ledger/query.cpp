// SPDX-License-Identifier: MIT
#include "ledger/query.h"

#include <sqlite3.h>

#include <algorithm>
#include <limits>
#include <utility>

#include "base/text.h"
#include "ledger/row.h"
#include "ledger/schema.h"

namespace gr::ledger {
namespace {

// Spans closer than this are read as one: cheaper than to begin anew.
constexpr std::int64_t kJoinDistance = 128;

char lower(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
}

// `needle` is in lower case and not empty.
bool containsIgnoreCase(std::string_view haystack, std::string_view needle) {
    if (haystack.size() < needle.size())
        return false;
    const char first = needle.front();
    const std::size_t lastStart = haystack.size() - needle.size();
    for (std::size_t start = 0; start <= lastStart; ++start) {
        if (lower(haystack[start]) != first)
            continue;
        std::size_t at = 1;
        while (at < needle.size() && lower(haystack[start + at]) == needle[at])
            ++at;
        if (at == needle.size())
            return true;
    }
    return false;
}

void matchesText(sqlite3_context* context, int, sqlite3_value** values) {
    const auto& search = *static_cast<const TextSearch*>(sqlite3_user_data(context));
    bool found = false;
    for (int i = 0; i < 4 && !found; ++i)
        found = search.matchesName(sqlite3_value_int64(values[i]));
    if (!found) {
        const auto* id = static_cast<const char*>(sqlite3_value_blob(values[4]));
        const int size = sqlite3_value_bytes(values[4]);
        found = search.matchesId({id, static_cast<std::size_t>(size)});
    }
    sqlite3_result_int(context, found ? 1 : 0);
}

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
    const std::string condition = " AND (1 << outcome) & " + std::to_string(bits);
    query.conditions += condition;
    query.sumConditions += condition;
}

void addTimes(Query& query, const Filter& filter) {
    query.fromMs = filter.from ? std::max<std::int64_t>(filter.from->value, 0) : 0;
    query.toMs = filter.to ? filter.to->value : std::numeric_limits<std::int64_t>::max();
    if (query.fromMs >= query.toMs)
        query.nothing = true;
    if (query.fromMs > 0) {
        query.conditions += " AND started_ms >= " + std::to_string(query.fromMs);
        query.sumConditions += " AND hour >= " + std::to_string(query.fromMs / kHourMs);
    }
    if (filter.to && !query.nothing) {
        query.conditions += " AND started_ms < " + std::to_string(query.toMs);
        query.sumConditions += " AND hour <= " + std::to_string((query.toMs - 1) / kHourMs);
    }
}

}  // namespace

// --- TextSearch

Result<std::unique_ptr<TextSearch>> TextSearch::install(Database& database) {
    auto search = std::make_unique<TextSearch>();
    const int code = sqlite3_create_function_v2(database.handle(), "matches_text", 5,
                                                SQLITE_UTF8 | SQLITE_DIRECTONLY, search.get(),
                                                matchesText, nullptr, nullptr, nullptr);
    if (code != SQLITE_OK)
        return fail(storeError(code, database.file(), Doing::Reading, "matches_text"));
    return search;
}

Result<void> TextSearch::lookFor(Database& database, std::string_view text) {
    m_text = toLower(text);
    m_names.clear();
    auto names = database.prepare("SELECT id, text FROM names");
    if (!names)
        return fail(std::move(names.error()));
    auto row = names->step();
    for (; row && *row; row = names->step()) {
        const auto number = static_cast<std::size_t>(std::max<std::int64_t>(names->integer(0), 0));
        if (number >= m_names.size())
            m_names.resize(number + 1);
        m_names[number] = containsIgnoreCase(names->text(1), m_text);
    }
    if (!row)
        return fail(std::move(row.error()));
    return {};
}

bool TextSearch::matchesName(std::int64_t number) const {
    const auto index = static_cast<std::size_t>(number);
    return index < m_names.size() && m_names[index];
}

bool TextSearch::matchesId(std::string_view id) const {
    return containsIgnoreCase(id, m_text);
}

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
    if (!filter.text.empty()) {
        query.bySums = false;
        if (auto ready = search.lookFor(database, filter.text); !ready)
            return fail(std::move(ready.error()));
        query.conditions += " AND matches_text(client, provider, model, asked, id)";
    }
    return query;
}

std::string Query::select(std::string_view columns, Order order) const {
    // The planner must follow the sequences, which the spans bound, not the index of times.
    return "SELECT " + std::string(columns) +
           " FROM requests NOT INDEXED WHERE sequence BETWEEN ?1 AND ?2" + conditions +
           " ORDER BY sequence " + (order == Order::NewestFirst ? "DESC" : "ASC") + " LIMIT ?3";
}

Result<std::vector<Span>> Query::spans(Database& database) const {
    if (nothing)
        return std::vector<Span>();
    if (sumConditions.empty())
        return std::vector<Span>{{1, std::numeric_limits<std::int64_t>::max() - 1}};
    // Hours whose rows were removed need not be looked into.
    auto select = database.prepare(
        "SELECT first_sequence, last_sequence FROM hours WHERE last_sequence >= "
        "(SELECT ifnull(min(sequence), 0) FROM requests)" +
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
