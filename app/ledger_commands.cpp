// SPDX-License-Identifier: MIT
#include "app/ledger_commands.h"

#include <chrono>
#include <cstdio>
#include <iostream>
#include <optional>

#include "ledger/export.h"
#include "ledger/verify.h"

namespace gr::app {
namespace {

int complain(const Error& error) {
    std::fprintf(stderr, "%s\n", error.message.text.c_str());
    return 1;
}

std::optional<UnixMs> timeOf(const std::string& text) {
    int year = 0, hour = 0, minute = 0, second = 0, used = 0;
    unsigned month = 0, day = 0;
    if (std::sscanf(text.c_str(), "%4d-%2u-%2u%n", &year, &month, &day, &used) != 3)
        return std::nullopt;
    const std::string rest = text.substr(static_cast<std::size_t>(used));
    int restUsed = 0;
    if (!rest.empty() &&
        (std::sscanf(rest.c_str(), "T%2d:%2d:%2dZ%n", &hour, &minute, &second, &restUsed) != 3 ||
         restUsed != static_cast<int>(rest.size())))
        return std::nullopt;
    const std::chrono::year_month_day date{std::chrono::year(year), std::chrono::month(month),
                                           std::chrono::day(day)};
    if (!date.ok() || hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 ||
        second > 60)
        return std::nullopt;
    const auto time = std::chrono::sys_days(date) + std::chrono::hours(hour) +
                      std::chrono::minutes(minute) + std::chrono::seconds(second);
    return UnixMs{std::chrono::duration_cast<Milliseconds>(time.time_since_epoch()).count()};
}

}  // namespace

int verifyLedger(const std::filesystem::path& file) {
    const auto report = ledger::verifyBooks(file);
    if (!report)
        return complain(report.error());
    for (const std::string& finding : report->findings)
        std::printf("%s\n", finding.c_str());
    std::printf("%lld requests", static_cast<long long>(report->requests));
    if (report->gaps > 0) {
        std::printf(", %lld known gaps with %lld requests", static_cast<long long>(report->gaps),
                    static_cast<long long>(report->missing));
    }
    std::printf("; the books are %s\n", report->findings.empty() ? "sound" : "not sound");
    return report->findings.empty() ? 0 : 1;
}

int exportLedger(const std::filesystem::path& file, const std::string& format,
                 const std::string& from, const std::string& to) {
    ledger::Filter filter;
    for (const auto& [text, target] : {std::pair(&from, &filter.from), {&to, &filter.to}}) {
        if (text->empty())
            continue;
        *target = timeOf(*text);
        if (!*target) {
            std::fprintf(stderr, "\"%s\" is no date such as 2026-11-22 or 2026-11-22T18:00:00Z.\n",
                         text->c_str());
            return 2;
        }
    }
    const auto shape = format == "csv" ? ledger::ExportFormat::Csv : ledger::ExportFormat::Json;
    const auto written = ledger::exportRequests(file, shape, filter, std::cout);
    if (!written)
        return complain(written.error());
    std::cout.flush();
    return 0;
}

}  // namespace gr::app
