// SPDX-License-Identifier: MIT
#include "ledger/export.h"

#include <optional>
#include <ostream>
#include <string>
#include <string_view>

#include "base/time_text.h"
#include "json/writer.h"
#include "ledger/reader.h"

namespace gr::ledger {
namespace {

// Read at once: each reading is a snapshot of its own, so that the writer is never held up.
constexpr int kRowsAtOnce = 5'000;

constexpr std::string_view kTitles =
    "id,started_at,client,endpoint,asked_model,provider,model,outcome,status,error,attempts,"
    "input_tokens,cached_input_tokens,output_tokens,reasoning_tokens,cost_usd,streamed,simulated,"
    "first_token_ms,total_ms\n";

std::string_view nameOf(Outcome outcome) {
    switch (outcome) {
        case Outcome::Answered:
            return "answered";
        case Outcome::ClientGone:
            return "client_gone";
        case Outcome::Refused:
            return "refused";
        case Outcome::ProviderFailed:
            return "provider_failed";
        case Outcome::StreamBroken:
            return "stream_broken";
        case Outcome::Stopped:
            return "stopped";
    }
    return "unknown";
}

// How many bytes the UTF-8 sequence at the beginning of `text` has; 0 when it is none.
std::size_t sequenceLength(std::string_view text) {
    const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
    const unsigned char lead = byte(0);
    const std::size_t length = lead < 0x80 ? 1 : lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
    if ((lead >= 0x80 && lead < 0xc2) || lead > 0xf4 || text.size() < length)
        return 0;
    for (std::size_t i = 1; i < length; ++i) {
        if ((byte(i) & 0xc0) != 0x80)
            return 0;
    }
    // Overlong forms, surrogates and what lies beyond Unicode show in the second byte.
    const bool wrong = (lead == 0xe0 && byte(1) < 0xa0) || (lead == 0xed && byte(1) > 0x9f) ||
                       (lead == 0xf0 && byte(1) < 0x90) || (lead == 0xf4 && byte(1) > 0x8f);
    return wrong ? 0 : length;
}

// Names may hold any bytes that a client sent; files of text may not.
std::string asUtf8(std::string_view text) {
    std::string out;
    while (!text.empty()) {
        const std::size_t length = sequenceLength(text);
        if (length == 0)
            out += "\xef\xbf\xbd";
        else
            out += text.substr(0, length);
        text.remove_prefix(length == 0 ? 1 : length);
    }
    return out;
}

void appendText(std::string& line, std::string_view text) {
    std::string cell = asUtf8(text);
    // Spreadsheets run cells that begin so, even behind a quote.
    if (!cell.empty() && std::string_view("=+-@\t\r").find(cell.front()) != std::string_view::npos)
        cell.insert(cell.begin(), '\'');
    if (cell.find_first_of(",\"\r\n") != std::string::npos) {
        for (std::size_t at = 0; (at = cell.find('"', at)) != std::string::npos; at += 2)
            cell.insert(at, 1, '"');
        cell = '"' + cell + '"';
    }
    line += cell;
    line += ',';
}

void appendNumber(std::string& line, std::optional<std::int64_t> number) {
    if (number)
        line += std::to_string(*number);
    line += ',';
}

// "openai/gpt-4o 503 provider_failed; openai/gpt-4o-mini 200"
std::string attemptsText(const std::vector<Attempt>& attempts) {
    std::string text;
    for (const Attempt& attempt : attempts) {
        if (!text.empty())
            text += "; ";
        text += attempt.provider + "/" + attempt.model + " " + std::to_string(attempt.httpStatus);
        if (!attempt.error.empty())
            text += " " + attempt.error;
    }
    return text;
}

std::string csvLine(const RequestRecord& record) {
    std::string line;
    appendText(line, record.id);
    line += isoTime(record.startedAt) + ',';
    for (const std::string* text :
         {&record.client, &record.endpoint, &record.askedModel, &record.provider, &record.model})
        appendText(line, *text);
    line += std::string(nameOf(record.outcome)) + ',';
    appendNumber(line, record.status);
    appendText(line, record.error);
    appendText(line, attemptsText(record.attempts));
    for (const auto& count : {record.tokens.input, record.tokens.cachedInput, record.tokens.output,
                              record.tokens.reasoning})
        appendNumber(line, count);
    line += (record.cost ? record.cost->toDecimal() : std::string()) + ',';
    line += record.streamed ? "true," : "false,";
    line += record.simulated ? "true," : "false,";
    appendNumber(line, record.firstTokenMs);
    line += std::to_string(record.totalMs) + '\n';
    return line;
}

void put(json::Writer& writer, std::string_view key, std::optional<std::int64_t> number) {
    writer.key(key);
    if (number)
        writer.number(*number);
    else
        writer.null();
}

void put(json::Writer& writer, std::string_view key, std::string_view text) {
    writer.key(key).string(asUtf8(text));
}

void putAttempts(json::Writer& writer, const std::vector<Attempt>& attempts) {
    writer.key("attempts").array();
    for (const Attempt& attempt : attempts) {
        writer.object();
        put(writer, "provider", attempt.provider);
        put(writer, "model", attempt.model);
        put(writer, "status", attempt.httpStatus);
        put(writer, "error", attempt.error);
        put(writer, "started_ms", attempt.startedMs);
        put(writer, "head_ms", attempt.headMs);
        put(writer, "ended_ms", attempt.endedMs);
        writer.end();
    }
    writer.end();
}

std::string jsonLine(const RequestRecord& record) {
    json::Writer writer;
    writer.object();
    put(writer, "id", record.id);
    put(writer, "started_at", isoTime(record.startedAt));
    put(writer, "client", record.client);
    put(writer, "endpoint", record.endpoint);
    put(writer, "asked_model", record.askedModel);
    put(writer, "provider", record.provider);
    put(writer, "model", record.model);
    put(writer, "outcome", nameOf(record.outcome));
    put(writer, "status", record.status);
    put(writer, "error", record.error);
    putAttempts(writer, record.attempts);
    put(writer, "input_tokens", record.tokens.input);
    put(writer, "cached_input_tokens", record.tokens.cachedInput);
    put(writer, "output_tokens", record.tokens.output);
    put(writer, "reasoning_tokens", record.tokens.reasoning);
    writer.key("cost_usd");
    if (record.cost)
        writer.string(record.cost->toDecimal());
    else
        writer.null();
    writer.key("streamed").boolean(record.streamed).key("simulated").boolean(record.simulated);
    put(writer, "first_token_ms", record.firstTokenMs);
    put(writer, "total_ms", record.totalMs);
    return writer.end().take();
}

}  // namespace

Result<std::int64_t> exportRequests(const std::filesystem::path& ledgerFile, ExportFormat format,
                                    const Filter& filter, std::ostream& out,
                                    const ExportProgress& progress) {
    auto reader = Reader::open(ledgerFile);
    if (!reader)
        return fail(std::move(reader.error()));
    const auto totals = progress ? reader->totals(filter) : Totals{};
    if (!totals)
        return fail(totals.error());
    const bool csv = format == ExportFormat::Csv;
    out << (csv ? kTitles : std::string_view("["));
    std::int64_t done = 0;
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
    return done;
}

}  // namespace gr::ledger
