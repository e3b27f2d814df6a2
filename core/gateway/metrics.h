// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <string>

#include "ledger/entry.h"
#include "ledger/ledger.h"

namespace gr::gateway {

// Counters since the start, for GET /metrics. Shared by the io threads.
class Metrics final {
  public:
    void requestBegan() { m_running.fetch_add(1, std::memory_order_relaxed); }
    void requestEnded(const ledger::RequestRecord& record);
    void refusedAtTheDoor() { m_refusedAtTheDoor.fetch_add(1, std::memory_order_relaxed); }

    // Prometheus text format 0.0.4.
    std::string text(const ledger::Ledger::Health& ledger) const;

  private:
    using Counter = std::atomic<std::uint64_t>;
    static constexpr std::size_t kOutcomes = 6;
    std::atomic<std::int64_t> m_running{0};
    std::array<Counter, kOutcomes> m_outcomes{};
    Counter m_attempts{0};
    Counter m_inputTokens{0};
    Counter m_outputTokens{0};
    Counter m_knownCost{0};  // pico-dollars
    Counter m_unknownCost{0};
    Counter m_costDiffers{0};
    Counter m_milliseconds{0};
    Counter m_refusedAtTheDoor{0};
};

}  // namespace gr::gateway
