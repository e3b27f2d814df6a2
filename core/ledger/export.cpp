// SPDX-License-Identifier: MIT
#include "ledger/export.h"

#include <optional>
#include <ostream>
#include <string>
#include <string_view>

#include "base/time_text.h"
#include "json/writer.h"
#include "ledger/attempt_sums.h"
#include "ledger/csv_text.h"
#include "ledger/export_rows.h"
#include "ledger/reader.h"
#include "ledger/record_text.h"

namespace gr::ledger {
namespace {

constexpr std::string_view kTitles =
    "id,started_at,client,endpoint,asked_model,provider,model,outcome,status,error,attempts,"
    "input_tokens,cache_read_tokens,cache_write_5m_tokens,cache_write_1h_tokens,audio_input_tokens,"
    "output_tokens,reasoning_tokens,audio_output_tokens,cost_usd,streamed,simulated,"
    "first_token_ms,total_ms,known_cost_usd\n";

void appendNumber(std::string& line, std::optional<std::int64_t> number) {
    if (number)
        line += std::to_string(*number);
    line += ',';
}

// "openai/gpt-4o 503 provider_failed $0.00 (free); openai/gpt-4o-mini 200 $0.0021 (computed)"
std::string attemptsText(const std::vector<Attempt>& attempts) {
    std::string text;
    for (const Attempt& attempt : attempts) {
        if (!text.empty())
            text += "; ";
        text += attempt.provider + "/" + attempt.model + " " + std::to_string(attempt.httpStatus);
        if (!attempt.error.empty())
            text += " " + attempt.error;
        if (attempt.cost)
            text += " $" + attempt.cost->toDecimal();
        text += " (" + std::string(nameOf(attempt.basis)) + ")";
    }
    return text;
}

std::string csvLine(const RequestRecord& record) {
    std::string line;
    appendCsvText(line, record.id);
    line += isoTime(record.startedAt) + ',';
    for (const std::string* text :
         {&record.client, &record.endpoint, &record.askedModel, &record.provider, &record.model})
        appendCsvText(line, *text);
    line += std::string(nameOf(record.outcome)) + ',';
    appendNumber(line, record.status);
    appendCsvText(line, record.error);
    appendCsvText(line, attemptsText(record.attempts));
    const TokenUsage& tokens = record.tokens;
    for (const auto& count :
         {tokens.inputTotal(), tokens.cacheRead, tokens.cacheWrite5m, tokens.cacheWrite1h,
          tokens.audioInput, tokens.outputTotal(), tokens.reasoning, tokens.audioOutput})
        appendNumber(line, count);
    line += (record.cost ? record.cost->toDecimal() : std::string()) + ',';
    line += record.streamed ? "true," : "false,";
    line += record.simulated ? "true," : "false,";
    appendNumber(line, record.firstTokenMs);
    line += std::to_string(record.totalMs) + ',';
    line += (record.cost ? *record.cost : knownCostOf(record.attempts)).toDecimal() + '\n';
    return line;
}

std::string jsonLine(const RequestRecord& record) {
    json::Writer writer;
    writer.object();
    writeMembers(writer, record);
    return writer.end().take();
}

}  // namespace

Result<Exported> exportRequests(const Location& location, ExportFormat format, const Filter& filter,
                                std::ostream& out, const ExportProgress& progress) {
    auto reader = Reader::open(location);
    if (!reader)
        return fail(std::move(reader.error()));
    const auto totals = progress ? reader->totals(filter) : Totals{};
    if (!totals)
        return fail(totals.error());
    ExportedKind<StoredRecord> kind;
    kind.csvTitles = kTitles;
    kind.csv = [](const StoredRecord& row) { return csvLine(row.record); };
    kind.json = [](const StoredRecord& row) { return jsonLine(row.record); };
    kind.at = [](const StoredRecord& row) { return row.record.startedAt; };
    kind.next = [&reader, &filter](std::int64_t after, int most) {
        return reader->newerThan(after, most, filter);
    };
    auto exported = exportRows(kind, format, totals->requests, out, progress);
    if (!exported)
        return exported;
    auto cut = reader->cut();
    if (!cut)
        return fail(std::move(cut.error()));
    exported->cut = std::move(*cut);
    return exported;
}

}  // namespace gr::ledger
