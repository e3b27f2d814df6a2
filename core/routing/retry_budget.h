// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>

#include "base/clock.h"

namespace gr::routing {

// How many calls to a provider may be repetitions: one for five first calls, and a few besides, so
// that who asks seldom may repeat too. Who is ill is not asked three times as often as who is well.
// Pure; no lock of its own.
class RetryBudget final {
  public:
    void called() { m_earned = std::min(m_earned + kShare, kMostEarned); }

    // Takes one repetition, where there is one.
    bool take(SteadyTime now) {
        const double seconds = std::chrono::duration<double>(now - m_at).count();
        m_floor =
            m_at == SteadyTime{} ? kFloor : std::min(m_floor + std::max(seconds, 0.0), kFloor);
        m_at = now;
        double& purse = m_earned >= 1 ? m_earned : m_floor;
        if (purse < 1)
            return false;
        purse -= 1;
        return true;
    }

  private:
    static constexpr double kShare = 0.2;
    static constexpr double kMostEarned = 20;
    static constexpr double kFloor = 10;  // fills up again by one a second

    double m_earned = 0;
    double m_floor = kFloor;
    SteadyTime m_at{};
};

}  // namespace gr::routing
