// SPDX-License-Identifier: MIT
#include "ledger/row_reader.h"

#include <utility>

#include "ledger/row.h"
#include "ledger/schema.h"

namespace gr::ledger {
namespace {

constexpr std::size_t kMaxCachedNames = 16'384;

}  // namespace

Result<std::string> RowReader::name(std::int64_t number) {
    if (number == 0)
        return std::string();
    if (const auto known = m_names.find(number); known != m_names.end())
        return known->second;
    auto text = look(number);
    if (text) {
        if (m_names.size() >= kMaxCachedNames)
            m_names.clear();
        m_names.emplace(number, *text);
    }
    return text;
}

Result<std::string> RowReader::look(std::int64_t number) {
    if (!m_find) {
        auto find = m_database->prepare("SELECT text FROM names WHERE id = ?");
        if (!find)
            return fail(std::move(find.error()));
        m_find = std::move(*find);
    }
    m_find->bind(1, number);
    const auto row = m_find->step();
    std::string text = row && *row ? std::string(m_find->text(0)) : std::string();
    m_find->reset();
    if (!row)
        return fail(row.error());
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
    record.askedModel = nameOf(row.integer(5));
    const std::int64_t outcome = row.integer(6);
    record.outcome = static_cast<Outcome>(outcome);
    record.id = row.text(7);
    record.tokens = disjoint({.input = row.integerOrNull(8),
                              .cacheRead = row.integerOrNull(12),
                              .cacheWrite5m = row.integerOrNull(20),
                              .cacheWrite1h = row.integerOrNull(21),
                              .audioInput = row.integerOrNull(22),
                              .output = row.integerOrNull(9),
                              .reasoning = row.integerOrNull(13),
                              .audioOutput = row.integerOrNull(23)});
    if (const auto cost = row.integerOrNull(10))
        record.cost = Money::fromPico(*cost);
    record.firstTokenMs = row.integerOrNull(11);
    record.endpoint = nameOf(row.integer(14));
    record.error = nameOf(row.integer(15));
    record.status = static_cast<int>(row.integer(16));
    record.streamed = (row.integer(17) & kStreamedFlag) != 0;
    record.simulated = (row.integer(17) & kSimulatedFlag) != 0;
    record.settlement = (row.integer(17) & kSettlementFlag) != 0;
    record.reused = (row.integer(17) & kReusedFlag) != 0;
    record.totalMs = row.integer(18);
    auto attempts = unpackAttempts(row.text(19), nameOf);
    auto charges = unpackCharges(row.text(24), nameOf);
    if (failure)
        return fail(std::move(*failure));
    if (!attempts || !charges || outcome < 0 ||
        outcome > static_cast<std::int64_t>(Outcome::Stopped))
        return fail(
            m_database->corrupt("row " + std::to_string(stored.sequence) + " makes no sense"));
    record.attempts = std::move(*attempts);
    record.charges = std::move(*charges);
    return stored;
}

}  // namespace gr::ledger
