// SPDX-License-Identifier: MIT
#include "app/ledger_commands.h"

#include <unistd.h>

#include <cstdio>
#include <iostream>
#include <string>

#include "base/time_text.h"
#include "ledger/export.h"
#include "ledger/verify.h"

namespace gr::app {
namespace {

int complain(const Error& error) {
    std::fprintf(stderr, "%s\n", error.message.text.c_str());
    return 1;
}

// One line that is written over, and taken away at the end.
bool tellProgress(std::int64_t done, std::int64_t all) {
    if (done < all)
        std::fprintf(stderr, "\r%3lld %% of %lld requests",
                     static_cast<long long>(done * 100 / all), static_cast<long long>(all));
    else
        std::fprintf(stderr, "\r\x1b[K");
    return true;
}

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
void tellRange(const ledger::Exported& exported) {
    std::string text = std::to_string(exported.requests) + " requests";
    if (exported.first)
        text += " from " + isoTime(*exported.first) + " to " + isoTime(*exported.last);
    std::fprintf(stderr, "%s.\n", text.c_str());
    if (exported.cut)
        std::fprintf(stderr, "%s\n", removedText(*exported.cut).c_str());
}

}  // namespace

int verifyLedger(const ledger::Location& location) {
    const auto report = ledger::verifyBooks(location);
    if (!report)
        return complain(report.error());
    for (const std::string& finding : report->findings)
        std::printf("%s\n", finding.c_str());
    if (report->cut)
        std::printf("%s\n", removedText(*report->cut).c_str());
    std::printf("%lld requests", static_cast<long long>(report->requests));
    if (report->gaps > 0) {
        std::printf(", %lld known gaps with %lld requests", static_cast<long long>(report->gaps),
                    static_cast<long long>(report->missing));
    }
    std::printf("; the books are %s\n", report->findings.empty() ? "sound" : "not sound");
    return report->findings.empty() ? 0 : 1;
}

int exportLedger(const ledger::Location& location, const std::string& format,
                 const std::string& from, const std::string& to) {
    ledger::Filter filter;
    for (const auto& [text, target] : {std::pair(&from, &filter.from), {&to, &filter.to}}) {
        if (text->empty())
            continue;
        *target = parseTime(*text);
        if (!*target) {
            std::fprintf(stderr, "\"%s\" is no date such as 2026-11-22 or 2026-11-22T18:00:00Z.\n",
                         text->c_str());
            return 2;
        }
    }
    const auto shape = format == "csv" ? ledger::ExportFormat::Csv : ledger::ExportFormat::Json;
    const bool watched = ::isatty(STDERR_FILENO) == 1 && ::isatty(STDOUT_FILENO) == 0;
    const auto written = ledger::exportRequests(
        location, shape, filter, std::cout,
        watched ? ledger::ExportProgress(tellProgress) : ledger::ExportProgress());
    if (!written)
        return complain(written.error());
    std::cout.flush();
    tellRange(*written);
    return 0;
}

}  // namespace gr::app
