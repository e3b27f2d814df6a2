// SPDX-License-Identifier: MIT
#include "app/replay_commands.h"

#include <unistd.h>

#include <cstdio>
#include <set>
#include <utility>

#include "app/terminal.h"
#include "gateway/policy_builder.h"
#include "gateway/replay.h"

namespace gr::app {
namespace {

constexpr std::int64_t kDayMs = 24 * 3'600'000LL;

std::int64_t countOf(const gateway::ReplaySide& side, const std::string& model) {
    const auto it = side.models.find(model);
    return it == side.models.end() ? 0 : it->second;
}

void tellSides(const char* title, std::int64_t before, std::int64_t after) {
    std::printf("%-40s %16lld %16lld\n", title, static_cast<long long>(before),
                static_cast<long long>(after));
}

void tell(const gateway::ReplayReport& report, int days) {
    std::printf("%lld requests of the last %d days, %lld of them would have gone elsewhere.\n",
                static_cast<long long>(report.requests), days,
                static_cast<long long>(report.changed));
    if (report.left > 0)
        std::printf("%lld more cannot be replayed: nothing was kept of them, or none answered.\n",
                    static_cast<long long>(report.left));
    if (report.unexamined > 0)
        std::printf(
            "Of %lld nobody kept what a rule asks about (secrets, code, language, headers): "
            "it was taken not to hold.\n",
            static_cast<long long>(report.unexamined));
    if (report.requests == 0)
        return;
    const gateway::ReplaySide& before = report.before;
    const gateway::ReplaySide& after = report.after;
    std::printf("%-40s %16s %16s\n", "", "was", "would have been");
    std::printf("%-40s %16s %16s\n", "cost in $, as far as it is known",
                before.cost.toDecimal().c_str(), after.cost.toDecimal().c_str());
    tellSides("of unknown cost", before.unknownCost, after.unknownCost);
    tellSides("refused", before.refused, after.refused);
    tellSides("half of the answers within (ms)", before.medianMs, after.medianMs);
    std::set<std::string> names;
    for (const gateway::ReplaySide* side : {&before, &after}) {
        for (const auto& [name, count] : side->models)
            names.insert(name);
    }
    for (const std::string& name : names)
        tellSides(plain(name).c_str(), countOf(before, name), countOf(after, name));
}

}  // namespace

int replayHistory(const ReplayParts& parts, int days, bool json) {
    auto reader = ledger::Reader::open(parts.books);
    if (!reader)
        return complain(reader.error());
    const UnixMs now = SystemClock().now();
    gateway::BuiltPolicy built =
        gateway::buildPolicy(parts.settings, parts.catalog, parts.secrets, {}, now);
    const bool watched = ::isatty(STDERR_FILENO) == 1;
    const auto report = gateway::replay(
        *reader, gateway::snapshotToTry(std::move(built.policy)), {now.value - days * kDayMs}, now,
        watched ? gateway::ReplayProgress(tellProgress) : gateway::ReplayProgress());
    if (!report)
        return complain(report.error());
    if (json)
        std::printf("%s\n", gateway::replayBody(*report).c_str());
    else
        tell(*report, days);
    return 0;
}

}  // namespace gr::app
