// SPDX-License-Identifier: MIT
#include "settings/time_zone.h"

#include <QDateTime>
#include <QTimeZone>

namespace gr::settings {
namespace {

constexpr int kYearsBack = 2;
constexpr int kYearsAhead = 20;

}  // namespace

std::optional<ledger::ZoneTable> zoneTable(const std::string& name) {
    const QTimeZone zone(QByteArray::fromStdString(name));
    if (!zone.isValid())
        return std::nullopt;
    const QDateTime now = QDateTime::currentDateTimeUtc();
    const QDateTime from = now.addYears(-kYearsBack);
    ledger::ZoneTable table;
    table.changes.push_back({from.toMSecsSinceEpoch(), qint64{zone.offsetFromUtc(from)} * 1'000});
    for (const auto& change : zone.transitions(from, now.addYears(kYearsAhead))) {
        table.changes.push_back(
            {change.atUtc.toMSecsSinceEpoch(), qint64{change.offsetFromUtc} * 1'000});
    }
    return table;
}

}  // namespace gr::settings
