// SPDX-License-Identifier: MIT
#include "ledger/payment_export.h"

#include <optional>
#include <ostream>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "base/text.h"
#include "base/time_text.h"
#include "json/writer.h"
#include "ledger/csv_text.h"
#include "ledger/export_rows.h"
#include "ledger/purchase_rows.h"
#include "ledger/record_text.h"
#include "ledger/sale_rows.h"
#include "ledger/schema.h"

namespace gr::ledger {
namespace {

// One definition for both formats. Absent: unknown, or not yet.
struct Cell {
    std::string_view name;
    std::variant<std::monostate, std::int64_t, std::string, bool> value;
};
using Cells = std::vector<Cell>;

std::string text(UnixMs at) {
    return isoTime(at);
}
Cell timeCell(std::string_view name, const std::optional<UnixMs>& at) {
    return at ? Cell{name, text(*at)} : Cell{name, {}};
}

std::string hex(const std::string& bytes) {
    return toHex(std::span(reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size()));
}

Cells cellsOf(const Purchase& row) {
    return {{"id", row.id},
            {"created_at", text(row.createdAt)},
            {"updated_at", text(row.updatedAt)},
            timeCell("booked_at", row.bookedAt),
            {"state", std::string(nameOf(row.state))},
            {"client", row.client},
            {"request", row.requestId},
            {"seller", row.origin},
            {"payee", row.payee},
            {"chain_id", row.chainId},
            {"token", row.token},
            {"amount", row.amount},
            {"usd", row.usd.toDecimal()},
            {"counted_usd", (isCounted(row.state) ? row.usd : Money()).toDecimal()},
            {"quote_usd", row.quote.toDecimal()},
            {"bound_usd", row.bound.toDecimal()},
            {"scheme", row.scheme},
            {"nonce", row.nonce},
            timeCell("valid_before", row.validBefore > 0 && row.validBefore < INT64_MAX / 1'000
                                         ? std::optional(UnixMs{row.validBefore * 1'000})
                                         : std::nullopt),
            {"transaction", row.transaction},
            {"receipt", row.receipt},
            {"note", row.note},
            {"request_digest", hex(row.key)},
            {"answer_digest", hex(row.answerDigest)}};
}

Cells cellsOf(const Sale& row) {
    return {{"id", row.id},
            {"created_at", text(row.createdAt)},
            {"updated_at", text(row.updatedAt)},
            timeCell("paid_at", row.paidAt),
            {"state", std::string(nameOf(row.state))},
            {"final", row.final},
            {"model", row.model},
            {"request", row.requestId},
            {"payer", row.payer},
            {"pay_to", row.payTo},
            {"chain_id", row.chainId},
            {"token", row.token},
            {"amount", row.amount},
            {"usd", row.usd.toDecimal()},
            {"charged", row.charged},
            {"income_usd", (row.paidAt ? row.chargedUsd : Money()).toDecimal()},
            {"scheme", row.scheme},
            {"nonce", row.nonce},
            {"payment_identifier", row.paymentIdentifier},
            {"transaction", row.transaction},
            {"block", row.block > 0 ? Cell{{}, row.block}.value : Cell{}.value},
            {"receipt", row.receipt},
            {"note", row.note},
            {"request_digest", hex(row.requestDigest)},
            {"answer_digest", hex(row.answerDigest)}};
}

std::string csvLine(const Cells& cells) {
    std::string line;
    for (const Cell& cell : cells) {
        if (const auto* words = std::get_if<std::string>(&cell.value))
            appendCsvText(line, *words);
        else if (const auto* number = std::get_if<std::int64_t>(&cell.value))
            line += std::to_string(*number) + ',';
        else if (const auto* yes = std::get_if<bool>(&cell.value))
            line += *yes ? "true," : "false,";
        else
            line += ',';
    }
    line.back() = '\n';
    return line;
}

std::string csvTitles(const Cells& cells) {
    std::string line;
    for (const Cell& cell : cells)
        line += std::string(cell.name) + ',';
    line.back() = '\n';
    return line;
}

std::string jsonLine(const Cells& cells) {
    json::Writer writer;
    writer.object();
    for (const Cell& cell : cells) {
        writer.key(cell.name);
        if (const auto* words = std::get_if<std::string>(&cell.value))
            writer.string(asUtf8(*words));
        else if (const auto* number = std::get_if<std::int64_t>(&cell.value))
            writer.number(*number);
        else if (const auto* yes = std::get_if<bool>(&cell.value))
            writer.boolean(*yes);
        else
            writer.null();
    }
    return writer.end().take();
}

// `page` (database, cursor, most) gives the rows behind a sequence.
template <class Row, class Page>
Result<Exported> exportPayments(const Location& location, ExportFormat format,
                                std::string_view table, const Page& page, std::ostream& out,
                                const ExportProgress& progress) {
    auto database = openForReading(location);
    if (!database)
        return fail(std::move(database.error()));
    const auto all = database->queryInteger("SELECT count(*) FROM " + std::string(table));
    if (!all)
        return fail(all.error());
    ExportedKind<Row> kind;
    kind.csvTitles = csvTitles(cellsOf(Row()));
    kind.csv = [](const Row& row) { return csvLine(cellsOf(row)); };
    kind.json = [](const Row& row) { return jsonLine(cellsOf(row)); };
    kind.at = [](const Row& row) { return row.createdAt; };
    kind.next = [&](std::int64_t after, int most) { return page(*database, after, most); };
    return exportRows(kind, format, *all, out, progress);
}

}  // namespace

Result<Exported> exportPurchases(const Location& location, ExportFormat format,
                                 const PurchaseFilter& filter, std::ostream& out,
                                 const ExportProgress& progress) {
    const auto page = [&filter](Database& database, std::int64_t after, int most) {
        return pageOfPurchases(database, filter, PageOrder::OldestFirst, after, most);
    };
    return exportPayments<Purchase>(location, format, "purchases", page, out, progress);
}

Result<Exported> exportSales(const Location& location, ExportFormat format,
                             const SaleFilter& filter, std::ostream& out,
                             const ExportProgress& progress) {
    const auto page = [&filter](Database& database, std::int64_t after, int most) {
        return pageOfSales(database, filter, PageOrder::OldestFirst, after, most);
    };
    return exportPayments<Sale>(location, format, "sales", page, out, progress);
}

}  // namespace gr::ledger
