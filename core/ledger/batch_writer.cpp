// SPDX-License-Identifier: MIT
#include "ledger/batch_writer.h"

#include <algorithm>
#include <utility>

#include "ledger/row.h"
#include "ledger/schema.h"

namespace gr::ledger {
namespace {

// Enough for every model a gateway serves; a client that invents names empties it now and then.
constexpr std::size_t kMaxCachedNames = 4'096;

constexpr std::string_view kInsertRow =
    "INSERT INTO requests (sequence, started_ms, client, provider, model, asked, outcome, id, "
    "input_tokens, "
    "output_tokens, cost_pico, first_token_ms, cache_read_tokens, reasoning_tokens, endpoint, "
    "error, status, flags, total_ms, attempts, cache_write_5m_tokens, cache_write_1h_tokens, "
    "audio_input_tokens, audio_output_tokens, charges, chain, number, mac) "
    "VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)";

constexpr std::string_view kSpendLease =
    "UPDATE leases SET amount = amount - ? WHERE account = ? AND window_ms = ? AND holder = ?";

// Settlements may give back.
std::string settleSql() {
    const std::string most = "9223372036854775807";
    const std::string more = "CAST(?1 AS BIGINT)";
    return "UPDATE limit_windows SET settled = CASE WHEN settled > " + most + " - (CASE WHEN " +
           more + " > 0 THEN " + more + " ELSE 0 END) THEN " + most + " ELSE settled + " + more +
           " END WHERE account = ?2 AND window_ms = ?3";
}

std::string addSumsSql() {
    std::string sql =
        "INSERT INTO hours AS h (hour, client, provider, model, outcome, requests, input_tokens, "
        "output_tokens, cost_pico, unknown_cost, first_sequence, last_sequence) "
        "VALUES (?,?,?,?,?,?,?,?,?,?,?,?) "
        "ON CONFLICT (hour, client, provider, model, outcome) DO UPDATE SET ";
    for (const std::string sum : {"input_tokens", "output_tokens", "cost_pico"})
        sql += sum + " = " + cappedSum("h." + sum, "excluded." + sum) + ", ";
    return sql +
           "requests = h.requests + excluded.requests, "
           "unknown_cost = h.unknown_cost + excluded.unknown_cost, "
           "last_sequence = excluded.last_sequence";
}

std::optional<std::int64_t> costOf(const RequestRecord& record) {
    return record.cost ? plausible(record.cost->pico()) : std::nullopt;
}

std::int64_t flagsOf(const RequestRecord& record) {
    return (record.streamed ? kStreamedFlag : 0) | (record.simulated ? kSimulatedFlag : 0) |
           (record.settlement ? kSettlementFlag : 0) | (record.reused ? kReusedFlag : 0);
}

}  // namespace

// --- NameBook

Result<NameBook> NameBook::create(Database& database) {
    NameBook book;
    auto find = database.prepare("SELECT id FROM names WHERE text = ?");
    auto add = database.prepare("INSERT INTO names (text) VALUES (?) RETURNING id");
    if (!find || !add)
        return fail(find ? std::move(add.error()) : std::move(find.error()));
    book.m_find = std::move(*find);
    book.m_add = std::move(*add);
    book.m_connection = &database.connection();
    return book;
}

std::int64_t NameBook::number(std::string_view name) {
    if (name.empty() || m_failure)
        return 0;
    name = cutName(name);
    if (std::exchange(m_generation, m_connection->generation()) != m_connection->generation())
        m_numbers.clear();
    if (const auto known = m_numbers.find(name); known != m_numbers.end())
        return known->second;
    auto number = lookUpOrAdd(name);
    if (!number) {
        m_failure = std::move(number.error());
        return 0;
    }
    if (m_numbers.size() >= kMaxCachedNames)
        m_numbers.clear();
    m_numbers.emplace(name, *number);
    return *number;
}

Result<std::int64_t> NameBook::lookUpOrAdd(std::string_view name) {
    m_find.bindText(1, name);
    const auto row = m_find.step();
    const std::int64_t known = row && *row ? m_find.integer(0) : 0;
    m_find.reset();
    if (!row)
        return fail(row.error());
    if (known != 0)
        return known;
    m_add.bindText(1, name);
    const auto added = m_add.step();
    const std::int64_t number = added && *added ? m_add.integer(0) : 0;
    m_add.reset();
    if (!added)
        return fail(added.error());
    return number;
}

void NameBook::forget() {
    m_numbers.clear();
    m_failure.reset();
}

// --- BatchWriter

Result<BatchWriter> BatchWriter::create(Database& database, std::int64_t holder,
                                        Receipts& receipts) {
    BatchWriter writer(database, holder, receipts);
    auto names = NameBook::create(database);
    if (!names)
        return fail(std::move(names.error()));
    writer.m_names = std::move(*names);
    const std::string addSums = addSumsSql();
    const std::string settle = settleSql();
    const std::pair<std::string_view, Statement*> statements[] = {
        {"SELECT coalesce(max(sequence), 0) FROM requests", &writer.m_last},
        {kInsertRow, &writer.m_insert},
        {"INSERT INTO features (request, data) VALUES (?,?)", &writer.m_addFeatures},
        {addSums, &writer.m_addSums},
        {settle, &writer.m_settle},
        {kSpendLease, &writer.m_spendLease},
        {"INSERT INTO gaps (from_ms, to_ms, requests) VALUES (?,?,?)", &writer.m_addGap}};
    for (const auto& [sql, statement] : statements) {
        auto prepared = database.prepare(sql);
        if (!prepared)
            return fail(std::move(prepared.error()));
        *statement = std::move(*prepared);
    }
    return writer;
}

Result<void> BatchWriter::write(std::span<const RequestRecord> records,
                                const std::optional<Gap>& gap) {
    m_sums.clear();
    m_charges.clear();
    auto written = writeAll(records, gap);
    if (!written)
        m_names.forget();
    return written;
}

Result<void> BatchWriter::writeAll(std::span<const RequestRecord> records,
                                   const std::optional<Gap>& gap) {
    auto transaction = Transaction::begin(*m_database, Transaction::Kind::Write);
    if (!transaction)
        return fail(std::move(transaction.error()));
    if (auto resolved = resolveDoubt(); !resolved)
        return resolved;
    const auto last = lastSequence();
    if (!last)
        return fail(last.error());
    std::int64_t sequence = *last;
    for (const RequestRecord& record : records) {
        if (!m_there.empty() && m_there.contains(record.id))
            continue;
        if (auto written = writeRow(record, ++sequence); !written)
            return written;
    }
    if (auto summed = writeSums(); !summed)
        return summed;
    if (auto charged = writeCharges(); !charged)
        return charged;
    if (gap && gap->requests > m_missingThere) {
        if (auto booked = writeGap({gap->from, gap->to, gap->requests - m_missingThere}); !booked)
            return booked;
    }
    if (m_receipts->usable()) {
        if (auto written = m_receipts->writeHead(); !written)
            return written;
    }
    auto committed = transaction->commit();
    if (committed) {
        m_receipts->committed();
        m_there.clear();
        m_missingThere = 0;
    } else if (committed.error().code == ErrorCode::LedgerBusy) {
        doubt(records, gap, sequence);
    }
    return committed;
}

Result<std::int64_t> BatchWriter::lastSequence() {
    if (m_receipts->usable())
        return m_receipts->begin(*m_database, SystemClock().now());
    const auto row = m_last.step();
    const std::int64_t last = row && *row ? m_last.integer(0) : 0;
    m_last.reset();
    if (!row)
        return fail(row.error());
    return last;
}

void BatchWriter::doubt(std::span<const RequestRecord> records, const std::optional<Gap>& gap,
                        std::int64_t lastSequence) {
    m_doubt.emplace();
    m_doubt->gap = gap;
    if (records.empty())
        return;
    m_doubt->sequence = lastSequence;
    m_doubt->id = cutName(records.back().id);
    for (const RequestRecord& record : records)
        m_doubt->ids.insert(record.id);
}

Result<void> BatchWriter::resolveDoubt() {
    if (!m_doubt)
        return {};
    const bool rows = m_doubt->sequence != 0;
    auto find = m_database->prepare(
        rows ? "SELECT 1 FROM requests WHERE sequence = ? AND id = ?"
             : "SELECT 1 FROM gaps WHERE from_ms = ? AND to_ms = ? AND requests = ?");
    if (!find)
        return fail(std::move(find.error()));
    if (rows) {
        find->bind(1, m_doubt->sequence);
        find->bindText(2, m_doubt->id);
    } else {
        find->bind(1, m_doubt->gap->from.value);
        find->bind(2, m_doubt->gap->to.value);
        find->bind(3, m_doubt->gap->requests);
    }
    const auto found = find->step();
    if (!found)
        return fail(found.error());
    if (*found) {
        m_there.merge(m_doubt->ids);
        m_missingThere += m_doubt->gap ? m_doubt->gap->requests : 0;
    }
    m_doubt.reset();
    return {};
}

Result<void> BatchWriter::writeRow(const RequestRecord& record, std::int64_t sequence) {
    const std::int64_t startedMs = std::max<std::int64_t>(record.startedAt.value, 0);
    const HourKey key{startedMs / kHourMs, m_names.number(record.client),
                      m_names.number(record.provider), m_names.number(record.model),
                      static_cast<std::int64_t>(record.outcome)};
    const std::string attempts = packAttempts(
        record.attempts, [this](std::string_view name) { return m_names.number(name); });
    m_insert.bind(1, sequence);
    m_insert.bind(2, startedMs);
    m_insert.bind(3, key[1]);
    m_insert.bind(4, key[2]);
    m_insert.bind(5, key[3]);
    m_insert.bind(6, m_names.number(record.askedModel));
    m_insert.bind(7, key[4]);
    m_insert.bindText(8, cutName(record.id));
    m_insert.bind(9, record.tokens.inputTotal());
    m_insert.bind(10, record.tokens.outputTotal());
    m_insert.bind(11, costOf(record));
    m_insert.bind(12, record.firstTokenMs);
    m_insert.bind(13, plausible(record.tokens.cacheRead));
    m_insert.bind(14, plausible(record.tokens.reasoning));
    m_insert.bind(15, m_names.number(record.endpoint));
    m_insert.bind(16, m_names.number(record.error));
    m_insert.bind(17, std::int64_t{record.status});
    m_insert.bind(18, flagsOf(record));
    m_insert.bind(19, record.totalMs);
    m_insert.bindText(20, attempts);
    m_insert.bind(21, plausible(record.tokens.cacheWrite5m));
    m_insert.bind(22, plausible(record.tokens.cacheWrite1h));
    m_insert.bind(23, plausible(record.tokens.audioInput));
    m_insert.bind(24, plausible(record.tokens.audioOutput));
    const std::string charges =
        packCharges(record.charges, [this](std::string_view name) { return m_names.number(name); });
    m_insert.bindText(25, charges);
    if (m_names.failure())
        return fail(*m_names.failure());
    std::string code;
    SignedRow signedRow;
    signedRow.sequence = sequence;
    signedRow.startedMs = startedMs;
    signedRow.packedAttempts = attempts;
    signedRow.packedCharges = charges;
    sign(signedRow, record, code);
    if (auto written = m_insert.queue(); !written)
        return written;
    count(record, key, sequence);
    return writeFeatures(record.features, sequence);
}

Result<void> BatchWriter::writeFeatures(std::string_view features, std::int64_t sequence) {
    if (features.empty())
        return {};
    m_addFeatures.bind(1, sequence);
    m_addFeatures.bindBlob(2, features);
    return m_addFeatures.queue();
}

void BatchWriter::sign(SignedRow row, const RequestRecord& record, std::string& code) {
    if (!m_receipts->usable()) {
        for (const int column : {26, 27, 28})
            m_insert.bind(column, std::nullopt);
        return;
    }
    row.client = cutName(record.client);
    row.provider = cutName(record.provider);
    row.model = cutName(record.model);
    row.asked = cutName(record.askedModel);
    row.endpoint = cutName(record.endpoint);
    row.error = cutName(record.error);
    row.outcome = static_cast<std::int64_t>(record.outcome);
    row.id = cutName(record.id);
    row.inputTokens = record.tokens.inputTotal();
    row.outputTokens = record.tokens.outputTotal();
    row.costPico = costOf(record);
    row.firstTokenMs = record.firstTokenMs;
    row.cacheRead = plausible(record.tokens.cacheRead);
    row.cacheWrite5m = plausible(record.tokens.cacheWrite5m);
    row.cacheWrite1h = plausible(record.tokens.cacheWrite1h);
    row.audioInput = plausible(record.tokens.audioInput);
    row.audioOutput = plausible(record.tokens.audioOutput);
    row.reasoning = plausible(record.tokens.reasoning);
    row.status = record.status;
    row.flags = flagsOf(record);
    row.totalMs = record.totalMs;
    row.attempts = &record.attempts;
    row.charges = &record.charges;
    Receipts::Receipt receipt = m_receipts->next(row);
    code = std::move(receipt.code);
    m_insert.bind(26, receipt.chain);
    m_insert.bind(27, receipt.number);
    m_insert.bindBlob(28, code);
}

void BatchWriter::count(const RequestRecord& record, const HourKey& key, std::int64_t sequence) {
    const auto [place, fresh] = m_sums.try_emplace(key);
    HourSums& sums = place->second;
    sums.lastSequence = sequence;
    if (fresh)
        sums.firstSequence = sequence;
    const RowCounts counts = countsOf(record.settlement, costOf(record).has_value());
    sums.requests += counts.requests;
    sums.inputTokens = addCapped(sums.inputTokens, record.tokens.inputTotal().value_or(0));
    sums.outputTokens = addCapped(sums.outputTokens, record.tokens.outputTotal().value_or(0));
    sums.knownCost = addCapped(sums.knownCost, costOf(record).value_or(0));
    sums.unknownCost += counts.unknownCost;
    for (const Charge& charge : record.charges) {
        auto& [amount, leased] = m_charges[{m_names.number(charge.account), charge.windowMs}];
        amount = addCapped(amount, charge.amount);
        leased = addCapped(leased, charge.leased);
    }
}

// With the rows themselves: what limits have spent is what rows were charged, always.
Result<void> BatchWriter::writeCharges() {
    for (const auto& [place, sums] : m_charges) {
        m_settle.bind(1, sums.first);
        m_settle.bind(2, place.first);
        m_settle.bind(3, place.second);
        if (auto settled = m_settle.queue(); !settled)
            return settled;
        m_spendLease.bind(1, sums.second);
        m_spendLease.bind(2, place.first);
        m_spendLease.bind(3, place.second);
        m_spendLease.bind(4, m_holder);
        if (auto spent = m_spendLease.queue(); !spent)
            return spent;
    }
    return {};
}

Result<void> BatchWriter::writeSums() {
    for (const auto& [key, sums] : m_sums) {
        int index = 0;
        for (const std::int64_t value : key)
            m_addSums.bind(++index, value);
        for (const std::int64_t value :
             {sums.requests, sums.inputTokens, sums.outputTokens, sums.knownCost, sums.unknownCost,
              sums.firstSequence, sums.lastSequence})
            m_addSums.bind(++index, value);
        if (auto added = m_addSums.queue(); !added)
            return added;
    }
    return {};
}

Result<void> BatchWriter::writeGap(const Gap& gap) {
    m_addGap.bind(1, gap.from.value);
    m_addGap.bind(2, gap.to.value);
    m_addGap.bind(3, gap.requests);
    return m_addGap.queue();
}

}  // namespace gr::ledger
