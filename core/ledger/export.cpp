// SPDX-License-Identifier: MIT
#include "ledger/export.h"

#include <algorithm>
#include <optional>
#include <ostream>
#include <string>
#include <string_view>

#include "base/time_text.h"
#include "json/writer.h"
#include "ledger/attempt_sums.h"
#include "ledger/csv_text.h"
#include "ledger/reader.h"
#include "ledger/record_text.h"

namespace gr::ledger {
namespace {

// Read at once: each reading is a snapshot of its own, so that the writer is never held up.
constexpr int kRowsAtOnce = 5'000;

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
    const bool csv = format == ExportFormat::Csv;
    out << (csv ? kTitles : std::string_view("["));
    Exported exported;
    std::int64_t& done = exported.requests;
    for (std::int64_t after = 0;;) {
        auto rows = reader->newerThan(after, kRowsAtOnce, filter);
        if (!rows)
            return fail(std::move(rows.error()));
        for (const StoredRecord& row : *rows) {
            if (csv)
                out << csvLine(row.record);
            else
                out << (done == 0 ? "\n" : ",\n") << jsonLine(row.record);
            ++done;
            const UnixMs start = row.record.startedAt;
            exported.first = std::min(exported.first.value_or(start), start);
            exported.last = std::max(exported.last.value_or(start), start);
        }
        if (!out)
            break;
        if (progress && !progress(done, std::max(done, totals->requests)))
            return fail(ErrorCode::Cancelled, "The export was stopped.");
        if (rows->size() < static_cast<std::size_t>(kRowsAtOnce))
            break;
        after = rows->back().sequence;
    }
    if (!csv)
        out << (done == 0 ? "]\n" : "\n]\n");
    out.flush();
    if (!out)
        return fail(ErrorCode::FileUnwritable,
                    "The export cannot be written. Check the space and the rights at its place.");
    auto cut = reader->cut();
    if (!cut)
        return fail(std::move(cut.error()));
    exported.cut = std::move(*cut);
    return exported;
}

}  // namespace gr::ledger
