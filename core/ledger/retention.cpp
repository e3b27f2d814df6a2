// SPDX-License-Identifier: MIT
#include "ledger/retention.h"

#include <algorithm>
#include <utility>

#include "ledger/row.h"
#include "ledger/schema.h"

namespace gr::ledger {
namespace {

constexpr std::int64_t kDayMs = 24 * kHourMs;

constexpr std::string_view kDelete =
    "DELETE FROM requests WHERE sequence IN (SELECT sequence FROM requests WHERE started_ms < ?1 "
    "AND sequence < (SELECT max(sequence) FROM requests) AND (chain IS NULL OR started_ms < ?2 "
    "OR chain IN (SELECT id FROM chains WHERE home = ?3)) ORDER BY started_ms LIMIT ?4) "
    "RETURNING sequence, input_tokens, output_tokens, cost_pico, chain, number, mac, "
    "flags";

constexpr std::string_view kAdd =
    "INSERT INTO cuts (cut_ms, before_ms, requests, input_tokens, output_tokens, cost_pico, "
    "unknown_cost, first_sequence, last_sequence) VALUES (?,?,?,?,?,?,?,?,?) RETURNING id";

std::string extendSql() {
    return "UPDATE cuts SET cut_ms = ?1, before_ms = ?2, requests = requests + ?3, input_tokens "
           "= " +
           cappedSum("input_tokens", "?4") +
           ", output_tokens = " + cappedSum("output_tokens", "?5") +
           ", cost_pico = " + cappedSum("cost_pico", "?6") +
           ", unknown_cost = unknown_cost + ?7, "
           "first_sequence = CASE WHEN first_sequence < ?8 THEN first_sequence ELSE ?8 END, "
           "last_sequence = CASE WHEN last_sequence > ?9 THEN last_sequence ELSE ?9 END "
           "WHERE id = ?10 RETURNING id";
}

}  // namespace

// --- CutSchedule

void CutSchedule::setKeepDays(unsigned days) {
    if (days == m_days)
        return;
    m_days = days;
    m_next = {};
    m_before.reset();
}

std::optional<UnixMs> CutSchedule::due(UnixMs wall, SteadyTime steady) {
    if (steady < m_next)
        return std::nullopt;
    if (m_before)
        return m_before;
    const auto last = std::exchange(m_last, Moment{wall, steady});
    m_next = steady + kPeriod;
    const auto elapsed =
        last ? std::chrono::duration_cast<Milliseconds>(steady - last->steady) : Milliseconds(0);
    if (last && wall.value - last->wall.value > (elapsed + kPeriod).count())
        return std::nullopt;
    const std::int64_t before = (wall.value - std::int64_t{m_days} * kDayMs) / kHourMs * kHourMs;
    if (m_days == 0 || before <= 0)
        return std::nullopt;
    m_before = UnixMs{before};
    return m_before;
}

void CutSchedule::did(bool more, SteadyTime steady) {
    m_next = steady + (more ? kPause : kPeriod);
    if (!more)
        m_before.reset();
}

// --- Retention

Result<Retention> Retention::create(Database& database, Receipts& receipts) {
    Retention retention(database, receipts);
    const std::string extend = extendSql();
    const std::pair<std::string_view, Statement*> statements[] = {
        {kDelete, &retention.m_delete},
        {"DELETE FROM features WHERE request = ?", &retention.m_deleteFeatures},
        {kAdd, &retention.m_add},
        {extend, &retention.m_extend}};
    for (const auto& [sql, statement] : statements) {
        auto prepared = database.prepare(sql);
        if (!prepared)
            return fail(std::move(prepared.error()));
        *statement = std::move(*prepared);
    }
    return retention;
}

Result<bool> Retention::cutSome(UnixMs before, UnixMs now) {
    auto transaction = Transaction::begin(*m_database, Transaction::Kind::Write);
    if (!transaction)
        return fail(std::move(transaction.error()));
    Cut cut;
    cut.before = before;
    std::vector<Gone> gone;
    const auto removed = removeRows(before, cut, gone);
    if (!removed)
        return fail(removed.error());
    if (*removed == 0)
        return false;
    const auto booked = book(cut, now);
    if (!booked)
        return fail(booked.error());
    if (m_receipts->usable() && !gone.empty()) {
        if (auto begun = m_receipts->begin(*m_database, now); !begun)
            return fail(std::move(begun.error()));
        if (auto noted = bookRemovals(*m_database, *m_receipts, std::move(gone)); !noted)
            return fail(std::move(noted.error()));
    }
    if (auto committed = transaction->commit(); !committed)
        return fail(std::move(committed.error()));
    m_cutId = *booked;
    m_before = before;
    return *removed == kBatch;
}

Result<std::int64_t> Retention::removeRows(UnixMs before, Cut& cut, std::vector<Gone>& gone) {
    m_delete.bind(1, before.value);
    m_delete.bind(2, before.value - kDayMs);
    const std::string home = m_receipts->home();
    m_delete.bindText(3, home);
    m_delete.bind(4, kBatch);
    std::vector<std::int64_t> rows;
    auto row = m_delete.step();
    for (; row && *row; row = m_delete.step()) {
        const std::int64_t sequence = m_delete.integer(0);
        cut.firstSequence = rows.empty() ? sequence : std::min(cut.firstSequence, sequence);
        cut.lastSequence = std::max(cut.lastSequence, sequence);
        rows.push_back(sequence);
        const RowCounts counts = countsOf((m_delete.integer(7) & kSettlementFlag) != 0,
                                          m_delete.integerOrNull(3).has_value());
        cut.requests += counts.requests;
        cut.inputTokens = addCapped(cut.inputTokens, m_delete.integer(1));
        cut.outputTokens = addCapped(cut.outputTokens, m_delete.integer(2));
        cut.knownCost = Money::fromPico(addCapped(cut.knownCost.pico(), m_delete.integer(3)));
        cut.unknownCost += counts.unknownCost;
        if (const auto chain = m_delete.integerOrNull(4))
            gone.push_back({*chain, m_delete.integer(5), std::string(m_delete.text(6))});
    }
    m_delete.reset();
    if (!row)
        return fail(std::move(row.error()));
    for (const std::int64_t sequence : rows) {
        m_deleteFeatures.bind(1, sequence);
        if (auto deleted = m_deleteFeatures.queue(); !deleted)
            return fail(std::move(deleted.error()));
    }
    return static_cast<std::int64_t>(rows.size());
}

Result<std::int64_t> Retention::book(const Cut& cut, UnixMs now) {
    if (m_cutId != 0 && m_before == cut.before) {
        const auto extended = note(cut, now, m_cutId);
        if (!extended || *extended != 0)
            return extended;
        // A server that fell over has lost that cut.
    }
    return note(cut, now, 0);
}

// As a cut of its own, or as more of `extended`; 0: there is none with that number.
Result<std::int64_t> Retention::note(const Cut& cut, UnixMs now, std::int64_t extended) {
    Statement& statement = extended == 0 ? m_add : m_extend;
    int index = 0;
    for (const std::int64_t value :
         {now.value, cut.before.value, cut.requests, cut.inputTokens, cut.outputTokens,
          cut.knownCost.pico(), cut.unknownCost, cut.firstSequence, cut.lastSequence})
        statement.bind(++index, value);
    if (extended != 0)
        statement.bind(++index, extended);
    const auto row = statement.step();
    const std::int64_t id = row && *row ? statement.integer(0) : 0;
    statement.reset();
    if (!row)
        return fail(row.error());
    return id;
}

Result<std::optional<Cut>> cutsSoFar(Database& database) {
    auto select = database.prepare(
        "SELECT before_ms, requests, input_tokens, output_tokens, cost_pico, unknown_cost, "
        "first_sequence, last_sequence FROM cuts");
    if (!select)
        return fail(std::move(select.error()));
    std::optional<Cut> all;
    auto row = select->step();
    for (; row && *row; row = select->step()) {
        if (!all) {
            all.emplace();
            all->firstSequence = select->integer(6);
        }
        all->before = std::max(all->before, UnixMs{select->integer(0)});
        all->requests += select->integer(1);
        all->inputTokens = addCapped(all->inputTokens, select->integer(2));
        all->outputTokens = addCapped(all->outputTokens, select->integer(3));
        all->knownCost = Money::fromPico(addCapped(all->knownCost.pico(), select->integer(4)));
        all->unknownCost += select->integer(5);
        all->firstSequence = std::min(all->firstSequence, select->integer(6));
        all->lastSequence = std::max(all->lastSequence, select->integer(7));
    }
    if (!row)
        return fail(std::move(row.error()));
    return all;
}

}  // namespace gr::ledger
