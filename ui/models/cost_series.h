// SPDX-License-Identifier: MIT
#pragma once

#include <QString>
#include <vector>

#include "base/clock.h"
#include "ledger/payment_series.h"
#include "ledger/reader.h"
#include "payment/network.h"

// Turns the ledger's buckets into what a stacked chart shows. Pure; any thread.
namespace gr::ui {

enum class Metric : quint8 { Cost, Requests, Earned };

struct ChartSeries {
    QString name;
    std::vector<Money> cost;             // one a slot
    std::vector<std::int64_t> requests;  // one a slot
    std::vector<std::int64_t> unknown;   // one a slot: requests whose cost is in no `cost`
};

struct ChartData {
    Metric metric = Metric::Cost;
    ledger::Step step = ledger::Step::Hour;
    std::vector<UnixMs> times;        // beginnings, oldest first
    std::vector<ChartSeries> series;  // largest first, at most `kMostSeries`

    static constexpr std::size_t kMostSeries = 6;
    double value(std::size_t series, std::size_t slot) const;
    QString valueText(std::size_t series, std::size_t slot) const;
    QString slotText(std::size_t slot) const;  // "14" or "22 Nov"
    QString totalText() const;
    // What bars of cost cannot show: "+ 3 requests of unknown cost"; empty where there is none.
    QString unknownText() const;
    bool empty() const { return series.empty(); }
    // For screen readers: the total and the highest bar in one sentence.
    QString sentence() const;
};

// What bars may be made of: kinds of money are never summed.
struct ChartMoney {
    std::vector<ledger::Bucket> buckets;  // their groups are words for people
    bool worthless = false;               // nothing in them is real money
    Money aside;                          // else: money that is worth nothing, in none of them
};
// What came in, by model, or by payer as an address.
ChartMoney incomeMoney(const std::vector<ledger::IncomeBucket>& income,
                       const payment::NetworkList& networks);
// What was spent, by GroupBy::Rail. Where requests are counted, all of them are in.
ChartMoney railMoney(const std::vector<ledger::Bucket>& rails, const payment::NetworkList& networks,
                     Metric metric);
// "+ $0.30 of no real money, in no bar", where there is any.
QString asideText(const ChartMoney& money);

// `times` steps that end with the one `now` lies in. Groups beyond the largest five are
// summed as "other".
ChartData chartData(const std::vector<ledger::Bucket>& buckets, UnixMs now, ledger::Step step,
                    int times, Metric metric);
// The time the chart begins.
UnixMs chartStart(UnixMs now, ledger::Step step, int times);

}  // namespace gr::ui
