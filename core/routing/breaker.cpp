// SPDX-License-Identifier: MIT
#include "routing/breaker.h"

#include <algorithm>
#include <cmath>

namespace gr::routing {
namespace {

constexpr unsigned kFailuresInARow = 3;
// Or so many of late (they fade), as many as successes: who fails every other time.
constexpr double kFailuresOfLate = 5;
constexpr double kHalfLifeMs = 10'000;

constexpr Milliseconds kFirstRest{5'000};
constexpr Milliseconds kLongestRest{30'000};
constexpr Milliseconds kLongestAsked{300'000};
constexpr Milliseconds kBetweenProbes{1'000};
// Who fails again so soon after it had recovered rests longer than the last time.
constexpr Milliseconds kCalm{60'000};

}  // namespace

bool Breaker::admits(SteadyTime now, bool lastResort) const {
    return !m_open || (!m_probing && now >= (lastResort ? m_earliest : m_until));
}

Breaker::Pass Breaker::enter() {
    m_probing = m_open;
    return {m_epoch, m_open};
}

SteadyTime Breaker::freeAt(SteadyTime now, bool lastResort) const {
    return std::max(now, lastResort ? m_earliest : m_until);
}

void Breaker::succeeded(Pass pass, SteadyTime now) {
    if (pass.epoch != m_epoch)
        return;
    m_inARow = 0;
    if (m_open) {
        m_open = m_probing = false;
        ++m_epoch;
        m_closedAt = now;
        m_bad = m_good = 0;
    }
    fade(now);
    m_good += 1;
}

void Breaker::failed(Pass pass, SteadyTime now, double chance, std::optional<Milliseconds> asked,
                     bool atOnce) {
    if (pass.epoch != m_epoch)
        return;
    if (m_open) {  // a probe
        m_level = std::min(m_level + 1, 10U);
        rest(now, chance, asked);
        m_earliest = asked ? m_until : std::min(m_until, now + kBetweenProbes);
        return;
    }
    fade(now);
    m_bad += 1;
    ++m_inARow;
    const bool often = m_bad >= kFailuresOfLate && m_bad >= m_good;
    if (!asked && !atOnce && m_inARow < kFailuresInARow && !often)
        return;
    const bool again = m_closedAt != SteadyTime{} && now - m_closedAt < kCalm;
    m_level = again ? std::min(m_level + 1, 10U) : 0;
    rest(now, chance, asked);
    m_earliest = asked ? m_until : now;
}

// Up to a fifth less than its full time, so that gateways that failed together come back apart.
void Breaker::rest(SteadyTime now, double chance, std::optional<Milliseconds> asked) {
    const Milliseconds full = std::min(kFirstRest * (1 << m_level), kLongestRest);
    const Milliseconds own(std::llround(static_cast<double>(full.count()) * (1 - 0.2 * chance)));
    m_until = now + (asked ? std::clamp(*asked, Milliseconds(0), kLongestAsked) : own);
    m_open = true;
    m_probing = false;
    m_inARow = 0;
    ++m_epoch;
}

void Breaker::abandoned(Pass pass) {
    if (pass.probe && pass.epoch == m_epoch)
        m_probing = false;
}

void Breaker::fade(SteadyTime now) {
    const double ms = std::chrono::duration<double, std::milli>(now - m_fadedAt).count();
    const double factor =
        m_fadedAt == SteadyTime{} ? 0 : std::exp2(-std::max(ms, 0.0) / kHalfLifeMs);
    m_bad *= factor;
    m_good *= factor;
    m_fadedAt = now;
}

}  // namespace gr::routing
