// SPDX-License-Identifier: MIT
#include "ledger/row_reader.h"

#include <sqlite3.h>

#include <utility>

#include "ledger/row.h"
#include "ledger/schema.h"

namespace gr::ledger {
namespace {

constexpr std::size_t kMaxCachedNames = 16'384;

}  // namespace

Result<RowReader> RowReader::create(Database& database) {
    RowReader reader;
    reader.m_database = &database;
    auto find = database.prepare("SELECT text FROM names WHERE id = ?");
    if (!find)
        return fail(std::move(find.error()));
    reader.m_find = std::move(*find);
    return reader;
}

Result<std::string> RowReader::name(std::int64_t number) {
    if (number == 0)
        return std::string();
    if (const auto known = m_names.find(number); known != m_names.end())
        return known->second;
    m_find.bind(1, number);
    const auto row = m_find.step();
    std::string text = row && *row ? std::string(m_find.text(0)) : std::string();
    m_find.reset();
    if (!row)
        return fail(row.error());
    if (m_names.size() >= kMaxCachedNames)
        m_names.clear();
    m_names.emplace(number, text);
    return text;
}

Result<StoredRecord> RowReader::read(const Statement& row) {
    StoredRecord stored;
    stored.sequence = row.integer(0);
    RequestRecord& record = stored.record;
    std::optional<Error> failure;
    const auto nameOf = [&](std::int64_t number) {
        auto text = name(number);
        if (!text && !failure)
            failure = std::move(text.error());
        return text ? std::move(*text) : std::string();
    };
    record.startedAt = {row.integer(1)};
    record.client = nameOf(row.integer(2));
    record.provider = nameOf(row.integer(3));
    record.model = nameOf(row.integer(4));
    const std::int64_t outcome = row.integer(5);
    record.outcome = static_cast<Outcome>(outcome);
    record.askedModel = nameOf(row.integer(6));
    record.id = row.text(7);
    record.endpoint = nameOf(row.integer(8));
    record.error = nameOf(row.integer(9));
    record.status = static_cast<int>(row.integer(10));
    record.streamed = (row.integer(11) & kStreamedFlag) != 0;
    record.simulated = (row.integer(11) & kSimulatedFlag) != 0;
    record.tokens = {.input = row.integerOrNull(12),
                     .cachedInput = row.integerOrNull(13),
                     .output = row.integerOrNull(14),
                     .reasoning = row.integerOrNull(15)};
    if (const auto cost = row.integerOrNull(16))
        record.cost = Money::fromPico(*cost);
    record.firstTokenMs = row.integerOrNull(17);
    record.totalMs = row.integer(18);
    auto attempts = unpackAttempts(row.text(19), nameOf);
    if (failure)
        return fail(std::move(*failure));
    if (!attempts || outcome < 0 || outcome > static_cast<std::int64_t>(Outcome::Stopped))
        return fail(storeError(SQLITE_CORRUPT, m_database->file(), Doing::Reading,
                               "row " + std::to_string(stored.sequence) + " makes no sense"));
    record.attempts = std::move(*attempts);
    return stored;
}

}  // namespace gr::ledger
