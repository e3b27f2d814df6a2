// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <string>
#include <vector>

#include "gateway/metric_series.h"
#include "http/pool_counts.h"
#include "ledger/budget.h"
#include "ledger/entry.h"
#include "ledger/health.h"
#include "routing/health.h"

namespace gr::gateway {

// What others count, as of now.
struct MetricsAround {
    ledger::Health ledger;
    std::vector<ledger::LimitState> limits;
    UnixMs now;
    std::vector<routing::Health::Figure> health{};
};

// Counters since the start, for GET /metrics (docs/metrics.md). Shared by the io threads.
class Metrics final {
  public:
    void requestBegan() { m_running.fetch_add(1, std::memory_order_relaxed); }
    void requestEnded(const ledger::RequestRecord& record);
    // Somebody was told a price, or that the payment was no good.
    void requestUnpaid() {
        m_running.fetch_sub(1, std::memory_order_relaxed);
        m_unpaid.fetch_add(1, std::memory_order_relaxed);
    }
    void refusedAtTheDoor() { m_refusedAtTheDoor.fetch_add(1, std::memory_order_relaxed); }
    http::PoolCounts& pool() { return m_pool; }  // of connections to providers

    // Prometheus text format 0.0.4.
    std::string text(const MetricsAround& around) const;

  private:
    using Counter = std::atomic<std::uint64_t>;
    static constexpr std::size_t kOutcomes = 6;
    std::atomic<std::int64_t> m_running{0};
    std::array<Counter, kOutcomes> m_outcomes{};
    Counter m_attempts{0};
    Counter m_costDiffers{0};
    Counter m_refusedAtTheDoor{0};
    Counter m_unpaid{0};
    http::PoolCounts m_pool;
    MetricSeriesBook m_series;
};

}  // namespace gr::gateway
