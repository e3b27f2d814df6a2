// SPDX-License-Identifier: MIT
#include "ledger/payment_series.h"

#include <algorithm>
#include <map>
#include <utility>

#include "base/token_usage.h"
#include "ledger/purchase_rows.h"
#include "ledger/retention.h"
#include "ledger/table_work.h"
#include "ledger/tables.h"

namespace gr::ledger {
namespace {

// Requests by bar and rail. Sums are added to one rail, and what sellers were paid for is moved
// from there to another.
class Rails final {
  public:
    Rails(std::int64_t firstHour, Step step)
        : m_firstHour(firstHour), m_hoursAStep(step == Step::Day ? 24 : 1) {}

    // `row`: hour, requests, tokens in and out, cost, and requests of unknown cost.
    void add(const std::string& rail, const Statement& row) { put(rail, row, 1); }
    void move(const std::string& from, const std::string& to, const Statement& row) {
        put(from, row, -1);
        put(to, row, 1);
    }

    std::vector<Bucket> bars() && {
        std::vector<Bucket> all;
        for (auto& [place, bar] : m_bars) {
            if (bar.requests <= 0)
                continue;
            bar.start = {(m_firstHour + place.first * m_hoursAStep) * kHourMs};
            bar.group = place.second;
            all.push_back(std::move(bar));
        }
        return all;
    }

  private:
    void put(const std::string& rail, const Statement& row, std::int64_t sign) {
        Bucket& bar = m_bars[{(row.integer(0) - m_firstHour) / m_hoursAStep, rail}];
        bar.requests += sign * row.integer(1);
        bar.tokens = addCapped(bar.tokens, sign * addCapped(row.integer(2), row.integer(3)));
        bar.knownCost = Money::fromPico(addCapped(bar.knownCost.pico(), sign * row.integer(4)));
        bar.unknownCost += sign * row.integer(5);
    }

    const std::int64_t m_firstHour;
    const std::int64_t m_hoursAStep;
    std::map<std::pair<std::int64_t, std::string>, Bucket> m_bars;
};

}  // namespace

Result<std::vector<IncomeBucket>> incomeSeries(Database& database, UnixMs from, UnixMs to,
                                               Step step, IncomeBy by) {
    const std::int64_t stepMs = step == Step::Day ? 24 * kHourMs : kHourMs;
    const std::string slot =
        "(paid_ms - " + std::to_string(from.value) + ") / " + std::to_string(stepMs);
    const std::string group = by == IncomeBy::Payer ? "payer" : "model";
    std::vector<IncomeBucket> bars;
    auto read = forEachRow(
        database,
        "SELECT " + slot + ", " + group + ", chain_id, count(*), " + sumColumns("charged_pico") +
            " FROM sales WHERE paid_ms >= ? AND paid_ms < ? GROUP BY 1, 2, 3 ORDER BY 1, 2, 3",
        {from.value, to.value}, [&](Statement& row) -> Result<void> {
            bars.push_back({.start = {from.value + row.integer(0) * stepMs},
                            .group = std::string(row.text(1)),
                            .chainId = row.integer(2),
                            .sales = row.integer(3),
                            .income = sumAt(row, 4)});
            return {};
        });
    if (!read)
        return fail(std::move(read.error()));
    return bars;
}

Result<std::vector<Bucket>> railSeries(Database& database, UnixMs from, UnixMs to, Step step) {
    const std::int64_t firstHour = std::max<std::int64_t>(from.value, 0) / kHourMs;
    const std::int64_t endHour = (std::max<std::int64_t>(to.value, 0) + kHourMs - 1) / kHourMs;
    const auto cut = cutsSoFar(database);
    if (!cut)
        return fail(cut.error());
    // Before it, nothing tells any more which requests sellers were paid for.
    const std::int64_t knownHour = *cut ? (*cut)->before.value / kHourMs : 0;
    const std::string keys(kOwnKeys);
    Rails rails(firstHour, step);
    auto summed = forEachRow(
        database,
        "SELECT hour, requests, input_tokens, output_tokens, cost_pico, unknown_cost FROM hours "
        "WHERE hour >= ? AND hour < ?",
        {firstHour, endHour}, [&](Statement& row) -> Result<void> {
            rails.add(row.integer(0) < knownHour ? std::string() : keys, row);
            return {};
        });
    if (!summed)
        return fail(std::move(summed.error()));
    const std::int64_t knownMs = std::max(firstHour, knownHour) * kHourMs;
    auto moved = forEachRow(
        database,
        "SELECT started_ms / " + std::to_string(kHourMs) +
            ", 1, coalesce(input_tokens, 0), coalesce(output_tokens, 0), coalesce(cost_pico, 0), "
            "CASE WHEN cost_pico IS NULL THEN 1 ELSE 0 END, paid_on FROM requests JOIN "
            "(SELECT request, min(chain_id) AS paid_on FROM purchases WHERE created_ms >= ? AND " +
            countedSql() + " GROUP BY request) AS bought ON bought.request = " +
            requestIdSql(database.dialect()) + " WHERE started_ms >= ? AND started_ms < ?",
        {knownMs, knownMs, endHour * kHourMs}, [&](Statement& row) -> Result<void> {
            rails.move(keys, "eip155:" + std::to_string(row.integer(6)), row);
            return {};
        });
    if (!moved)
        return fail(std::move(moved.error()));
    return std::move(rails).bars();
}

}  // namespace gr::ledger
