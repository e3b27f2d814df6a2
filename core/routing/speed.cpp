// SPDX-License-Identifier: MIT
#include "routing/speed.h"

#include <algorithm>
#include <cmath>

namespace gr::routing {
namespace {

constexpr double kHalfLifeMs = 30.0 * 60'000;
constexpr double kErrorHalfLifeMs = 5.0 * 60'000;
constexpr float kEachSampleLeaves = 0.98F;  // of those before it: fifty count
constexpr double kNewThroughput = 0.2;
constexpr double kNewError = 0.1;

double faded(SteadyTime since, SteadyTime now, double halfLifeMs) {
    if (since == SteadyTime{} || now <= since)
        return 1;
    const double ms = std::chrono::duration<double, std::milli>(now - since).count();
    return std::exp2(-ms / halfLifeMs);
}

}  // namespace

void TimeHistogram::scale(float factor) {
    for (float& weight : m_weights)
        weight *= factor;
    m_total *= factor;
}

void TimeHistogram::add(double ms) {
    const double place = std::log2(std::max(ms, 1.0)) * kPerOctave;
    m_weights[std::min(static_cast<std::size_t>(place), kBins - 1)] += 1;
    m_total += 1;
}

double TimeHistogram::quantile(double share) const {
    double left = share * static_cast<double>(m_total);
    if (m_total <= 0)
        return 0;
    std::size_t bin = 0;
    while (bin + 1 < kBins && left > static_cast<double>(m_weights[bin]))
        left -= static_cast<double>(m_weights[bin++]);
    const auto weight = static_cast<double>(m_weights[bin]);
    const double within = weight > 0 ? std::clamp(left / weight, 0.0, 1.0) : 0.5;
    return std::exp2((static_cast<double>(bin) + within) / kPerOctave);
}

void SpeedMeter::age(SteadyTime now) {
    const auto factor = static_cast<float>(faded(m_agedAt, now, kHalfLifeMs));
    m_firstToken.scale(factor);
    m_whole.scale(factor);
    m_agedAt = now;
}

void SpeedMeter::reckonUsual() {
    m_usualFirst = m_firstToken.quantile(0.5);
}

void SpeedMeter::firstToken(Milliseconds took, SteadyTime now) {
    age(now);
    m_firstToken.scale(kEachSampleLeaves);
    m_firstToken.add(static_cast<double>(took.count()));
    reckonUsual();
}

void SpeedMeter::whole(Milliseconds took, SteadyTime now) {
    age(now);
    m_whole.scale(kEachSampleLeaves);
    m_whole.add(static_cast<double>(took.count()));
    reckonUsual();
}

void SpeedMeter::throughput(double tokensPerSecond) {
    m_tokensPerSecond = m_tokensPerSecond == 0
                            ? tokensPerSecond
                            : std::lerp(m_tokensPerSecond, tokensPerSecond, kNewThroughput);
}

void SpeedMeter::ended(bool well, SteadyTime now) {
    m_errorRate *= faded(m_errorAt, now, kErrorHalfLifeMs);
    m_errorRate = std::lerp(m_errorRate, well ? 0.0 : 1.0, kNewError);
    m_errorAt = now;
}

Speed SpeedMeter::speed(SteadyTime now) const {
    const double left = faded(m_agedAt, now, kHalfLifeMs);
    Speed speed;
    speed.firstTokenP50Ms = m_firstToken.quantile(0.5);
    speed.firstTokenP95Ms = m_firstToken.quantile(0.95);
    speed.wholeP95Ms = m_whole.quantile(0.95);
    speed.tokensPerSecond = m_tokensPerSecond;
    speed.errorRate = m_errorRate * faded(m_errorAt, now, kErrorHalfLifeMs);
    speed.streams = static_cast<double>(m_firstToken.total()) * left;
    speed.samples = speed.streams + static_cast<double>(m_whole.total()) * left;
    return speed;
}

void SpeedMeter::usual(SteadyTime now, double& firstTokenMs, double& tokensPerSecond) const {
    constexpr double kSeen = 0.5;  // answers
    const auto seen = static_cast<double>(m_firstToken.total() + m_whole.total());
    if (seen * faded(m_agedAt, now, kHalfLifeMs) < kSeen)
        return;
    firstTokenMs = m_usualFirst;
    tokensPerSecond = m_tokensPerSecond;
}

}  // namespace gr::routing
