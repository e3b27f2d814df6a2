// SPDX-License-Identifier: MIT
#include "models/cost_series.h"

#include <QCoreApplication>
#include <QDateTime>
#include <QLocale>
#include <QTimeZone>
#include <algorithm>
#include <iterator>
#include <map>
#include <numeric>

#include "format.h"
#include "models/payment_text.h"
#include "payment/address.h"

namespace gr::ui {

using namespace Qt::StringLiterals;

namespace {

constexpr std::int64_t kHourMs = 3'600'000;
constexpr std::int64_t kDayMs = 24 * kHourMs;

struct Say {
    Q_DECLARE_TR_FUNCTIONS(CostSeries)
};

std::int64_t stepMs(ledger::Step step) {
    return step == ledger::Step::Hour ? kHourMs : kDayMs;
}

Money sum(const std::vector<Money>& amounts) {
    return std::accumulate(amounts.begin(), amounts.end(), Money(),
                           [](Money a, Money b) { return a.plus(b).value_or(a); });
}

std::int64_t sum(const std::vector<std::int64_t>& counts) {
    return std::accumulate(counts.begin(), counts.end(), std::int64_t{0});
}

// A cost that nobody knows is no 0.
QString costText(Money known, std::int64_t unknown) {
    if (unknown == 0) {
        return moneyShort(known);
    }
    return known.isZero() ? Say::tr("unknown")
                          : Say::tr("%1 + %2 unknown").arg(moneyShort(known), count(unknown));
}

double dollars(Money amount) {
    return static_cast<double>(amount.pico()) / static_cast<double>(Money::kPicoPerDollar);
}

void addTo(ChartSeries& into, const ChartSeries& from) {
    for (std::size_t i = 0; i < into.cost.size(); ++i) {
        into.cost[i] = into.cost[i].plus(from.cost[i]).value_or(into.cost[i]);
        into.requests[i] += from.requests[i];
        into.unknown[i] += from.unknown[i];
    }
}

}  // namespace

double ChartData::value(std::size_t at, std::size_t slot) const {
    return metric == Metric::Requests ? static_cast<double>(series[at].requests[slot])
                                      : dollars(series[at].cost[slot]);
}

QString ChartData::valueText(std::size_t at, std::size_t slot) const {
    const ChartSeries& one = series[at];
    if (metric == Metric::Requests) {
        return count(one.requests[slot]);
    }
    return costText(one.cost[slot], one.unknown[slot]);
}

QString ChartData::slotText(std::size_t slot) const {
    const QDateTime time = QDateTime::fromMSecsSinceEpoch(times[slot].value);
    // The ledger's days are days in UTC.
    return step == ledger::Step::Hour ? time.toString(u"H"_s)
                                      : QLocale().toString(time.toUTC(), u"d MMM"_s);
}

QString ChartData::totalText() const {
    Money money;
    std::int64_t requests = 0;
    std::int64_t unknown = 0;
    for (const ChartSeries& one : series) {
        money = money.plus(sum(one.cost)).value_or(money);
        requests += sum(one.requests);
        unknown += sum(one.unknown);
    }
    switch (metric) {
        case Metric::Cost:
            break;
        case Metric::Requests:
            return Say::tr("%1 requests").arg(count(requests));
        case Metric::Earned:
            return Say::tr("%1 from %n sales", nullptr, static_cast<int>(requests))
                .arg(moneyShort(money));
    }
    return costText(money, unknown);
}

QString ChartData::unknownText() const {
    std::int64_t unknown = 0;
    for (const ChartSeries& one : series) {
        unknown += sum(one.unknown);
    }
    if (metric != Metric::Cost || unknown == 0) {
        return {};
    }
    return Say::tr("+ %n requests of unknown cost, in no bar", nullptr, static_cast<int>(unknown));
}

QString ChartData::sentence() const {
    if (empty()) {
        return metric == Metric::Earned ? Say::tr("No income in this time.")
                                        : Say::tr("No requests in this time.");
    }
    std::size_t highest = 0;
    double most = -1;
    for (std::size_t slot = 0; slot < times.size(); ++slot) {
        double here = 0;
        for (std::size_t at = 0; at < series.size(); ++at) {
            here += value(at, slot);
        }
        if (here > most) {
            most = here;
            highest = slot;
        }
    }
    return Say::tr("In total %1; the highest bar is at %2; most by %3.")
        .arg(totalText(), slotText(highest), series.front().name);
}

namespace {

bool isSum(const ledger::Bucket& bucket) {
    return !bucket.knownCost.isZero() || bucket.unknownCost > 0;
}

// Puts those that are worth nothing aside, unless there is nothing else.
ChartMoney keepApart(std::vector<ledger::Bucket> real, std::vector<ledger::Bucket> worthless) {
    if (std::ranges::none_of(real, isSum)) {
        const bool some = std::ranges::any_of(worthless, isSum);
        std::ranges::move(worthless, std::back_inserter(real));
        return {.buckets = std::move(real), .worthless = some, .aside = {}};
    }
    ChartMoney money{.buckets = std::move(real), .worthless = false, .aside = {}};
    for (const ledger::Bucket& bucket : worthless) {
        money.aside = money.aside.plus(bucket.knownCost).value_or(money.aside);
    }
    return money;
}

// What paid for a request, as people say it; nothing: sellers, on this chain.
std::optional<payment::ChainId> chainOfRail(const ledger::Bucket& rail) {
    return rail.group == ledger::kOwnKeys ? std::nullopt : payment::chainOf(rail.group);
}

}  // namespace

ChartMoney incomeMoney(const std::vector<ledger::IncomeBucket>& income,
                       const payment::NetworkList& networks) {
    std::vector<ledger::Bucket> real;
    std::vector<ledger::Bucket> worthless;
    for (const ledger::IncomeBucket& one : income) {
        ledger::Bucket bucket;
        bucket.start = one.start;
        bucket.group = utf8(payment::Address::parse(one.group) ? shortHex(one.group)
                                                               : plainLine(one.group, 80));
        bucket.requests = one.sales;
        bucket.knownCost = one.income;
        (isWorthless(networks, one.chainId) ? worthless : real).push_back(std::move(bucket));
    }
    return keepApart(std::move(real), std::move(worthless));
}

ChartMoney railMoney(const std::vector<ledger::Bucket>& rails, const payment::NetworkList& networks,
                     Metric metric) {
    std::vector<ledger::Bucket> real;
    std::vector<ledger::Bucket> worthless;
    for (const ledger::Bucket& rail : rails) {
        const auto chain = chainOfRail(rail);
        const auto id = static_cast<std::int64_t>(chain.value_or(0));
        ledger::Bucket bucket = rail;
        bucket.group = utf8(chain ? Say::tr("x402 on %1").arg(networkLine(networks, id))
                            : rail.group.empty() ? Say::tr("removed by age")
                                                 : Say::tr("own keys"));
        const bool apart = chain && isWorthless(networks, id) && metric != Metric::Requests;
        (apart ? worthless : real).push_back(std::move(bucket));
    }
    return keepApart(std::move(real), std::move(worthless));
}

QString asideText(const ChartMoney& money) {
    return money.aside.isZero()
               ? QString()
               : Say::tr("+ %1 of no real money, in no bar").arg(moneyShort(money.aside));
}

UnixMs chartStart(UnixMs now, ledger::Step step, int times) {
    const std::int64_t size = stepMs(step);
    return {(now.value / size - times + 1) * size};
}

ChartData chartData(const std::vector<ledger::Bucket>& buckets, UnixMs now, ledger::Step step,
                    int times, Metric metric) {
    ChartData data{.metric = metric, .step = step, .times = {}, .series = {}};
    const UnixMs start = chartStart(now, step, times);
    const auto slotCount = static_cast<std::size_t>(times);
    for (std::size_t i = 0; i < slotCount; ++i) {
        data.times.push_back({start.value + static_cast<std::int64_t>(i) * stepMs(step)});
    }
    std::map<std::string, ChartSeries> groups;
    for (const ledger::Bucket& bucket : buckets) {
        const std::int64_t slot = (bucket.start.value - start.value) / stepMs(step);
        if (bucket.start < start || slot >= times) {
            continue;
        }
        ChartSeries& group = groups[bucket.group];
        group.cost.resize(slotCount);
        group.requests.resize(slotCount);
        group.unknown.resize(slotCount);
        const auto at = static_cast<std::size_t>(slot);
        group.cost[at] = group.cost[at].plus(bucket.knownCost).value_or(group.cost[at]);
        group.requests[at] += bucket.requests;
        group.unknown[at] += bucket.unknownCost;
    }
    for (auto& [name, group] : groups) {
        group.name = name.empty() ? Say::tr("not answered") : text(name);
        data.series.push_back(std::move(group));
    }
    std::ranges::stable_sort(data.series, [metric](const ChartSeries& a, const ChartSeries& b) {
        return metric == Metric::Requests ? sum(a.requests) > sum(b.requests)
                                          : sum(a.cost) > sum(b.cost);
    });
    if (data.series.size() > ChartData::kMostSeries) {
        ChartSeries& other = data.series[ChartData::kMostSeries - 1];
        for (std::size_t i = ChartData::kMostSeries; i < data.series.size(); ++i) {
            addTo(other, data.series[i]);
        }
        other.name = Say::tr("other");
        data.series.resize(ChartData::kMostSeries);
    }
    return data;
}

}  // namespace gr::ui
