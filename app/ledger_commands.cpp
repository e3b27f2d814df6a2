// SPDX-License-Identifier: MIT
#include "app/ledger_commands.h"

#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <iostream>
#include <optional>
#include <string>

#include "app/terminal.h"
#include "base/time_text.h"
#include "gateway/price_list_builder.h"
#include "gateway/reprice.h"
#include "ledger/export.h"
#include "ledger/payment_export.h"
#include "ledger/reader.h"
#include "ledger/reconcile.h"
#include "ledger/verify.h"

namespace gr::app {
namespace {

std::string removedText(const ledger::Cut& cut) {
    std::string text =
        std::to_string(cut.requests) + " requests from before " + isoTime(cut.before) +
        " were removed (ledger.keep_days): " + std::to_string(cut.inputTokens) + " input and " +
        std::to_string(cut.outputTokens) + " output tokens, $" + cut.knownCost.toDecimal();
    if (cut.unknownCost > 0)
        text += ", the cost of " + std::to_string(cut.unknownCost) + " unknown";
    return text + ". Their hourly sums are kept.";
}

// To standard error: the rows themselves may go to standard output.
void tellRange(const ledger::Exported& exported, const std::string& what) {
    std::string text = std::to_string(exported.requests) + " " + what;
    if (exported.first)
        text += " from " + isoTime(*exported.first) + " to " + isoTime(*exported.last);
    std::fprintf(stderr, "%s.\n", text.c_str());
    if (exported.cut)
        std::fprintf(stderr, "%s\n", removedText(*exported.cut).c_str());
}

// Nothing for a date that is none; that is said.
std::optional<ledger::Filter> filterOf(const std::string& from, const std::string& to) {
    ledger::Filter filter;
    for (const auto& [text, target] : {std::pair(&from, &filter.from), {&to, &filter.to}}) {
        if (text->empty())
            continue;
        *target = parseTime(*text);
        if (!*target) {
            std::fprintf(stderr, "\"%s\" is no date such as 2026-11-22 or 2026-11-22T18:00:00Z.\n",
                         text->c_str());
            return std::nullopt;
        }
    }
    return filter;
}

void tellRepriced(const gateway::Repricer& repricer) {
    gateway::Repriced all;
    std::printf("%-40s %10s %16s %16s\n", "provider/model", "attempts", "booked $", "repriced $");
    for (const auto& [name, sums] : repricer.models()) {
        std::printf("%-40s %10lld %16s %16s", plain(name.first + "/" + name.second).c_str(),
                    static_cast<long long>(sums.attempts), sums.booked.toDecimal().c_str(),
                    sums.repriced.toDecimal().c_str());
        if (sums.unbooked > 0)
            std::printf("  %lld without a booked cost", static_cast<long long>(sums.unbooked));
        if (sums.unpriced > 0)
            std::printf("  %lld without a price", static_cast<long long>(sums.unpriced));
        std::printf("\n");
        all.booked = all.booked.plus(sums.booked).value_or(all.booked);
        all.repriced = all.repriced.plus(sums.repriced).value_or(all.repriced);
        all.attempts += sums.attempts;
    }
    std::printf("%-40s %10lld %16s %16s\n", "together", static_cast<long long>(all.attempts),
                all.booked.toDecimal().c_str(), all.repriced.toDecimal().c_str());
}

void tellReceipts(const ledger::BooksReport& report, const ledger::ReceiptKeys& keys) {
    const auto tell = [](std::int64_t rows, const std::string& what) {
        if (rows > 0)
            std::printf("%lld requests %s\n", static_cast<long long>(rows), what.c_str());
    };
    const ledger::ReceiptCounts& counts = report.receipts;
    tell(counts.unchained, "are from before there were receipts: not chained, only summed up.");
    tell(counts.byFile, "have receipts signed with the key file " +
                            (keys.folder / "receipts.key").string() +
                            ", for want of an open vault: who can read it could make them anew.");
    tell(counts.locked,
         "have receipts signed with the vault's key, which is not open: not checked.");
    tell(counts.foreign,
         "were written by gateways whose keys are not here: checked for gaps alone. Run this "
         "there.");
    for (const std::string& note : report.notes)
        std::printf("%s\n", note.c_str());
}

}  // namespace

int verifyLedger(const ledger::Location& location, const ledger::ReceiptKeys& keys) {
    const auto report = ledger::verifyBooks(location, keys);
    if (!report)
        return complain(report.error());
    for (const std::string& finding : report->findings)
        std::printf("%s\n", finding.c_str());
    if (report->cut)
        std::printf("%s\n", removedText(*report->cut).c_str());
    tellReceipts(*report, keys);
    std::printf("%lld requests", static_cast<long long>(report->requests));
    if (report->gaps > 0) {
        std::printf(", %lld known gaps with %lld requests", static_cast<long long>(report->gaps),
                    static_cast<long long>(report->missing));
    }
    if (report->payments.purchases > 0)
        std::printf(", %lld payments", static_cast<long long>(report->payments.purchases));
    if (report->payments.sales > 0)
        std::printf(", %lld sales", static_cast<long long>(report->payments.sales));
    std::printf("; the books are %s\n", report->findings.empty() ? "sound" : "not sound");
    return report->findings.empty() ? 0 : 1;
}

int exportLedger(const ledger::Location& location, const std::string& what,
                 const std::string& format, const std::string& from, const std::string& to) {
    const auto filter = filterOf(from, to);
    if (!filter)
        return 2;
    const auto shape = format == "csv" ? ledger::ExportFormat::Csv : ledger::ExportFormat::Json;
    const bool watched = ::isatty(STDERR_FILENO) == 1 && ::isatty(STDOUT_FILENO) == 0;
    const auto progress = watched ? ledger::ExportProgress(tellProgress) : ledger::ExportProgress();
    const auto written =
        what == "purchases"
            ? ledger::exportPurchases(location, shape, {.from = filter->from, .to = filter->to},
                                      std::cout, progress)
        : what == "sales"
            ? ledger::exportSales(location, shape, {.from = filter->from, .to = filter->to},
                                  std::cout, progress)
            : ledger::exportRequests(location, shape, *filter, std::cout, progress);
    if (!written)
        return complain(written.error());
    std::cout.flush();
    tellRange(*written, what);
    return 0;
}

int reconcileLedger(const ledger::Location& location, const std::string& from,
                    const std::string& to) {
    const auto filter = filterOf(from, to);
    if (!filter)
        return 2;
    auto reader = ledger::Reader::open(location);
    if (!reader)
        return complain(reader.error());
    const auto all = ledger::reconcile(*reader, filter->from, filter->to, SystemClock().now());
    if (!all)
        return complain(all.error());
    for (const ledger::Mismatch& mismatch : all->mismatches)
        std::printf("%s  %s  $%s  %s\n", mismatch.id.c_str(), isoTime(mismatch.at).c_str(),
                    mismatch.usd.toDecimal().c_str(), plain(mismatch.what).c_str());
    std::printf("%lld sales and %lld payments; ", static_cast<long long>(all->sales),
                static_cast<long long>(all->purchases));
    if (all->mismatches.empty())
        std::printf("all agree with their requests and with the chain\n");
    else
        std::printf("%zu do not agree\n", all->mismatches.size());
    return all->mismatches.empty() ? 0 : 1;
}

int repriceLedger(const RepriceParts& parts, const std::string& from, const std::string& to) {
    constexpr int kRowsAtOnce = 5'000;
    const auto filter = filterOf(from, to);
    if (!filter)
        return 2;
    auto reader = ledger::Reader::open(parts.books);
    if (!reader)
        return complain(reader.error());
    gateway::Repricer::Prices prices;
    for (const settings::Provider& provider : parts.settings.providers)
        prices[provider.id] = gateway::pricesOf(provider, parts.catalog);
    gateway::Repricer repricer(std::move(prices));
    for (std::int64_t after = 0;;) {
        const auto rows = reader->newerThan(after, kRowsAtOnce, *filter);
        if (!rows)
            return complain(rows.error());
        for (const ledger::StoredRecord& row : *rows)
            repricer.take(row.record);
        if (rows->size() < static_cast<std::size_t>(kRowsAtOnce))
            break;
        after = rows->back().sequence;
    }
    tellRepriced(repricer);
    return 0;
}

}  // namespace gr::app
